/**
 * GROUP BY over blocks: which group a cell belongs to is decided by a plan made beforehand; here it is only added up.
 *
 * In: blocks, and what flows are charged to. Out: the groups that cost most with their exact quantities, and the rest
 * as one. Memory does not grow with the rows, and little with the groups.
 */
import { type Block, type Cells, grainSeconds } from "../model/flow.ts";
import { GroupIndex } from "./group-index.ts";
import { GroupRanks, topGroups } from "./group-ranks.ts";
import { GroupSums } from "./group-sums.ts";

/** Everything the loop needs to know about flows, as arrays indexed by flow id. */
export interface FlowTable {
	/** 1: counts as an error. */
	isError: Uint8Array;
	/** Lines charged: `charges[offsets[f]] … charges[offsets[f + 1] - 1]`. */
	offsets: Int32Array;
	charges: Int32Array;
	/** Per line: 0 request, 1 byte sent, 2 object byte. */
	linePer: Uint8Array;
	/** Per line: price per request or per byte in any one unit, 0 when unknown; only ranks. */
	linePrice: Float64Array;
}

export interface GroupPlan {
	/** Group part of each flow, -1 when the flow is filtered out. */
	flowPart: Int32Array;
	/** Time part of a block's time value; absent when time does not matter. */
	timePart?: (time: number, grain: Block["grain"]) => number;
	/** Key part of a row, -1 when filtered out; absent when keys do not matter. */
	keyPart?: (key: number, flow: number) => number;
	/** Time values outside are left out: seconds, inclusive and exclusive, on the grain's boundaries. */
	fromSeconds: number;
	toSeconds: number;
	/** Hours (since 1970) that are complete; they alone count for projections. */
	completeHours: ReadonlySet<number>;
	/** Groups to show. */
	top: number;
	/** Decides between groups of the same cost and requests. */
	nameOf: (flowPart: number, timePart: number, keyPart: number) => string;
}

export interface GroupRow {
	flowPart: number;
	timePart: number;
	keyPart: number;
	requests: number;
	bytesSent: number;
	errors: number;
	firstSeconds: number;
	lastSeconds: number;
	/** Requests or bytes per bill line. */
	quantities: Float64Array;
	/** The part of `quantities` that complete hours account for. */
	completeQuantities: Float64Array;
}

export interface Grouped {
	rows: GroupRow[];
	other: (GroupRow & { groups: number }) | null;
}

export type Blocks = () => AsyncIterable<Cells> | Iterable<Cells>;

/** Sums kept while all groups are still candidates: 16 MB of doubles. */
const maxHeldSums = 2 << 20;

/**
 * Adds up the blocks per group. The blocks are read once when the sums of all groups fit in memory, else a second
 * time for the groups that cost most.
 */
export async function group(blocks: Blocks, table: FlowTable, plan: GroupPlan): Promise<Grouped> {
	const index = new GroupIndex(plan.keyPart === undefined ? "flow" : "key");
	const placing = new Placing(plan);
	let sums: GroupSums | undefined = new GroupSums(table);
	let ranks: GroupRanks | undefined;
	for await (const block of blocks()) {
		const before = index.size;
		placing.place(block, index);
		if (ranks === undefined && GroupSums.sizeOf(table, index.size) > maxHeldSums) {
			ranks = new GroupRanks(table, sums!.ranks(before));
			sums = undefined;
		}
		if (ranks === undefined) sums!.add(block, placing.ids, placing.complete, index.size);
		else ranks.add(block, placing.ids, index.size);
	}
	const order = ranks === undefined ? sums!.ranks(index.size) : ranks.ranks(index.size);
	const chosen = topGroups(order, plan.top, (id) => plan.nameOf(...index.parts(id)));
	if (sums !== undefined) return allOf(sums, chosen, index);
	ranks = undefined;
	return topOf(blocks, table, placing, chosen, index);
}

function allOf(sums: GroupSums, chosen: ReadonlySet<number>, index: GroupIndex): Grouped {
	const rows = [...chosen].map((id) => sums.row(id, index.parts(id)));
	if (chosen.size === index.size) return { rows, other: null };
	const rest = sums.emptyRow([-1, -1, -1]);
	for (let id = 0; id < index.size; id++) if (!chosen.has(id)) sums.addTo(rest, id);
	return { rows, other: { ...rest, groups: index.size - chosen.size } };
}

