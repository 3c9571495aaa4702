/**
 * Zstandard files as RFC 8878 has them: frames one after another, skippable frames between them.
 *
 * The frames are walked here, block by block, and each goes to node:zlib (Node 22.15 or later) or to fzstd.
 * Both stop after one frame or misread the next when left alone, and neither tells "cut off" from "damaged".
 * fzstd does not check the content checksum; node:zlib does.
 */
import * as zlib from "node:zlib";
import { Decompress } from "fzstd";
import { type ByteCursor, Damage } from "./byte-cursor.ts";
import { ZlibPump, type ZlibStream } from "./zlib-pump.ts";

/** The limit of the zstd command line and of node:zlib; what needs more was made with `--long=28` or above. */
const maxWindowBytes = 128 << 20;
/** RFC 8878 section 3.1.1.2.4: no block is larger, compressed or not. */
const maxBlockBytes = 128 << 10;
/** Larger than any frame header: magic, descriptor, window, dictionary id, content size. */
const maxHeaderBytes = 18;
const frameMagic = 0xfd2fb528;

/** A decoder of one frame, fed with the header and then block by block. */
interface FrameDecoder {
	/** Returns what came out; throws `Damage` on bytes that cannot be. */
	write(piece: Uint8Array): Promise<Uint8Array[]>;
	/** No more input for this frame. `complete` is false when the file was cut off. */
	finish(complete: boolean): Promise<Uint8Array[]>;
	close(): void;
}

/** Which decoder: `auto` takes node:zlib where it can do Zstandard. */
export type ZstdEngine = "auto" | "fzstd";

/** Yields the content of all frames. Throws `Damage` after everything that could be decoded was yielded. */
export async function* unzstd(input: ByteCursor, engine: ZstdEngine): AsyncGenerator<Uint8Array> {
	while (!(await input.atEnd())) {
		const head = await input.peek(8);
		if (head.length < 4) throw new Damage("truncated", "the file ends inside a zstd frame header");
		const magic = uint32(head, 0);
		if (magic === frameMagic) yield* readFrame(input, engine);
		else if (isSkippable(magic)) await skipFrame(input);
		else throw new Damage("corrupt", "no zstd frame where one should begin");
	}
}

function isSkippable(magic: number): boolean {
	return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}

async function skipFrame(input: ByteCursor): Promise<void> {
	let left = uint32(await input.read(8, "a zstd skippable frame"), 4);
	while (left > 0) {
		const piece = await input.some(left);
		if (piece === undefined) throw new Damage("truncated", "the file ends inside a zstd skippable frame");
		left -= piece.length;
	}
}

async function* readFrame(input: ByteCursor, engine: ZstdEngine): AsyncGenerator<Uint8Array> {
	const header = readHeader(await input.peek(maxHeaderBytes));
	const decoder = newDecoder(engine);
	let contentBytes = 0;
	let cut: unknown;
	try {
		for (const bytes of await decoder.write(await input.read(header.sizeBytes, "a zstd frame header"))) {
			contentBytes += bytes.length;
			yield bytes;
		}
		const pieces = framePieces(input, header.hasChecksum);
		for (;;) {
			// Where the frame cannot be walked on, the decoder first gives what it still holds.
			const piece = await pieces.next().catch((error) => {
				cut = error;
			});
			if (piece === undefined || piece.done) break;
			for (const bytes of await decoder.write(piece.value)) {
				contentBytes += bytes.length;
				yield bytes;
			}
		}
		for (const bytes of await decoder.finish(cut === undefined)) {
			contentBytes += bytes.length;
			yield bytes;
		}
	} finally {
		decoder.close();
	}
	if (cut !== undefined) throw cut;
	if (header.contentBytes !== undefined && header.contentBytes !== contentBytes) {
		throw new Damage("corrupt", "zstd: wrong length");
	}
}

