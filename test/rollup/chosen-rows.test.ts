/** Picking rows and summing keys against the obvious way of doing it, over any blocks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Block } from "../../src/model/flow.ts";
import { sumKeys } from "../../src/rollup/key-sums.ts";
import { pickFlows } from "../../src/rollup/pick.ts";
import { holdsFor } from "../support/fuzz.ts";

type Row = [flow: number, hour: number, key: number, requests: number, bytes: number, first: number];

const flows = 6;
const row = fc.tuple(
	fc.nat(flows - 1),
	fc.integer({ min: 100, max: 105 }),
	fc.nat(9),
	fc.integer({ min: 1, max: 9 }),
	fc.nat(1000),
	fc.nat(3599),
);

function blockOf(rows: readonly Row[]): Block {
	const ints = (at: number) => Int32Array.from(rows, (cells) => cells[at]!);
	const bytes = Float64Array.from(rows, (cells) => cells[4]);
	return {
		grain: "hour",
		rows: rows.length,
		flow: ints(0),
		time: ints(1),
		key: ints(2),
		requests: ints(3),
		bytesSent: bytes,
		objectBytes: bytes.map((size) => size + 1),
		first: ints(5),
		last: ints(5),
	};
}

const inWindow = ([, hour]: Row) => hour >= 101 && hour < 104;

test("picked rows are those of the flows, hours and keys asked for, in their order", (context) =>
	holdsFor(
		context,
		200,
		fc.asyncProperty(
			fc.array(fc.array(row, { maxLength: 40 }), { maxLength: 4 }),
			fc.uint8Array({ minLength: flows, maxLength: flows, max: 1 }),
			fc.option(fc.uniqueArray(fc.integer({ min: 100, max: 105 })), { nil: undefined }),
			fc.option(fc.uniqueArray(fc.nat(9)), { nil: undefined }),
			async (parts, mask, hours, keys) => {
				const blocks = () => parts.map(blockOf);
				const only = {
					...(hours !== undefined && { hours: new Set(hours) }),
					...(keys !== undefined && { keys: new Set(keys) }),
				};
				const picked = await pickFlows(blocks, mask, 101 * 3600, 104 * 3600, only);
				const expected = parts
					.flat()
					.filter((cells) => mask[cells[0]] === 1 && inWindow(cells))
					.filter(([, hour]) => hours === undefined || hours.includes(hour))
					.filter(([, , key]) => keys === undefined || keys.includes(key));
				const { grain, ...columns } = blockOf(expected);
				assert.deepEqual({ ...picked, grain }, { ...columns, grain });
			},
		),
	));

for (const [way, keyCount] of [
	["an array", 10],
	["a hash table", 5 << 20],
] as const) {
	test(`sums per group and key, found through ${way}`, (context) =>
		holdsFor(
			context,
			100,
			fc.asyncProperty(
				fc.array(fc.array(row, { maxLength: 60 }), { maxLength: 4 }),
				fc.array(fc.integer({ min: -1, max: 2 }), { minLength: flows, maxLength: flows }),
				async (parts, groupOf) => {
					const expected = new Map<string, [number, number, number]>();
					for (const cells of parts.flat().filter(inWindow)) {
						const [flow, hour, key, requests, bytes, first] = cells;
						if (groupOf[flow] === -1) continue;
						const id = `${groupOf[flow]} ${key}`;
						const known = expected.get(id) ?? [0, 0, Number.POSITIVE_INFINITY];
						expected.set(id, [
							known[0] + requests,
							known[1] + bytes,
							Math.min(known[2], hour * 3600 + first),
						]);
					}
					const sums = await sumKeys(
						() => parts.map(blockOf),
						Int32Array.from(groupOf),
						keyCount,
						101 * 3600,
						104 * 3600,
					);
					const found = Array.from({ length: sums.pairs }, (_, i) => [
						`${sums.group[i]} ${sums.key[i]}`,
						[sums.requests[i], sums.bytesSent[i], sums.first[i]],
					]) as [string, [number, number, number]][];
					assert.equal(new Set(found.map(([id]) => id)).size, found.length);
					assert.deepEqual(new Map(found.sort()), new Map([...expected].sort()));
				},
			),
		));
}
