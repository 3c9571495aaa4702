/**
 * An object on its way in: a temporary file that grows, is read while it grows, and gets its header and its name in
 * one step at the end. Room for it is reserved before it is written.
 */
import type { DiskWriter } from "./disk.ts";
import { Descriptor, readFully } from "./disk-descriptor.ts";
import { type DiskFiles, errnoOf, unlessMissing } from "./disk-files.ts";
import { bodyOffset, encodeSlot, footprintBytes, objectPath, slotPosition } from "./disk-format.ts";
import { type DiskEntry, type DiskIndex, foundHead, unreadEntry } from "./disk-index.ts";
import type { DiskSpace } from "./disk-space.ts";
import type { NameQueue } from "./name-queue.ts";
import { idText, type ObjectHead, type ObjectId } from "./object-head.ts";

export interface WriterParts {
	dir: string;
	files: DiskFiles;
	fsync: "off" | "data" | "full";
	index: DiskIndex;
	space: DiskSpace;
	queue: NameQueue;
	nowMs(): number;
	/** A call failed for good. */
	failed(error: unknown): void;
	/** Nobody reads or writes it any more. */
	gone(fill: Fill): void;
}

/** What a removal has to know of an object on its way in, from the moment that it was asked for. */
export interface Fill {
	readonly id: ObjectId;
	readonly name: string;
	/** Set by a removal of this object: what is being written was read before it. */
	removed: boolean;
	/** An older object of this id is out of the index while it is being replaced. */
	replaces: boolean;
}

export interface NewFile {
	fill: Fill;
	temporaryPath: string;
	/** Of the limit, for this file. */
	reservedBytes: number;
}

/** The sequence of a first head. */
const firstSequence = 1;

export class FileWriter implements DiskWriter {
	readonly #parts: WriterParts;
	readonly #file: NewFile;
	readonly #fd: Descriptor;
	#writtenBytes = 0;
	#reservedBytes: number;
	#state: "growing" | "failed" | "sealed" | "discarded" = "growing";
	#gaveBack = false;
	#closed = false;
	/** Writes happen one after the other. Never rejects. */
	#tail: Promise<unknown> = Promise.resolve();

	private constructor(parts: WriterParts, file: NewFile, fd: Descriptor, gaveBack: boolean) {
		this.#parts = parts;
		this.#file = file;
		this.#fd = fd;
		this.#gaveBack = gaveBack;
		this.#reservedBytes = file.reservedBytes;
	}

	/** Room was reserved; it is given back when this rejects. */
	static async open(parts: WriterParts, file: NewFile): Promise<FileWriter> {
		let gaveBack = false;
		const open = () => parts.files.open(file.temporaryPath, "create");
		try {
			const fd = await open().catch(async (error: unknown) => {
				if (!isFull(error)) throw error;
				gaveBack = true;
				await parts.space.giveBack();
				return open();
			});
			return new FileWriter(parts, file, new Descriptor(parts.files, fd), gaveBack);
		} catch (error) {
			parts.index.reserve(-file.reservedBytes);
			parts.failed(error);
			throw error;
		}
	}