/** The blocks of a frame, header and body together, and the checksum: RFC 8878 section 3.1.1.2. */
async function* framePieces(input: ByteCursor, hasChecksum: boolean): AsyncGenerator<Uint8Array> {
	for (let last = false; !last; ) {
		const head = await input.peek(3);
		if (head.length < 3) throw new Damage("truncated", "the file ends inside a zstd block header");
		const bits = head[0]! | (head[1]! << 8) | (head[2]! << 16);
		last = (bits & 1) === 1;
		const kind = (bits >> 1) & 3;
		const sizeBytes = bits >> 3;
		if (kind === 3 || sizeBytes > maxBlockBytes) throw new Damage("corrupt", "zstd: an impossible block");
		// A run-length block is one byte, repeated `sizeBytes` times.
		yield await input.read(3 + (kind === 1 ? 1 : sizeBytes), "a zstd block");
	}
	if (hasChecksum) yield await input.read(4, "a zstd checksum");
}

interface FrameHeader {
	sizeBytes: number;
	contentBytes: number | undefined;
	hasChecksum: boolean;
}

/** RFC 8878 section 3.1.1.1. */
function readHeader(head: Uint8Array): FrameHeader {
	if (head.length < 6) throw new Damage("truncated", "the file ends inside a zstd frame header");
	const descriptor = head[4]!;
	if ((descriptor & 8) !== 0) throw new Damage("corrupt", "zstd: a reserved bit is set");
	const singleSegment = (descriptor & 32) !== 0;
	const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
	const sizeFieldBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
	const dictionaryAt = singleSegment ? 5 : 6;
	const sizeAt = dictionaryAt + dictionaryBytes;
	const sizeBytes = sizeAt + sizeFieldBytes;
	if (head.length < sizeBytes) throw new Damage("truncated", "the file ends inside a zstd frame header");
	if (littleEndian(head, dictionaryAt, dictionaryBytes) !== 0) {
		throw new Damage("corrupt", "zstd: needs a dictionary; decompress it first");
	}
	const stated = littleEndian(head, sizeAt, sizeFieldBytes) + (sizeFieldBytes === 2 ? 256 : 0);
	const windowBytes = singleSegment ? stated : windowOf(head[5]!);
	if (windowBytes > maxWindowBytes) {
		throw new Damage("corrupt", "zstd: needs a window of more than 128 MiB; decompress it first");
	}
	return {
		sizeBytes,
		contentBytes: sizeFieldBytes === 0 ? undefined : stated,
		hasChecksum: (descriptor & 4) !== 0,
	};
}

/** RFC 8878 section 3.1.1.1.2: exponent and mantissa. */
function windowOf(byte: number): number {
	const base = 2 ** (10 + (byte >> 3));
	return base + (base / 8) * (byte & 7);
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
	let value = 0;
	for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
	return value;
}

function uint32(bytes: Uint8Array, at: number): number {
	return littleEndian(bytes, at, 4);
}

function newDecoder(engine: ZstdEngine): FrameDecoder {
	// Typed by hand because the types are those of Node 20, which has no Zstandard.
	const create = (zlib as { createZstdDecompress?: () => ZlibStream }).createZstdDecompress;
	return engine === "auto" && create !== undefined ? nativeDecoder(create()) : fzstdDecoder();
}

function nativeDecoder(stream: ZlibStream): FrameDecoder {
	const pump = new ZlibPump(stream);
	const checked = (output: Uint8Array[]) => {
		if (pump.failure !== undefined && output.length === 0) throw damage(pump.failure);
		return output;
	};
	return {
		write: async (piece) => checked(await pump.write(piece)),
		finish: async (complete) => {
			if (!complete) return [];
			return checked(await pump.finish());
		},
		close: () => pump.close(),
	};
}

function fzstdDecoder(): FrameDecoder {
	let output: Uint8Array[] = [];
	const decoder = new Decompress((bytes) => output.push(bytes));
	const push = (piece: Uint8Array, final: boolean) => {
		output = [];
		try {
			decoder.push(piece, final);
		} catch (error) {
			// fzstd holds up to 17 bytes back until it is told that no more come, and then misses the rest.
			if (!final || output.length === 0) throw damage(error);
		}
		return output.filter((bytes) => bytes.length > 0);
	};
	return {
		write: async (piece) => push(piece, false),
		finish: async (complete) => {
			try {
				return push(new Uint8Array(0), true);
			} catch (error) {
				if (complete) throw error;
				return [];
			}
		},
		close: () => {},
	};
}

function damage(error: unknown): Damage {
	return new Damage("corrupt", `zstd: ${error instanceof Error ? error.message : String(error)}`);
}
