/**
 * The disk tier in files: opens the folder, walks it in the background, and connects index, space, writers and
 * readers. Whatever it hands out was written by this process or has been hashed since this process started.
 */
import path from "node:path";
import { usageError } from "../../model/errors.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { DiskObject, DiskTier, DiskWriter } from "./disk.ts";
import { type DiskFiles, errnoOf, realFiles, unlessMissing } from "./disk-files.ts";
import { openFolder } from "./disk-folder.ts";
import {
	bodyOffset,
	encodeSlot,
	fileName,
	footprintBytes,
	objectPath,
	type StoredHead,
	slotPosition,
} from "./disk-format.ts";
import { DiskIndex } from "./disk-index.ts";
import type { FolderLock } from "./disk-lock.ts";
import { DiskReader } from "./disk-reader.ts";
import { DiskSpace } from "./disk-space.ts";
import { findFiles, readHeads, type WalkParts } from "./disk-walk.ts";
import { FileWriter, type Fill, type WriterParts } from "./disk-writer.ts";
import { NameQueue } from "./name-queue.ts";
import type { ObjectHead, ObjectId } from "./object-head.ts";

export interface DiskStoreOptions {
	dir: string;
	/** Whole blocks of all files, growing ones too. */
	limitBytes: number;
	/** `off`: a power cut may cost objects, which the check at their next use finds out. */
	fsync: "off" | "data" | "full";
	files?: DiskFiles;
	clock: Clock;
	observer: Observer;
}

/** A handful of charts. Less than that is a unit forgotten behind a number. */
const minLimitBytes = 1 << 20;
/** An index that is revalidated for every client would otherwise be a write per request. */
const saveHeadEveryMs = 5_000;

/** @throws ChartcostError when the folder or the limit cannot be used */
export async function openDiskStore(options: DiskStoreOptions): Promise<DiskStore> {
	const { dir, limitBytes, clock, observer } = options;
	if (!(limitBytes >= minLimitBytes)) {
		throw usageError(
			`a disk limit of ${limitBytes} bytes cannot hold anything`,
			`give at least ${minLimitBytes} bytes (1MiB), or no cache folder at all`,
		);
	}
	const files = options.files ?? realFiles;
	const folder = await openFolder(path.resolve(dir), files, clock);
	if (folder.note !== undefined) observer.said("warn", folder.note);
	return new DiskStore({ ...options, dir: folder.dir, files }, folder.lock);
}

export class DiskStore implements DiskTier {
	readonly limitBytes: number;
	/** All files are counted: before it resolves nothing is written or removed. Never rejects. */
	readonly counted: Promise<void>;
	/** All headers are read. Never rejects. */
	readonly walked: Promise<void>;
	readonly #options: DiskStoreOptions & { files: DiskFiles };
	readonly #lock: FolderLock;
	readonly #index = new DiskIndex();
	readonly #queue = new NameQueue();
	readonly #space: DiskSpace;
	readonly #reader: DiskReader;
	/** What is on its way in; without a writer while its file is being made. */
	readonly #fills = new Map<Fill, FileWriter | undefined>();
	readonly #writerParts: WriterParts;
	readonly #walk: WalkParts;
	#walkFailed = false;
	#isCounted = false;
	#isClosed = false;
	#sequence = 0;
	#foreign = 0;