	write(chunk: Buffer): Promise<void> {
		return this.#next(async () => {
			if (this.#state !== "growing") throw new Error(`a ${this.#state} object cannot grow`);
			await this.#guarded(() => this.#append(chunk));
		});
	}

	async read(target: Buffer, position: number): Promise<number> {
		const bytes = Math.min(target.length, this.#writtenBytes - position);
		if (bytes <= 0) return 0;
		return await this.#fd.use((fd) =>
			readFully(this.#parts.files, fd, target.subarray(0, bytes), position + bodyOffset),
		);
	}

	seal(head: ObjectHead): Promise<boolean> {
		return this.#next(async () => {
			if (this.#state !== "growing") throw new Error(`a ${this.#state} object cannot be sealed`);
			if (idText(head) !== idText(this.#file.fill.id)) throw new Error("sealed as another object");
			if (head.sizeBytes !== this.#writtenBytes) {
				this.#state = "failed";
				throw new Error(`${this.#writtenBytes} bytes were written, the head says ${head.sizeBytes} bytes`);
			}
			const sealed = await this.#guarded(async () => {
				await this.#complete(head);
				return await this.#parts.queue.run(this.#file.fill.name, () => this.#publish(head));
			});
			if (!sealed) await this.#forget();
			return sealed;
		});
	}

	discard(): Promise<void> {
		return this.#next(() => this.#forget());
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		void this.#next(async () => {
			this.#fd.close();
			await this.#forget();
		})
			.catch((error: unknown) => this.#parts.failed(error))
			.finally(() => this.#parts.gone(this.#file.fill));
	}

	#next<Result>(step: () => Promise<Result>): Promise<Result> {
		const result = this.#tail.then(step);
		this.#tail = result.catch(() => {});
		return result;
	}

	/** After a failure the writer can only be discarded. */
	async #guarded<Result>(step: () => Promise<Result>): Promise<Result> {
		try {
			return await step();
		} catch (error) {
			this.#state = "failed";
			this.#parts.failed(error);
			throw error;
		}
	}

	async #append(chunk: Buffer): Promise<void> {
		const neededBytes = footprintBytes(bodyOffset + this.#writtenBytes + chunk.length);
		if (neededBytes > this.#reservedBytes) {
			await this.#parts.space.room(neededBytes - this.#reservedBytes);
			this.#reservedBytes = neededBytes;
		}
		for (let rest = chunk; rest.length > 0; ) {
			const bytes = await this.#writeAt(rest, bodyOffset + this.#writtenBytes);
			this.#writtenBytes += bytes;
			rest = rest.subarray(bytes);
		}
	}

	async #complete(head: ObjectHead): Promise<void> {
		const { files, fsync, nowMs } = this.#parts;
		const slot = encodeSlot(head, firstSequence);
		const start = slotPosition(firstSequence);
		for (let written = 0; written < slot.length; ) {
			written += await this.#writeAt(slot.subarray(written), start + written);
		}
		await this.#fd.use((fd) => files.setModified(fd, nowMs()));
		if (fsync !== "off") await this.#fd.use((fd) => files.flush(fd, fsync));
	}

	async #writeAt(source: Buffer, position: number): Promise<number> {
		const write = async () => {
			const bytes = await this.#fd.use((fd) => this.#parts.files.write(fd, source, position));
			if (bytes === 0) throw Object.assign(new Error("nothing could be written"), { code: "EIO" });
			return bytes;
		};
		try {
			return await write();
		} catch (error) {
			if (this.#gaveBack || !isFull(error)) throw error;
			this.#gaveBack = true;
			await this.#parts.space.giveBack();
			return await write();
		}
	}

	/** Runs alone for this name. */
	async #publish(head: ObjectHead): Promise<boolean> {
		const { dir, index, nowMs } = this.#parts;
		const { fill, temporaryPath } = this.#file;
		if (fill.removed) return false;
		const before = index.get(fill.name);
		fill.replaces = index.take(before);
		try {
			await this.#rename(temporaryPath, `${dir}/${objectPath(fill.name)}`);
		} catch (error) {
			if (before) index.add(before);
			this.#dropRemoved();
			throw error;
		} finally {
			fill.replaces = false;
		}
		this.#state = "sealed";
		index.reserve(-this.#reservedBytes);
		this.#reservedBytes = 0;
		index.add(sealedEntry(fill.name, head, nowMs()));
		return !this.#dropRemoved();
	}

	/** A removal that came while the file was renamed did not find it in the index. `true`: there was one. */
	#dropRemoved(): boolean {
		const { index, space, failed } = this.#parts;
		const { removed, name } = this.#file.fill;
		const entry = index.get(name);
		// Not awaited: it waits for us, as everything that changes this name.
		if (removed && entry) space.drop(entry).catch(failed);
		return removed;
	}

	async #rename(from: string, to: string): Promise<void> {
		const { files, fsync } = this.#parts;
		const folder = to.slice(0, to.lastIndexOf("/"));
		if ((await unlessMissing(files.rename(from, to).then(() => true))) === undefined) {
			await files.makeFolder(folder);
			await files.rename(from, to);
		}
		if (fsync !== "full") return;
		// Renamed is renamed: that it may not outlive a power cut does not undo it.
		await files.flushFolder(folder).catch((error: unknown) => this.#parts.failed(error));
		await files.flushFolder(this.#parts.dir).catch((error: unknown) => this.#parts.failed(error));
	}

	async #forget(): Promise<void> {
		if (this.#state === "sealed" || this.#state === "discarded") return;
		this.#state = "discarded";
		await unlessMissing(this.#parts.files.unlink(this.#file.temporaryPath));
		// Not before: a temporary file that stays until the next start takes its room until then.
		this.#parts.index.reserve(-this.#reservedBytes);
		this.#reservedBytes = 0;
	}
}

function sealedEntry(name: string, head: ObjectHead, nowMs: number): DiskEntry {
	const entry = unreadEntry(name, bodyOffset + head.sizeBytes, nowMs);
	foundHead(entry, { head, sequence: firstSequence });
	entry.verified = true;
	return entry;
}

function isFull(error: unknown): boolean {
	const errno = errnoOf(error);
	return errno === "ENOSPC" || errno === "EDQUOT";
}
