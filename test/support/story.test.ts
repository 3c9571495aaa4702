/** The committed example logs are what their generator writes, and they tell the story that the README tells. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { LogRecord } from "../../src/model/record.ts";
import { parseText } from "../../src/scan/reference.ts";
import { clustersYaml, storyFiles } from "./story.ts";
import { at } from "./story-charts.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const files = storyFiles();

/** Compressed files are compared by content: zlib's output differs between versions of Node. */
function content(path: string, bytes: Buffer): Buffer {
	return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

test("fixtures/logs is what the generator writes, byte for byte", () => {
	const committed = readdirSync(join(fixtures, "logs"), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
	const relative = committed.map((path) =>
		path.slice(join(fixtures, "logs").length + 1).replaceAll(sep, "/"),
	);
	assert.deepEqual(relative.sort(), files.map(({ path }) => path).sort());
	for (const { path, bytes } of files) {
		const written = readFileSync(join(fixtures, "logs", path));
		assert.ok(content(path, written).equals(content(path, bytes)), path);
	}
	assert.equal(readFileSync(join(fixtures, "clusters.yaml"), "utf8"), clustersYaml);
});

const parsed = files.flatMap(({ path, bytes }) => [...parseText(content(path, bytes))]);
const records = parsed.flatMap((line) => ("record" in line.parsed ? [line.parsed.record] : []));

function count(isCounted: (record: LogRecord) => boolean): number {
	return records.filter(isCounted).length;
}

test("it is small, modern, and has one damaged line", () => {
	const bytes = files.reduce((sum, file) => sum + content(file.path, file.bytes).length, 0);
	assert.ok(bytes > 2_000_000 && bytes < 3_000_000, `${bytes} bytes`);
	assert.ok(records.length > 4000 && records.length < 6000, `${records.length} records`);
	assert.equal(parsed.length - records.length, 1);
	assert.ok(records.every((record) => record.sourceRegion !== undefined));
	assert.ok(files.some(({ path }) => path.endsWith(".gz")));
});

test("every file holds the records of its own day, not in order", () => {
	for (const { path, bytes } of files) {
		const days = [...parseText(content(path, bytes))].flatMap(({ parsed: line }) =>
			"record" in line ? [new Date(line.record.timeSeconds * 1000).toISOString().slice(0, 10)] : [],
		);
		assert.deepEqual([...new Set(days)], [path.split("/").at(-1)?.slice(0, 10)], path);
	}
	const first = [...parseText(content(files[5]?.path ?? "", files[5]?.bytes ?? Buffer.of()))];
	const times = first.flatMap((line) => ("record" in line.parsed ? [line.parsed.record.timeSeconds] : []));
	assert.notDeepEqual(
		times,
		times.toSorted((left, right) => left - right),
	);
});

test("production switches on the 13th at 15:42, staging had, the forgotten cluster does not", () => {
	const runs = (ip: string, version: string) =>
		records
			.filter(({ remoteIp, userAgent }) => remoteIp === ip && userAgent.startsWith(`aws-sdk-go/${version} `))
			.map((record) => record.timeSeconds);
	const upgrade = at("13 15:42:00");
	assert.ok(Math.max(...runs("192.0.2.10", "1.37.28")) < upgrade + 60);
	assert.ok(Math.min(...runs("192.0.2.10", "1.44.288")) >= upgrade);
	assert.equal(runs("192.0.2.20", "1.37.28").length, 0);
	assert.equal(runs("198.51.100.7", "1.44.288").length, 0);
	assert.ok(Math.max(...runs("198.51.100.7", "1.37.28")) > at("14 23:00:00"));
});

test("the rate falls by half or more at the upgrade, and a high baseline stays", () => {
	const hourly = (from: string, to: string) =>
		count(({ timeSeconds }) => timeSeconds >= at(from) && timeSeconds < at(to)) /
		((at(to) - at(from)) / 3600);
	const before = hourly("12 16:00:00", "13 15:00:00");
	const after = hourly("13 16:00:00", "14 15:00:00");
	assert.ok(after < before / 2, `${before} to ${after} requests an hour`);
	assert.ok(after > before / 4, `${before} to ${after} requests an hour`);
});

test("the old version lists without list-type=2 and then gets every chart once, in key order", () => {
	const own = records
		.filter(({ remoteIp }) => remoteIp === "198.51.100.7")
		.sort((left, right) => left.timeSeconds - right.timeSeconds);
	const lists = own.filter(({ operation }) => operation === "REST.GET.BUCKET");
	assert.equal(lists.length, 3 * 48);
	assert.ok(lists.every(({ requestUri }) => requestUri === "GET /acme-charts?prefix= HTTP/1.1"));
	const keys = new Set(own.map(({ rawKey }) => rawKey).filter((key) => key !== "-"));
	const gets = own.length - lists.length;
	assert.ok(gets > lists.length * (keys.size - 3) && gets < lists.length * keys.size, `${gets} GETs`);
});

test("errors, a conditional hit and an anonymous probe are there", () => {
	for (const status of ["304", "403", "404"])
		assert.ok(count((record) => record.status === status) >= 3, status);
	assert.equal(
		count((record) => record.remoteIp === "203.0.113.199" && record.requester === "-"),
		1,
	);
});