	constructor(options: DiskStoreOptions & { files: DiskFiles }, lock: FolderLock) {
		this.#options = options;
		this.#lock = lock;
		this.limitBytes = options.limitBytes;
		const shared = { ...options, index: this.#index, queue: this.#queue };
		this.#space = new DiskSpace(shared);
		const failed = (error: unknown) => this.#failed(error);
		const nowMs = () => options.clock.nowMs();
		this.#writerParts = {
			...shared,
			space: this.#space,
			nowMs,
			failed,
			gone: (fill) => this.#fills.delete(fill),
		};
		const counted = () => this.#isCounted;
		this.#reader = new DiskReader({ ...shared, space: this.#space, counted, failed });
		const stopped = () => this.#isClosed;
		const walkFailed = (error: unknown) => {
			this.#walkFailed = true;
			failed(error);
		};
		this.#walk = { ...shared, space: this.#space, nowMs, failed: walkFailed, stopped };
		this.counted = this.#count(this.#walk);
		this.walked = this.counted.then(() => this.#readHeads(this.#walk));
	}

	get dir(): string {
		return this.#options.dir;
	}

	get usedBytes(): number {
		return this.#index.usedBytes;
	}

	get count(): number {
		return this.#index.count;
	}

	async open(id: ObjectId): Promise<DiskObject | undefined> {
		return this.#isClosed ? undefined : await this.#reader.open(id);
	}

	async create(id: ObjectId, expectedBytes: number | undefined): Promise<DiskWriter> {
		const fill: Fill = { id, name: fileName(id), removed: false, replaces: false };
		const writer = await this.#begin(fill, expectedBytes).catch((error: unknown) => {
			this.#fills.delete(fill);
			throw error;
		});
		this.#fills.set(fill, writer);
		return writer;
	}

	async revalidated(head: ObjectHead): Promise<void> {
		await this.counted;
		const name = fileName(head);
		await this.#queue.run(name, async () => {
			const entry = this.#index.get(name);
			if (entry?.head === undefined || entry.stored === undefined) return;
			if (entry.head.sha256 !== head.sha256 || entry.head.sizeBytes !== head.sizeBytes) return;
			entry.head = head;
			if (!worthSaving(entry.stored.head, head)) return;
			const { sequence } = entry.stored;
			// As if it were written: a disk that fails is not tried again at every revalidation.
			entry.stored = { head, sequence };
			await this.#io(() => this.#saveHead(name, { head, sequence: sequence + 1 }));
			entry.stored = { head, sequence: sequence + 1 };
		});
	}

	async remove(id: ObjectId): Promise<boolean> {
		await this.counted;
		await this.#walkAgain();
		const name = fileName(id);
		let existed = this.#index.get(name) !== undefined;
		for (const fill of this.#fills.keys()) {
			if (fill.name !== name) continue;
			fill.removed = true;
			existed ||= fill.replaces;
		}
		await this.#queue.pending(name);
		const entry = this.#index.get(name);
		const dropped = entry !== undefined && (await this.#io(() => this.#space.drop(entry)));
		return existed || dropped;
	}

	async removeWhere(condition: (id: ObjectId) => boolean): Promise<number> {
		for (const fill of this.#fills.keys()) if (condition(fill.id)) fill.removed = true;
		await this.walked;
		await this.#walkAgain();
		// What cannot be read may be what is to be removed.
		const entries = this.#index.list().filter(({ head }) => !head || condition(head));
		// All of them, whatever happens to one: an entry that was dropped is not served even when its file stays.
		const drops = await Promise.allSettled(entries.map((entry) => this.#space.drop(entry)));
		const failure = drops.find((drop) => drop.status === "rejected");
		if (failure) await this.#io(() => Promise.reject(failure.reason));
		return drops.filter((drop) => drop.status === "fulfilled" && drop.value).length;
	}

	*entries(): Iterable<{ head: ObjectHead; lastUsedMs: number }> {
		for (const { head, lastUsedMs } of this.#index.list()) {
			if (head) yield { head, lastUsedMs };
		}
	}

	/** Nothing runs in the background any more, the walk included. */
	async settled(): Promise<void> {
		await this.walked;
		await this.#space.idle();
		await this.#reader.idle();
		await this.#queue.idle();
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		for (const writer of this.#fills.values()) await writer?.discard().catch(() => {});
		await this.settled();
		await this.#space.unstickAll();
		await this.#lock.release();
	}

	async #begin(fill: Fill, expectedBytes: number | undefined): Promise<FileWriter> {
		this.#fills.set(fill, undefined);
		await this.counted;
		if (this.#isClosed) throw new Error("the disk cache is closed");
		const reservedBytes = footprintBytes(bodyOffset + (expectedBytes ?? 0));
		await this.#space.room(reservedBytes);
		const temporaryName = `${fill.name.slice(0, 16)}-${++this.#sequence}`;
		const temporaryPath = path.join(this.#options.dir, "tmp", temporaryName);
		const writer = await FileWriter.open(this.#writerParts, { fill, temporaryPath, reservedBytes });
		if (!this.#isClosed) return writer;
		writer.close();
		throw new Error("the disk cache is closed");
	}

	/** Files that the walk could not look at are not served, but a removal must find them. */
	async #walkAgain(): Promise<void> {
		if (!this.#walkFailed) return;
		await this.walked;
		this.#walkFailed = false;
		await this.#count(this.#walk);
		await readHeads(this.#walk);
	}

	async #count(walk: WalkParts): Promise<void> {
		try {
			this.#foreign += await findFiles(walk);
		} catch (error) {
			walk.failed(error);
		}
		this.#isCounted = true;
		this.#space.settle();
	}

	async #readHeads(walk: WalkParts): Promise<void> {
		this.#foreign += await readHeads(walk);
		if (this.#foreign === 0) return;
		this.#options.observer.said(
			"warn",
			`the cache folder ${this.#options.dir} held ${this.#foreign} files that were damaged or not ours: they are not used`,
		);
	}

	async #saveHead(name: string, stored: StoredHead): Promise<void> {
		const { dir, files, fsync } = this.#options;
		const slot = encodeSlot(stored.head, stored.sequence);
		const fd = await unlessMissing(files.open(path.join(dir, objectPath(name)), "update"));
		// Somebody deleted it: its next use finds that out.
		if (fd === undefined) return;
		try {
			const start = slotPosition(stored.sequence);
			for (let written = 0; written < slot.length; ) {
				written += await files.write(fd, slot.subarray(written), start + written);
			}
			if (fsync !== "off") await files.flush(fd, fsync);
		} finally {
			await files.close(fd);
		}
	}

	async #io<Result>(step: () => Promise<Result>): Promise<Result> {
		try {
			return await step();
		} catch (error) {
			this.#failed(error);
			throw error;
		}
	}

	#failed(error: unknown): void {
		const errno = errnoOf(error);
		if (errno !== "unknown") this.#options.observer.diskFailed(errno);
	}
}

function worthSaving(saved: ObjectHead, head: ObjectHead): boolean {
	if (Math.abs(head.validatedAtMs - saved.validatedAtMs) >= saveHeadEveryMs) return true;
	const fields = Object.keys(head) as (keyof ObjectHead)[];
	return fields.some((field) => field !== "validatedAtMs" && head[field] !== saved[field]);
}
