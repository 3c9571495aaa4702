/**
 * The body of a fill while it arrives: appended by one, read by many, each at its own pace.
 * Small bodies grow in one buffer and are handed out as views of it; large ones go to the disk and are read from there.
 * When the disk fails in the middle, what is written stays readable and the rest waits in memory, a few MiB at a time.
 */
import type { DiskWriter } from "./disk.ts";

export interface GrowingBody {
	/** Bytes appended so far. */
	readonly receivedBytes: number;
	/** Resolves when there is room for more: never faster than the disk. */
	append(chunk: Buffer): Promise<void> | undefined;
	/** Bytes that have been appended at `position`, at most `maxBytes`. Ask only for what is there. */
	read(position: number, maxBytes: number): Promise<Buffer> | Buffer;
	/** Of the bytes so far none is lost: a new reader can begin at the start. */
	readonly isComplete: boolean;
	/** The whole body, where it lies in memory. */
	readonly whole: Buffer | undefined;
	/** What can be sealed; `undefined`: not on disk, or not any more. */
	readonly writer: DiskWriter | undefined;
}

/** `sizeBytes` as S3 announced it: the buffer is made once. */
export function memoryBody(sizeBytes: number): GrowingBody {
	const buffer = Buffer.allocUnsafeSlow(sizeBytes);
	let receivedBytes = 0;
	return {
		get receivedBytes() {
			return receivedBytes;
		},
		append(chunk) {
			// A longer body than announced is caught by the origin; here it must not write beyond the buffer.
			receivedBytes += chunk.copy(buffer, receivedBytes);
			return undefined;
		},
		read: (position, maxBytes) => buffer.subarray(position, Math.min(position + maxBytes, receivedBytes)),
		isComplete: true,
		whole: buffer,
		writer: undefined,
	};
}

/** Most of a body that waits in memory after the disk failed; then the slowest reader sets the pace. */
const maxTailBytes = 16 << 20;
const readBytes = 64 << 10;

export interface DiskBodyOptions {
	writer: DiskWriter;
	/** The lowest position that a reader still needs; Infinity without readers. Asked when memory is short. */
	slowestReader(): number;
	/** Resolves when a reader has moved or left. */
	readerMoved(): Promise<void>;
	onDiskFailure(error: unknown): void;
}

export function diskBody({
	writer,
	slowestReader,
	readerMoved,
	onDiskFailure,
}: DiskBodyOptions): GrowingBody {
	let receivedBytes = 0;
	/** Where the file ends and the tail begins, once the disk has failed. */
	let tailStart = -1;
	let tailBytes = 0;
	let isComplete = true;
	const tail: { start: number; chunk: Buffer }[] = [];
	const dropPassed = () => {
		const needed = slowestReader();
		while (tail[0] !== undefined && tail[0].start + tail[0].chunk.length <= needed) {
			tailBytes -= tail.shift()?.chunk.length ?? 0;
			isComplete = false;
		}
	};
	const appendTail = async (chunk: Buffer) => {
		tail.push({ start: receivedBytes, chunk: Buffer.from(chunk) });
		tailBytes += chunk.length;
		receivedBytes += chunk.length;
		for (dropPassed(); tailBytes > maxTailBytes; dropPassed()) await readerMoved();
	};
	return {
		get receivedBytes() {
			return receivedBytes;
		},
		async append(chunk) {
			if (tailStart >= 0) return appendTail(chunk);
			try {
				await writer.write(chunk);
				receivedBytes += chunk.length;
			} catch (error) {
				tailStart = receivedBytes;
				onDiskFailure(error);
				await appendTail(chunk);
			}
		},
		async read(position, maxBytes) {
			if (tailStart >= 0 && position >= tailStart) return fromTail(position, maxBytes);
			const end = tailStart >= 0 ? tailStart : receivedBytes;
			const target = Buffer.allocUnsafe(Math.min(maxBytes, readBytes, end - position));
			const got = await writer.read(target, position);
			if (got === 0) throw new Error("the growing file is shorter than what was written");
			return target.subarray(0, got);
		},
		get isComplete() {
			return isComplete;
		},
		whole: undefined,
		get writer() {
			return tailStart >= 0 ? undefined : writer;
		},
	};

	function fromTail(position: number, maxBytes: number): Buffer {
		const piece = tail.find(({ start, chunk }) => position >= start && position < start + chunk.length);
		if (piece === undefined) throw new Error("these bytes are no longer in memory");
		return piece.chunk.subarray(position - piece.start, position - piece.start + maxBytes);
	}
}
