/**
 * Files in slices: whatever the ranges, their order, an abort in between and the encoding, the whole is the same.
 * One file on disk is scanned in pieces and compared with the reference parser on all of its bytes.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Block } from "../../src/model/flow.ts";
import { sniffEncoding } from "../../src/scan/decode.ts";
import type { LineCounts } from "../../src/scan/kernel.ts";
import { header } from "../../src/scan/layout.ts";
import { type FileOutcome, joinRanges, type ScanFile } from "../../src/scan/outcomes.ts";
import { prepareScan, remainingCells, type ScanWindow, scanFiles } from "../../src/scan/scan.ts";
import { Scanner, type Slice, type SliceResult } from "../../src/scan/scanner.ts";
import { holdsFor } from "../support/fuzz.ts";
import { generateBytes } from "../support/generate.ts";
import { anyText } from "../support/hostile-text.ts";
import {
	addBlocks,
	emptyTallies,
	normal,
	noWindow,
	oracleTallies,
	rigs,
	type TextTallies,
} from "../support/kernel-tallies.ts";
import { everyQuirk } from "../support/quirks.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-scan-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, bytes: Uint8Array): string {
	const file = path.join(folder, name);
	writeFileSync(file, bytes);
	return file;
}

/** What slices of one file found, put together as the scan does. */
function joined(tallies: TextTallies, results: SliceResult[]): TextTallies {
	results.sort((a, b) => a.slice.start - b.slice.start);
	for (const { counts, samples } of results) {
		for (const { line, offset, reason, text } of samples) {
			if (tallies.samples.length < 20)
				tallies.samples.push({ line: tallies.counts.lines + line, offset, reason, text });
		}
		for (const name of Object.keys(counts) as (keyof LineCounts)[]) tallies.counts[name] += counts[name];
	}
	return tallies;
}

const nextRig = rigs({ hotCells: 4, minuteCells: 8, hourCells: 8 });

let written: Buffer | undefined;

/** Scans the ranges between `cuts` in the order given. */
async function inSlices(
	bytes: Buffer,
	cuts: number[],
	order: number[],
	conditions = normal,
): Promise<TextTallies> {
	const rig = nextRig();
	rig.setConditions(conditions);
	const absolutePath = path.join(folder, "slices.log");
	if (written !== bytes) fileOf("slices.log", bytes);
	written = bytes;
	const tallies = emptyTallies();
	const scanner = new Scanner(rig.kernel, async () => rig.take(tallies));
	const places = [...new Set([0, ...cuts, bytes.length])].sort((a, b) => a - b);
	const slices = places.slice(1).map(
		(end, i): Slice => ({
			file: 0,
			absolutePath,
			sizeBytes: bytes.length,
			start: places[i]!,
			end,
			claim: false,
		}),
	);
	slices.sort((a, b) => (order[a.start % 7] ?? 0) - (order[b.start % 7] ?? 0));
	const results: SliceResult[] = [];
	for (const slice of slices) {
		const result = await scanner.scan(slice);
		assert.equal(result.problem, undefined);
		assert.equal(result.finished, true);
		assert.equal(result.reached, slice.end);
		results.push(result);
	}
	rig.take(tallies);
	return joined(tallies, results);
}

test("any text in any slices, in any order", async (context) => {
	await holdsFor(
		context,
		400,
		fc.asyncProperty(
			anyText(10),
			fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
			fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 7 }),
			fc.constantFrom(normal.maxLineBytes, 400, 180),
			async (bytes, shares, order, maxLineBytes) => {
				// What begins like a compressed file is one, and that is decode.test's.
				fc.pre(sniffEncoding(bytes) === "plain");
				const cuts = shares.map((share) => Math.floor(share * bytes.length));
				const conditions = { maxLineBytes, window: noWindow };
				const actual = await inSlices(bytes, cuts, order, conditions);
				assert.deepEqual(actual, oracleTallies(bytes, conditions), bytes.toString("latin1"));
			},
		),
	);
});

