/**
 * The plan of what will be read: a value to print and to judge before a byte of content is read.
 *
 * In: the SOURCE arguments and the time window. Out: files in a fixed order, with sizes, what is known from
 * their names, and what cannot be read. Stages: list → prune by name → look at each file → sort.
 */
import { accessSync, constants, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { InputProblem } from "../model/analysis.ts";
import { ChartcostError, ExitCode, usageError } from "../model/errors.ts";
import { type ListedPath, listPaths, problemOf } from "./listing.ts";
import { type LogObjectName, parseLogObjectName } from "./names.ts";
import { pruneByName, type Window } from "./prune.ts";

export interface SourceFile {
	/** For people: relative as the argument was; `-` for stdin. */
	path: string;
	/** `-` for stdin. */
	absolutePath: string;
	/** Pipes are read once, from start to end. */
	kind: "file" | "fifo" | "stdin";
	/** On disk; `undefined` for pipes and stdin. */
	sizeBytes: number | undefined;
	mtimeMs: number | undefined;
	/** `undefined` when the file is not named as S3 names log objects. */
	name: LogObjectName | undefined;
}

export interface SourcePlan {
	/** By the bytes of `path`, so that results do not depend on the file system's order. */
	files: SourceFile[];
	problems: InputProblem[];
	/** Of the files whose size is known. */
	totalBytes: number;
	/** Log objects whose name proves that they lie outside the window. */
	skippedByName: number;
}

export interface PlanOptions extends Window {
	/** Relative paths start here. */
	cwd: string;
	/** Called now and then with the number of files found so far. */
	onProgress?: ((files: number) => void) | undefined;
}

/** Files looked at before other work gets a turn: about 20 ms on a local disk. */
const filesPerTurn = 4000;

/**
 * Plans what the arguments name. Throws a usage error for an argument that names nothing or something that
 * cannot be a source, and `ChartcostError` with exit code 4 or 5 when nothing at all can be read.
 * A window that prunes every file is not an error: the plan is empty and `skippedByName` says why.
 */
export async function planSources(args: string[], options: PlanOptions): Promise<SourcePlan> {
	if (args.length === 0) throw usageError("no source given", "name files, folders, globs, or - for stdin");
	const listing = await listPaths(args, { cwd: options.cwd, onListed: options.onProgress });
	const named = listing.paths.map(withName);
	const wanted = pruneByName(named, options);
	const looked = await lookAt(wanted, listing.problems);
	if (named.length === wanted.length && looked.files.length === 0) throw nothingToRead(looked.problems);
	return {
		files: sortByPathBytes(looked.files),
		problems: looked.problems,
		totalBytes: looked.files.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0),
		skippedByName: named.length - wanted.length,
	};
}

type NamedPath = ListedPath & { name: LogObjectName | undefined };

/** From the absolute path: the folders that tell the source may lie above the working directory. */
function withName({ path, absolutePath, kind }: ListedPath): NamedPath {
	const name = kind === "file" ? parseLogObjectName(absolutePath) : undefined;
	return { path, absolutePath, kind, name };
}

async function lookAt(
	paths: NamedPath[],
	listingProblems: InputProblem[],
): Promise<{ files: SourceFile[]; problems: InputProblem[] }> {
	const files: SourceFile[] = [];
	const problems = [...listingProblems];
	for (const [index, listed] of paths.entries()) {
		if (index % filesPerTurn === filesPerTurn - 1) await setImmediate();
		try {
			files.push(lookAtFile(listed));
		} catch (error) {
			problems.push(problemOf(listed.path, error));
		}
	}
	return { files, problems };
}

/** Spelt out, because spreading 100,000 objects twice takes as long as asking the disk. */
function lookAtFile({ path, absolutePath, kind, name }: NamedPath): SourceFile {
	if (kind !== "stdin") accessSync(absolutePath, constants.R_OK);
	if (kind !== "file") return { path, absolutePath, kind, sizeBytes: undefined, mtimeMs: undefined, name };
	const stats = statSync(absolutePath);
	return { path, absolutePath, kind, sizeBytes: stats.size, mtimeMs: stats.mtimeMs, name };
}

function nothingToRead(problems: InputProblem[]): ChartcostError {
	const denied = problems.find((problem) => problem.problem === "permission");
	const first = denied ?? problems[0];
	const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
	const what = first === undefined ? "" : `: ${first.file}: ${first.detail}${more}`;
	return denied === undefined
		? new ChartcostError(`there is no log file to read${what}`, {
				exitCode: ExitCode.incomplete,
				hint: "check the path; a folder is read with all folders below it",
			})
		: new ChartcostError(`nothing may be read${what}`, {
				exitCode: ExitCode.permission,
				hint: "run as a user who may read it, or change its permissions",
			});
}

const surrogate = /[\ud800-\udfff]/;

/** JavaScript compares UTF-16 units, which is the order of UTF-8 bytes except for surrogates. */
function sortByPathBytes(files: SourceFile[]): SourceFile[] {
	if (files.some((file) => surrogate.test(file.path))) {
		return files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
	}
	return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
