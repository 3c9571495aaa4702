/**
 * gzip files as RFC 1952 has them: members one after another, then perhaps padding.
 *
 * The framing is read here and only the deflate data goes to node:zlib. `zlib.createGunzip` would do both,
 * but it drops the last 64 KB of good data when something follows the last member or a checksum is wrong.
 */
import { crc32, createInflateRaw } from "node:zlib";
import { type ByteCursor, Damage } from "./byte-cursor.ts";
import { ZlibPump } from "./zlib-pump.ts";

/** One piece of deflate data. Deflate expands at most 1,032 times, so a piece never becomes more than 64 MiB. */
const pieceBytes = 64 << 10;
const outputChunkBytes = 64 << 10;

/** Bytes that are neither zero nor a member may follow the last member, up to here; more is lost data. */
const maxTrailingBytes = 64 << 10;

/** File name and comment are free text up to a zero byte; honest ones are short. */
const maxHeaderTextBytes = 64 << 10;

/** RFC 1952 section 2.3.1, FLG. */
const Flag = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Yields the content of all members. Throws `Damage` after everything that could be decoded was yielded. */
export async function* gunzip(input: ByteCursor): AsyncGenerator<Uint8Array> {
	do {
		await readHeader(input);
		yield* readMember(input);
	} while (await anotherMember(input));
}

async function readHeader(input: ByteCursor): Promise<void> {
	const head = await input.read(10, "a gzip header");
	if (head[0] !== 0x1f || head[1] !== 0x8b) throw new Damage("corrupt", "no gzip header");
	const flags = head[3]!;
	if (head[2] !== 8 || (flags & Flag.reserved) !== 0) {
		throw new Damage("corrupt", "a gzip header of an unknown kind");
	}
	if ((flags & Flag.extra) !== 0) {
		const size = await input.read(2, "a gzip header");
		await input.read(size[0]! | (size[1]! << 8), "a gzip header");
	}
	if ((flags & Flag.name) !== 0) await skipText(input);
	if ((flags & Flag.comment) !== 0) await skipText(input);
	if ((flags & Flag.headerCrc) !== 0) await input.read(2, "a gzip header");
}

async function skipText(input: ByteCursor): Promise<void> {
	for (let count = 0; count < maxHeaderTextBytes; count++) {
		const byte = await input.read(1, "a gzip header");
		if (byte[0] === 0) return;
	}
	throw new Damage("corrupt", "a gzip header without an end");
}

async function* readMember(input: ByteCursor): AsyncGenerator<Uint8Array> {
	const pump = new ZlibPump(createInflateRaw({ chunkSize: outputChunkBytes }));
	let checksum = 0;
	let sizeBytes = 0;
	try {
		while (!pump.ended) {
			const piece = await input.some(pieceBytes);
			if (piece === undefined) throw new Damage("truncated", "the gzip data ends early");
			const usedBefore = pump.usedBytes;
			for (const bytes of await pump.write(piece)) {
				checksum = crc32(bytes, checksum);
				sizeBytes += bytes.length;
				yield bytes;
			}
			if (pump.failure !== undefined) throw new Damage("corrupt", `gzip: ${pump.failure.message}`);
			if (pump.ended) input.putBack(piece, piece.length - (pump.usedBytes - usedBefore));
		}
	} finally {
		pump.close();
	}
	await checkTrailer(input, checksum, sizeBytes);
}

async function checkTrailer(input: ByteCursor, checksum: number, sizeBytes: number): Promise<void> {
	const trailer = await input.read(8, "a gzip trailer");
	const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
	if (view.getUint32(0, true) !== checksum) throw new Damage("corrupt", "gzip: wrong checksum");
	// ISIZE is the size modulo 2^32.
	if (view.getUint32(4, true) !== sizeBytes % 2 ** 32) throw new Damage("corrupt", "gzip: wrong length");
}

/** Skips padding. Zeros of any length are what tapes and block devices leave; gzip(1) ignores other bytes too. */
async function anotherMember(input: ByteCursor): Promise<boolean> {
	await skipZeros(input);
	const head = await input.peek(2);
	if (head[0] === 0x1f && head[1] === 0x8b) return true;
	let strayBytes = 0;
	for (;;) {
		const piece = await input.some(pieceBytes);
		if (piece === undefined) return false;
		strayBytes += piece.length;
		if (strayBytes > maxTrailingBytes) {
			throw new Damage("corrupt", "gzip: more than 64 KiB of other data after the last member");
		}
	}
}

async function skipZeros(input: ByteCursor): Promise<void> {
	for (;;) {
		const piece = await input.some(pieceBytes);
		if (piece === undefined) return;
		const zeros = piece.findIndex((byte) => byte !== 0);
		if (zeros !== -1) return input.putBack(piece, piece.length - zeros);
	}
}
