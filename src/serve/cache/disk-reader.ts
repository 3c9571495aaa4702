/**
 * From an id to an open object that can be trusted. A file from before this start is hashed at its first use, whatever
 * its size, before its first byte goes out: nothing is served that was damaged while we were not there.
 */
import path from "node:path";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { DiskObject } from "./disk.ts";
import { Descriptor } from "./disk-descriptor.ts";
import { type DiskFiles, errnoOf } from "./disk-files.ts";
import { fileName, objectPath } from "./disk-format.ts";
import { type DiskEntry, type DiskIndex, foundHead, unreadEntry } from "./disk-index.ts";
import { bodyMatches, diskObject, readStoredHead } from "./disk-object.ts";
import type { DiskSpace } from "./disk-space.ts";
import type { NameQueue } from "./name-queue.ts";
import { idText, type ObjectId } from "./object-head.ts";

export interface ReaderParts {
	dir: string;
	files: DiskFiles;
	clock: Clock;
	observer: Observer;
	index: DiskIndex;
	space: DiskSpace;
	queue: NameQueue;
	/** The index knows every file: what is not in it does not exist. */
	counted(): boolean;
	failed(error: unknown): void;
}

/** How exact the order of use is after a restart: one call per object and this time, however often it is used. */
const saveUseEveryMs = 60_000;

/** No file is that small: stands for one that the index does not know yet. */
const uncountedBytes = 0;

export class DiskReader {
	readonly #parts: ReaderParts;
	readonly #saving = new Set<Promise<void>>();

	constructor(parts: ReaderParts) {
		this.#parts = parts;
	}

	async open(id: ObjectId): Promise<DiskObject | undefined> {
		const name = fileName(id);
		for (;;) {
			await this.#parts.queue.pending(name);
			const entry = this.#parts.index.get(name);
			if (entry === undefined && this.#parts.counted()) return undefined;
			const opened = await this.#openFile(name, entry);
			// Replaced or removed while we opened it: which of the two files it is nobody knows.
			if (entry !== undefined && this.#parts.index.get(name) !== entry) {
				opened?.close();
				continue;
			}
			if (opened === undefined) return undefined;
			return await this.#trusted(entry ?? unreadEntry(name, uncountedBytes, 0), id, opened);
		}
	}

	/** Resolves when no time of use is being saved. */
	async idle(): Promise<void> {
		while (this.#saving.size > 0) await Promise.all(this.#saving);
	}

	/** `undefined`: there is no such file, or something that is no file. */
	async #openFile(name: string, entry: DiskEntry | undefined): Promise<Descriptor | undefined> {
		const { dir, files } = this.#parts;
		try {
			const filePath = path.join(dir, objectPath(name));
			// The walk looks at the folders; before it did, one may be a link that leads out of ours.
			if (!entry && (await files.pathState(path.dirname(filePath))).kind !== "folder") return undefined;
			return new Descriptor(files, await files.open(filePath, "read"));
		} catch (error) {
			const errno = errnoOf(error);
			if (errno !== "ENOENT" && errno !== "ELOOP") {
				this.#parts.failed(error);
				throw error;
			}
			// Somebody deleted it, or put a link in its place. Or we did a moment ago: then it is not in the index.
			if (errno === "ELOOP" && entry && this.#parts.index.get(name) === entry) await this.#distrust(entry);
			else if (entry) await this.#parts.space.drop(entry);
			return undefined;
		}
	}

	/** The object, when it is what it should be; the file is closed when not. */
	async #trusted(entry: DiskEntry, id: ObjectId, file: Descriptor): Promise<DiskObject | undefined> {
		try {
			if (!entry.verified) {
				entry.checking ??= this.#check(entry, id, file);
				const good = await entry.checking;
				const now = this.#parts.index.get(entry.name);
				const removed = entry.fileBytes !== uncountedBytes ? now !== entry : this.#parts.counted() && !now;
				if (!good || removed) {
					file.close();
					return undefined;
				}
			}
			this.#use(entry, file);
			const damaged = () => this.#distrust(entry);
			return diskObject({ head: entry.head!, file, files: this.#parts.files, damaged });
		} catch (error) {
			file.close();
			this.#parts.failed(error);
			throw error;
		}
	}

	/** Once per file and start, before its first byte goes out, whatever its size. */
	async #check(entry: DiskEntry, id: ObjectId, file: Descriptor): Promise<boolean> {
		const { files } = this.#parts;
		try {
			const good = await file.use(async (fd) => {
				const stored = await readStoredHead(files, fd, entry.name);
				if (stored === undefined || idText(stored.head) !== idText(id)) return false;
				foundHead(entry, stored);
				return await bodyMatches(files, fd, stored.head);
			});
			if (good) entry.verified = true;
			else await this.#distrust(entry);
			return good;
		} finally {
			entry.checking = undefined;
		}
	}

	#use(entry: DiskEntry, file: Descriptor): void {
		const nowMs = this.#parts.clock.nowMs();
		if (this.#parts.index.get(entry.name) === entry) this.#parts.index.used(entry, nowMs);
		// Not counted yet: the walk is going to see the time that is saved here.
		else if (this.#parts.counted()) return;
		if (Math.abs(nowMs - entry.savedUseMs) < saveUseEveryMs) return;
		entry.savedUseMs = nowMs;
		// Only the order after a restart depends on it.
		const saving = file.use((fd) => this.#parts.files.setModified(fd, nowMs)).catch(() => {});
		this.#saving.add(saving);
		void saving.then(() => this.#saving.delete(saving));
	}

	async #distrust(entry: DiskEntry): Promise<void> {
		this.#parts.observer.integrityFailed("disk");
		await this.#parts.space.drop(entry).catch((error: unknown) => this.#parts.failed(error));
	}
}
