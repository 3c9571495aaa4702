/** Roll-outs and comparisons in every format: they fit the width, and hostile text stays text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comparison, RolloutReport } from "../../src/model/comparison.ts";
import { comparisonFormat } from "../../src/report/comparison.ts";
import { rolloutFormat } from "../../src/report/rollouts.ts";
import type { Style } from "../../src/report/style.ts";
import { analysis } from "./sample.ts";

const style: Style = { width: 80, unicode: true, color: false, top: undefined };
const ascii: Style = { ...style, unicode: false, width: 60 };
const hostile = "user/\u001b[2J\u202eevil";
const names = ["table", "json", "ndjson", "csv", "tsv", "md"];

async function textOf(text: string | AsyncIterable<string>): Promise<string> {
	let whole = "";
	for await (const piece of typeof text === "string" ? [text] : text) whole += piece;
	return whole;
}

const span = (client: string, firstSeen: string, lastSeen: string) => ({
	client,
	software: "=cmd",
	firstSeen,
	lastSeen,
	requests: 9,
});

const report: RolloutReport = {
	window: analysis().window,
	notes: [],
	exitCode: 0,
	rollouts: [
		{
			bucket: "charts",
			"iam-user": hostile,
			requester: hostile,
			from: "aws-sdk-go/1.37.28",
			to: `aws-sdk-go/${"9".repeat(70)}`,
			fromSoftware: "ChartMuseum 0.13.1",
			toSoftware: "=cmd",
			startedAt: "2026-10-13T15:42:07Z",
			finishedAt: "2026-10-13T16:02:00Z",
			sources: [
				{
					sourceIp: "192.0.2.10",
					cluster: hostile,
					networkPath: "internet",
					spans: [
						span("aws-sdk-go/1.37.28", "2026-10-12T00:00:00Z", "2026-10-13T17:42:07Z"),
						span(`aws-sdk-go/${"9".repeat(70)}`, "2026-10-13T15:42:07Z", "2026-10-14T23:00:00Z"),
					],
					switchedAt: "2026-10-13T15:42:07Z",
					oldUntil: "2026-10-13T17:42:07Z",
				},
				{
					sourceIp: "2001:db8:1234:5678:9abc:def0:1234:5678",
					cluster: "unmapped",
					networkPath: "internet",
					spans: [span("aws-sdk-go/1.37.28", "2026-10-12T00:00:00Z", "2026-10-14T23:00:00Z")],
					switchedAt: null,
					oldUntil: "2026-10-14T23:00:00Z",
				},
			],
		},
	],
};

const figure = { before: 80, after: 20, difference: -60, relative: -0.75 };
const part = { share: 1.1, before: 70, after: 4, costUsdPerMonthBefore: 7, costUsdPerMonthAfter: 0.4 };
const comparison: Comparison = {
	before: { from: "2026-10-12T00:00:00Z", to: "2026-10-13T00:00:00Z", hours: 24 },
	after: { from: "2026-10-13T00:00:00Z", to: "2026-10-13T12:00:00Z", hours: 12 },
	change: null,
	requestsPerHour: figure,
	bytesSentPerHour: figure,
	errorsPerHour: { before: 0, after: 0, difference: 0, relative: null },
	costUsdPerMonth: { before: 8, after: 2, difference: -6, relative: -0.75 },
	contributions: [{ ...part, dimensions: { "iam-user": hostile }, sameAs: { cluster: hostile } }],
	rest: { share: -0.1, before: 10, after: 16, costUsdPerMonthBefore: 1, costUsdPerMonthAfter: 1.6 },
	costSplit: { volume: -5, mix: -1, rate: 0, total: -6 },
	notes: ["a note"],
	prices: analysis().prices,
	exitCode: 0,
};

test("roll-outs: bars, overlap and who was left behind, within the width", async () => {
	const text = await textOf(rolloutFormat("table")(report, style));
	assert.match(text, /1 source switched, 1 left behind/);
	assert.match(text.replace(/\s+/g, " "), /switched 2026-10-13 15:42, both for 2 hours/);
	assert.match(text.replace(/\s+/g, " "), /LEFT BEHIND: ran aws-sdk-go\/1\.37\.28 until 2026-10-14 23:00/);
	for (const line of text.split("\n")) assert.ok([...line].length <= 80, line);
	const bars = text.split("\n").filter((line) => line.includes("█"));
	assert.equal(bars.length, 3);
	for (const bar of bars) assert.ok([...bar].length <= 80, bar);
	assert.match(await textOf(rolloutFormat("table")(report, ascii)), /#####/);
	assert.match(
		await textOf(rolloutFormat("table")({ ...report, rollouts: [] }, style)),
		/^No roll-outs: from/,
	);
});

test("no format lets through what a terminal or a spreadsheet would act on", async () => {
	for (const name of names) {
		for (const text of [
			await textOf(rolloutFormat(name)(report, style)),
			await textOf(comparisonFormat(name)(comparison, style)),
		]) {
			assert.doesNotMatch(text, /[\u001b\u202e]/, name);
			assert.ok(text.endsWith("\n"), name);
			if (name === "csv") assert.doesNotMatch(text, /(^|,)=/m);
			assert.ok(text.includes("evil"), name);
		}
	}
	assert.throws(() => comparisonFormat("html"), /there is no html/);
	assert.throws(() => rolloutFormat("html"), /there is no html/);
});

test("a comparison: the sentence, the signs, the split", async () => {
	const text = await textOf(comparisonFormat("table")(comparison, style));
	assert.match(text, /^requests -75% \(-\$6\.00 a month\): iam-user=/);
	assert.match(text, /-66\.0 +-\$6\.60/);
	assert.match(text, /the rest +10\.0 +16\.0 +\+6\.0 +\+\$0\.60/);
	assert.match(text, /Cost per month -\$6\.00 = -\$5\.00 volume/);
	const object = JSON.parse(await textOf(comparisonFormat("json")(comparison, style)));
	assert.equal(object.schema, "chartcost/comparison@1");
	assert.equal(object.contributions[0].dimensions["iam-user"], hostile);
	assert.ok(!("exitCode" in object));
});
