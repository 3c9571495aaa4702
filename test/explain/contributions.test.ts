/** Contributions: the smallest set that carries a change, other names for it, and parts that add up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { explain, type Leaves } from "../../src/explain/contributions.ts";
import { splitCost } from "../../src/explain/explanation.ts";
import { holdsFor } from "../support/fuzz.ts";

/** Rows of [values…, before, after]; texts are numbered. */
function leavesOf(
	dimensions: string[],
	rows: (string | number)[][],
	noise = 0,
): { leaves: Leaves; name: Name } {
	const names = dimensions.map(() => [] as string[]);
	const values = dimensions.map((_, d) =>
		Int32Array.from(rows, (row) => {
			const text = String(row[d]);
			if (!names[d]!.includes(text)) names[d]!.push(text);
			return names[d]!.indexOf(text);
		}),
	);
	const column = (at: number) => Float64Array.from(rows, (row) => Number(row[dimensions.length + at]));
	const leaves = {
		dimensions,
		values,
		sizes: names.map(({ length }) => length),
		before: column(0),
		after: column(1),
		noise: new Float64Array(rows.length).fill(noise),
	};
	return {
		leaves,
		name: (pairs) => Object.fromEntries(pairs.map(([d, value]) => [dimensions[d]!, names[d]![value]!])),
	};
}
type Name = (pairs: readonly (readonly [number, number])[]) => Record<string, string>;

const told = ({ leaves, name }: ReturnType<typeof leavesOf>, sign: 1 | -1, free?: Uint8Array) =>
	explain(leaves, sign, free ?? new Uint8Array(leaves.before.length).fill(1)).map((part) => ({
		...name(part.chosen),
		difference: part.after - part.before,
		sameAs: name(part.sameAs),
	}));

test("one value that explains everything, and its other names", () => {
	const subject = leavesOf(
		["user", "client", "ip"],
		[
			["a", "x/1", "1", 100, 0],
			["b", "x/2", "2", 40, 40],
			["c", "x/2", "3", 30, 30],
		],
	);
	assert.deepEqual(told(subject, -1), [{ user: "a", difference: -100, sameAs: { client: "x/1", ip: "1" } }]);
	assert.deepEqual(told(subject, 1), []);
});

test("a combination when no single value does", () => {
	const subject = leavesOf(
		["client", "ip"],
		[
			["old", "1", 50, 0],
			["old", "2", 50, 50],
			["new", "1", 50, 50],
		],
	);
	assert.deepEqual(told(subject, -1), [{ client: "old", ip: "1", difference: -50, sameAs: {} }]);
});

test("gains and losses apart, on disjoint leaves", () => {
	const subject = leavesOf(
		["client", "ip"],
		[
			["old", "1", 50, 0],
			["new", "1", 0, 20],
			["old", "2", 50, 50],
			["new", "3", 30, 30],
		],
	);
	const free = new Uint8Array(4).fill(1);
	assert.deepEqual(told(subject, -1, free), [{ client: "old", ip: "1", difference: -50, sameAs: {} }]);
	assert.deepEqual(told(subject, 1, free), [{ client: "new", ip: "1", difference: 20, sameAs: {} }]);
	assert.deepEqual([...free], [0, 0, 1, 1]);
});

test("what all share alike is told as everything", () => {
	const rows = ["a", "b", "c", "d"].map((user, i) => [user, `ip${i}`, 10 * (i + 1), 20 * (i + 1)]);
	assert.deepEqual(told(leavesOf(["user", "ip"], rows), 1), [{ difference: 100, sameAs: {} }]);
});

test("differences within chance are no contributions", () => {
	const rows = [
		["a", 100, 103],
		["b", 100, 40],
	];
	assert.deepEqual(told(leavesOf(["user"], rows, 5), 1), []);
	assert.deepEqual(told(leavesOf(["user"], rows, 5), -1), [{ user: "b", difference: -60, sameAs: {} }]);
});

const leaf = fc.record({
	values: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(2)),
	before: fc.nat(100),
	after: fc.nat(100),
});

test("parts never share a leaf, have the sign they were asked for, and with the rest add up", async (context) => {
	await holdsFor(
		context,
		300,
		fc.property(fc.array(leaf, { minLength: 1, maxLength: 30 }), (rows) => {
			const { leaves } = leavesOf(
				["a", "b", "c"],
				rows.map(({ values, before, after }) => [...values, before, after]),
			);
			const free = new Uint8Array(rows.length).fill(1);
			const parts = ([-1, 1] as const).flatMap((sign) =>
				explain(leaves, sign, free).map((part) => ({ sign, part })),
			);
			const used = parts.flatMap(({ part }) => [...part.leaves]);
			assert.equal(new Set(used).size, used.length);
			for (const { sign, part } of parts) assert.ok(sign * (part.after - part.before) > 0);
			const rest = [...free.keys()].filter((i) => free[i] === 1);
			const sum = (of: (i: number) => number, ids: number[]) => ids.reduce((total, i) => total + of(i), 0);
			const change = (i: number) => leaves.after[i]! - leaves.before[i]!;
			const whole = sum(change, [...free.keys()]);
			const partial = parts.reduce((total, { part }) => total + part.after - part.before, 0);
			assert.ok(Math.abs(partial + sum(change, rest) - whole) < 1e-6);
		}),
	);
});

test("cost split: more of the same is volume, other kinds are mix, new and gone lines are mix", () => {
	const side = (requests: number, lines: Record<string, number>) => ({
		requests,
		lines: new Map(Object.entries(lines)),
	});
	const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-9);
	const doubled = splitCost(side(10, { a: 1, b: 3 }), side(20, { a: 2, b: 6 }));
	close(doubled.volume, 4);
	close(doubled.mix, 0);
	const mixed = splitCost(side(10, { a: 1, b: 3 }), side(10, { a: 3, b: 1.5 }));
	close(mixed.volume, 0);
	close(mixed.mix, 0.5);
	const fresh = splitCost(side(10, { a: 1 }), side(10, { a: 1, b: 5 }));
	close(fresh.mix, 5);
	assert.deepEqual(splitCost(side(0, {}), side(10, { a: 2 })), { volume: 2, mix: 0, rate: 0, total: 2 });
});

const costs = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.double({ min: 0, max: 1e6, noNaN: true }));

test("cost split: parts add up whatever the costs", async (context) => {
	await holdsFor(
		context,
		300,
		fc.property(fc.nat(1e6), fc.nat(1e6), costs, costs, (n0, n1, c0, c1) => {
			const total = (lines: Record<string, number>) =>
				Object.values(lines).reduce((sum, usd) => sum + usd, 0);
			const split = splitCost(
				{ requests: n0, lines: new Map(Object.entries(c0)) },
				{ requests: n1, lines: new Map(Object.entries(c1)) },
			);
			const difference = total(c1) - total(c0);
			assert.ok(Number.isFinite(split.volume) && Number.isFinite(split.mix));
			assert.ok(
				Math.abs(split.volume + split.mix + split.rate - difference) <= 1e-9 * (total(c0) + total(c1)),
			);
		}),
	);
});
