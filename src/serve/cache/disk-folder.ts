/**
 * The cache folder at start: is it ours, may we write, is nobody else in it, is it of our version. Comes out locked,
 * empty of temporary files and with a VERSION file, or as an error that says what to do.
 *
 *     VERSION   "chartcost cache 1"     tmp/     objects that grow       aside/   a cache of another version
 *     00/ … ff/ objects                 lock/    sockets of the lock
 */
import path from "node:path";
import { ChartcostError, ExitCode, usageError } from "../../model/errors.ts";
import type { Clock } from "../clock.ts";
import { type DiskFiles, errnoOf, unlessMissing } from "./disk-files.ts";
import { schemaVersion } from "./disk-format.ts";
import { type FolderLock, lockFolder } from "./disk-lock.ts";

export interface OpenedFolder {
	/** Absolute, or as it was given. */
	dir: string;
	lock: FolderLock;
	/** What happened to a cache of another version, for the operator. */
	note: string | undefined;
}

/** Made by file systems and mounts, not by people. */
const harmless = new Set(["lost+found"]);
/** There before VERSION is. */
const early = ["lock", "tmp"];
const versionWords = "chartcost cache ";
const versionLine = (version: number) => `${versionWords}${version}\n`;
const isObjectFolder = (name: string) => /^[0-9a-f]{2}$/.test(name);
const mayWriteAll = 0o002;
const otherDir = "give --cache-dir another folder, or --cache-optional to go on from memory alone";

/** @throws ChartcostError when the folder cannot be used */
export async function openFolder(dir: string, files: DiskFiles, clock: Clock): Promise<OpenedFolder> {
	try {
		await ownFolder(dir, files);
		await files.makeFolder(path.join(dir, "lock"));
		await files.makeFolder(path.join(dir, "tmp"));
		const name = [clock.nowMs(), clock.random(), clock.random()].map(nameChars).join("-");
		const lock = await lockFolder({ folder: path.join(dir, "lock"), name, sleep: (ms) => clock.sleep(ms) });
		if (lock === undefined) {
			throw usageError(
				`another chartcost serve is using the cache folder ${dir}`,
				"stop it first, or give every process a --cache-dir of its own",
			);
		}
		try {
			const note = await ownVersion(dir, files);
			await clearTemporary(path.join(dir, "tmp"), files);
			return { dir, lock, note };
		} catch (error) {
			await lock.release();
			throw error;
		}
	} catch (error) {
		if (error instanceof ChartcostError || errnoOf(error) === "unknown") throw error;
		throw cannotUse(dir, error);
	}
}

function nameChars(value: number): string {
	return value < 1 ? Math.floor(value * 2 ** 32).toString(36) : value.toString(36);
}

function cannotUse(dir: string, cause: unknown): ChartcostError {
	const errno = errnoOf(cause);
	const reasons: Record<string, string> = {
		EACCES: "no permission",
		EPERM: "no permission",
		EROFS: "the file system is read-only",
		ENOTDIR: "a part of the path is not a folder",
		EEXIST: "a part of the path is not a folder",
		ENOSPC: "the disk is full",
		EDQUOT: "the disk quota is used up",
		ENOTSUP: "its file system has no sockets, which the lock needs",
		EOPNOTSUPP: "its file system has no sockets, which the lock needs",
		ENAMETOOLONG: "its path is too long for the lock's socket",
		EINVAL: "its path is too long for the lock's socket",
	};
	const reason = reasons[errno] ?? (cause instanceof Error ? cause.message : String(cause));
	const message = `the cache folder ${dir} cannot be used: ${reason}${reasons[errno] ? ` (${errno})` : ""}`;
	return new ChartcostError(message, { exitCode: ExitCode.usage, hint: otherDir, cause });
}

