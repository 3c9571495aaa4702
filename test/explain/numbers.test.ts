/** The numeric parts: Student's t against tables, running medians against the slow way, splits of clear series. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findLevels } from "../../src/explain/levels.ts";
import { median, phaseMedians, runningMean, runningMedian } from "../../src/explain/smooth.ts";
import { rateOf } from "../../src/explain/split.ts";
import { twoSidedP } from "../../src/explain/student.ts";
import { holdsFor } from "../support/fuzz.ts";

test("two-sided p of Student's t: values of printed tables", () => {
	const table = [
		[12.706, 1, 0.05],
		[2.228, 10, 0.05],
		[2.75, 30, 0.01],
		[3.291, 1e6, 0.001],
		[0, 5, 1],
	] as const;
	for (const [t, dof, p] of table) assert.ok(Math.abs(twoSidedP(t, dof) - p) < 2e-5, `${t} ${dof}`);
	assert.equal(twoSidedP(-2.228, 10), twoSidedP(2.228, 10));
	assert.ok(twoSidedP(50, 30) < 1e-29);
	assert.equal(twoSidedP(Number.POSITIVE_INFINITY, 3), 0);
});

test("running median and mean against the slow way", async (context) => {
	const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });
	await holdsFor(
		context,
		100,
		fc.property(values, fc.nat(8), (list, half) => {
			const width = Math.min(2 * half + 1, list.length);
			const medians = runningMedian(Float64Array.from(list), half);
			const means = runningMean(Float64Array.from(list), width);
			for (let i = 0; i < list.length; i++) {
				const from = Math.min(Math.max(0, i - half), list.length - width);
				const window = list.slice(from, from + width).sort((a, b) => a - b);
				assert.equal(medians[i], window[width >> 1]);
				const start = Math.min(Math.max(0, i - (width >> 1)), list.length - width);
				const mean = list.slice(start, start + width).reduce((sum, value) => sum + value, 0) / width;
				assert.ok(Math.abs(means[i]! - mean) < 1e-6);
			}
		}),
	);
	assert.equal(median([3, 1, 2, 10]), 2.5);
	assert.deepEqual(
		[...phaseMedians(Float64Array.of(1, 5, 1, 7, 1, 6), Int32Array.of(0, 1, 0, 1, 0, 1), 2)],
		[-2.5, 2.5],
	);
});

const strictness = { minHours: 6, maxChance: 0.0001, minMagnitude: 0.15 };
const hoursOf = (length: number) => Int32Array.from({ length }, (_, i) => 497_000 + i);

test("levels of a machine: exact, and none where nothing changes", () => {
	const counts = Float64Array.from({ length: 100 }, (_, i) => (i < 40 ? 108 : 54));
	const { levels, chances } = findLevels(counts, hoursOf(100), strictness);
	assert.deepEqual(
		levels.map(({ from, to, mean }) => [from, to, Math.round(rateOf(mean))]),
		[
			[0, 40, 108],
			[40, 100, 54],
		],
	);
	assert.ok(chances[0]! < 1e-6);
	assert.equal(findLevels(new Float64Array(100).fill(108), hoursOf(100), strictness).levels.length, 1);
	assert.equal(findLevels(new Float64Array(0), hoursOf(0), strictness).levels.length, 1);
	// Too small to matter, however certain.
	const slight = counts.map((count) => (count === 54 ? 100 : count));
	assert.equal(findLevels(slight, hoursOf(100), strictness).levels.length, 1);
});

test("a spike of five hours and an episode of a day are no levels", () => {
	const spike = Float64Array.from({ length: 200 }, (_, i) => (i >= 90 && i < 95 ? 3000 : 100));
	assert.equal(findLevels(spike, hoursOf(200), strictness).levels.length, 1);
	const episode = Float64Array.from({ length: 200 }, (_, i) => (i >= 90 && i < 110 ? 300 : 100));
	assert.equal(findLevels(episode, hoursOf(200), strictness).levels.length, 1);
	const lasting = Float64Array.from({ length: 200 }, (_, i) => (i >= 90 && i < 150 ? 300 : 100));
	assert.equal(findLevels(lasting, hoursOf(200), strictness).levels.length, 3);
});
