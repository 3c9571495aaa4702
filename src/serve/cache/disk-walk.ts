/**
 * After a start: which files are there (names, sizes, times; fast), then what is in them (headers; slower), while the
 * cache already serves. What is not an object of ours is deleted and never served.
 */
import path from "node:path";
import type { Observer } from "../observe/observer.ts";
import { type DiskFiles, unlessMissing } from "./disk-files.ts";
import { bodyOffset, objectPath } from "./disk-format.ts";
import { type DiskEntry, type DiskIndex, foundHead, unreadEntry } from "./disk-index.ts";
import { readStoredHead } from "./disk-object.ts";
import type { DiskSpace } from "./disk-space.ts";

export interface WalkParts {
	dir: string;
	files: DiskFiles;
	index: DiskIndex;
	space: DiskSpace;
	observer: Observer;
	nowMs(): number;
	stopped(): boolean;
	failed(error: unknown): void;
}

/** Calls under way at once: half of the threads that Node has for files, so that requests get theirs. */
const concurrency = 2;

/** Puts an entry for every file into the index, oldest use first. The number of files that were not ours. */
export async function findFiles(parts: WalkParts): Promise<number> {
	const { dir, files, index } = parts;
	let foreign = 0;
	const folders = (await files.list(dir)).filter((name) => /^[0-9a-f]{2}$/.test(name));
	await forEach(folders, parts, async (folder) => {
		const folderPath = path.join(dir, folder);
		if ((await files.pathState(folderPath)).kind !== "folder") {
			foreign++;
			await files.unlink(folderPath);
			return;
		}
		for (const name of await files.list(folderPath)) {
			if (parts.stopped()) return;
			const entry = await fileEntry(path.join(folderPath, name), folder, name, parts);
			if (entry === undefined) foreign++;
			// In already, when this is not the first walk.
			else if (index.get(name) === undefined) index.add(entry);
		}
	});
	index.sortByUse();
	return foreign;
}

async function fileEntry(
	filePath: string,
	folder: string,
	name: string,
	{ files, nowMs }: WalkParts,
): Promise<DiskEntry | undefined> {
	const state = await files.pathState(filePath);
	const ours =
		/^[0-9a-f]{64}$/.test(name) &&
		name.startsWith(folder) &&
		state.kind === "file" &&
		state.sizeBytes >= bodyOffset;
	if (!ours) {
		// A folder is more than we dare to delete. It is ignored.
		if (state.kind !== "folder") await files.unlink(filePath);
		return undefined;
	}
	// A clock that was set back must not make an object young for ever.
	const usedMs = Math.min(state.modifiedMs, nowMs());
	return unreadEntry(name, state.sizeBytes, usedMs);
}

/** Reads the headers that nobody has read yet, latest use first. The number of damaged files, now deleted. */
export async function readHeads(parts: WalkParts): Promise<number> {
	let damaged = 0;
	const { index, files, dir, space, observer } = parts;
	await forEach(index.list().reverse(), parts, async (entry) => {
		if (entry.stored || index.get(entry.name) !== entry) return;
		const fd = await unlessMissing(files.open(`${dir}/${objectPath(entry.name)}`, "read"));
		if (fd === undefined) {
			await space.drop(entry);
			return;
		}
		try {
			const stored = await readStoredHead(files, fd, entry.name);
			if (stored) foundHead(entry, stored);
			else if (await space.drop(entry)) {
				observer.integrityFailed("disk");
				damaged++;
			}
		} finally {
			await files.close(fd);
		}
	});
	return damaged;
}

/** What fails for one does not end the walk: a file that cannot be looked at is not served. */
async function forEach<Item>(
	items: Item[],
	parts: WalkParts,
	step: (item: Item) => Promise<void>,
): Promise<void> {
	let next = 0;
	const lane = async () => {
		for (let item = items[next++]; item !== undefined && !parts.stopped(); item = items[next++]) {
			try {
				await step(item);
			} catch (error) {
				parts.failed(error);
			}
		}
	};
	await Promise.all(Array.from({ length: concurrency }, lane));
}
