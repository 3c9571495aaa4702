/** Exact money: AWS's own examples, decimal reading, and rounding whose parts always add up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	allocateNano,
	decimalOf,
	exactCost,
	parsePico,
	toNano,
	unitPriceUsd,
	usd,
} from "../../src/price/money.ts";

const price = (text: string) => parsePico(text)!;
const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);

test("1,000,000 GET and 100,000 LIST in us-east-1 are $0.90", () => {
	const cost =
		exactCost("request", price("0.0000004"), 1_000_000) + exactCost("request", price("0.000005"), 100_000);
	assert.equal(toNano(cost), 900_000_000n);
	assert.equal(usd(toNano(cost)), 0.9);
});

test("a GB has 2^30 bytes: the first 10 TB out of sa-east-1 are $1,536.00", () => {
	assert.equal(usd(toNano(exactCost("byteSent", price("0.15"), 10_240 * 2 ** 30))), 1536);
	assert.equal(usd(toNano(exactCost("objectByte", price("0.045"), 1_000_000_000))), 0.041909516);
});

test("a single byte is not lost before rounding", () => {
	const byte = exactCost("byteSent", price("0.09"), 1);
	assert.ok(byte > 0n);
	assert.equal(toNano(byte), 0n);
	assert.equal(toNano(byte * 2n ** 30n), 90_000_000n);
});

const decimals: [string | number, bigint | undefined][] = [
	["0.0000045", 4_500_000n],
	[0.0000045, 4_500_000n],
	[4e-7, 400_000n],
	["4.5e-6", 4_500_000n],
	["1E2", 100_000_000_000_000n],
	[0, 0n],
	["0.000000000001", 1n],
	["0.0000000000010", 1n],
	["0.0000000000001", undefined],
	["-1", undefined],
	["", undefined],
	["1,5", undefined],
	["$1", undefined],
	["NaN", undefined],
	["1e99", undefined],
	[Number.POSITIVE_INFINITY, undefined],
];
for (const [text, pico] of decimals)
	test(`${JSON.stringify(text)} is ${pico} pico`, () => assert.equal(parsePico(text), pico));

test("a price comes back from its decimal text", () => {
	fc.assert(
		fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (pico) => parsePico(decimalOf(pico)) === pico),
	);
	assert.equal(decimalOf(400_000n), "0.0000004");
	assert.equal(unitPriceUsd(400_000n, 1000), 0.0004);
	assert.equal(unitPriceUsd(price("0.09")), 0.09);
});

const exact = fc.bigInt({ min: 0n, max: 10n ** 24n });

test("rounded parts add up to the rounded total", () => {
	fc.assert(fc.property(fc.array(exact), (parts) => sum(allocateNano(parts)) === toNano(sum(parts))));
});

test("no part moves by a whole nano-dollar", () => {
	const unit = 2n ** 30n * 1000n;
	fc.assert(
		fc.property(fc.array(exact, { minLength: 1 }), (parts) =>
			allocateNano(parts).every((rounded, index) => {
				const moved = rounded * unit - parts[index]!;
				return moved > -unit && moved < unit;
			}),
		),
	);
});

test("the total does not depend on the order of the parts", () => {
	fc.assert(
		fc.property(fc.array(exact), (parts) => {
			const reversed = [...parts].reverse();
			return sum(allocateNano(parts)) === sum(allocateNano(reversed));
		}),
	);
});

test("left-over nano-dollars go to the largest remainder, then to the earlier part", () => {
	const unit = 2n ** 30n * 1000n;
	assert.deepEqual(allocateNano([unit / 4n, (unit * 3n) / 4n, 0n]), [0n, 1n, 0n]);
	assert.deepEqual(allocateNano([unit / 2n, unit / 2n]), [1n, 0n]);
	assert.deepEqual(allocateNano([]), []);
});
