/** The compressed forms of a prepared index: made once per version, sent only to clients that ask for them. */
import * as zlib from "node:zlib";

export interface Compressed {
	/** `undefined`: not smaller. */
	gzip: Buffer | undefined;
	/** `undefined`: not smaller, or this Node has no zstd (20.19 has none). */
	zstd: Buffer | undefined;
}

/** An eighth smaller than zstd's default of 3, and quicker than gzip 9; 19 would take half a minute for 20 MB. */
const zstdLevel = 9;
/** ZSTD_c_compressionLevel in zstd.h; Node's types for version 20 do not have it. */
const zstdLevelParameter = 100;

type CompressZstd = (bytes: Buffer, options: { params: Record<number, number> }) => Buffer;
const { zstdCompressSync } = zlib as { zstdCompressSync?: CompressZstd };

/** Synchronous, some 10 ms per MB: for a thread of its own, or for small bodies. */
export function compressIndex(body: Buffer): Compressed {
	return {
		gzip: smaller(zlib.gzipSync(body, { level: 9 }), body),
		zstd:
			zstdCompressSync === undefined
				? undefined
				: smaller(zstdCompressSync(body, { params: { [zstdLevelParameter]: zstdLevel } }), body),
	};
}

function smaller(packed: Buffer, body: Buffer): Buffer | undefined {
	return packed.length < body.length ? packed : undefined;
}
