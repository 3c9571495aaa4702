/** The row kernel against the same sums done the obvious way, on any rows and in chunks of any number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Block } from "../../src/model/flow.ts";
import { type FlowTable, type GroupPlan, group } from "../../src/rollup/group.ts";
import { foldHours } from "../../src/rollup/hours.ts";
import { sumKeyUses } from "../../src/rollup/key-uses.ts";
import { pickFlows } from "../../src/rollup/pick.ts";
import { anyRows, blockOf, firstTime, type Row, repeated, summed } from "./rows-oracle.ts";

const flows = 6;
/** Two lines of the bill per flow, of three, counting each of the three things. */
const table: FlowTable = {
	isError: Uint8Array.from([0, 1, 0, 0, 1, 0]),
	offsets: Int32Array.from([0, 2, 4, 4, 6, 8, 10]),
	charges: Int32Array.from([0, 1, 2, 0, 1, 2, 0, 2, 1, 0]),
	linePer: Uint8Array.from([0, 1, 2]),
	linePrice: Float64Array.from([8, 1, 2]),
};
const repeats = fc.constantFrom(1, 1, 1, 400);
const grains = fc.constantFrom<Block["grain"]>("minute", "hour");

interface Sums {
	requests: number;
	bytesSent: number;
	errors: number;
	firstSeconds: number;
	lastSeconds: number;
	quantities: number[];
	completeQuantities: number[];
}

function noSums(): Sums {
	return {
		requests: 0,
		bytesSent: 0,
		errors: 0,
		firstSeconds: Number.POSITIVE_INFINITY,
		lastSeconds: Number.NEGATIVE_INFINITY,
		quantities: [0, 0, 0],
		completeQuantities: [0, 0, 0],
	};
}

function addRow(sum: Sums, row: Row, unit: number, complete: boolean): void {
	sum.requests += row.requests;
	sum.bytesSent += row.bytesSent;
	if (table.isError[row.flow] === 1) sum.errors += row.requests;
	sum.firstSeconds = Math.min(sum.firstSeconds, row.time * unit + row.first);
	sum.lastSeconds = Math.max(sum.lastSeconds, row.time * unit + row.last);
	for (const line of table.charges.subarray(table.offsets[row.flow], table.offsets[row.flow + 1])) {
		const amount = [row.requests, row.bytesSent, row.objectBytes][table.linePer[line]!]!;
		sum.quantities[line]! += amount;
		if (complete) sum.completeQuantities[line]! += amount;
	}
}

const plans = fc.record({
	flowPart: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: flows, maxLength: flows }),
	hoursPerGroup: fc.constantFrom(undefined, 1, 24),
	withKeys: fc.boolean(),
	kindOfFlow: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: flows, maxLength: flows }),
	complete: fc.uniqueArray(fc.nat(60)),
	from: fc.nat(50),
	length: fc.nat(20),
});

test("groups have the sums of their rows", async () => {
	await fc.assert(
		fc.asyncProperty(
			grains,
			anyRows(flows, 60, 9, 60),
			repeats,
			plans,
			async (grain, some, times, { withKeys, ...plan }) => {
				const rows = repeated(some, times);
				const unit = grain === "minute" ? 60 : 3600;
				const hourOf = (time: number): number => (grain === "minute" ? Math.floor(time / 60) : time);
				const completeHours = new Set(plan.complete.map((at) => hourOf(firstTime) + at));
				const [from, to] = [firstTime + plan.from, firstTime + plan.from + plan.length];
				// Every third key is filtered out, the others fall into two groups a kind.
				const byKey = withKeys && grain === "hour";
				const keyPart = (key: number, flow: number): number =>
					key % 3 === 0 ? -1 : (key % 2) + plan.kindOfFlow[flow]! * 10;
				const timePart = (hour: number): number =>
					plan.hoursPerGroup === undefined ? 0 : hour - (hour % plan.hoursPerGroup);
				const wanted: GroupPlan = {
					flowPart: Int32Array.from(plan.flowPart),
					...(plan.hoursPerGroup === undefined ? {} : { hoursPerGroup: plan.hoursPerGroup }),
					...(byKey
						? { keys: { count: 9, kindOfFlow: Uint8Array.from(plan.kindOfFlow), partOf: keyPart } }
						: {}),
					fromSeconds: from * unit,
					toSeconds: to * unit,
					completeHours,
					top: Number.MAX_SAFE_INTEGER,
					nameOf: (...parts) => parts.join(),
				};
				const expected = summed<Sums>(
					rows,
					({ flow, time, key }) => {
						const parts = [plan.flowPart[flow]!, timePart(hourOf(time)), byKey ? keyPart(key, flow) : 0];
						return time >= from && time < to && !parts.includes(-1) ? parts.join() : undefined;
					},
					noSums,
					(sum, row) => addRow(sum, row, unit, completeHours.has(hourOf(row.time))),
				);
				const half = Math.floor(rows.length / 2);
				const blocks = [blockOf(grain, rows.slice(0, half)), blockOf(grain, rows.slice(half))];
				const grouped = await group(() => blocks, table, wanted);
				assert.equal(grouped.other, null);
				assert.deepEqual(
					new Map(
						grouped.rows.map(({ flowPart, timePart, keyPart, ...sums }) => [
							[flowPart, timePart, keyPart].join(),
							{
								...sums,
								quantities: [...sums.quantities],
								completeQuantities: [...sums.completeQuantities],
							},
						]),
					),
					expected,
				);
			},
		),
		{ numRuns: 150 },
	);
});

