/**
 * A scan: files in, tallies and one outcome per file out.
 *
 * Large plain files are cut into ranges that all threads share; everything else is read whole. Ranges that an
 * earlier, interrupted scan has read are left out.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Block } from "../model/flow.ts";
import { scanRangeBytes, sniffBytes } from "../model/limits.ts";
import type { Progress } from "../model/options.ts";
import { sniffEncoding } from "./decode.ts";
import { Dictionary } from "./dictionary.ts";
import { compileKernel, readProgress } from "./kernel.ts";
import {
	createLayout,
	header,
	Kind,
	kindCount,
	type Layout,
	type LayoutOptions,
	regionWord,
} from "./layout.ts";
import { type FileOutcome, outcomesOf, type ScanFile } from "./outcomes.ts";
import { type OnCells, Pool, scanInline, takeRegion } from "./pool.ts";
import type { Slice, SliceResult } from "./scanner.ts";
import { looksLikeServeLog } from "./serve-log.ts";

export interface ScanWindow {
	from: number | undefined;
	to: number | undefined;
	bucket: string | undefined;
}

export interface ScanOptions {
	window: ScanWindow;
	signal: AbortSignal | undefined;
	onProgress: ((progress: Omit<Progress, "phase" | "totalFiles" | "totalBytes">) => void) | undefined;
	onCells: OnCells;
}

/** Below this many bytes another thread takes longer to start than the reading takes. */
const inlineBytes = 12 << 20;
const progressIntervalMs = 100;

export interface ScannerHost {
	dictionary: Dictionary;
	layout: Layout;
	module: WebAssembly.Module;
}

/** Compiles the kernel and lays out the memory; the dictionary can then be filled from a dataset. */
export function prepareScan(options: LayoutOptions): ScannerHost {
	const module = compileKernel();
	const layout = createLayout(options);
	return { dictionary: new Dictionary(module, layout), layout, module };
}

/** Reads the files. What is left in the cells at the end is for `remainingCells`. */
export async function scanFiles(
	host: ScannerHost,
	files: readonly ScanFile[],
	options: ScanOptions,
): Promise<FileOutcome[]> {
	applyWindow(host.layout, options.window);
	const slices = files.flatMap((file, index) => slicesOf(file, index));
	const results: SliceResult[] = [];
	const stopWatching = watch(host.layout, options, results);
	try {
		await read(host, slices, options.onCells, results);
		const suspects = results.filter((result) => result.duplicateOf !== undefined);
		const different = suspects.filter((result) => !sameContent(files, result));
		if (different.length > 0) {
			// Two contents with one hash: never seen, but never lost either.
			const again = different.map(({ slice }) => ({ ...slice, claim: false }));
			const gone = new Set(different);
			const kept = results.filter((result) => !gone.has(result));
			results.length = 0;
			for (const result of kept) results.push(result);
			await read(host, again, options.onCells, results);
		}
	} finally {
		stopWatching();
	}
	return outcomesOf(files, results);
}

async function read(
	host: ScannerHost,
	slices: Slice[],
	onCells: OnCells,
	into: SliceResult[],
): Promise<void> {
	const bytes = slices.reduce((sum, s) => sum + ((s.end ?? s.sizeBytes ?? inlineBytes) - s.start), 0);
	if (host.layout.regions.length === 1 || bytes < inlineBytes) {
		await scanInline(host.module, host.layout, slices, onCells, (result) => into.push(result));
		return;
	}
	const pool = new Pool(host.module, host.layout);
	try {
		await pool.scan(slices, onCells, (results) => into.push(...results));
	} finally {
		pool.close();
	}
}

/** The cells that were never full enough to be taken away, two blocks per region. */
export function remainingCells(layout: Layout): Block[] {
	return layout.regions.flatMap((_, index) => takeRegion(layout, index)).filter((block) => block.rows > 0);
}

function slicesOf(file: ScanFile, index: number): Slice[] {
	const { absolutePath, sizeBytes } = file;
	const base = { file: index, absolutePath, sizeBytes };
	const small = sizeBytes === undefined || sizeBytes <= scanRangeBytes;
	if (file.done.length === 0 && (small || !isPlain(absolutePath))) {
		return [{ ...base, start: 0, end: undefined, claim: sizeBytes !== undefined }];
	}
	if (sizeBytes === undefined || !isPlain(absolutePath)) {
		return [{ ...base, start: file.done.at(-1)?.[1] ?? 0, end: undefined, claim: false }];
	}
	const slices: Slice[] = [];
	for (const [from, to] of gaps(file.done, sizeBytes)) {
		for (let start = from; start < to; start += scanRangeBytes) {
			slices.push({ ...base, start, end: Math.min(start + scanRangeBytes, to), claim: false });
		}
	}
	return slices;
}

