/** The hash table of pairs against a plain Map, on any rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PairTable } from "../../src/findings/pair-table.ts";

interface Sum {
	count: number;
	bytes: number;
	first: number;
}

test("sums by owner and key are those of a Map", () => {
	const row = fc.tuple(
		fc.nat(5),
		fc.integer({ min: 0, max: 2 ** 20 }),
		fc.nat(9),
		fc.nat(1000),
		fc.nat(5000),
	);
	fc.assert(
		fc.property(fc.array(row, { maxLength: 300 }), (rows) => {
			const table = new PairTable();
			const expected = new Map<string, Sum>();
			for (const [owner, key, count, bytes, time] of rows) {
				table.add(owner, key, count, bytes, time);
				const sum = expected.get(`${owner}/${key}`) ?? {
					count: 0,
					bytes: 0,
					first: Number.POSITIVE_INFINITY,
				};
				expected.set(`${owner}/${key}`, {
					count: sum.count + count,
					bytes: sum.bytes + bytes,
					first: Math.min(sum.first, time),
				});
			}
			assert.deepEqual(asMap(table), expected);
		}),
	);
});

test("it grows", () => {
	const table = new PairTable();
	const pairs = 50_000;
	for (let round = 0; round < 2; round++) {
		for (let i = 0; i < pairs; i++) table.add(i % 3, i, 1, 2, 100 - round);
	}
	const found = asMap(table);
	assert.equal(found.size, pairs);
	for (const sum of found.values()) assert.deepEqual(sum, { count: 2, bytes: 4, first: 99 });
});

function asMap(table: PairTable): Map<string, Sum> {
	const found = new Map<string, Sum>();
	for (const [owner, { keys, counts, bytes, first }] of table.byFirst()) {
		for (const [i, key] of keys.entries()) {
			found.set(`${owner}/${key}`, { count: counts[i]!, bytes: bytes[i]!, first: first[i]! });
		}
	}
	return found;
}
