/**
 * The dataset (`.chartcost/`): what an analysis leaves behind for later commands.
 *
 *   manifest.json                 names every segment that counts; replaced by temp file + rename
 *   segment-000001/flows.parquet  flows first seen in this segment; ids run on over the segments
 *                  keys.parquet   keys, likewise
 *                  files.parquet  the log files read, and how far
 *                  minutes-N.parquet, hours-N.parquet   cells
 *
 * A segment is written completely before the manifest names it, so a crash or a full disk leaves the old dataset.
 */
import {
	closeSync,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { InputProblem, UnparsedSample } from "../model/analysis.ts";
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { Block, Flow } from "../model/flow.ts";
import { KeyList } from "../model/key-list.ts";
import { type FileRow, readFiles, writeFiles } from "./files.ts";
import { readBlock, readFlows, readKeys, writeBlock, writeFlows, writeKeys } from "./tables.ts";

/** Raised whenever an older version could no longer read what is written. */
const formatVersion = 1;
const schemaPrefix = "chartcost/dataset@";

/** What was asked to be read. A dataset is only added to when this is the same again. */
export interface Collection {
	/** Absolute paths and patterns, sorted. */
	sources: string[];
	/** As the user typed them. */
	typedSources: string[];
	from: number | null;
	to: number | null;
	bucket: string | null;
}

interface SegmentEntry {
	name: string;
	flows: number;
	keys: number;
	minuteFiles: number;
	hourFiles: number;
}

export interface Manifest {
	schema: string;
	writtenBy: string;
	savedAt: string;
	/** False after an interruption: the next analysis reads the rest. */
	complete: boolean;
	collection: Collection;
	segments: SegmentEntry[];
	samples: UnparsedSample[];
	problems: InputProblem[];
	pooled: { limit: string; value: number; requests: number }[];
}

export interface DatasetContent {
	manifest: Manifest;
	flows: Flow[];
	keys: KeyList;
	files: FileRow[];
}

/** `undefined` when there is no dataset. A newer or damaged one is an error that names it. */
export function readManifest(folder: string): Manifest | undefined {
	const path = join(folder, "manifest.json");
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw new ChartcostError(`Cannot read the dataset: ${path}: ${(error as Error).message}`, {
			exitCode: ExitCode.permission,
		});
	}
	let manifest: Partial<Manifest>;
	try {
		manifest = (JSON.parse(text) as Partial<Manifest> | null) ?? {};
	} catch {
		throw damaged(path, "it is not JSON");
	}
	const version = Number(String(manifest.schema ?? "").replace(schemaPrefix, ""));
	if (!String(manifest.schema).startsWith(schemaPrefix) || !(version >= 1))
		throw damaged(path, "it names no dataset schema");
	if (version > formatVersion) {
		throw new ChartcostError(
			`The dataset in ${folder} was written by a newer version (${manifest.schema}, this version reads up to @${formatVersion}). It was left as it is.`,
			{ exitCode: ExitCode.failed, hint: "Update chartcost, or give another folder with --dataset DIR." },
		);
	}
	if (!Array.isArray(manifest.segments)) throw damaged(path, "it lists no segments");
	return manifest as Manifest;
}

function damaged(path: string, why: string): ChartcostError {
	return new ChartcostError(`The dataset is damaged: ${path}: ${why}.`, {
		exitCode: ExitCode.failed,
		hint: "Move the folder away and run analyze again; the logs themselves are not touched.",
	});
}

/** Everything but the cells. */
export async function readDataset(folder: string, manifest: Manifest): Promise<DatasetContent> {
	const flows: Flow[] = [];
	const keys = new KeyList();
	const files = new Map<string, FileRow>();
	try {
		for (const { name } of manifest.segments) {
			for (const flow of await readFlows(join(folder, name, "flows.parquet"))) flows.push(flow);
			await readKeys(join(folder, name, "keys.parquet"), (key) => keys.push(key));
			// A file that was read in two runs stands in both segments; the later row knows more.
			for (const file of await readFiles(join(folder, name, "files.parquet")))
				files.set(file.absolutePath, file);
		}
	} catch (error) {
		throw damaged(folder, (error as Error).message);
	}
	return { manifest, flows, keys, files: [...files.values()] };
}

/** Paths of the files that count, per table: what other programs may read. */
export function tableFiles(
	folder: string,
	manifest: Manifest,
	table: "flows" | "keys" | "files" | "minutes" | "hours",
): string[] {
	return manifest.segments.flatMap(({ name, minuteFiles, hourFiles }) => {
		if (table !== "minutes" && table !== "hours") return [join(folder, name, `${table}.parquet`)];
		const count = table === "minutes" ? minuteFiles : hourFiles;
		return Array.from({ length: count }, (_, i) => join(folder, name, `${table}-${i}.parquet`));
	});
}

