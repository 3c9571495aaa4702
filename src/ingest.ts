/**
 * From SOURCE to tallies: plan, reuse the dataset, scan what is new, keep what the scan found.
 *
 * sources → (dataset) → scan → rollup. What comes out answers any question: flows, keys, cells, and the record of
 * what was read. `save` writes it down; answering does not depend on that.
 */
import { resolve } from "node:path";
import { collectInput, type FileState, judgeFile } from "./input.ts";
import type { InputProblem, InputSummary } from "./model/analysis.ts";
import type { Block } from "./model/flow.ts";
import { maxUnparsedSamples } from "./model/limits.ts";
import type { AnalysisOptions } from "./model/options.ts";
import {
	type Collection,
	type DatasetContent,
	readCellFiles,
	readDataset,
	readManifest,
} from "./rollup/dataset.ts";
import type { FileRow } from "./rollup/files.ts";
import { reclaim } from "./rollup/reclaim.ts";
import { CellStore } from "./rollup/store.ts";
import { saveSegment } from "./save.ts";
import { readHead } from "./scan/head.ts";
import { pooledRecords, prepareScan, remainingCells, type ScannerHost, scanFiles } from "./scan/scan.ts";
import { leaveOutDuplicates } from "./sources/duplicates.ts";
import { newestDelivery } from "./sources/names.ts";
import { planSources, type SourceFile, type SourcePlan } from "./sources/plan.ts";
import type { Tallies } from "./tallies.ts";

/** From so many files on, what listing and reading left behind is worth the time to collect it. */
const manyFiles = 20_000;

/** Reads SOURCE. `keep`: continue and later replace the dataset; else nothing is written but temporary files. */
export async function readTallies(options: AnalysisOptions, keep: boolean): Promise<Tallies> {
	const plan = await planAll(options);
	if (plan.files.length > manyFiles) reclaim("major");
	const collection = collectionOf(options);
	const previous = keep ? await reusable(options.datasetDir, collection, plan.files) : undefined;
	const states = fileStates(plan.files, previous);
	const host = prepareScan({ scanners: scannersFor(options, states), files: plan.files.length });
	const before = restore(host, previous);
	const store = new CellStore(
		keep ? options.datasetDir : undefined,
		previous?.manifest,
		() => host.dictionary.keyCount,
	);
	try {
		await scanInto(host, states, plan, options, store);
		if (plan.files.length > manyFiles) reclaim("major");
		store.last.push(...remainingCells(host.layout));
		return assemble({ host, plan, states, previous, before, collection, store, options });
	} catch (error) {
		store.dispose();
		throw error;
	}
}

async function planAll(options: AnalysisOptions): Promise<SourcePlan> {
	const plan = await planSources(options.sources, {
		cwd: process.cwd(),
		from: options.from,
		to: options.to,
		onProgress: (files) => reportListing(options, files),
	});
	const { files, problems } = await leaveOutDuplicates(plan.files, async (file, maxBytes) => {
		try {
			const head = await readHead(file.absolutePath, maxBytes);
			return { bytes: head.bytes, compressed: head.encoding !== "plain" };
		} catch {
			// The scanner meets the same error and reports it.
			return undefined;
		}
	});
	const totalBytes = files.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
	return { ...plan, files, problems: [...plan.problems, ...problems], totalBytes };
}

function reportListing(options: AnalysisOptions, files: number): void {
	options.onProgress?.({
		phase: "listing",
		files,
		totalFiles: 0,
		bytes: 0,
		totalBytes: 0,
		lines: 0,
		elapsedMs: 0,
	});
}

function collectionOf(options: AnalysisOptions): Collection {
	return {
		sources: options.sources.map((source) => (source === "-" ? source : resolve(source))).sort(),
		typedSources: options.sources,
		from: options.from ?? null,
		to: options.to ?? null,
		bucket: options.bucket ?? null,
	};
}

/** The dataset, when it holds the same collection and no file it read has changed since. */
async function reusable(
	folder: string,
	collection: Collection,
	files: readonly SourceFile[],
): Promise<DatasetContent | undefined> {
	const manifest = readManifest(folder);
	if (manifest === undefined || files.some((file) => file.sizeBytes === undefined)) return undefined;
	const same = (["sources", "from", "to", "bucket"] as const).every(
		(name) => JSON.stringify(manifest.collection[name]) === JSON.stringify(collection[name]),
	);
	if (!same) return undefined;
	const content = await readDataset(folder, manifest);
	const now = new Map(files.map((file) => [file.absolutePath, file]));
	const changed = content.files.some((file) => {
		const current = now.get(file.absolutePath);
		return (
			current !== undefined && (current.sizeBytes !== file.sizeBytes || current.mtimeMs !== file.modifiedMs)
		);
	});
	return changed ? undefined : content;
}

function fileStates(files: readonly SourceFile[], previous: DatasetContent | undefined): FileState[] {
	const known = new Map(previous?.files.map((file) => [file.absolutePath, file]));
	// What is not finished is read on from where it ended, for whatever reason it did.
	return files.map((source) => ({ source, known: known.get(source.absolutePath), outcome: undefined }));
}

/** Each has its own cells and buffers; more would not stay within the memory bound. */
const maxScanners = 8;