test("two slices, at every place", async () => {
	const { bytes } = generateBytes({ seed: 3, size: { lines: 3 }, quirks: everyQuirk(0.02) });
	const expected = oracleTallies(bytes, normal);
	for (let at = 1; at < bytes.length; at++)
		assert.deepEqual(await inSlices(bytes, [at], [1, 0, 1, 0, 1, 0, 1]), expected, `cut at ${at}`);
});

/** Larger than a reader's chunk, with a line longer than a chunk in its middle. */
const large = (() => {
	const { bytes } = generateBytes({ seed: 2, size: { lines: 6000 }, quirks: everyQuirk(0.005) });
	const long = Buffer.from(`${"x".repeat(2_500_000)}\n`);
	const middle = bytes.indexOf(0x0a, bytes.length / 2) + 1;
	return Buffer.concat([bytes.subarray(0, middle), long, bytes.subarray(middle)]);
})();
const largeTallies = oracleTallies(large, normal);

test("a line over several chunks belongs to the slice it begins in", async () => {
	const longAt = large.indexOf("xxxxxxxx");
	for (const cuts of [[longAt], [longAt + 1], [longAt + 1_200_000, longAt + 1_300_000], [longAt + 2_500_000]])
		assert.deepEqual(await inSlices(large, cuts, []), largeTallies, `cuts ${cuts}`);
});

interface Run {
	tallies: TextTallies;
	outcome: FileOutcome;
}

/** Scans a file, aborting when cells are taken for the `abortAt`th time. */
async function scanned(file: ScanFile, window: ScanWindow, abortAt = Number.POSITIVE_INFINITY): Promise<Run> {
	const host = prepareScan({ scanners: 1, files: 4, hotCells: 64, minuteCells: 128, hourCells: 128 });
	const blocks: Block[] = [];
	const controller = new AbortController();
	let taken = 0;
	const [outcome] = await scanFiles(host, [file], {
		window,
		signal: controller.signal,
		onProgress: undefined,
		onCells: async (full) => {
			blocks.push(...full);
			if (++taken >= abortAt) controller.abort();
		},
	});
	assert.ok(outcome);
	const tallies = emptyTallies();
	addBlocks(tallies, [...blocks, ...remainingCells(host.layout)], host.dictionary);
	tallies.counts = outcome.counts;
	return { tallies, outcome };
}

function sum(runsOfFile: Run[]): Omit<TextTallies, "samples"> {
	const whole = emptyTallies();
	for (const { tallies } of runsOfFile) {
		for (const grain of ["minutes", "hours"] as const) {
			for (const [name, more] of tallies[grain]) {
				const known = whole[grain].get(name);
				if (known === undefined) whole[grain].set(name, { ...more });
				else {
					known.requests += more.requests;
					known.bytesSent += more.bytesSent;
					known.objectBytes += more.objectBytes;
					known.firstSeconds = Math.min(known.firstSeconds, more.firstSeconds);
					known.lastSeconds = Math.max(known.lastSeconds, more.lastSeconds);
				}
			}
		}
		for (const name of Object.keys(whole.counts) as (keyof LineCounts)[])
			whole.counts[name] += tallies.counts[name];
	}
	const { samples: _, ...rest } = whole;
	return rest;
}

const { samples: _, ...expected } = largeTallies;

