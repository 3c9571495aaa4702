/**
 * Where the bytes of an answer come from: memory, a file, or a body that still arrives. One small seam, so that ranges,
 * back-pressure and broken bodies are written once (answer/send.ts).
 */
import type { DiskObject } from "./disk.ts";

export interface BodySource {
	/** The whole body, when it lies in memory: one write and no loop. */
	readonly whole: Buffer | undefined;
	/**
	 * Bytes from `position` on, at least one and at most `maxBytes`; empty only at the end of the body. Waits while they
	 * arrive; rejects when they never will (OriginError, or an error of the disk). The buffer is only to be read, and only
	 * until the next call.
	 */
	next(position: number, maxBytes: number): Promise<Buffer>;
	/** Once, when the answer ends in whatever way. */
	close(): void;
}

export function memorySource(whole: Buffer): BodySource {
	return {
		whole,
		next: async (position, maxBytes) => whole.subarray(position, position + maxBytes),
		close: () => {},
	};
}

/** Small, so that hundreds of slow readers of large objects stay cheap; see limits in config/defaults.ts. */
const readBytes = 64 << 10;

export function diskSource(object: DiskObject): BodySource {
	let buffer: Buffer | undefined;
	let closed = false;
	return {
		whole: undefined,
		async next(position, maxBytes) {
			buffer ??= Buffer.allocUnsafeSlow(Math.min(readBytes, object.head.sizeBytes));
			const wanted = Math.min(maxBytes, buffer.length, object.head.sizeBytes - position);
			if (wanted <= 0) return buffer.subarray(0, 0);
			const got = await object.read(buffer.subarray(0, wanted), position);
			if (got === 0) throw new Error("the stored file is shorter than its head says");
			return buffer.subarray(0, got);
		},
		close() {
			if (closed) return;
			closed = true;
			object.close();
		},
	};
}
