/**
 * A folder of logs with every quirk and every kind of copy, and the rows that `attribute` must print for it.
 * In: how many lines. Out: the folder's files, and the generator's truth, which was never parsed.
 */
import { appendFileSync, copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Dimension } from "../../src/model/dimensions.ts";
import { defaultOptions, logChunks } from "./generate.ts";
import { everyQuirk } from "./quirks.ts";
import { type Sum, Truth, type TruthDimension, type TruthJson } from "./truth.ts";

export const counted = [
	["source-ip", "sourceIp"],
	["operation", "operation"],
	["status", "status"],
	["user-agent", "userAgent"],
	["requester", "requester"],
] as const satisfies readonly (readonly [Dimension, TruthDimension])[];

/** A row of `attribute --json`, as far as it is compared. */
export type CountedRow = Record<string, unknown> & Sum;

/** Name → [requests, bytes]. */
export type Counts = Map<string, [number, number]>;

/**
 * Writes `lines` lines or a few more: one large plain file, one gzip, and small plain ones; then copies of a large
 * and of a small one, which must not count. Returns the truth without the copies.
 */
export function writeCountedLogs(folder: string, lines: number, seed: number): TruthJson {
	const truth = new Truth();
	const options = {
		...defaultOptions,
		seed,
		size: { lines },
		quirks: everyQuirk(0.002),
		chunkBytes: 500_000,
	};
	const file = (name: string): string => path.join(folder, name);
	const zipped: Buffer[] = [];
	let chunkNumber = 0;
	for (const chunk of logChunks(options, truth)) {
		const turn = chunkNumber++ % 10;
		if (turn < 7) appendFileSync(file("large.log"), chunk);
		else if (turn < 9) zipped.push(chunk);
		else writeFileSync(file(`small-${chunkNumber}.log`), chunk);
	}
	writeFileSync(file("zipped.log.gz"), gzipSync(Buffer.concat(zipped), { level: 1 }));
	copyFileSync(file("large.log"), file("large-copy.log"));
	copyFileSync(file("small-10.log"), file("small-copy.log"));
	return JSON.parse(JSON.stringify(truth)) as TruthJson;
}

/** Text as reports show it: the log's bytes read as UTF-8. */
export const shown = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

export function trueCounts(truth: TruthJson, dimension: TruthDimension): Counts {
	const counts: Counts = new Map();
	for (const [name, { requests, bytesSent }] of Object.entries(truth.by[dimension]))
		counts.set(shown(name), [requests, bytesSent]);
	return counts;
}

export function printedCounts(rows: readonly CountedRow[], dimension: Dimension): Counts {
	return new Map(rows.map((row) => [String(row[dimension]), [row.requests, row.bytesSent]]));
}