/** The second reading: the sums of the chosen groups, and of all others as one. */
async function topOf(
	blocks: Blocks,
	table: FlowTable,
	placing: Placing,
	chosen: ReadonlySet<number>,
	index: GroupIndex,
): Promise<Grouped> {
	const place = new Int32Array(index.size).fill(chosen.size);
	for (const [position, id] of [...chosen].entries()) place[id] = position;
	const sums = new GroupSums(table);
	for await (const block of blocks()) {
		const { ids, complete } = placing.place(block, index);
		for (let row = 0; row < block.rows; row++) if (ids[row]! >= 0) ids[row] = place[ids[row]!]!;
		sums.add(block, ids, complete, chosen.size + 1);
	}
	const rows = [...chosen].map((id, position) => sums.row(position, index.parts(id)));
	const groups = index.size - chosen.size;
	return { rows, other: groups === 0 ? null : { ...sums.row(chosen.size, [-1, -1, -1]), groups } };
}

/** Beyond so many hours a clock was wrong: then the set is asked. */
const maxHourFlags = 1 << 20;

/** Which hours are in the set, asked once per row: neighbouring rows of a block are rarely of the same hour. */
class HourFlags {
	private readonly set: ReadonlySet<number>;
	private readonly first: number;
	private readonly flags: Uint8Array;

	constructor(set: ReadonlySet<number>) {
		this.set = set;
		let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (const hour of set) {
			if (hour < first) first = hour;
			if (hour > last) last = hour;
		}
		this.first = set.size === 0 ? 0 : first;
		this.flags = new Uint8Array(set.size === 0 ? 0 : Math.min(last - first + 1, maxHourFlags));
		for (const hour of set) this.flags[hour - first] = 1;
	}

	/** 1 when it is. */
	of(hour: number): number {
		const at = hour - this.first;
		if (at >= 0 && at < this.flags.length) return this.flags[at]!;
		return this.flags.length < maxHourFlags ? 0 : Number(this.set.has(hour));
	}
}

/** Finds the group of each row of a block. Its arrays are used again for the next block. */
class Placing {
	/** Group of each row, -1 for none; and 1 where the row lies in a complete hour. */
	ids = new Int32Array(0);
	complete = new Uint8Array(0);
	private readonly plan: GroupPlan;
	private readonly hours: HourFlags;

	constructor(plan: GroupPlan) {
		this.plan = plan;
		this.hours = new HourFlags(plan.completeHours);
	}

	place(cells: Cells, index: GroupIndex): this {
		if (cells.rows > this.ids.length) {
			this.ids = new Int32Array(cells.rows);
			this.complete = new Uint8Array(cells.rows);
		}
		const { ids, complete } = this;
		const { hours } = this;
		const { flowPart, keyPart, timePart } = this.plan;
		const { time: times, flow: flows, key: keys, grain } = cells;
		const unit = grainSeconds[grain];
		const total = grain === "total";
		const from = total ? Number.NEGATIVE_INFINITY : Math.ceil(this.plan.fromSeconds / unit);
		const to = total ? Number.POSITIVE_INFINITY : Math.ceil(this.plan.toSeconds / unit);
		let lastTime = -1;
		let whole = 0;
		let part = 0;
		for (let row = 0; row < cells.rows; row++) {
			ids[row] = -1;
			const time = times[row]!;
			const flow = flows[row]!;
			const f = flowPart[flow]!;
			if (time < from || time >= to || f < 0) continue;
			const k = keyPart === undefined ? 0 : keyPart(keys[row]!, flow);
			if (k < 0) continue;
			if (time !== lastTime) {
				lastTime = time;
				whole = total ? (time === 1 ? 1 : 0) : hours.of(grain === "hour" ? time : Math.floor(time / 60));
				part = timePart === undefined || total ? 0 : timePart(time, grain);
			}
			complete[row] = whole;
			ids[row] = index.id(f, part, k);
		}
		return this;
	}
}
