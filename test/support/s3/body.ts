/**
 * What an object of the fake S3 holds: bytes in memory, or a pattern of any size that is made while it is read, so that
 * an object of 5 GiB costs nothing. In: a position and a length. Out: chunks.
 *
 *   s3.put("charts", "big.tgz", syntheticBody(5 * 1024 ** 3));
 *   assert.deepEqual(received, syntheticBytes(first, last + 1));
 */

export interface Body {
	readonly sizeBytes: number;
	/** Bytes from `start` (inclusive) to `end` (exclusive), at most one chunk of them; at least one if any are left. */
	chunk(start: number, end: number): Buffer;
}

const chunkBytes = 64 * 1024;

export function memoryBody(bytes: Buffer): Body {
	return {
		sizeBytes: bytes.length,
		chunk: (start, end) => bytes.subarray(start, Math.min(end, start + chunkBytes)),
	};
}

/** A prime, so that no power of two repeats: a chunk from the wrong place differs. */
const patternBytes = 65_521;
const pattern = makePattern();

/** Twice in a row, and a chunk more: any chunk is one slice of it. */
function makePattern(): Buffer {
	const once = Buffer.alloc(patternBytes);
	let state = 1;
	for (let i = 0; i < patternBytes; i++) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		once[i] = state >>> 16;
	}
	return Buffer.concat([once, once, once]);
}

export function syntheticBody(sizeBytes: number): Body {
	return {
		sizeBytes,
		chunk: (start, end) => {
			const from = start % patternBytes;
			return pattern.subarray(from, from + Math.min(chunkBytes, end - start));
		},
	};
}

/** The bytes a synthetic body has from `start` to `end` (exclusive). */
export function syntheticBytes(start: number, end: number): Buffer {
	return readAll(syntheticBody(end), start, end);
}

export function readAll(body: Body, start = 0, end = body.sizeBytes): Buffer {
	const chunks: Buffer[] = [];
	for (let at = start; at < end; ) {
		const chunk = body.chunk(at, end);
		chunks.push(chunk);
		at += chunk.length;
	}
	return Buffer.concat(chunks);
}

/** The part from `start` to `end` (exclusive) as a body of its own. */
export function partOf(body: Body, start: number, end: number): Body {
	return { sizeBytes: end - start, chunk: (from, to) => body.chunk(start + from, start + to) };
}