for (const [encoding, bytes] of [
	["plain", large],
	["gzip", gzipSync(large)],
] as const) {
	const absolutePath = fileOf(`large.${encoding}`, bytes);
	const sizeBytes = bytes.length;

	test(`${encoding}: read at once`, async () => {
		const { outcome, tallies } = await scanned({ absolutePath, sizeBytes, done: [] }, noWindow);
		assert.deepEqual(sum([{ outcome, tallies }]), expected);
		assert.deepEqual(
			outcome.samples.map(({ line, offset, reason, text }) => ({ line, offset, reason, text })),
			largeTallies.samples,
		);
		assert.deepEqual([outcome.encoding, outcome.finished], [encoding, true]);
		assert.deepEqual(outcome.done, [[0, large.length]]);
	});

	test(`${encoding}: interrupted again and again, and resumed`, async () => {
		const runsOfFile: Run[] = [];
		const abortAt = 2;
		let done: [number, number][] = [];
		for (let finished = false; !finished; ) {
			const run = await scanned({ absolutePath, sizeBytes, done }, noWindow, abortAt);
			runsOfFile.push(run);
			({ done, finished } = run.outcome);
			assert.equal(run.outcome.problem, undefined);
			assert.ok(runsOfFile.length < 100, "every run gets further");
		}
		assert.ok(runsOfFile.length > 2, "it was interrupted");
		assert.deepEqual(done, [[0, large.length]]);
		assert.deepEqual(sum(runsOfFile), expected);
	});

	test(`${encoding}: interrupted within a line that is too long`, async () => {
		// As an abort leaves it when the line's first bytes are counted and its end has not been seen.
		const at = large.indexOf("xxxxxxxx") + 1_100_000;
		const file = { absolutePath, sizeBytes, done: [[0, at]] satisfies [number, number][] };
		const { outcome, tallies } = await scanned({ ...file, done: [[0, at]] }, noWindow);
		const rest = large.subarray(large.indexOf(0x0a, at) + 1);
		assert.deepEqual(tallies.counts, oracleTallies(rest, normal).counts);
		assert.deepEqual(tallies.hours, oracleTallies(rest, normal).hours);
		assert.deepEqual([outcome.done, outcome.finished], [[[0, large.length]], true]);
	});
}

test("the window and the bucket of a scan", async () => {
	const day = Date.UTC(2026, 9, 13) / 1000;
	const absolutePath = fileOf("window.log", large);
	for (const window of [
		{ from: day, to: day + 3600, bucket: "acme-charts" },
		{ from: day, to: undefined, bucket: undefined },
		{ from: undefined, to: day - 1, bucket: undefined },
		{ from: undefined, to: undefined, bucket: "other" },
	]) {
		const run = await scanned({ absolutePath, sizeBytes: large.length, done: [] }, window);
		const { samples: _samples, ...oracle } = oracleTallies(large, { ...normal, window });
		assert.deepEqual(sum([run]), oracle);
	}
});

test("the same content is read once, whichever file comes first", async () => {
	const { bytes } = generateBytes({ seed: 6, size: { lines: 50 } });
	const files = ["a", "b", "c"].map((name) => fileOf(name, name === "b" ? large : bytes));
	const host = prepareScan({ scanners: 1, files: 3 });
	const outcomes = await scanFiles(
		host,
		files.map((absolutePath, i) => ({ absolutePath, sizeBytes: [bytes, large][i % 2]!.length, done: [] })),
		{ window: noWindow, signal: undefined, onProgress: undefined, onCells: async () => {} },
	);
	assert.deepEqual(
		outcomes.map(({ duplicateOf, counts: { lines } }) => [duplicateOf, lines]),
		[
			[undefined, oracleTallies(bytes, normal).counts.lines],
			[undefined, largeTallies.counts.lines],
			[0, 0],
		],
	);
});

test("an abort before the first byte leaves everything for the next run", async () => {
	const host = prepareScan({ scanners: 1, files: 1 });
	new Int32Array(host.layout.memory.buffer)[header.abort >> 2] = 1;
	const [outcome] = await scanFiles(host, [{ absolutePath: "never opened", sizeBytes: 10, done: [] }], {
		window: noWindow,
		signal: undefined,
		onProgress: undefined,
		onCells: async () => {},
	});
	assert.deepEqual([outcome?.finished, outcome?.done, outcome?.counts.lines], [false, [], 0]);
});

test("ranges join when they touch", async (context) => {
	const range = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 9 }));
	await holdsFor(
		context,
		200,
		fc.property(fc.array(range, { maxLength: 8 }), (pairs) => {
			const ranges = pairs.map(([start, length]): [number, number] => [start, start + length]);
			const covered = (all: [number, number][]) =>
				Array.from({ length: 40 }, (_, at) => all.some(([start, end]) => at >= start && at < end));
			const result = joinRanges(ranges);
			assert.deepEqual(covered(result), covered(ranges));
			for (const [i, [start]] of result.entries()) assert.ok(i === 0 || start > result[i - 1]![1]);
		}),
	);
});
