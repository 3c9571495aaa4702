/** Every format over the same answers: the JSON contract key by key, and the other formats against it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Format } from "../../src/report/format.ts";
import { formats } from "../../src/report/formats.ts";
import type { Style } from "../../src/report/style.ts";
import { markdownText } from "../../src/report/words.ts";
import { analysis, attribution, row, wholeAnalysis } from "./sample.ts";

const style: Style = { width: 80, unicode: true, color: false, top: undefined };

async function load(name: string): Promise<Format> {
	const entry = formats.find((candidate) => candidate.name === name);
	assert.ok(entry, `format ${name}`);
	return entry.load();
}

test("the formats of the contract, in its order", () => {
	assert.deepEqual(
		formats.map(({ name }) => name),
		["table", "json", "ndjson", "csv", "tsv", "md", "html"],
	);
});

test("json analysis has the keys of chartcost/analysis@1", async () => {
	const json = JSON.parse((await load("json")).analysis(analysis(), style));
	assert.equal(json.schema, "chartcost/analysis@1");
	const keysOf: Record<string, string[]> = {
		input: [
			"sources",
			"files",
			"bytes",
			"lines",
			"records",
			"duplicates",
			"skipped",
			"unparsed",
			"unparsedSamples",
		],
		window: ["from", "to", "hours"],
		prices: ["region", "asOf", "assumptions"],
		total: ["requests", "bytesSent", "errors", "costUsd", "costUsdPerMonth", "unpricedRequests"],
		breakdowns: ["iam-user", "client", "operation", "key", "source-ip,cluster,network-path"],
		timeline: ["grain", "points"],
	};
	for (const [part, keys] of Object.entries(keysOf)) {
		for (const key of keys) assert.ok(key in json[part], `${part}.${key}`);
	}
	for (const key of ["name", "unit", "quantity", "unitPriceUsd", "costUsd", "note"]) {
		assert.ok(key in json.costLines[0], key);
	}
	for (const key of ["file", "line", "offset", "reason"])
		assert.ok(key in json.input.unparsedSamples[0], key);
	assert.deepEqual(json.breakdowns["iam-user"][0]["iam-user"], "user/chartmuseum");
	assert.deepEqual([json.changes, json.findings], [[], []]);
});

test("json attribution has the keys of chartcost/attribution@1 and flat rows", async () => {
	const json = JSON.parse((await load("json")).attribution(attribution(), style));
	assert.equal(json.schema, "chartcost/attribution@1");
	assert.deepEqual(json.by, ["user-agent", "source-ip"]);
	assert.equal(json.other, null);
	assert.deepEqual(Object.keys(json.rows[0]).slice(0, 10), [
		"user-agent",
		"source-ip",
		"requests",
		"bytesSent",
		"errors",
		"costUsd",
		"costUsdPerMonth",
		"share",
		"firstSeen",
		"lastSeen",
	]);
	assert.equal(json.rows[1]["user-agent"], attribution().breakdown.rows[1]?.group["user-agent"]);
	assert.equal(json.total.requests, 2000);
});

test("csv and tsv: the same figures, `(other)` last, hostile text disarmed", async () => {
	const answer = attribution();
	answer.breakdown.other = { ...row({}), requests: 7, groups: 3 };
	for (const [name, separator] of [
		["csv", ","],
		["tsv", "\t"],
	] as const) {
		const lines = (await load(name)).attribution(answer, style).trimEnd().split("\n");
		assert.equal(lines.length, 4);
		assert.ok(lines[0]?.startsWith(["user-agent", "source-ip", "requests"].join(separator)));
		assert.ok(lines[1]?.startsWith(["Helm/3.6.2", "192.0.2.10", "1000", "1048576"].join(separator)));
		assert.match(lines[2] ?? "", /^"?'=HYPERLINK.*\\x1b\[2J/);
		assert.ok(lines[3]?.startsWith(["(other)", "", "7"].join(separator)));
	}
});

test("csv of an analysis is one table with every breakdown", async () => {
	const lines = (await load("csv")).analysis(analysis(), style).trimEnd().split("\n");
	assert.ok(lines[0]?.startsWith("breakdown,name,name2,name3,requests,"));
	assert.ok(lines.some((line) => line.startsWith("iam-user,user/chartmuseum,,,4200,")));
	assert.ok(lines.some((line) => line.startsWith('"client,software",(other),,,1000,')));
	const columns = new Set(lines.map((line) => line.replace(/"[^"]*"/g, "").split(",").length));
	assert.equal(columns.size, 1);
});

test("ndjson: every line is an object, rows are flat", async () => {
	const format = await load("ndjson");
	const rows = format.attribution(attribution(), style).trimEnd().split("\n");
	assert.equal(JSON.parse(rows[0] ?? "")["user-agent"], "Helm/3.6.2");
	const parts = format.analysis(analysis(), style).trimEnd().split("\n");
	const types = new Set(parts.map((line) => JSON.parse(line).type));
	assert.deepEqual([...types], ["summary", "costLine", "breakdown", "timeline"]);
});

test("markdown: names stay in code spans, tables keep their columns", async () => {
	const text = (await load("md")).attribution(attribution(), style);
	assert.match(text, /\| `` =HYPERLINK\("x"\)\\x1b\[2J\\u\{202e\}\\\|`evil` `` \|/);
	const hostile = analysis();
	hostile.breakdowns = [{ by: ["iam-user"], rows: [row({ "iam-user": "<img>@all" })], other: null }];
	assert.match((await load("md")).analysis(hostile, style), /\\<img\\>\\@all causes/);
});

test("the diagnosis: json has it by the keys of the contract, ndjson line by line, markdown in words", async () => {
	const answer = wholeAnalysis();
	const json = JSON.parse((await load("json")).analysis(answer, style));
	for (const key of ["summary", "changes", "rollouts", "findings"] as const) {
		assert.deepEqual(json[key], answer.diagnosis[key], key);
	}
	assert.ok(!("charts" in json), "pictures are for people");
	const lines = (await load("ndjson"))
		.analysis(answer, style)
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	const ofType = (type: string) =>
		lines.filter((line) => line.type === type).map(({ type: _, ...rest }) => rest);
	assert.equal(ofType("summary")[0].summary, answer.diagnosis.summary);
	assert.deepEqual(ofType("finding"), answer.diagnosis.findings);
	assert.deepEqual(ofType("change"), answer.diagnosis.changes);
	assert.deepEqual(ofType("rollout"), answer.diagnosis.rollouts);
	const text = (await load("md")).analysis(answer, style);
	for (const [index, { title, next }] of answer.diagnosis.findings.entries()) {
		assert.ok(text.includes(`### ${index + 1}. ${markdownText(title)} (`), title);
		for (const advice of next) assert.ok(text.includes(advice), advice);
	}
	assert.match(text, /- Source IPs: `192\.0\.2\.10`, `198\.51\.100\.7`/);
	assert.match(text, /- \*\*2026-10-13 15:42 UTC\*\* requests fell 66%: 92 to 31 an hour; aws-sdk-go/);
});

test("html is a page", async () => {
	assert.match((await load("html")).analysis(analysis(), style), /^<!DOCTYPE html>\n<html lang="en">/);
});
