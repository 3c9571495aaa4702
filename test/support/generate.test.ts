/** The generator's truth is added up while writing; here it is held against what the reference parser reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "../../src/model/record.ts";
import { parseText } from "../../src/scan/reference.ts";
import { defaultOptions, type GenerateOptions, generateBytes } from "./generate.ts";
import { everyQuirk, quirkNames } from "./quirks.ts";
import { parseSize } from "./size.ts";
import type { Sum, TruthDimension, TruthJson } from "./truth.ts";

const shown: Record<TruthDimension, (record: LogRecord) => string> = {
	sourceIp: (record) => record.remoteIp,
	requester: (record) => record.requester,
	operation: (record) => record.operation,
	status: (record) => record.status,
	userAgent: (record) => record.userAgent,
	rawKey: (record) => record.rawKey,
};

/** The truth as the reference parser sees it. */
function parsedTruth(bytes: Buffer): TruthJson {
	const parsed = [...parseText(bytes)].map((line) => line.parsed);
	const records = parsed.flatMap((line) => ("record" in line ? [line.record] : []));
	const by = (show: (record: LogRecord) => string) => {
		const sums: Record<string, Sum> = {};
		for (const record of records) {
			sums[show(record)] ??= { requests: 0, bytesSent: 0 };
			const sum = sums[show(record)] as Sum;
			sum.requests++;
			sum.bytesSent += record.bytesSent;
		}
		return sums;
	};
	const times = records.map((record) => record.timeSeconds);
	return {
		bytes: bytes.length,
		lines: parsed.length,
		records: records.length,
		unparsed: parsed.filter((line) => "reason" in line).length,
		blank: parsed.filter((line) => "blank" in line).length,
		bytesSent: records.reduce((sum, record) => sum + record.bytesSent, 0),
		objectBytes: records.reduce((sum, record) => sum + record.objectSizeBytes, 0),
		errors: records.filter((record) => record.status >= "400").length,
		firstSeconds: times.length === 0 ? null : Math.min(...times),
		lastSeconds: times.length === 0 ? null : Math.max(...times),
		by: Object.fromEntries(Object.entries(shown).map(([name, show]) => [name, by(show)])) as TruthJson["by"],
	};
}

function assertTrue(options: Partial<GenerateOptions>): TruthJson {
	const { bytes, truth } = generateBytes(options);
	const json = JSON.parse(JSON.stringify(truth)) as TruthJson;
	assert.deepEqual(json, parsedTruth(bytes));
	return json;
}

test("ordinary traffic is what its truth says", () => {
	const truth = assertTrue({ size: { lines: 4000 }, quirks: {} });
	assert.equal(truth.records, 4000);
	assert.ok(Object.keys(truth.by.sourceIp).length > 30);
});

for (const name of quirkNames) {
	test(`quirk ${name} is what its truth says`, () => {
		const size = name === "too-long" ? { lines: 2 } : { lines: 20 };
		assertTrue({ size, quirks: { [name]: 1 }, seed: 7 });
	});
}

test("a mixture of everything is what its truth says", () => {
	const truth = assertTrue({ size: { lines: 5000 }, quirks: everyQuirk(0.01), seed: 3 });
	assert.ok(truth.unparsed > 20 && truth.blank > 20);
});

test("same seed, same log; another seed, another log", () => {
	const bytes = (seed: number) => generateBytes({ seed, size: { lines: 300 } }).bytes;
	assert.ok(bytes(5).equals(bytes(5)));
	assert.ok(!bytes(5).equals(bytes(6)));
});

test("the time window, the size and the disorder are kept to", () => {
	const { bytes, truth } = generateBytes({ size: { bytes: 300_000 }, days: 2, unsortedSeconds: 600 });
	assert.ok(truth.bytes >= 300_000 && truth.bytes < 310_000);
	assert.ok(truth.firstSeconds >= defaultOptions.startSeconds);
	assert.ok(truth.lastSeconds < defaultOptions.startSeconds + 2 * 86_400);
	const times = [...parseText(bytes)].flatMap(({ parsed }) =>
		"record" in parsed ? [parsed.record.timeSeconds] : [],
	);
	assert.ok(times.some((time, index) => time < (times[index - 1] ?? 0)));
});

test("keys, callers and user agents reach the numbers asked for", () => {
	const { truth } = generateBytes({
		size: { lines: 6000 },
		keys: 50,
		callers: 300,
		userAgents: 70,
		mix: { download: 1 },
		quirks: {},
	});
	assert.equal(truth.by.rawKey.size, 50);
	assert.ok(truth.by.requester.size > 270 && truth.by.requester.size <= 300);
	assert.ok(truth.by.userAgent.size > 60 && truth.by.userAgent.size <= 70);
});

test("sizes as people type them", () => {
	assert.deepEqual(["5000", "1GB", "0.25gb", "4 GiB"].map(parseSize), [5000, 1e9, 2.5e8, 2 ** 32]);
	assert.throws(() => parseSize("1 parsec"), RangeError);
});
