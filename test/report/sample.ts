/** A hand-made analysis and attribution: the story of the chart bucket, small, with every kind of oddity in it. */
import type { Analysis, Attribution, BreakdownRow, TimelinePoint } from "../../src/model/analysis.ts";

export function row(group: BreakdownRow["group"], figures: Partial<BreakdownRow> = {}): BreakdownRow {
	return {
		group,
		requests: 1000,
		bytesSent: 1 << 20,
		errors: 0,
		costUsd: 0.5,
		costUsdPerMonth: 5,
		share: 0.25,
		firstSeen: "2026-10-12T00:00:11Z",
		lastSeen: "2026-10-14T23:59:48Z",
		unpricedRequests: 0,
		unpricedBytes: 0,
		...figures,
	};
}

/** 72 hours: busy until 15:00 of the second day, calm after it; the last hour is incomplete. */
export function points(): TimelinePoint[] {
	return Array.from({ length: 72 }, (_, hour) => ({
		time: `${new Date(Date.UTC(2026, 9, 12, hour)).toISOString().slice(0, 19)}Z`,
		requests: hour < 40 ? 90 + (hour % 5) : 30 + (hour % 3),
		bytesSent: 1000,
		costUsd: 0.01,
		complete: hour !== 71,
	}));
}

export function analysis(): Analysis {
	const top = row(
		{ "iam-user": "user/chartmuseum" },
		{ requests: 4200, costUsd: 1.66, costUsdPerMonth: 16.6, share: 0.83 },
	);
	const ci = row({ "iam-user": "role/ci-push" }, { requests: 612, costUsd: 0.34, share: 0.17 });
	return {
		input: {
			sources: ["logs/"],
			files: 3,
			bytes: 2_411_724,
			lines: 5014,
			records: 5012,
			duplicates: 1,
			skipped: 1,
			skippedReasons: { blank: 1, outsideWindow: 0, otherBucket: 0 },
			unparsed: 1,
			unparsedSamples: [{ file: "logs/a.log", line: 17, offset: 8120, reason: "no key", text: "garbage" }],
			problems: [
				{ file: "logs/b.log", problem: "duplicate", detail: "", sameAs: "logs/a.log" },
				{
					file: "logs/c.log.gz",
					problem: "truncated",
					detail: "unexpected end of file after 1,024 bytes",
				},
			],
			reusedFiles: 0,
			filesOutsideWindow: 0,
			degraded: [],
		},
		window: { from: "2026-10-12T00:00:00Z", to: "2026-10-15T00:00:00Z", hours: 72 },
		prices: {
			region: "us-east-1",
			asOf: "2026-09-25",
			currency: "USD",
			assumptions: ["The free 100 GB a month of transfer to the internet are not subtracted."],
		},
		total: {
			requests: 5012,
			bytesSent: 3_000_000_000,
			errors: 12,
			costUsd: 2,
			costUsdPerMonth: 20,
			unpricedRequests: 0,
			unpricedBytes: 0,
		},
		costLines: [
			{
				name: "GET and all other requests",
				usageType: "Requests-Tier2",
				region: "us-east-1",
				unit: "1,000 requests",
				quantity: 4990,
				unitPriceUsd: 0.0004,
				costUsd: 0.001996,
				note: "",
				outsideS3: false,
			},
			{
				name: "NAT gateway data processed",
				usageType: "NatGateway-Bytes",
				region: "us-east-1",
				unit: "GB",
				quantity: 2.793,
				unitPriceUsd: 0.045,
				costUsd: 1.998004,
				note: "",
				outsideS3: true,
			},
		],
		breakdowns: [
			{ by: ["iam-user"], rows: [top, ci], other: null },
			{
				by: ["client", "software"],
				rows: [
					row({ client: "aws-sdk-go/1.37.28", software: "ChartMuseum 0.13.1" }),
					row({ client: "aws-sdk-go/1.44.288", software: "ChartMuseum 0.16.0" }),
				],
				other: { ...row({}), groups: 7 },
			},
			{
				by: ["source-ip", "cluster", "network-path"],
				rows: [
					row({ "source-ip": "192.0.2.10", cluster: "prod-eu", "network-path": "same-region" }),
					row({
						"source-ip": "2001:db8:1234:5678:9abc:def0:1234:5678",
						cluster: "unmapped",
						"network-path": "cross-region:ap-southeast-1",
					}),
				],
				other: null,
			},
			{ by: ["operation"], rows: [row({ operation: "REST.GET.OBJECT" })], other: null },
			{
				by: ["key"],
				rows: Array.from({ length: 10 }, (_, index) =>
					row({ key: `charts/some-very-long-chart-name-${index}-1.2.${index}+build.7.tgz` }),
				),
				other: { ...row({}), groups: 90 },
			},
			{ by: ["client"], rows: [row({ client: "aws-sdk-go/1.37.28" })], other: null },
		],
		timeline: { grain: "hour", points: points() },
		diagnosis: { summary: "", changes: [], rollouts: [], findings: [] },
	};
}

export function attribution(): Attribution {
	const rows = [
		row({ "user-agent": "Helm/3.6.2", "source-ip": "192.0.2.10" }, { costUsd: 1.5, share: 0.75 }),
		row({ "user-agent": '=HYPERLINK("x")\u001b[2J\u202e|`evil`', "source-ip": "-" }),
	];
	return {
		by: ["user-agent", "source-ip"],
		window: analysis().window,
		breakdown: { by: ["user-agent", "source-ip"], rows, other: null },
		total: row({}, { requests: 2000, costUsd: 2, share: 1 }),
		notes: ["--from was moved to the full minute."],
		exitCode: 0,
		prices: analysis().prices,
	};
}
