/**
 * A prepared index on its way to a worker: made once by the owner, so that no worker parses YAML or compresses.
 * In: a PreparedIndex. Out: bytes, and the same index again; its buffers are views of the bytes that came.
 */
import { deserialize, serialize } from "node:v8";
import type { PreparedIndex } from "../index-file/prepared.ts";

type Sent = Omit<PreparedIndex, "compressed"> & { isCompressed: boolean };
export type CompressedForms = Pick<PreparedIndex, "gzip" | "zstd">;

/** The owner has said its notes. `isCompressed`: the forms that are there are all there will be. */
export function indexBytes(index: PreparedIndex, isCompressed: boolean): Buffer {
	const { compressed: _, ...rest } = index;
	return serialize({ ...rest, notes: [], isCompressed } satisfies Sent);
}

/** `compressedForms` is asked for when they were not made yet. Rejections mean that there are none. */
export function indexFrom(
	bytes: Buffer,
	compressedForms: (sourceSha256: string) => Promise<CompressedForms>,
): PreparedIndex {
	const { isCompressed, ...rest } = deserialize(bytes) as Sent;
	const index: PreparedIndex = { ...rest, compressed: Promise.resolve() };
	if (isCompressed) return index;
	index.compressed = compressedForms(index.sourceSha256).then(
		({ gzip, zstd }) => {
			index.gzip = gzip;
			index.zstd = zstd;
		},
		() => {},
	);
	return index;
}

export function compressedBytes({ gzip, zstd }: CompressedForms): Buffer {
	return serialize({ gzip, zstd } satisfies CompressedForms);
}

export function compressedFrom(bytes: Buffer): CompressedForms {
	return deserialize(bytes) as CompressedForms;
}