test("of more groups than sums are kept for, the costliest are exact and the rest is one", async () => {
	const keys = 300_000;
	const one: Row = {
		flow: 0,
		time: firstTime,
		key: 0,
		requests: 1,
		bytesSent: 1,
		objectBytes: 1,
		first: 0,
		last: 0,
	};
	const rows = Array.from({ length: keys }, (_, key) => ({ ...one, key, bytesSent: key }));
	const blocks = [blockOf("hour", rows), blockOf("hour", rows.toReversed())];
	const grouped = await group(() => blocks, table, {
		flowPart: new Int32Array(flows),
		keys: { count: keys, kindOfFlow: new Uint8Array(flows).fill(1), partOf: (key) => key },
		fromSeconds: 0,
		toSeconds: 2 ** 40,
		completeHours: new Set([firstTime]),
		top: 3,
		nameOf: (...parts) => parts.join(),
	});
	const top = grouped.rows.toSorted((a, b) => b.keyPart - a.keyPart);
	assert.deepEqual(
		top.map(({ keyPart, requests, bytesSent }) => [keyPart, requests, bytesSent]),
		[1, 2, 3].map((back) => [keys - back, 2, 2 * (keys - back)]),
	);
	assert.equal(grouped.other?.groups, keys - 3);
	assert.equal(grouped.other.requests, 2 * (keys - 3));
	assert.equal(grouped.other.bytesSent, (keys - 3) * (keys - 4));
	assert.deepEqual([...grouped.other.quantities], [2 * (keys - 3), (keys - 3) * (keys - 4), 0]);
	assert.deepEqual(grouped.other.completeQuantities, grouped.other.quantities);
});

test("minutes folded into hours have the sums of their minutes", async () => {
	await fc.assert(
		fc.asyncProperty(anyRows(flows, 300, 1, 60), repeats, fc.nat(200), async (some, times, cut) => {
			const rows = repeated(some, times);
			const from = firstTime + cut;
			const expected = summed(
				rows,
				({ flow, time }) => (time >= from ? `${flow} ${Math.floor(time / 60)}` : undefined),
				({ flow, time }): Row => ({
					flow,
					time: Math.floor(time / 60) * 60,
					key: 0,
					requests: 0,
					bytesSent: 0,
					objectBytes: 0,
					first: Number.POSITIVE_INFINITY,
					last: 0,
				}),
				(sum, row) => {
					sum.requests += row.requests;
					sum.bytesSent += row.bytesSent;
					sum.objectBytes += row.objectBytes;
					sum.first = Math.min(sum.first, (row.time % 60) * 60 + row.first);
					sum.last = Math.max(sum.last, (row.time % 60) * 60 + row.last);
				},
			);
			const folded = await foldHours(() => [blockOf("minute", rows)], from * 60, Number.POSITIVE_INFINITY);
			assert.deepEqual(folded, blockOf("minute", [...expected.values()]));
		}),
		{ numRuns: 100 },
	);
});

test("rows of chosen flows are picked as they are", async () => {
	await fc.assert(
		fc.asyncProperty(anyRows(flows, 300, 1, 60), repeats, fc.nat(200), async (some, times, cut) => {
			const rows = repeated(some, times);
			const [from, to] = [firstTime + cut, firstTime + 250];
			const expected = rows.filter(({ flow, time }) => flow % 2 === 1 && time >= from && time < to);
			const mask = Uint8Array.from({ length: flows }, (_, flow) => flow % 2);
			const picked = await pickFlows(() => [blockOf("minute", rows)], mask, from * 60, to * 60);
			assert.deepEqual(picked, blockOf("minute", expected));
		}),
		{ numRuns: 100 },
	);
});

test("uses of keys are the sums by owner and key, with the rows of the hours asked for", async () => {
	const ofFlow = Int32Array.from([7, -1, 7, 3, 3, -1]);
	const detailHours = new Map([
		[7, new Set([firstTime + 2, firstTime + 30, firstTime - 5, firstTime + 999])],
	]);
	await fc.assert(
		fc.asyncProperty(anyRows(flows, 60, 2000, 3600), repeats, fc.nat(20), async (some, times, cut) => {
			const rows = repeated(some, times);
			const [from, to] = [firstTime + cut, firstTime + 50];
			const inside = rows.filter(({ flow, time }) => ofFlow[flow]! >= 0 && time >= from && time < to);
			const uses = await sumKeyUses(
				[blockOf("hour", rows)],
				{ fromSeconds: from * 3600, toSeconds: to * 3600 },
				{ ofFlow, detailHours },
			);
			const expected = summed(
				inside,
				({ flow, key }) => `${ofFlow[flow]} ${key}`,
				() => ({ count: 0, bytes: 0, first: Number.POSITIVE_INFINITY }),
				(sum, row) => {
					sum.count += row.requests;
					sum.bytes += row.bytesSent;
					sum.first = Math.min(sum.first, row.time * 3600 + row.first);
				},
			);
			const found = [...uses].flatMap(([owner, { keys, counts, bytes, first }]) =>
				Array.from(
					keys,
					(key, i) => [`${owner} ${key}`, { count: counts[i]!, bytes: bytes[i]!, first: first[i]! }] as const,
				),
			);
			assert.deepEqual(new Map(found), expected);
			const details = inside.filter(
				({ flow, time }) => ofFlow[flow] === 7 && (time === firstTime + 2 || time === firstTime + 30),
			);
			const kept = uses.get(7)?.details;
			const columns = {
				keys: "key",
				hours: "time",
				requests: "requests",
				first: "first",
				last: "last",
			} as const;
			for (const [name, of] of Object.entries(columns)) {
				assert.deepEqual(
					[...(kept?.[name as keyof typeof columns] ?? [])],
					details.map((row) => row[of]),
					name,
				);
			}
			assert.deepEqual([...(uses.get(3)?.details.keys ?? [])], []);
		}),
		{ numRuns: 100 },
	);
});