/** The cells of one grain, a block per file. */
export async function* readCellFiles(
	folder: string,
	manifest: Manifest,
	grain: Block["grain"],
): AsyncGenerator<Block> {
	for (const segment of manifest.segments) {
		const count = grain === "minute" ? segment.minuteFiles : segment.hourFiles;
		for (let i = 0; i < count; i++) {
			const path = join(folder, segment.name, `${grain}s-${i}.parquet`);
			try {
				yield await readBlock(path, grain);
			} catch (error) {
				throw damaged(path, (error as Error).message);
			}
		}
	}
}

/** One segment on its way to the disk. Nothing counts before `commit`. */
export class SegmentWriter {
	readonly folder: string;
	private readonly dataset: string;
	private readonly entry: SegmentEntry;

	/** Creates the folder. `dataset` is created too if need be. */
	constructor(dataset: string, previous: Manifest | undefined) {
		this.dataset = dataset;
		mkdirSync(dataset, { recursive: true });
		takeLock(dataset);
		const used = existsSync(dataset) ? readdirSync(dataset) : [];
		const numbers = [...used, ...(previous?.segments ?? []).map(({ name }) => name)].map((name) =>
			Number(/^segment-(\d+)$/.exec(name)?.[1] ?? 0),
		);
		const name = `segment-${String(Math.max(0, ...numbers) + 1).padStart(6, "0")}`;
		this.folder = join(dataset, name);
		mkdirSync(this.folder);
		this.entry = { name, flows: 0, keys: 0, minuteFiles: 0, hourFiles: 0 };
	}

	addBlock(block: Block): void {
		const index = block.grain === "minute" ? this.entry.minuteFiles++ : this.entry.hourFiles++;
		writeBlock(join(this.folder, `${block.grain}s-${index}.parquet`), block);
	}

	/** The blocks added so far. */
	async *blocks(grain: Block["grain"]): AsyncGenerator<Block> {
		const count = grain === "minute" ? this.entry.minuteFiles : this.entry.hourFiles;
		for (let i = 0; i < count; i++) yield await readBlock(join(this.folder, `${grain}s-${i}.parquet`), grain);
	}

	addDictionary(firstFlow: number, flows: readonly Flow[], firstKey: number, keys: Iterable<string>): void {
		writeFlows(join(this.folder, "flows.parquet"), firstFlow, flows);
		this.entry.keys = writeKeys(join(this.folder, "keys.parquet"), firstKey, keys);
		this.entry.flows = flows.length;
	}

	addFiles(files: readonly FileRow[]): void {
		writeFiles(join(this.folder, "files.parquet"), files);
	}

	/** Makes the segment count, in place of (`previous` undefined) or after the earlier ones. */
	commit(manifest: Omit<Manifest, "schema" | "segments">, previous: Manifest | undefined): Manifest {
		const whole: Manifest = {
			schema: `${schemaPrefix}${formatVersion}`,
			...manifest,
			segments: [...(previous?.segments ?? []), this.entry],
		};
		flushFolder(this.folder);
		writeManifest(this.dataset, whole);
		removeStaleSegments(this.dataset, whole);
		releaseLock(this.dataset);
		return whole;
	}

	/** Removes what was written. */
	abandon(): void {
		rmSync(this.folder, { recursive: true, force: true });
		releaseLock(this.dataset);
	}
}

/** One writer at a time. A lock whose process is gone does not count. */
function takeLock(dataset: string): void {
	const path = join(dataset, "lock");
	for (let attempt = 0; ; attempt++) {
		try {
			writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
			return;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 0) throw error;
			const holder = Number(readFileSync(path, "utf8"));
			if (holder !== process.pid && isRunning(holder)) {
				throw new ChartcostError(
					`The dataset ${dataset} is being written by another chartcost (process ${holder}).`,
					{
						exitCode: ExitCode.failed,
						hint: "Wait for it, give another folder with --dataset DIR, or do not save with --no-save.",
					},
				);
			}
			rmSync(path, { force: true });
		}
	}
}

function releaseLock(dataset: string): void {
	rmSync(join(dataset, "lock"), { force: true });
}

function isRunning(pid: number): boolean {
	try {
		return pid > 0 && process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

function writeManifest(dataset: string, manifest: Manifest): void {
	const path = join(dataset, "manifest.json");
	const temporary = `${path}.${process.pid}.tmp`;
	try {
		writeFileSync(temporary, `${JSON.stringify(manifest, null, "\t")}\n`, { flush: true });
		renameSync(temporary, path);
		flushFolder(dataset);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
}

/** Directory entries reach the disk only when the directory is flushed; not every system allows that. */
function flushFolder(folder: string): void {
	try {
		const descriptor = openSync(folder, "r");
		try {
			fsyncSync(descriptor);
		} finally {
			closeSync(descriptor);
		}
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code !== "EISDIR" && code !== "EPERM" && code !== "EINVAL") throw error;
	}
}

/** Segments that no manifest names: replaced ones, and those of runs that died. */
function removeStaleSegments(dataset: string, manifest: Manifest): void {
	const named = new Set(manifest.segments.map(({ name }) => name));
	for (const name of readdirSync(dataset)) {
		if (/^segment-\d+$/.test(name) && !named.has(name))
			rmSync(join(dataset, name), { recursive: true, force: true });
	}
}
