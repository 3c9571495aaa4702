/**
 * An open file that is closed when its last use ends. A number that is closed while a read is on its way may already
 * stand for another file, and the read would bring that one's bytes.
 */
import type { DiskFiles } from "./disk-files.ts";

export class Descriptor {
	readonly #files: DiskFiles;
	readonly #fd: number;
	#uses = 0;
	#closing = false;

	constructor(files: DiskFiles, fd: number) {
		this.#files = files;
		this.#fd = fd;
	}

	async use<Result>(step: (fd: number) => Promise<Result>): Promise<Result> {
		if (this.#closing) throw new Error("a file of the disk cache is used after it was closed");
		this.#uses++;
		try {
			return await step(this.#fd);
		} finally {
			this.#uses--;
			if (this.#closing && this.#uses === 0) this.#end();
		}
	}

	/** Safe to call again. */
	close(): void {
		if (this.#closing) return;
		this.#closing = true;
		if (this.#uses === 0) this.#end();
	}

	/** Nothing was left to write back that a failing close could lose. */
	#end(): void {
		this.#files.close(this.#fd).catch(() => {});
	}
}

/** Fills `target` unless the file ends before; the bytes read. */
export async function readFully(
	files: DiskFiles,
	fd: number,
	target: Buffer,
	position: number,
): Promise<number> {
	let filled = 0;
	while (filled < target.length) {
		const bytes = await files.read(fd, target.subarray(filled), position + filled);
		if (bytes === 0) break;
		filled += bytes;
	}
	return filled;
}
