/**
 * What the disk tier knows of its files, in memory: every sealed file under its name, oldest use first, and the bytes
 * that count against the limit. An entry is taken out before the file under its name changes in any way, so whoever
 * still finds the same entry after opening a file has opened the right one.
 */
import { footprintBytes, type StoredHead } from "./disk-format.ts";
import type { ObjectHead } from "./object-head.ts";

export interface DiskEntry {
	readonly name: string;
	/** What the file says; `undefined` until the header was read: the walk comes to it, or the first use. */
	stored: StoredHead | undefined;
	/** Later than the file's when not every revalidation is written down. */
	head: ObjectHead | undefined;
	readonly fileBytes: number;
	lastUsedMs: number;
	/** The last use that the file's time of modification tells of. */
	savedUseMs: number;
	/** The body was hashed since the program started, by us or by whoever brought it. */
	verified: boolean;
	/** While it is being hashed: others wait for the same answer. */
	checking: Promise<boolean> | undefined;
}

/** A file whose header nobody has read yet. */
export function unreadEntry(name: string, fileBytes: number, usedMs: number): DiskEntry {
	return {
		name,
		stored: undefined,
		head: undefined,
		fileBytes,
		lastUsedMs: usedMs,
		savedUseMs: usedMs,
		verified: false,
		checking: undefined,
	};
}

export function foundHead(entry: DiskEntry, stored: StoredHead): void {
	entry.stored ??= stored;
	entry.head ??= stored.head;
}

export class DiskIndex {
	/** A Map remembers the order of insertion: its first entry is the one not used for longest. */
	#entries = new Map<string, DiskEntry>();
	#sealedBytes = 0;
	#reservedBytes = 0;
	/** Of files that could not be deleted: nobody is served from them, but they take room. */
	#stuckBytes = 0;

	get usedBytes(): number {
		return this.#sealedBytes + this.#reservedBytes + this.#stuckBytes;
	}

	/** What no eviction can give back. */
	get heldBytes(): number {
		return this.#reservedBytes + this.#stuckBytes;
	}

	get count(): number {
		return this.#entries.size;
	}

	get(name: string): DiskEntry | undefined {
		return this.#entries.get(name);
	}

	oldest(): DiskEntry | undefined {
		return this.#entries.values().next().value;
	}

	/** Oldest use first, as of now. */
	list(): DiskEntry[] {
		return [...this.#entries.values()];
	}

	add(entry: DiskEntry): void {
		this.take(this.#entries.get(entry.name));
		this.#entries.set(entry.name, entry);
		this.#sealedBytes += footprintBytes(entry.fileBytes);
	}

	/** `true` when it was in. */
	take(entry: DiskEntry | undefined): boolean {
		if (entry === undefined || this.#entries.get(entry.name) !== entry) return false;
		this.#entries.delete(entry.name);
		this.#sealedBytes -= footprintBytes(entry.fileBytes);
		return true;
	}

	used(entry: DiskEntry, nowMs: number): void {
		entry.lastUsedMs = nowMs;
		this.#entries.delete(entry.name);
		this.#entries.set(entry.name, entry);
	}

	/** After entries came in the order of a folder. */
	sortByUse(): void {
		const sorted = this.list().sort((one, other) => one.lastUsedMs - other.lastUsedMs);
		this.#entries = new Map(sorted.map((entry) => [entry.name, entry]));
	}

	/** Room for what is being written; negative to give it back. */
	reserve(bytes: number): void {
		this.#reservedBytes += bytes;
	}

	stuck(bytes: number): void {
		this.#stuckBytes += bytes;
	}
}
