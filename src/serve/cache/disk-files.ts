/**
 * The few things the disk tier asks of a file system, as an interface, so that tests can let any of them fail.
 * Descriptors are numbers and offsets may exceed 4 GiB. Errors are Node's, with `code`.
 */
import * as fs from "node:fs";
import { promisify } from "node:util";

export interface FileState {
	kind: "file" | "folder" | "other";
	sizeBytes: number;
	/** Permission bits only. */
	mode: number;
	modifiedMs: number;
}

export interface DiskFiles {
	/** Never follows a link in the last part of the path. `create` is exclusive, for reading and writing. */
	open(path: string, how: "read" | "update" | "create"): Promise<number>;
	close(fd: number): Promise<void>;
	/** Fills `target` as far as it can; the bytes read, 0 at the end. */
	read(fd: number, target: Buffer, position: number): Promise<number>;
	/** May write less than `source`. */
	write(fd: number, source: Buffer, position: number): Promise<number>;
	state(fd: number): Promise<FileState>;
	/** Of the link itself when it is one. */
	pathState(path: string): Promise<FileState>;
	setModified(fd: number, modifiedMs: number): Promise<void>;
	flush(fd: number, what: "data" | "full"): Promise<void>;
	/** The entries of a folder reach the disk. */
	flushFolder(path: string): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	unlink(path: string): Promise<void>;
	/** Mode 0700, parents too. */
	makeFolder(path: string): Promise<void>;
	removeTree(path: string): Promise<void>;
	list(path: string): Promise<string[]>;
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
// Windows has none of its own: there, links need a privilege that services lack.
const noFollow = fs.constants.O_NOFOLLOW ?? 0;
const openFlags = {
	read: O_RDONLY | noFollow,
	update: O_RDWR | noFollow,
	create: O_RDWR | O_CREAT | O_EXCL | noFollow,
};

const calls = {
	open: promisify(fs.open),
	close: promisify(fs.close),
	fstat: promisify(fs.fstat),
	futimes: promisify(fs.futimes),
	fsync: promisify(fs.fsync),
	fdatasync: promisify(fs.fdatasync),
};

function stateOf(stats: fs.Stats): FileState {
	return {
		kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other",
		sizeBytes: stats.size,
		mode: stats.mode & 0o7777,
		modifiedMs: stats.mtimeMs,
	};
}

export const realFiles: DiskFiles = {
	open: (path, how) => calls.open(path, openFlags[how], 0o600),
	close: (fd) => calls.close(fd),
	read: (fd, target, position) =>
		new Promise((resolve, reject) => {
			fs.read(fd, target, 0, target.length, position, (error, bytes) =>
				error ? reject(error) : resolve(bytes),
			);
		}),
	write: (fd, source, position) =>
		new Promise((resolve, reject) => {
			fs.write(fd, source, 0, source.length, position, (error, bytes) =>
				error ? reject(error) : resolve(bytes),
			);
		}),
	state: async (fd) => stateOf(await calls.fstat(fd)),
	pathState: async (path) => stateOf(await fs.promises.lstat(path)),
	setModified: (fd, modifiedMs) => calls.futimes(fd, modifiedMs / 1000, modifiedMs / 1000),
	flush: (fd, what) => (what === "full" ? calls.fsync(fd) : calls.fdatasync(fd)),
	async flushFolder(path) {
		const fd = await calls.open(path, O_RDONLY);
		try {
			await calls.fsync(fd);
		} finally {
			await calls.close(fd);
		}
	},
	rename: (from, to) => fs.promises.rename(from, to),
	unlink: (path) => fs.promises.unlink(path),
	async makeFolder(path) {
		await fs.promises.mkdir(path, { recursive: true, mode: 0o700 });
	},
	removeTree: (path) => fs.promises.rm(path, { recursive: true, force: true }),
	list: (path) => fs.promises.readdir(path),
};

/** The system's name of what went wrong (`ENOSPC`), or `unknown`. */
export function errnoOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : "unknown";
}

/** For steps that may find nothing to do: `undefined` when the path is not there, other errors as they are. */
export async function unlessMissing<Value>(step: Promise<Value>): Promise<Value | undefined> {
	try {
		return await step;
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return undefined;
		throw error;
	}
}
