/**
 * The dataset between runs: what was saved answers like what was read, only new files are read, and whatever comes in
 * between, a changed file, another SOURCE or an interruption, the figures are those of one uninterrupted reading.
 */
import assert from "node:assert/strict";
import {
	appendFileSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { attribute } from "../src/attribute.ts";
import { readTallies } from "../src/ingest.ts";
import type { Dimension } from "../src/model/dimensions.ts";
import { scanRangeBytes } from "../src/model/limits.ts";
import type { AnalysisOptions } from "../src/model/options.ts";
import { readManifest, tableFiles } from "../src/rollup/dataset.ts";
import { readFiles, writeFiles } from "../src/rollup/files.ts";
import { readColumns } from "../src/rollup/parquet.ts";
import { openTallies, type Tallies } from "../src/tallies.ts";
import { analysisOptions } from "./support/analysis-options.ts";
import { generateBytes } from "./support/generate.ts";
import { addBlocks, emptyTallies } from "./support/kernel-tallies.ts";
import { everyQuirk } from "./support/quirks.ts";

const root = mkdtempSync(path.join(tmpdir(), "chartcost-ingest-"));
after(() => rmSync(root, { recursive: true, force: true }));

let logs = "";
let datasetDir = "";
let count = 0;
beforeEach(() => {
	const folder = path.join(root, String(count++));
	logs = path.join(folder, "logs");
	datasetDir = path.join(folder, "dataset");
	mkdirSync(logs, { recursive: true });
});

const bytesOf = (seed: number, lines = 400) =>
	generateBytes({ seed, size: { lines }, quirks: everyQuirk(0.01), keys: 80 }).bytes;

function addLog(name: string, bytes: Uint8Array): void {
	writeFileSync(path.join(logs, name), bytes);
}

const options = (more: Partial<AnalysisOptions> = {}): AnalysisOptions =>
	analysisOptions(root, {
		sources: [logs],
		region: "us-east-1",
		datasetDir,
		save: true,
		top: 100_000,
		...more,
	});

/** All that tallies say, as values that do not depend on how often or in which order files were read. */
async function figures(tallies: Tallies) {
	const sums = emptyTallies();
	const dictionary = {
		flow: (id: number) => tallies.flows[id]!,
		rawKey: (id: number) => tallies.keys.raw(id),
	};
	for (const blocks of [tallies.minutes, tallies.hours])
		for await (const block of blocks()) addBlocks(sums, [block], dictionary);
	const { lines, records, unparsed, skipped, skippedReasons, bytes, files, duplicates } = tallies.input;
	assert.equal(lines, records + unparsed + skipped);
	const { minutes, hours } = sums;
	return { minutes, hours, lines, records, unparsed, skippedReasons, bytes, files, duplicates };
}

type Figures = Awaited<ReturnType<typeof figures>>;

/** Analyses and saves; returns the figures and how many files were taken from the dataset. */
async function analyzed(more: Partial<AnalysisOptions> = {}): Promise<{ figures: Figures; reused: number }> {
	const tallies = await readTallies(options(more), true);
	const result = { figures: await figures(tallies), reused: tallies.input.reusedFiles };
	await tallies.save();
	tallies.dispose();
	return result;
}

/** One reading of the logs from nothing. */
async function fresh(more: Partial<AnalysisOptions> = {}): Promise<Figures> {
	const tallies = await readTallies(options(more), false);
	try {
		return await figures(tallies);
	} finally {
		tallies.dispose();
	}
}

const saved = async (): Promise<Figures> => figures(await openTallies(options({ sources: [] })));

test("the dataset answers like the source", async () => {
	addLog("a.log", bytesOf(1));
	addLog("b.log.gz", gzipSync(bytesOf(2)));
	addLog("copy-of-a.log", bytesOf(1));
	const { figures: first, reused } = await analyzed();
	assert.equal(reused, 0);
	assert.equal(first.duplicates, 1);
	assert.deepEqual(await saved(), first);
	assert.deepEqual(await fresh(), first);
	const questions: Dimension[][] = [
		["source-ip"],
		["user-agent", "status"],
		["key"],
		["hour", "operation"],
		["chart", "day", "iam-user"],
		["requester", "host", "auth-type", "source-region", "error", "bucket", "network-path"],
	];
	for (const by of questions) {
		const where = [{ dimension: "status", operator: "~", value: "^[2-]" } as const];
		const read = await attribute({ ...options(), by, where });
		const kept = await attribute({ ...options({ sources: [] }), by, where });
		assert.ok(read.breakdown.rows.length > 0);
		assert.deepEqual(kept.breakdown, read.breakdown, by.join());
		assert.deepEqual(kept.total, read.total);
		assert.deepEqual(kept.window, read.window);
	}
});

test("a second run reads only what is new", async () => {
	addLog("a.log", bytesOf(1));
	addLog("b.log", bytesOf(2));
	await analyzed();
	const manifest = readFileSync(path.join(datasetDir, "manifest.json"));
	assert.deepEqual((await analyzed()).reused, 2);
	assert.ok(
		readFileSync(path.join(datasetDir, "manifest.json")).equals(manifest),
		"nothing new, nothing written",
	);

	// Same size, same time, other content: only a run that reads it again would see that.
	const secret = path.join(logs, "a.log");
	const stamp = new Date("2026-10-20T00:00:00Z");
	utimesSync(secret, stamp, stamp);
	await analyzed();
	const before = await fresh();
	const size = readFileSync(secret).length;
	writeFileSync(secret, Buffer.alloc(size, "\n"));
	utimesSync(secret, stamp, stamp);
	addLog("c.log", bytesOf(3));
	addLog("d.log", bytesOf(2));
	const { figures: third, reused } = await analyzed();
	assert.equal(reused, 2);
	assert.equal(third.duplicates, 1, "d.log has the content of b.log, which was read by an earlier run");
	assert.equal(third.records, before.records + generateRecords(3));
	assert.deepEqual(await saved(), third);
	const written = readManifest(datasetDir);
	assert.equal(written?.segments.length, 2);
	// Other programs join the tables by their ids.
	for (const [table, column] of [
		["flows", "flow_id"],
		["keys", "key_id"],
	] as const) {
		const ids: number[] = [];
		for (const file of tableFiles(datasetDir, written!, table))
			ids.push(...((await readColumns(file, [column])).get(column) as Int32Array));
		assert.deepEqual(ids, [...ids.keys()], table);
	}
});

const generateRecords = (seed: number): number =>
	generateBytes({ seed, size: { lines: 400 }, quirks: everyQuirk(0.01), keys: 80 }).truth.records;

test("a file that grew or was rewritten makes everything be read again", async () => {
	addLog("a.log", bytesOf(1));
	addLog("b.log", bytesOf(2));
	await analyzed();
	appendFileSync(path.join(logs, "a.log"), bytesOf(4));
	const { figures: second, reused } = await analyzed();
	assert.equal(reused, 0);
	assert.deepEqual(second, await fresh());
	assert.deepEqual(await saved(), second);
	assert.equal(readdirSync(datasetDir).filter((name) => name.startsWith("segment-")).length, 1);
});

test("a file that is gone still counts", async () => {
	addLog("a.log", bytesOf(1));
	addLog("b.log", bytesOf(2));
	const { figures: first } = await analyzed();
	unlinkSync(path.join(logs, "a.log"));
	addLog("c.log", bytesOf(3));
	const { figures: second, reused } = await analyzed();
	assert.equal(reused, 1);
	assert.equal(second.records, first.records + generateRecords(3));
	assert.deepEqual(await saved(), second);
});

test("another source, window or bucket replaces the dataset", async () => {
	addLog("a.log", bytesOf(1));
	addLog("b.log", bytesOf(2));
	await analyzed();
	const from = Date.UTC(2026, 9, 13) / 1000;
	const onlyB = { sources: [path.join(logs, "b.log")] };
	for (const change of [onlyB, { from }, { from, to: from + 7200 }, { bucket: "acme-charts" }, {}]) {
		const { figures: next, reused } = await analyzed(change);
		assert.equal(reused, 0);
		assert.deepEqual(next, await fresh(change));
		assert.deepEqual(await saved(), next);
	}
});

test("a file that could not be read is tried again", async () => {
	addLog("a.log", bytesOf(1));
	mkdirSync(path.join(logs, "gone"));
	addLog("gone/b.log", bytesOf(2));
	const missing = path.join(logs, "gone", "b.log");
	const aside = path.join(root, "aside.log");
	// Between listing and reading it is not there.
	const signal = onceWatched(() => renameSync(missing, aside));
	const { figures: first } = await analyzed({ signal });
	assert.equal(first.records, generateRecords(1));
	const stats = readFileSync(aside);
	cpSync(aside, missing, { preserveTimestamps: true });
	assert.ok(stats.length > 0);
	const { figures: second } = await analyzed();
	assert.deepEqual({ ...second, files: 0 }, { ...(await fresh()), files: 0 });
	assert.deepEqual(await saved(), second);
});

/** A signal that calls `act` when the scan begins to listen to it: after the planning, before the first byte. */
function onceWatched(act: (controller: AbortController) => void): AbortSignal {
	const controller = new AbortController();
	const { signal } = controller;
	const listen = signal.addEventListener.bind(signal);
	signal.addEventListener = ((...args: Parameters<typeof listen>) => {
		listen(...args);
		act(controller);
	}) as typeof listen;
	return signal;
}

/** Aborts after so many turns of the event loop; the scanner takes one after every range. */
const abortAfter = (turns: number): AbortSignal =>
	onceWatched((controller) => {
		let left = turns;
		const turn = (): void => {
			if (left-- <= 0) controller.abort();
			else setImmediate(turn);
		};
		turn();
	});

/** A log of three ranges. */
function addBigLog(): void {
	const piece = bytesOf(5, 4000);
	const repeats = Math.ceil((2 * scanRangeBytes + 1e6) / piece.length);
	addLog("big.log", Buffer.concat(Array.from({ length: repeats }, () => piece)));
}

test("a file that broke off in its middle goes on from there", async () => {
	addBigLog();
	const tallies = await readTallies(options({ signal: abortAfter(1) }), true);
	await tallies.save();
	assert.ok(tallies.input.lines > 0);
	// As a disk error leaves it behind.
	const table = path.join(datasetDir, "segment-000001", "files.parquet");
	const rows = await readFiles(table);
	writeFiles(
		table,
		rows.map((row) => ({ ...row, status: "unreadable", detail: "EIO" })),
	);
	const { figures: whole } = await analyzed();
	assert.deepEqual(whole, await fresh());
});

test("interrupted between and before ranges, then resumed: nothing is missing, nothing counts twice", async () => {
	addBigLog();
	addLog("small.log", bytesOf(6));
	const expected = await fresh();
	const seen: number[] = [];
	for (const turns of [0, 1, 1]) {
		const tallies = await readTallies(options({ signal: abortAfter(turns) }), true);
		assert.equal(tallies.interrupted, true);
		seen.push(tallies.input.lines);
		const stopped = await figures(tallies);
		await tallies.save();
		assert.deepEqual(await saved(), stopped);
	}
	assert.ok(seen[0] === 0 && seen[1]! > 0 && seen[2]! > seen[1]! && seen[2]! < expected.lines, `${seen}`);
	const { figures: whole } = await analyzed();
	assert.deepEqual(whole, expected);
	assert.deepEqual(await saved(), expected);
	assert.equal((await analyzed()).reused, 2);
});
