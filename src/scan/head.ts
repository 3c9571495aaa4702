/** The first decoded bytes of a file: enough to tell what it is, and whether two files are the same log. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { DecodeError, decode, type Encoding, sniffEncoding } from "./decode.ts";

/** Compressed bytes per read; a head of 64 KiB seldom needs a second one. */
const readBytes = 16 << 10;

export interface Head {
	encoding: Encoding;
	/** At most the bytes asked for; fewer when the content ends, or breaks, before. */
	bytes: Uint8Array;
	/** What broke within these bytes, if anything. */
	damage: DecodeError | undefined;
}

/** Reads the first `maxBytes` decoded bytes of a regular file. File system errors pass through. */
export async function readHead(absolutePath: string, maxBytes: number): Promise<Head> {
	const encoding = sniffEncoding(await firstBytes(absolutePath, 4));
	const parts: Uint8Array[] = [];
	let sizeBytes = 0;
	let damage: DecodeError | undefined;
	try {
		const input = createReadStream(absolutePath, {
			highWaterMark: Math.min(readBytes, Math.max(maxBytes, 1)),
		});
		for await (const bytes of decode(input, encoding)) {
			parts.push(bytes);
			sizeBytes += bytes.length;
			if (sizeBytes >= maxBytes) break;
		}
	} catch (error) {
		if (!(error instanceof DecodeError)) throw error;
		damage = error;
	}
	return { encoding, bytes: Buffer.concat(parts).subarray(0, maxBytes), damage };
}

async function firstBytes(absolutePath: string, count: number): Promise<Uint8Array> {
	const file = await open(absolutePath);
	try {
		const { bytesRead, buffer } = await file.read(new Uint8Array(count), 0, count, 0);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}
