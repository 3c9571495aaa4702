/** From a finished scan to one more segment of the dataset. */
import type { Scanned } from "./ingest.ts";
import type { InputSummary } from "./model/analysis.ts";
import { ChartcostError, ExitCode } from "./model/errors.ts";
import type { Flow } from "./model/flow.ts";
import { isoTime } from "./model/units.ts";
import type { FileRow } from "./rollup/files.ts";
import type { Dictionary } from "./scan/dictionary.ts";

/** Everything that the dataset does not hold yet, as one segment. Throws what the user can act on. */
export function saveSegment(scanned: Scanned, flows: Flow[], rows: FileRow[], input: InputSummary): void {
	const { host, states, previous, before, collection, store, options } = scanned;
	const read = new Set(
		states.filter(({ outcome }) => outcome !== undefined).map(({ source }) => source.absolutePath),
	);
	const { dictionary } = host;
	try {
		const writer = store.writer();
		for (const block of store.last) if (block.rows > 0) writer.addBlock(block);
		writer.addDictionary(
			before.flows,
			flows.slice(before.flows),
			before.keys,
			newKeys(dictionary, before.keys),
		);
		writer.addFiles(rows.filter((row) => read.has(row.absolutePath)));
		writer.commit(
			{
				writtenBy: "chartcost",
				savedAt: isoTime(options.now),
				complete: rows.every((row) => row.finished),
				collection,
				samples: input.unparsedSamples,
				problems: input.problems,
				pooled: input.degraded,
			},
			previous?.manifest,
		);
		store.last = [];
		store.committed();
	} catch (error) {
		store.dispose();
		throw notSaved(options.datasetDir, error);
	}
}

function notSaved(folder: string, error: unknown): ChartcostError {
	if (error instanceof ChartcostError) return error;
	const { code, message } = error as NodeJS.ErrnoException;
	const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
	const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
	const why = full ? `no space left for it (${code})` : message;
	return new ChartcostError(
		`The dataset in ${folder} was not saved: ${why}. What was there before is unchanged.`,
		{
			exitCode: denied ? ExitCode.permission : ExitCode.failed,
			hint: "Free some space, give another folder with --dataset DIR, or do not save with --no-save.",
			cause: error,
		},
	);
}

function* newKeys(dictionary: Dictionary, from: number): Generator<string> {
	for (let id = from; id < dictionary.keyCount; id++) yield dictionary.rawKey(id);
}
