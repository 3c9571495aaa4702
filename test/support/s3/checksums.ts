/**
 * The checksums that S3 keeps with an object, as it sends them in `x-amz-checksum-*`: base64 of the big-endian value.
 * Table by table and slow: an oracle for tests, not shared with what it checks.
 */
import { createHash } from "node:crypto";

export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

/** Reflected CRC, all bits set before and flipped after, as all three of them are. */
function crc(bytes: Buffer, bits: 32 | 64, reflectedPolynomial: bigint): Buffer {
	const table = tableOf(reflectedPolynomial);
	const all = (1n << BigInt(bits)) - 1n;
	let value = all;
	for (const byte of bytes) value = (value >> 8n) ^ table[Number((value ^ BigInt(byte)) & 0xffn)]!;
	return Buffer.from((value ^ all).toString(16).padStart(bits / 4, "0"), "hex");
}

const tables = new Map<bigint, bigint[]>();
function tableOf(polynomial: bigint): bigint[] {
	let table = tables.get(polynomial);
	if (table === undefined) {
		table = Array.from({ length: 256 }, (_, index) => {
			let value = BigInt(index);
			for (let bit = 0; bit < 8; bit++)
				value = (value & 1n) === 0n ? value >> 1n : (value >> 1n) ^ polynomial;
			return value;
		});
		tables.set(polynomial, table);
	}
	return table;
}

const algorithms: Record<ChecksumAlgorithm, (bytes: Buffer) => Buffer> = {
	crc32: (bytes) => crc(bytes, 32, 0xedb88320n),
	crc32c: (bytes) => crc(bytes, 32, 0x82f63b78n),
	crc64nvme: (bytes) => crc(bytes, 64, 0x9a6c9329ac4bc9b5n),
	sha1: (bytes) => createHash("sha1").update(bytes).digest(),
	sha256: (bytes) => createHash("sha256").update(bytes).digest(),
};

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Buffer): string {
	return algorithms[algorithm](bytes).toString("base64");
}
