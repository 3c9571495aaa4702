/** What was read and what was wrong with it: one row per file, one summary per run. */
import type { InputProblem, InputSummary, UnparsedSample } from "./model/analysis.ts";
import { maxUnparsedSamples } from "./model/limits.ts";
import { unparsedReasons } from "./model/unparsed.ts";
import type { FileRow } from "./rollup/files.ts";
import type { FileOutcome } from "./scan/outcomes.ts";
import type { SourceFile } from "./sources/plan.ts";

/** A planned file, what the dataset knows of it, and what the scan made of it. */
export interface FileState {
	source: SourceFile;
	known: FileRow | undefined;
	outcome: FileOutcome | undefined;
}

/** `nameOf` gives the path of the file that a duplicate is a duplicate of. */
export function judgeFile(
	state: FileState,
	nameOf: (file: number) => string,
): { row: FileRow; problem: InputProblem | undefined; newSamples: UnparsedSample[] } {
	const { source, known, outcome } = state;
	if (outcome === undefined) return { row: known!, problem: problemOfRow(known!), newSamples: [] };
	const row = rowOf(source, known, outcome);
	const newSamples = outcome.samples.map((sample) => ({
		file: source.path,
		line: known === undefined ? sample.line : null,
		offset: sample.offset,
		reason: unparsedReasons[sample.reason] ?? "unknown",
		text: sample.text,
	}));
	if (outcome.duplicateOf !== undefined) {
		row.status = "duplicate";
		row.detail = `same content as ${nameOf(outcome.duplicateOf)}`;
		return { row, problem: { ...problemOfRow(row)!, sameAs: nameOf(outcome.duplicateOf) }, newSamples: [] };
	}
	if (outcome.problem !== undefined) {
		row.status = outcome.problem.kind;
		row.detail = outcome.problem.detail;
	} else if (
		row.records === 0 &&
		row.unparsed > 0 &&
		row.outsideWindow + row.otherBucket === 0 &&
		row.finished
	) {
		const first = newSamples[0];
		row.status = "not-a-log";
		row.detail = `none of its ${row.unparsed} lines is an access log record${first ? `; line 1: ${first.reason}` : ""}`;
		return { row: withoutLines(row), problem: problemOfRow(row), newSamples: [] };
	}
	return { row, problem: problemOfRow(row), newSamples };
}

function rowOf(source: SourceFile, known: FileRow | undefined, outcome: FileOutcome): FileRow {
	const { counts } = outcome;
	return {
		path: source.path,
		absolutePath: source.absolutePath,
		sizeBytes: source.sizeBytes ?? 0,
		modifiedMs: source.mtimeMs ?? 0,
		contentHash: outcome.contentHash.toString(16),
		status: "read",
		detail: "",
		done: outcome.done,
		finished: outcome.finished,
		lines: (known?.lines ?? 0) + counts.lines,
		records: (known?.records ?? 0) + counts.records,
		blank: (known?.blank ?? 0) + counts.blank,
		outsideWindow: (known?.outsideWindow ?? 0) + counts.outsideWindow,
		otherBucket: (known?.otherBucket ?? 0) + counts.otherBucket,
		unparsed: (known?.unparsed ?? 0) + counts.unparsed,
	};
}

/** The lines of a file that is no log are not lines of the log. */
function withoutLines(row: FileRow): FileRow {
	return { ...row, lines: 0, blank: 0, unparsed: 0 };
}

function problemOfRow(row: FileRow): InputProblem | undefined {
	return row.status === "read" ? undefined : { file: row.path, problem: row.status, detail: row.detail };
}

/** Adds the rows up. `lines = records + unparsed + skipped` holds because it holds per file. */
export function collectInput(parts: {
	sources: string[];
	files: readonly FileRow[];
	problems: InputProblem[];
	samples: UnparsedSample[];
	degraded: InputSummary["degraded"];
	reusedFiles: number;
	filesOutsideWindow: number;
}): InputSummary {
	const read = parts.files.filter((file) => file.status !== "duplicate" && file.status !== "not-a-log");
	const sum = (
		field: "sizeBytes" | "lines" | "records" | "blank" | "outsideWindow" | "otherBucket" | "unparsed",
	) => read.reduce((total, file) => total + file[field], 0);
	const skippedReasons = {
		blank: sum("blank"),
		outsideWindow: sum("outsideWindow"),
		otherBucket: sum("otherBucket"),
	};
	return {
		sources: parts.sources,
		// After an interruption some were not begun.
		files: read.filter((file) => file.finished || file.lines > 0).length,
		bytes: sum("sizeBytes"),
		lines: sum("lines"),
		records: sum("records"),
		duplicates: parts.problems.filter(({ problem }) => problem === "duplicate").length,
		skipped: skippedReasons.blank + skippedReasons.outsideWindow + skippedReasons.otherBucket,
		skippedReasons,
		unparsed: sum("unparsed"),
		unparsedSamples: parts.samples.slice(0, maxUnparsedSamples),
		problems: parts.problems,
		reusedFiles: parts.reusedFiles,
		filesOutsideWindow: parts.filesOutsideWindow,
		degraded: parts.degraded,
	};
}
