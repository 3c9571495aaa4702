/** Sizes and durations, both ways. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDuration, parseSize, printDuration, printSize } from "../../../src/serve/config/units.ts";

const sizes: [string, number | undefined][] = [
	["2GiB", 2 * 2 ** 30],
	["256MiB", 256 * 2 ** 20],
	["1G", 2 ** 30],
	["1g", 2 ** 30],
	["1GB", 2 ** 30],
	["1Gi", 2 ** 30],
	["1.5 KiB", 1536],
	["1T", 2 ** 40],
	["17", 17],
	["17B", 17],
	["0", 0],
	["", undefined],
	["-1", undefined],
	["1P", undefined],
	["1 2", undefined],
	["GiB", undefined],
	["1e3", undefined],
	["0x10", undefined],
	["9999999TiB", undefined],
	["1,5GiB", undefined],
	["Infinity", undefined],
];

for (const [text, sizeBytes] of sizes) {
	test(`size "${text}" is ${sizeBytes}`, () => assert.equal(parseSize(text), sizeBytes));
}

const durations: [string, number | undefined][] = [
	["1d", 86_400_000],
	["30s", 30_000],
	["0s", 0],
	["0", 0],
	["1h30m", 5_400_000],
	["500ms", 500],
	["1m500ms", 60_500],
	["2w", 14 * 86_400_000],
	[" 5s ", 5000],
	["", undefined],
	["30", undefined],
	["s", undefined],
	["1s1s", undefined],
	["30m1h", undefined],
	["-1s", undefined],
	["1.5h", undefined],
	["1 day", undefined],
	["99999999999999999999d", undefined],
];

for (const [text, durationMs] of durations) {
	test(`duration "${text}" is ${durationMs}`, () => assert.equal(parseDuration(text), durationMs));
}

test("what is printed is short, and reads back as the same", () => {
	assert.equal(printSize(2 ** 31), "2GiB");
	assert.equal(printSize(0), "0B");
	assert.equal(printSize(1000), "1000B");
	assert.equal(printDuration(7 * 86_400_000), "7d");
	assert.equal(printDuration(5_400_000), "1h30m");
	assert.equal(printDuration(0), "0s");
	fc.assert(fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (n) => parseSize(printSize(n)) === n));
	fc.assert(fc.property(fc.nat({ max: 2 ** 50 }), (n) => parseDuration(printDuration(n)) === n));
});
