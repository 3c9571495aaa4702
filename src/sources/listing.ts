/**
 * From arguments to paths: files, folders, globs and `-`, without opening anything.
 *
 * Folders are read whole, except for names that begin with a dot. Links to folders are followed once.
 * Listing is synchronous, which is several times faster than promises for 100,000 files; it gives way to
 * the event loop between folders, so that progress and Ctrl-C get through.
 */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { glob, isDynamicPattern } from "tinyglobby";
import type { InputProblem } from "../model/analysis.ts";
import { usageError } from "../model/errors.ts";

export interface ListedPath {
	/** For people: relative as the argument was. */
	path: string;
	absolutePath: string;
	kind: "file" | "fifo" | "stdin";
}

export interface Listing {
	paths: ListedPath[];
	problems: InputProblem[];
}

/** State of one listing: what was found, and the folders already read. */
interface Walk extends Listing {
	cwd: string;
	seenPaths: Set<string>;
	seenFolders: Set<string>;
	onListed: (files: number) => void;
}

/**
 * Lists what the arguments name, each path once, in the order found.
 * Throws a usage error for an argument that names nothing; what cannot be read is a problem, not an error.
 */
export async function listPaths(
	args: string[],
	options: { cwd: string; onListed?: ((files: number) => void) | undefined },
): Promise<Listing> {
	const walk: Walk = {
		cwd: options.cwd,
		paths: [],
		problems: [],
		seenPaths: new Set(),
		seenFolders: new Set(),
		onListed: options.onListed ?? (() => {}),
	};
	for (const arg of args) await listArgument(walk, arg);
	return { paths: walk.paths, problems: walk.problems };
}

async function listArgument(walk: Walk, arg: string): Promise<void> {
	if (arg === "-") return add(walk, { path: "-", absolutePath: "-", kind: "stdin" });
	refuseRemote(arg);
	if (arg === "") throw usageError("an empty path was given", "name a file, a folder, a glob or - for stdin");
	// A path that exists wins over the glob it could also be: `logs[1].txt`.
	if (await listPath(walk, arg)) return;
	if (!isDynamicPattern(arg)) {
		throw usageError(`no such file or folder: ${arg}`, `looked for it in ${walk.cwd}; check the spelling`);
	}
	const matches = await glob(arg, {
		cwd: walk.cwd,
		onlyFiles: false,
		expandDirectories: false,
		absolute: arg.startsWith("/"),
	});
	// A folder that matches is read whole, as if the shell had expanded the glob.
	for (const match of matches.sort()) await listPath(walk, match.replace(/(.)\/+$/, "$1"));
	if (matches.length === 0) {
		throw usageError(
			`nothing matches ${arg}`,
			"** matches any number of folders; names with a dot are left out",
		);
	}
}

function refuseRemote(arg: string): void {
	if (/^s3:\/\//i.test(arg)) {
		throw usageError(
			`${arg}: this version reads local files only`,
			`copy the logs first: aws s3 sync ${arg} ./logs, then name ./logs instead`,
		);
	}
	if (/^athena:/i.test(arg)) {
		throw usageError(
			`${arg}: this version does not read from Athena`,
			"copy the table's log objects first (aws s3 sync s3://BUCKET/PREFIX ./logs), then name ./logs instead",
		);
	}
}

/** A glob may be no possible path at all; then there is nothing of this name either. */
const missingCodes = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

/** False when there is nothing of this name. */
async function listPath(walk: Walk, path: string): Promise<boolean> {
	const absolutePath = resolve(walk.cwd, path);
	let stats: Stats;
	try {
		stats = statSync(absolutePath);
	} catch (error) {
		if (missingCodes.has(codeOf(error))) return false;
		walk.problems.push(problemOf(path, error));
		return true;
	}
	if (stats.isDirectory()) await listFolder(walk, path, absolutePath);
	else if (stats.isFile()) add(walk, { path, absolutePath, kind: "file" });
	else if (stats.isFIFO()) add(walk, { path, absolutePath, kind: "fifo" });
	else throw usageError(`${path} is a device or a socket`, "name a file, a folder, a pipe or - for stdin");
	return true;
}

async function listFolder(walk: Walk, path: string, absolutePath: string): Promise<void> {
	const problemsBefore = walk.problems.length;
	let entryCount = 0;
	const pending = [{ path, absolutePath }];
	for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
		const entries = readFolder(walk, folder);
		if (entries === "seen") entryCount++;
		for (const entry of entries === "seen" ? [] : entries) {
			if (entry.name.startsWith(".")) continue;
			const below = {
				path: join(folder.path, entry.name),
				absolutePath: join(folder.absolutePath, entry.name),
			};
			const kind = kindOf(walk, entry, below);
			if (kind === "folder") pending.push(below);
			if (kind !== "file") continue;
			entryCount++;
			add(walk, { ...below, kind });
		}
		walk.onListed(walk.paths.length);
		await setImmediate();
	}
	if (entryCount === 0 && walk.problems.length === problemsBefore) {
		const detail = "the folder holds no files; names that begin with a dot are left out";
		walk.problems.push({ file: path, problem: "unreadable", detail });
	}
}

interface Folder {
	path: string;
	absolutePath: string;
}

/** `seen`: named twice, below another argument, or reached through a link that leads back up. */
function readFolder(walk: Walk, folder: Folder): Dirent[] | "seen" {
	try {
		const realPath = realpathSync(folder.absolutePath);
		if (walk.seenFolders.has(realPath)) return "seen";
		walk.seenFolders.add(realPath);
		return readdirSync(realPath, { withFileTypes: true });
	} catch (error) {
		walk.problems.push(problemOf(folder.path, error));
		return [];
	}
}

/** Pipes, sockets and devices below a folder are left out: reading one that nobody named may hang for ever. */
function kindOf(walk: Walk, entry: Dirent, below: Folder): "file" | "folder" | "other" {
	if (entry.isFile()) return "file";
	if (entry.isDirectory()) return "folder";
	if (!entry.isSymbolicLink()) return "other";
	try {
		const target = statSync(below.absolutePath);
		return target.isFile() ? "file" : target.isDirectory() ? "folder" : "other";
	} catch (error) {
		walk.problems.push(problemOf(below.path, error));
		return "other";
	}
}

function add(walk: Walk, found: ListedPath): void {
	if (walk.seenPaths.has(found.absolutePath)) return;
	walk.seenPaths.add(found.absolutePath);
	walk.paths.push(found);
}

/** `logs/` and `a` make `logs/a`, `.` and `a` make `./a`: the path stays as it was typed. */
function join(folder: string, name: string): string {
	return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** A file system error as a problem of one file or folder. */
export function problemOf(path: string, error: unknown): InputProblem {
	const code = codeOf(error);
	if (code === "EACCES" || code === "EPERM") {
		return { file: path, problem: "permission", detail: "no permission to read it" };
	}
	if (code === "ENOENT")
		return { file: path, problem: "unreadable", detail: "it does not exist, or not any more" };
	if (code === "ELOOP")
		return { file: path, problem: "unreadable", detail: "a link that leads back to itself" };
	return {
		file: path,
		problem: "unreadable",
		detail: error instanceof Error ? error.message : String(error),
	};
}
