/**
 * Stored bytes to text: unpacks an index that was uploaded as gzip (whatever its name and headers say) and makes
 * sure that it is UTF-8, so that the text can be edited and written again without touching any other byte.
 */
import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { IndexError } from "./prepared.ts";

export interface DecodedIndex {
	/** Unpacked. */
	bytes: Buffer;
	/** `bytes` as text, with its byte order mark if it has one. */
	text: string;
	wasGzip: boolean;
}

export function isGzip(stored: Buffer): boolean {
	return stored.length > 2 && stored[0] === 0x1f && stored[1] === 0x8b;
}

/** Throws IndexError when there is nothing, too much after unpacking, or no UTF-8. */
export function decodeIndex(stored: Buffer, maxBytes: number): DecodedIndex {
	const wasGzip = isGzip(stored);
	const bytes = wasGzip ? unpack(stored, maxBytes) : stored;
	if (bytes.length === 0) throw new IndexError("the index is empty");
	if (!isUtf8(bytes)) throw new IndexError(`the index is not UTF-8 (line ${lineOfBadByte(bytes)})`);
	return { bytes, text: bytes.toString("utf8"), wasGzip };
}

function unpack(stored: Buffer, maxBytes: number): Buffer {
	try {
		return gunzipSync(stored, { maxOutputLength: maxBytes });
	} catch (error) {
		const tooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
		throw new IndexError(
			tooLarge
				? `the index is stored as gzip and unpacks to more than ${maxBytes} bytes`
				: `the index is stored as gzip and cannot be unpacked: ${error instanceof Error ? error.message : error}`,
		);
	}
}

function lineOfBadByte(bytes: Buffer): number {
	let line = 1;
	for (let start = 0; start < bytes.length; line++) {
		const end = bytes.indexOf(0x0a, start);
		const next = end < 0 ? bytes.length : end + 1;
		// A line feed is never part of a longer character, so lines can be judged one by one.
		if (!isUtf8(bytes.subarray(start, next))) return line;
		start = next;
	}
	return line;
}
