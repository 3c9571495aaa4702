/**
 * Compressed logs become plain ones: bytes in, bytes out, never a whole file in memory.
 *
 * S3 delivers logs as plain text, but people re-pack them, and names lie: the first bytes decide.
 * Everything that can be decoded comes out before `DecodeError` says why the rest cannot.
 */
import { ByteCursor, Damage } from "./byte-cursor.ts";
import { gunzip } from "./gzip.ts";
import { unzstd, type ZstdEngine } from "./zstd.ts";

export type Encoding = "plain" | "gzip" | "zstd";

/** The compressed data ends early (`truncated`) or is damaged (`corrupt`). What came before was yielded. */
export class DecodeError extends Error {
	readonly problem: "truncated" | "corrupt";
	/** Decoded bytes that were yielded before. */
	readonly decodedBytes: number;
	readonly detail: string;

	constructor(damage: Damage, decodedBytes: number) {
		super(`${damage.message} (after ${decodedBytes} decoded bytes)`, { cause: damage });
		this.name = "DecodeError";
		this.problem = damage.problem;
		this.detail = damage.message;
		this.decodedBytes = decodedBytes;
	}
}

/** What is wrong with a file, from the error that reading it ended with. */
export function problemOf(error: unknown): {
	kind: "unreadable" | "permission" | "truncated" | "corrupt";
	detail: string;
} {
	if (error instanceof DecodeError) return { kind: error.problem, detail: error.detail };
	const { code, message } = error as NodeJS.ErrnoException;
	const kind = code === "EACCES" || code === "EPERM" ? "permission" : "unreadable";
	return { kind, detail: code ?? message };
}

/**
 * Tells the encoding by magic bytes: RFC 1952 section 2.3.1, RFC 8878 sections 3.1.1 and 3.1.2.
 * `head` needs 4 bytes; anything unknown, and anything shorter, is `plain`.
 */
export function sniffEncoding(head: Uint8Array): Encoding {
	if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return "gzip";
	if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return "zstd";
	// pzstd and seekable zstd files may begin with a skippable frame.
	if ((head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return "zstd";
	return "plain";
}

/**
 * Yields the decoded bytes of `input` in pieces of any size, none of them empty.
 * Throws `DecodeError` at the damaged place; an error of `input` itself passes through unchanged.
 */
export async function* decode(
	input: AsyncIterable<Uint8Array>,
	encoding: Encoding,
	engine: ZstdEngine = "auto",
): AsyncGenerator<Uint8Array> {
	if (encoding === "plain") {
		for await (const bytes of input) if (bytes.length > 0) yield bytes;
		return;
	}
	const cursor = new ByteCursor(input);
	let decodedBytes = 0;
	try {
		for await (const bytes of encoding === "gzip" ? gunzip(cursor) : unzstd(cursor, engine)) {
			decodedBytes += bytes.length;
			if (bytes.length > 0) yield bytes;
		}
		if (cursor.inputError !== undefined) throw cursor.inputError;
	} catch (error) {
		// An input that fails looks cut off to the decoders.
		if (cursor.inputError !== undefined) throw cursor.inputError;
		throw error instanceof Damage ? new DecodeError(error, decodedBytes) : error;
	} finally {
		await cursor.close();
	}
}