/**
 * Can it be read in ranges? Not what is compressed, and not serve's log, whose lines are translated in order.
 * An unreadable file counts as plain here; the scanner says what is wrong with it.
 */
function isPlain(path: string): boolean {
	try {
		const descriptor = openSync(path, "r");
		try {
			const head = new Uint8Array(sniffBytes);
			const length = readSync(descriptor, head, 0, sniffBytes, 0);
			return sniffEncoding(head) === "plain" && !looksLikeServeLog(head.subarray(0, length));
		} finally {
			closeSync(descriptor);
		}
	} catch {
		return true;
	}
}

function gaps(done: [number, number][], sizeBytes: number): [number, number][] {
	const result: [number, number][] = [];
	let from = 0;
	for (const [start, end] of done) {
		if (start > from) result.push([from, start]);
		from = Math.max(from, end);
	}
	if (from < sizeBytes) result.push([from, sizeBytes]);
	return result;
}

function sameContent(files: readonly ScanFile[], result: SliceResult): boolean {
	const other = files[result.duplicateOf!];
	// Content claimed by an earlier run: its file may be gone; 64 bits of hash and the size have to do.
	if (other === undefined) return true;
	return readFileSync(other.absolutePath).equals(readFileSync(result.slice.absolutePath));
}

function applyWindow(layout: Layout, window: ScanWindow): void {
	const times = new BigInt64Array(layout.memory.buffer, header.windowFrom, 2);
	if (window.from !== undefined) times[0] = BigInt(Math.ceil(window.from));
	if (window.to !== undefined) times[1] = BigInt(Math.ceil(window.to));
	if (window.bucket === undefined) return;
	// The first 64 KiB of the memory are the header's; the bucket name stands in their second half.
	const address = 32_768;
	const length = Buffer.from(layout.memory.buffer, address, 1024).write(
		window.bucket.slice(0, 1024),
		"latin1",
	);
	const words = new Int32Array(layout.memory.buffer);
	words[header.bucketFilter >> 2] = address;
	words[header.bucketFilterLength >> 2] = length;
}

/** Passes the abort on to the threads and reports progress; returns how to stop doing so. */
function watch(layout: Layout, options: ScanOptions, results: SliceResult[]): () => void {
	const words = new Int32Array(layout.memory.buffer);
	const abort = (): void => {
		Atomics.store(words, header.abort >> 2, 1);
	};
	if (options.signal?.aborted) abort();
	options.signal?.addEventListener("abort", abort);
	const started = performance.now();
	const report = (): void => {
		const regions = layout.regions.map((region) => readProgress(layout, region));
		options.onProgress?.({
			// A large file is read in slices and counts with its last one.
			files: results.filter(({ slice: { end, sizeBytes } }) => end === undefined || end === sizeBytes).length,
			bytes: regions.reduce((sum, r) => sum + r.bytes, 0),
			lines: regions.reduce((sum, r) => sum + r.lines, 0),
			elapsedMs: performance.now() - started,
		});
	};
	const timer = options.onProgress === undefined ? undefined : setInterval(report, progressIntervalMs);
	return () => {
		clearInterval(timer);
		options.signal?.removeEventListener("abort", abort);
	};
}

const pooledNames: [string, Kind | typeof kindCount][] = [
	["distinct buckets", Kind.bucket],
	["distinct callers (remote IP + requester)", Kind.caller],
	["distinct operations", Kind.operation],
	["distinct outcomes (status + error code)", Kind.outcome],
	["distinct user agents", Kind.agent],
	["distinct connection details", Kind.tail],
	["distinct keys", Kind.key],
	["distinct flows", kindCount],
];

/** What had to be pooled because a limit was reached, and how many records that concerned. */
export function pooledRecords(layout: Layout): { limit: string; value: number; requests: number }[] {
	const words = new Int32Array(layout.memory.buffer);
	return pooledNames
		.map(([limit, kind]) => ({
			limit,
			value: kind === kindCount ? layout.limits.flows : layout.limits.kinds[kind]!,
			requests: layout.regions.reduce(
				(sum, region) => sum + words[(region.address + regionWord.pooled + kind * 4) >> 2]!,
				0,
			),
		}))
		.filter(({ requests }) => requests > 0);
}
