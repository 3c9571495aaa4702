/** A hand-made analysis and attribution: the story of the chart bucket, small, with every kind of oddity in it. */
import { chartsOf } from "../../src/charts-data.ts";
import type {
	Analysis,
	Attribution,
	Breakdown,
	BreakdownRow,
	TimelinePoint,
} from "../../src/model/analysis.ts";
import type { Change, Diagnosis, Finding, Rollout } from "../../src/model/diagnosis.ts";
import { actor, caseOfRows, type HourRow } from "../support/month-case.ts";

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

/** The analysis with the story in it and with what the pictures are drawn from. */
export function wholeAnalysis(): Analysis {
	const found = diagnosis();
	const old = { client: "aws-sdk-go/1.37.28", software: "ChartMuseum 0.13.1" };
	const actors = [
		actor({ ...old, cluster: "prod-eu" }),
		actor({ client: "aws-sdk-go/1.44.288", software: "ChartMuseum 0.16.1", cluster: "prod-eu" }),
		actor({ ...old, sourceIp: "198.51.100.7" }),
	];
	const rows = Array.from({ length: 72 }, (_, hour): HourRow[] => [
		hour < 40 ? [0, hour, 60] : [1, hour, 10],
		[2, hour, 27],
	]).flat();
	const theCase = caseOfRows(actors, 72, rows, Date.UTC(2026, 9, 12) / 1000);
	const byChart: Breakdown = { by: ["chart"], rows: [row({ chart: "nginx" })], other: null };
	return { ...analysis(), diagnosis: found, charts: chartsOf(theCase, found, byChart) };
}

/** The story of fixtures/README.md as the diagnosis tells it: four findings, one change, one roll-out. */
export function diagnosis(): Diagnosis {
	return {
		summary:
			"user/chartmuseum causes 83% of the cost. In cluster prod-eu (192.0.2.10) ChartMuseum 0.13.1 was replaced " +
			"by 0.16.1 on 2026-10-13 at 15:42 UTC, and its requests fell by 71%. 198.51.100.7, which is not in the " +
			"cluster map, still runs 0.13.1 and downloads every chart 48 times a day: $12.40 a month.",
		changes: [change()],
		rollouts: [rollout()],
		findings: findings(),
	};
}

export function change(): Change {
	return {
		time: "2026-10-13T15:42:00Z",
		direction: "down",
		before: 92.2,
		after: 31,
		unit: "requests/hour",
		relative: -0.664,
		costUsdPerMonth: -10.25,
		confidence: 0.999999,
		series: { bucket: "acme-charts", "iam-user": "user/chartmuseum" },
		stopped: false,
		explainedBy: [
			{
				dimensions: { client: "aws-sdk-go/1.37.28", "source-ip": "192.0.2.10" },
				sameAs: { cluster: "prod-eu" },
				share: 0.96,
				before: 60.1,
				after: 0,
			},
		],
	};
}

export function rollout(): Rollout {
	const old = {
		client: "aws-sdk-go/1.37.28",
		software: "ChartMuseum 0.13.1",
		firstSeen: "2026-10-12T00:00:11Z",
	};
	return {
		bucket: "acme-charts",
		"iam-user": "user/chartmuseum",
		requester: "arn:aws:iam::111122223333:user/chartmuseum",
		from: "aws-sdk-go/1.37.28",
		to: "aws-sdk-go/1.44.288",
		fromSoftware: "ChartMuseum 0.13.1",
		toSoftware: "ChartMuseum 0.16.1",
		startedAt: "2026-10-13T15:42:10Z",
		finishedAt: "2026-10-13T15:42:10Z",
		sources: [
			{
				sourceIp: "192.0.2.10",
				cluster: "prod-eu",
				networkPath: "same-region",
				spans: [
					{ ...old, lastSeen: "2026-10-13T15:40:02Z", requests: 2400 },
					{
						client: "aws-sdk-go/1.44.288",
						software: "ChartMuseum 0.16.1",
						firstSeen: "2026-10-13T15:42:10Z",
						lastSeen: "2026-10-14T23:55:00Z",
						requests: 380,
					},
				],
				switchedAt: "2026-10-13T15:42:10Z",
				oldUntil: "2026-10-13T15:40:02Z",
			},
			{
				sourceIp: "198.51.100.7",
				cluster: "unmapped",
				networkPath: "same-region",
				spans: [{ ...old, lastSeen: "2026-10-14T23:59:48Z", requests: 1943 }],
				switchedAt: null,
				oldUntil: "2026-10-14T23:59:48Z",
			},
		],
	};
}

export function finding(
	id: string,
	severity: Finding["severity"],
	title: string,
	rest: Partial<Finding>,
): Finding {
	return {
		id,
		severity,
		title,
		why: "It was seen in the logs, and it costs money.",
		evidence: {},
		requests: 1000,
		costUsdPerMonth: null,
		savingUsdPerMonth: null,
		next: [],
		...rest,
	};
}

export function findings(): Finding[] {
	return [
		finding("chartmuseum-sweep", "high", "ChartMuseum 0.13.1 downloads all 19 charts 48 times a day", {
			why: "This release has a bug: it downloads every package each time it lists the bucket. 0.14 and later do not.",
			evidence: {
				requester: "arn:aws:iam::111122223333:user/chartmuseum",
				software: "ChartMuseum 0.13.1",
				sourceIps: ["192.0.2.10", "198.51.100.7"],
				sweepsPerDay: 48,
				keysPerSweep: 19,
				getsPerKey: 144,
				wastedRequests: 3910,
				wastedBytes: 168_820_736,
				cause: "0.13.x bug",
				nothing: null,
			},
			requests: 4035,
			costUsdPerMonth: 16.6,
			savingUsdPerMonth: 15.9,
			next: [
				"chartcost serve --bucket acme-charts --region us-east-1 --cache-dir /var/cache/chartcost",
				"Upgrade ChartMuseum to 0.14.0 or later.",
			],
		}),
		finding("stray-cluster", "high", "198.51.100.7 runs this workload and is in no cluster map", {
			why: "It was left behind when the roll-out of ChartMuseum 0.16.1 was finished.",
			evidence: {
				sourceIps: ["198.51.100.7"],
				client: "aws-sdk-go/1.37.28",
				firstSeen: "2026-10-12T00:00:11Z",
				lastSeen: "2026-10-14T23:59:48Z",
				reason: "left behind by a finished roll-out",
			},
			requests: 1943,
			costUsdPerMonth: 12.4,
			savingUsdPerMonth: 12.4,
			next: ["chartcost clusters discover", "chartcost attribute --by hour --where source-ip=198.51.100.7"],
		}),
		finding("client-rollout", "info", "aws-sdk-go/1.44.288 replaced 1.37.28 at 1 of 2 sources", {
			evidence: {
				from: "aws-sdk-go/1.37.28",
				to: "aws-sdk-go/1.44.288",
				sources: [
					{ sourceIp: "192.0.2.10", cluster: "prod-eu", switchedAt: "2026-10-13T15:42:10Z" },
					{ sourceIp: "198.51.100.7", cluster: "unmapped", switchedAt: null },
				],
			},
		}),
		finding("request-drop", "info", "Requests fell by 66% on 2026-10-13 at 15:42 UTC", {
			evidence: { time: "2026-10-13T15:42:00Z", relative: -0.664, explainedBy: change().explainedBy },
			costUsdPerMonth: -10.25,
		}),
	];
}
