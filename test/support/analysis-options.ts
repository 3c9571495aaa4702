/** The options of a run in this process: nothing set, nothing saved, one thread. In: a folder to keep things in. */
import path from "node:path";
import type { AnalysisOptions } from "../../src/model/options.ts";

export function analysisOptions(folder: string, more: Partial<AnalysisOptions>): AnalysisOptions {
	return {
		sources: [],
		from: undefined,
		to: undefined,
		bucket: undefined,
		region: undefined,
		clustersFile: undefined,
		pricesFile: undefined,
		ipRangesFile: undefined,
		ownAccounts: [],
		datasetDir: path.join(folder, ".chartcost"),
		cacheDir: path.join(folder, "cache"),
		save: false,
		top: undefined,
		threads: 1,
		now: Date.UTC(2026, 10, 1) / 1000,
		onProgress: undefined,
		signal: undefined,
		...more,
	};
}
