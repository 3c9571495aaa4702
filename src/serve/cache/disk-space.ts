/**
 * Keeps the disk tier below its limit: room is reserved before anything is written, and what was not used for longest
 * is deleted for it, down to a low-water mark, so that not every new object has to wait for a deletion.
 */
import type { Observer } from "../observe/observer.ts";
import { type DiskFiles, errnoOf, unlessMissing } from "./disk-files.ts";
import { footprintBytes, objectPath } from "./disk-format.ts";
import type { DiskEntry, DiskIndex } from "./disk-index.ts";
import type { NameQueue } from "./name-queue.ts";

/** Evictions go on in the background until this share of the limit is used. */
const lowWaterShare = 0.9;
/** A full disk is not ours alone: this much of what we use is given back before the one retry. */
const fullDiskShare = 0.1;

/** Thrown when an object cannot fit the limit whatever is deleted. The disk itself is fine. */
export class DiskLimitError extends Error {
	constructor(limitBytes: number) {
		super(`the object does not fit the disk limit of ${limitBytes} bytes beside what is being written`);
		this.name = "DiskLimitError";
	}
}

export interface SpaceParts {
	dir: string;
	limitBytes: number;
	files: DiskFiles;
	observer: Observer;
	index: DiskIndex;
	queue: NameQueue;
}

export class DiskSpace {
	readonly #parts: SpaceParts;
	#evicting: Promise<void> | undefined;
	/** Files that nobody is served from and that could not be deleted: names, and bytes of the limit. */
	readonly #stuck = new Map<string, number>();

	constructor(parts: SpaceParts) {
		this.#parts = parts;
	}

	/** Reserves `bytes`, and deletes for them what must go first. @throws DiskLimitError */
	async room(bytes: number): Promise<void> {
		const { index, limitBytes } = this.#parts;
		await this.#unstick();
		if (index.heldBytes + bytes > limitBytes) throw new DiskLimitError(limitBytes);
		index.reserve(bytes);
		if (index.usedBytes <= limitBytes) return;
		await this.#evictTo(limitBytes, "limit");
		// Files that could not be deleted stand in the way.
		if (index.usedBytes > limitBytes) {
			index.reserve(-bytes);
			throw new DiskLimitError(limitBytes);
		}
		this.settle();
	}

	/** After the files of an earlier run were counted, and after every room that was made. */
	settle(): void {
		if (this.#evicting) return;
		this.#evicting = this.#evictTo(this.#parts.limitBytes * lowWaterShare, "limit").finally(() => {
			this.#evicting = undefined;
		});
	}

	/** The disk is full although the limit is not reached. */
	async giveBack(): Promise<void> {
		const { index } = this.#parts;
		await this.#evictTo(index.usedBytes - (index.usedBytes - index.heldBytes) * fullDiskShare, "full");
	}

	/** Deletes the entry and its file. `false`: somebody else had taken it. Rejects when the file stays. */
	drop(entry: DiskEntry): Promise<boolean> {
		const { index, queue, files, dir } = this.#parts;
		if (!index.take(entry)) return Promise.resolve(false);
		return queue.run(entry.name, async () => {
			// Sealed anew while we waited: the file under this name is another one.
			if (index.get(entry.name) !== undefined) return true;
			try {
				await unlessMissing(files.unlink(`${dir}/${objectPath(entry.name)}`));
			} catch (error) {
				this.#stay(entry.name, footprintBytes(entry.fileBytes));
				throw error;
			}
			return true;
		});
	}

	/** Tries all files again that could not be deleted: a restart would take them for good ones. */
	async unstickAll(): Promise<void> {
		for (let tries = this.#stuck.size; tries > 0; tries--) await this.#unstick();
	}

	#stay(name: string, bytes: number): void {
		this.#stuck.set(name, (this.#stuck.get(name) ?? 0) + bytes);
		this.#parts.index.stuck(bytes);
	}

	/** One at a time: on a disk that fails, every try is one more that does. */
	async #unstick(): Promise<void> {
		const first = this.#stuck.entries().next().value;
		if (first === undefined) return;
		const [name, bytes] = first;
		const { index, queue, files, dir } = this.#parts;
		this.#stuck.delete(name);
		index.stuck(-bytes);
		await queue.run(name, async () => {
			// Replaced by an object that was sealed since: that one stays.
			if (index.get(name) !== undefined) return;
			await unlessMissing(files.unlink(`${dir}/${objectPath(name)}`)).catch(() => this.#stay(name, bytes));
		});
	}

	/** Resolves when no eviction runs. */
	async idle(): Promise<void> {
		while (this.#evicting) await this.#evicting;
	}

	async #evictTo(targetBytes: number, cause: string): Promise<void> {
		const { index, observer } = this.#parts;
		while (index.usedBytes > targetBytes) {
			const victim = index.oldest();
			if (victim === undefined) return;
			try {
				if (await this.drop(victim)) observer.evicted({ tier: "disk", cause, bytes: victim.fileBytes });
			} catch (error) {
				// The next one is not going to fare better.
				observer.diskFailed(errnoOf(error));
				return;
			}
		}
	}
}
