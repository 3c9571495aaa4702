/** What was read, in the form that every question is answered from; and the dataset opened in that form. */
import { pick } from "./grouping.ts";
import { collectInput } from "./input.ts";
import type { InputSummary } from "./model/analysis.ts";
import { usageError } from "./model/errors.ts";
import type { Block, Flow } from "./model/flow.ts";
import type { AnalysisOptions } from "./model/options.ts";
import { readCellFiles, readDataset, readManifest } from "./rollup/dataset.ts";
import { newestDelivery, parseLogObjectName } from "./sources/names.ts";

/** Keys by id, latin1; `find` gives the id of a key or -1; `encoded`: the key as logged has a `%` or `+`. */
export interface Keys {
	readonly length: number;
	raw(id: number): string;
	encoded(id: number): boolean;
	find(rawKey: string): number;
}

/** What is known after reading, and enough to answer from. */
export interface Tallies {
	flows: Flow[];
	/** By id, as logged. */
	keys: Keys;
	minutes: () => AsyncIterable<Block>;
	hours: () => AsyncIterable<Block>;
	input: InputSummary;
	/** Paths of all log files that the tallies stand for. */
	logPaths: string[];
	/** The latest delivery time that a log object's name tells, unix seconds. */
	newestDelivery: number | undefined;
	/** Set when Ctrl-C stopped the reading. */
	interrupted: boolean;
	/** Grains of the answers: a scan with a window is exact to the second, a dataset to its cells. */
	fromDataset: boolean;
	/** The window that was read, unix seconds; `undefined`: open. A dataset keeps the one of its analysis. */
	readFrom: number | undefined;
	readTo: number | undefined;
	/** Writes the dataset; a second call does nothing. */
	save(): Promise<void>;
	/** Removes temporary files. */
	dispose(): void;
}

/** The dataset as it stands. Without one: a usage error, as the contract says. */
export async function openTallies(options: AnalysisOptions): Promise<Tallies> {
	const manifest = readManifest(options.datasetDir);
	if (manifest === undefined) {
		throw usageError(
			`No SOURCE was given, and there is no dataset in ${options.datasetDir}.`,
			"Name log files or folders: chartcost analyze logs/",
		);
	}
	const content = await readDataset(options.datasetDir, manifest);
	return {
		flows: content.flows,
		keys: content.keys,
		minutes: ofBucket(content.flows, options.bucket, () =>
			readCellFiles(options.datasetDir, manifest, "minute"),
		),
		hours: ofBucket(content.flows, options.bucket, () => readCellFiles(options.datasetDir, manifest, "hour")),
		input: collectInput({
			sources: manifest.collection.typedSources,
			files: content.files,
			problems: manifest.problems,
			samples: manifest.samples,
			degraded: manifest.pooled,
			reusedFiles: content.files.length,
			filesOutsideWindow: 0,
		}),
		logPaths: content.files.map((file) => file.absolutePath),
		newestDelivery: newestDelivery(content.files.map((file) => parseLogObjectName(file.absolutePath))),
		interrupted: false,
		fromDataset: true,
		readFrom: manifest.collection.from ?? undefined,
		readTo: manifest.collection.to ?? undefined,
		save: async () => {},
		dispose: () => {},
	};
}

/** A scan leaves other buckets out as it reads; from a dataset they are taken out again. */
function ofBucket(
	flows: readonly Flow[],
	bucket: string | undefined,
	blocks: () => AsyncIterable<Block>,
): () => AsyncIterable<Block> {
	if (bucket === undefined) return blocks;
	const wanted = flows.map((flow) => flow.bucket === bucket);
	return async function* () {
		for await (const block of blocks()) {
			const rows = [...block.flow.subarray(0, block.rows).keys()].filter((row) => wanted[block.flow[row]!]);
			yield pick(block, rows);
		}
	};
}
