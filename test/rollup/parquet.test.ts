/** What is written to Parquet is what is read back: every column type, any text, no rows, several row groups. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { readFiles, writeFiles } from "../../src/rollup/files.ts";
import { type Column, readColumns, writeColumns } from "../../src/rollup/parquet.ts";
import {
	readBlock,
	readFlows,
	readKeys,
	writeBlock,
	writeFlows,
	writeKeys,
} from "../../src/rollup/tables.ts";
import { flowOf, parseText } from "../../src/scan/reference.ts";
import { holdsFor } from "../support/fuzz.ts";
import { fixtureTexts } from "../support/hostile-text.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-parquet-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "table.parquet");

async function roundTrip(columns: Column[]): Promise<void> {
	writeColumns(file, columns);
	const read = await readColumns(
		file,
		columns.map(({ name }) => name),
	);
	for (const { name, data } of columns) {
		const back = read.get(name);
		if (data.length === 0 || data.length > 100_000) {
			// deepEqual takes seconds for a million rows.
			assert.equal(back?.length, data.length, name);
			assert.equal(
				data.findIndex((value, row) => value !== back?.[row]),
				-1,
				name,
			);
		} else assert.deepEqual(back, data, name);
	}
}

async function keysIn(): Promise<string[]> {
	const keys: string[] = [];
	await readKeys(file, (key) => keys.push(key));
	return keys;
}

/** Every character that a log's byte can become. */
const latin1 = fc
	.array(
		fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
		{ maxLength: 20 },
	)
	.map((parts) => parts.join(""));

test("any columns come back as they were", async (context) => {
	const row = fc.record({
		int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
		double: fc.oneof(fc.double(), fc.maxSafeInteger()),
		long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
		text: latin1,
		maybe: fc.option(latin1),
	});
	await holdsFor(
		context,
		100,
		fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
			await roundTrip([
				{ name: "int", data: Int32Array.from(rows, ({ int }) => int) },
				{ name: "double", data: Float64Array.from(rows, ({ double }) => double) },
				{ name: "long", data: BigInt64Array.from(rows, ({ long }) => long) },
				{ name: "text", data: rows.map(({ text }) => text) },
				{ name: "maybe", data: rows.map(({ maybe }) => maybe) },
			]);
		}),
	);
});

test("a text of all bytes, a very long one, and nothing but nulls", async () => {
	const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
	await roundTrip([
		{ name: "text", data: [all, "x".repeat(1 << 20), ""] },
		{ name: "nulls", data: [null, null, null] },
	]);
});

test("no rows at all", async () => {
	await roundTrip([
		{ name: "int", data: new Int32Array(0) },
		{ name: "double", data: new Float64Array(0) },
		{ name: "text", data: [] },
	]);
	writeFlows(file, 0, []);
	assert.deepEqual(await readFlows(file), []);
	assert.equal(writeKeys(file, 0, []), 0);
	assert.deepEqual(await keysIn(), []);
	writeFiles(file, []);
	assert.deepEqual(await readFiles(file), []);
});

test("more rows than a row group holds", async () => {
	const rows = (1 << 20) + 12_345;
	await roundTrip([
		{ name: "int", data: Int32Array.from({ length: rows }, (_, i) => i ^ 0x5a5a5a5) },
		{ name: "double", data: Float64Array.from({ length: rows }, (_, i) => i * 1.5) },
		{ name: "text", data: Array.from({ length: rows }, (_, i) => `key-${i % 50_000}\xe9`) },
		{ name: "maybe", data: Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? null : `${i & 255}`)) },
	]);
});

test("keys, however many batches they take", async () => {
	for (const count of [1, 8191, 8192, 8193, 30_000]) {
		const keys = Array.from({ length: count }, (_, i) => (i % 7 === 3 ? "" : `k/${i % 9000}\xff`));
		assert.equal(writeKeys(file, 5, keys), count);
		assert.deepEqual(await keysIn(), keys);
		const ids = (await readColumns(file, ["key_id"])).get("key_id");
		assert.deepEqual(
			ids,
			Int32Array.from(keys, (_, i) => 5 + i),
		);
	}
});

test("the flows of all fixtures: absent fields stay absent", async () => {
	const flows = fixtureTexts.flatMap(({ bytes }) =>
		[...parseText(bytes)].flatMap(({ parsed }) => ("record" in parsed ? [flowOf(parsed.record)] : [])),
	);
	assert.ok(flows.some((flow) => flow.sourceRegion === undefined));
	writeFlows(file, 0, flows);
	assert.deepEqual(await readFlows(file), flows);
});

test("cells of both grains", async () => {
	for (const grain of ["minute", "hour"] as const) {
		const block = {
			grain,
			rows: 3,
			flow: Int32Array.of(0, 1, 2),
			time: Int32Array.of(29_000_000, 29_000_001, 1),
			key: grain === "hour" ? Int32Array.of(0, 7, 1 << 20) : new Int32Array(0),
			requests: Int32Array.of(1, 2, 2 ** 31 - 1),
			bytesSent: Float64Array.of(0, 5e12, Number.MAX_SAFE_INTEGER),
			objectBytes: Float64Array.of(1, 0, 999_999_999_999_999),
			first: Int32Array.of(0, 59, 3599),
			last: Int32Array.of(59, 59, 3599),
		};
		writeBlock(file, block);
		assert.deepEqual(await readBlock(file, grain), block);
	}
});

test("a column that is missing, a file that is cut, and one that is none are errors", async () => {
	writeKeys(file, 0, ["a", "b"]);
	await assert.rejects(readColumns(file, ["raw_key", "no_such"]), /no_such/);
	truncateSync(file, 40);
	await assert.rejects(keysIn());
	writeFileSync(file, "not parquet at all");
	await assert.rejects(keysIn());
});
