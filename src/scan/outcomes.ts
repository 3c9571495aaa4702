/** What became of each file: the results of its slices put together. In: results in any order. Out: one outcome each. */
import { maxUnparsedSamples } from "../model/limits.ts";
import type { LineCounts } from "./kernel.ts";
import type { SliceResult, SliceSample } from "./scanner.ts";

export interface ScanFile {
	absolutePath: string;
	/** On disk; `undefined` for pipes. */
	sizeBytes: number | undefined;
	/** What an interrupted scan has read: disjoint, ascending [start, end) pairs. */
	done: [number, number][];
}

export interface FileOutcome {
	counts: LineCounts;
	/** `line` counts from the start of the first range that was read now. */
	samples: SliceSample[];
	/** What has been read in all, earlier scans included. */
	done: [number, number][];
	finished: boolean;
	encoding: SliceResult["encoding"];
	contentHash: bigint;
	duplicateOf: number | undefined;
	problem: SliceResult["problem"];
}

/** Empties `results`: a hundred thousand small files need the room. */
export function outcomesOf(files: readonly ScanFile[], results: SliceResult[]): FileOutcome[] {
	results.sort((a, b) => a.slice.file - b.slice.file || a.slice.start - b.slice.start);
	const outcomes = new Array<FileOutcome | undefined>(files.length).fill(undefined);
	for (const result of results) {
		const { file } = result.slice;
		const isFirst = outcomes[file] === undefined;
		if (isFirst && files[file]!.done.length === 0) {
			outcomes[file] = outcomeOf(result);
			continue;
		}
		if (isFirst) outcomes[file] = emptyOutcome(files[file]!);
		addResult(outcomes[file]!, result);
	}
	results.length = 0;
	return outcomes.map((outcome, file) => {
		// Without a slice there was nothing left to read.
		if (outcome === undefined) return emptyOutcome(files[file]!);
		outcome.done = joinRanges(outcome.done);
		return outcome;
	});
}

/** Sorts [start, end) pairs and joins those that touch. */
export function joinRanges(ranges: [number, number][]): [number, number][] {
	const joined: [number, number][] = [];
	for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
		const last = joined.at(-1);
		if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
		else if (end > start) joined.push([start, end]);
	}
	return joined;
}

/** Of a file's first result: nearly always the only one. */
function outcomeOf(result: SliceResult): FileOutcome {
	return {
		counts: result.counts,
		samples: result.samples,
		done: [[result.slice.start, result.reached]],
		finished: result.finished,
		encoding: result.encoding,
		contentHash: result.contentHash,
		duplicateOf: result.duplicateOf,
		problem: result.problem,
	};
}

function emptyOutcome(file: ScanFile): FileOutcome {
	return {
		counts: { lines: 0, records: 0, blank: 0, outsideWindow: 0, otherBucket: 0, unparsed: 0 },
		samples: [],
		done: [...file.done],
		finished: true,
		encoding: "plain",
		contentHash: 0n,
		duplicateOf: undefined,
		problem: undefined,
	};
}

/** Results come in file order, so that line numbers of samples can be counted on. */
function addResult(outcome: FileOutcome, result: SliceResult): void {
	for (const sample of result.samples) {
		if (outcome.samples.length >= maxUnparsedSamples) break;
		outcome.samples.push({ ...sample, line: outcome.counts.lines + sample.line });
	}
	for (const name of Object.keys(outcome.counts) as (keyof LineCounts)[])
		outcome.counts[name] += result.counts[name];
	outcome.done.push([result.slice.start, result.reached]);
	outcome.finished &&= result.finished;
	outcome.encoding = result.encoding;
	outcome.contentHash = result.contentHash;
	outcome.duplicateOf ??= result.duplicateOf;
	outcome.problem ??= result.problem;
}
