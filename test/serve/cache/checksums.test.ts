/** The sums that S3 keeps of an object, held against slow ones that were written apart, on any bytes in any pieces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksumCheck } from "../../../src/serve/cache/checksums.ts";
import { type ChecksumAlgorithm, checksumOf } from "../../support/s3/checksums.ts";

const algorithms: ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

function fits(algorithm: ChecksumAlgorithm, base64: string, pieces: readonly Buffer[]): boolean {
	const check = checksumCheck({ algorithm, base64 });
	for (const piece of pieces) check.update(piece);
	return check.matches();
}

test("a body fits its checksum in whatever pieces it comes, and no other body does", () => {
	const bytes = fc.uint8Array({ maxLength: 300 });
	fc.assert(
		fc.property(fc.constantFrom(...algorithms), fc.array(bytes, { maxLength: 5 }), (algorithm, parts) => {
			const pieces = parts.map((part) => Buffer.from(part));
			const whole = Buffer.concat(pieces);
			const base64 = checksumOf(algorithm, whole);
			assert.ok(fits(algorithm, base64, pieces));
			assert.ok(!fits(algorithm, base64, [...pieces, Buffer.from("x")]));
			if (whole.length === 0) return;
			const other = Buffer.from(whole);
			other[whole.length >> 1]! ^= 0x10;
			assert.ok(!fits(algorithm, base64, [other]));
		}),
	);
});

test("CRC-64/NVME of the nine digits is the published one", () => {
	const base64 = Buffer.from("ae8b14860a799888", "hex").toString("base64");
	assert.ok(fits("crc64nvme", base64, [Buffer.from("123456789")]));
});
