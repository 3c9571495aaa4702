/** What was read, in the form that every question is answered from; and the dataset opened in that form. */
import { collectInput } from "./input.ts";
import type { InputSummary } from "./model/analysis.ts";
import { usageError } from "./model/errors.ts";
import type { Flow } from "./model/flow.ts";
import type { AnalysisOptions } from "./model/options.ts";
import { readCellFiles, readDataset, readManifest } from "./rollup/dataset.ts";
import type { Blocks } from "./rollup/group.ts";

/** What is known after reading, and enough to answer from. */
export interface Tallies {
	flows: Flow[];
	keyCount: number;
	/** The key as logged, latin1. */
	rawKey(id: number): string;
	minutes: Blocks;
	hours: Blocks;
	input: InputSummary;
	/** Paths of all log files that the tallies stand for. */
	logPaths: string[];
	/** The latest delivery time that a log object's name tells, unix seconds. */
	newestDelivery: number | undefined;
	/** Set when Ctrl-C stopped the reading. */
	interrupted: boolean;
	/** Grains of the answers: a scan with a window is exact to the second, a dataset to its cells. */
	fromDataset: boolean;
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
		keyCount: content.keys.length,
		rawKey: (id) => content.keys[id] ?? "",
		minutes: () => readCellFiles(options.datasetDir, manifest, "minute"),
		hours: () => readCellFiles(options.datasetDir, manifest, "hour"),
		input: collectInput({
			sources: manifest.collection.typedSources,
			files: content.files,
			problems: manifest.problems,
			samples: manifest.samples,
			degraded: manifest.pooled,
			reusedFiles: content.files.length,
		}),
		logPaths: content.files.map((file) => file.absolutePath),
		newestDelivery: undefined,
		interrupted: false,
		fromDataset: true,
		save: async () => {},
		dispose: () => {},
	};
}