function scannersFor(options: AnalysisOptions, states: readonly FileState[]): number {
	const bytes = states
		.filter(({ known }) => known?.finished !== true)
		.reduce((sum, { source }) => sum + (source.sizeBytes ?? 0), 0);
	return Math.max(1, Math.min(options.threads, maxScanners, Math.ceil(bytes / (4 << 20))));
}

/** Puts the dataset's dictionaries into the scan's, so that ids run on. Returns how many there were. */
function restore(host: ScannerHost, previous: DatasetContent | undefined): { flows: number; keys: number } {
	for (const flow of previous?.flows ?? []) host.dictionary.restoreFlow(flow);
	// Key 0 is the pooled one; every dictionary begins with it.
	for (let id = 1; id < (previous?.keys.length ?? 0); id++)
		host.dictionary.restoreKey(previous!.keys.raw(id));
	for (const [index, file] of (previous?.files ?? []).entries()) {
		if (file.contentHash !== "0")
			host.dictionary.claimHash(BigInt(`0x${file.contentHash}`), claimedEarlier + index);
	}
	return { flows: previous?.flows.length ?? 0, keys: previous?.keys.length ?? 0 };
}

/** Claim numbers from here on belong to files of the dataset. */
const claimedEarlier = 1 << 30;

async function scanInto(
	host: ScannerHost,
	states: FileState[],
	plan: SourcePlan,
	options: AnalysisOptions,
	store: CellStore,
): Promise<void> {
	const pending = states.filter(({ known }) => known?.finished !== true);
	const reused = states.length - pending.length;
	const outcomes = await scanFiles(
		host,
		pending.map(({ source, known }) => ({
			absolutePath: source.absolutePath,
			sizeBytes: source.sizeBytes,
			done: known?.done ?? [],
		})),
		{
			window: { from: options.from, to: options.to, bucket: options.bucket },
			signal: options.signal,
			onProgress: (progress) =>
				options.onProgress?.({
					phase: "reading",
					...progress,
					files: reused + progress.files,
					totalFiles: states.length,
					totalBytes: plan.totalBytes,
				}),
			onCells: async (blocks) => store.spill(blocks),
		},
	);
	for (const [index, state] of pending.entries()) state.outcome = outcomes[index];
}

/** A scan that is over, and what it stood on. */
export interface Scanned {
	host: ScannerHost;
	plan: SourcePlan;
	states: FileState[];
	previous: DatasetContent | undefined;
	before: { flows: number; keys: number };
	collection: Collection;
	store: CellStore;
	options: AnalysisOptions;
}

function assemble(scanned: Scanned): Tallies {
	const { host, plan, states, previous, store, options } = scanned;
	const { dictionary } = host;
	const { rows, samples, problems } = judge(scanned);
	const flows = Array.from({ length: dictionary.flowCount }, (_, id) => dictionary.flow(id));
	const blocks = (grain: Block["grain"]) =>
		async function* (): AsyncGenerator<Block> {
			if (previous !== undefined) yield* readCellFiles(options.datasetDir, previous.manifest, grain);
			yield* store.blocks(grain);
		};
	const degraded = pooledRecords(host.layout);
	const present = new Set(rows.map((row) => row.absolutePath));
	const gone = previous?.files.filter((file) => !present.has(file.absolutePath)) ?? [];
	const input = collectInput({
		sources: options.sources,
		files: [...gone, ...rows],
		problems,
		samples,
		degraded,
		reusedFiles: states.filter(({ known }) => known?.finished === true).length,
		filesOutsideWindow: plan.skippedByName,
	});
	let saved = false;
	return {
		flows,
		keys: {
			length: dictionary.keyCount,
			raw: (id) => dictionary.rawKey(id),
			encoded: (id) => dictionary.keyIsEncoded(id),
			find: (rawKey) => dictionary.findKey(rawKey),
		},
		minutes: blocks("minute"),
		hours: blocks("hour"),
		input,
		logPaths: [...gone, ...rows].map((row) => row.absolutePath),
		newestDelivery: newestDelivery(plan.files.map(({ name }) => name)),
		interrupted: rows.some((row) => row.status === "read" && !row.finished),
		fromDataset: false,
		readFrom: options.from,
		readTo: options.to,
		save: async () => {
			if (saved) return;
			saved = true;
			const fresh = states.filter(({ outcome }) => outcome !== undefined).length > 0;
			if (!fresh && previous !== undefined) return;
			saveSegment(scanned, flows, rows, input);
		},
		dispose: () => store.dispose(),
	};
}

/** One row per file, and what is wrong with the files. A file in which no line is a record is not a log. */
function judge({ states, plan, previous }: Scanned): {
	rows: FileRow[];
	samples: InputSummary["unparsedSamples"];
	problems: InputProblem[];
} {
	const problems = [...plan.problems];
	const samples = [...(previous?.manifest.samples ?? [])];
	const pending = states.filter(({ outcome }) => outcome !== undefined);
	const nameOf = (unit: number): string =>
		unit >= claimedEarlier - 1
			? (previous?.files[unit - claimedEarlier + 1]?.path ?? "a file read earlier")
			: pending[unit]!.source.path;
	const rows = states.map((state): FileRow => {
		const { row, problem, newSamples } = judgeFile(state, nameOf);
		if (problem !== undefined) problems.push(problem);
		for (const sample of newSamples) if (samples.length < maxUnparsedSamples) samples.push(sample);
		return row;
	});
	return { rows, samples, problems };
}