/** Makes it when it is not there. A folder of somebody else's files is never written to. */
async function ownFolder(dir: string, files: DiskFiles): Promise<void> {
	if ((await unlessMissing(files.pathState(dir))) === undefined) await files.makeFolder(dir);
	// The trailing slash follows a link to a folder: where the cache lies is the user's choice.
	const state = await files.pathState(`${dir}/`);
	if (state.kind !== "folder") throw usageError(`the cache folder ${dir} is not a folder`, otherDir);
	if (state.mode & mayWriteAll) {
		throw usageError(
			`everybody may write to the cache folder ${dir}, so its charts could be replaced by anybody`,
			`chmod o-w it, or use a folder inside it: --cache-dir ${path.join(dir, "chartcost")}`,
		);
	}
	const names = (await files.list(dir)).filter((name) => !harmless.has(name));
	const foreign = foreignNames(names, await readVersion(path.join(dir, "VERSION"), files));
	for (const name of ["lock", "tmp"].filter((own) => names.includes(own))) {
		if ((await files.pathState(path.join(dir, name))).kind !== "folder") foreign.push(name);
	}
	if (foreign.length > 0) {
		const some = foreign.slice(0, 3).map((name) => `"${name.replace(/[^ -~]/g, "?")}"`);
		const more = foreign.length > some.length ? ` and ${foreign.length - some.length} more` : "";
		throw usageError(
			`the cache folder ${dir} contains what chartcost did not put there: ${some.join(", ")}${more}`,
			"use a folder that is empty or not there yet",
		);
	}
}

/** What another version of ours calls its files is not known here: its VERSION speaks for the whole folder. */
function foreignNames(names: string[], version: string | undefined): string[] {
	// Empty after a power cut: ours, when everything beside it is.
	const ours = version === "" || version === versionLine(schemaVersion);
	if (version?.startsWith(versionWords) && !ours) return [];
	const known = new Set(ours ? [...early, "VERSION", "aside"] : early);
	return names.filter((name) => !known.has(name) && !(ours && isObjectFolder(name)));
}

/** A cache of another version is set aside (only the last one is kept), never read and never mixed with ours. */
async function ownVersion(dir: string, files: DiskFiles): Promise<string | undefined> {
	const versionPath = path.join(dir, "VERSION");
	const found = await readVersion(versionPath, files);
	if (found === versionLine(schemaVersion)) return undefined;
	let note: string | undefined;
	if (found !== undefined) {
		const aside = path.join(dir, "aside");
		await files.removeTree(aside);
		await files.makeFolder(aside);
		const stay = new Set([...early, ...harmless, "aside", "VERSION"]);
		for (const name of (await files.list(dir)).filter((name) => !stay.has(name))) {
			await files.rename(path.join(dir, name), path.join(aside, name));
		}
		// Last: until then a killed start does it all again.
		await files.rename(versionPath, path.join(aside, "VERSION"));
		note = `the cache in ${dir} is of another version ("${found
			.trim()
			.slice(0, 40)
			.replace(/[^ -~]/g, "?")}"): moved to ${aside}, which may be deleted, and started empty`;
	}
	await writeVersion(dir, versionPath, files);
	return note;
}

async function readVersion(versionPath: string, files: DiskFiles): Promise<string | undefined> {
	const fd = await unlessMissing(files.open(versionPath, "read"));
	if (fd === undefined) return undefined;
	try {
		const target = Buffer.alloc(100);
		return target.toString("latin1", 0, await files.read(fd, target, 0));
	} finally {
		await files.close(fd);
	}
}

async function writeVersion(dir: string, versionPath: string, files: DiskFiles): Promise<void> {
	const temporary = path.join(dir, "tmp", "VERSION");
	await unlessMissing(files.unlink(temporary));
	const fd = await files.open(temporary, "create");
	try {
		const line = Buffer.from(versionLine(schemaVersion));
		for (let written = 0; written < line.length; ) {
			written += await files.write(fd, line.subarray(written), written);
		}
		await files.flush(fd, "full");
	} finally {
		await files.close(fd);
	}
	await files.rename(temporary, versionPath);
}

async function clearTemporary(folder: string, files: DiskFiles): Promise<void> {
	for (const name of await files.list(folder)) await unlessMissing(files.unlink(path.join(folder, name)));
}
