/**
 * GROUP BY over blocks: which group a cell belongs to is decided by a plan made beforehand; here it is only added up.
 *
 * Two passes. The first ranks the groups by their approximate cost; the second adds up exact quantities for those
 * that will be shown and for the rest together, so that memory depends on what is shown and not on what exists.
 */
import { type Block, grainSeconds } from "../model/flow.ts";

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

export type Blocks = () => AsyncIterable<Block> | Iterable<Block>;

export async function group(blocks: Blocks, table: FlowTable, plan: GroupPlan): Promise<Grouped> {
	const index = new GroupIndex();
	const rank = new Ranking(table);
	for await (const block of blocks()) eachRow(block, plan, index, (row, id) => rank.add(block, row, id));
	const chosen = rank.top(plan.top, index.size);
	const rows = [...chosen].map((id) => emptyRow(table, index.parts(id)));
	const rest = emptyRow(table, [-1, -1, -1]);
	const place = new Map([...chosen].map((id, position) => [id, position]));
	const everything = chosen.size === index.size;
	for await (const block of blocks()) {
		eachRow(block, plan, index, (row, id) => {
			const position = place.get(id);
			addRow(position === undefined ? rest : rows[position]!, block, row, table, plan.completeHours);
		});
	}
	return { rows, other: everything ? null : { ...rest, groups: index.size - chosen.size } };
}

function eachRow(
	block: Block,
	plan: GroupPlan,
	index: GroupIndex,
	visit: (row: number, id: number) => void,
): void {
	const unit = grainSeconds[block.grain];
	const from = Math.ceil(plan.fromSeconds / unit);
	const to = Math.ceil(plan.toSeconds / unit);
	const { flowPart, keyPart, timePart } = plan;
	for (let row = 0; row < block.rows; row++) {
		const time = block.time[row]!;
		if (time < from || time >= to) continue;
		const flow = block.flow[row]!;
		const f = flowPart[flow]!;
		if (f < 0) continue;
		const k = keyPart === undefined ? 0 : keyPart(block.key[row]!, flow);
		if (k < 0) continue;
		visit(row, index.id(f, timePart === undefined ? 0 : timePart(time, block.grain), k));
	}
}

/** Numbers the combinations of parts in order of first sight. */
class GroupIndex {
	/** By time, because there are few times; the inner number is flow part and key part. */
	private readonly ids = new Map<number, Map<number, number>>();
	private readonly flowParts: number[] = [];
	private readonly timeParts: number[] = [];
	private readonly keyParts: number[] = [];

	get size(): number {
		return this.flowParts.length;
	}

	id(flow: number, time: number, key: number): number {
		let inner = this.ids.get(time);
		if (inner === undefined) {
			inner = new Map();
			this.ids.set(time, inner);
		}
		// 2^24 keys and 2^24 groups of flows fit into a double's 53 bits together.
		const outer = flow * 2 ** 24 + key;
		let id = inner.get(outer);
		if (id === undefined) {
			id = this.flowParts.push(flow) - 1;
			this.timeParts.push(time);
			this.keyParts.push(key);
			inner.set(outer, id);
		}
		return id;
	}

	parts(id: number): [number, number, number] {
		return [this.flowParts[id]!, this.timeParts[id]!, this.keyParts[id]!];
	}
}

class Ranking {
	private cost = new Float64Array(1024);
	private requests = new Float64Array(1024);
	private readonly table: FlowTable;

	constructor(table: FlowTable) {
		this.table = table;
	}

	add(block: Block, row: number, id: number): void {
		if (id >= this.cost.length) {
			this.cost = grown(this.cost);
			this.requests = grown(this.requests);
		}
		const { offsets, charges, linePrice, linePer } = this.table;
		const flow = block.flow[row]!;
		let cost = 0;
		for (let i = offsets[flow]!; i < offsets[flow + 1]!; i++) {
			const line = charges[i]!;
			cost += linePrice[line]! * quantity(block, row, linePer[line]!);
		}
		this.cost[id]! += cost;
		this.requests[id]! += block.requests[row]!;
	}

	/** The ids of the `count` largest by cost, then requests, then first sight. */
	top(count: number, size: number): Set<number> {
		let ids = Array.from({ length: size }, (_, id) => id);
		if (size > count) {
			// Sorting numbers is quick, sorting ids by a function is not: first find what cannot be shown.
			const least = count === 0 ? Number.POSITIVE_INFINITY : this.cost.slice(0, size).sort()[size - count]!;
			ids = ids.filter((id) => this.cost[id]! >= least);
			ids.sort((a, b) => this.cost[b]! - this.cost[a]! || this.requests[b]! - this.requests[a]! || a - b);
			ids.length = Math.min(ids.length, count);
		}
		return new Set(ids);
	}
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(array.length * 2);
	larger.set(array);
	return larger;
}

function quantity(block: Block, row: number, per: number): number {
	return per === 0 ? block.requests[row]! : per === 1 ? block.bytesSent[row]! : block.objectBytes[row]!;
}

function emptyRow(table: FlowTable, [flowPart, timePart, keyPart]: [number, number, number]): GroupRow {
	return {
		flowPart,
		timePart,
		keyPart,
		requests: 0,
		bytesSent: 0,
		errors: 0,
		firstSeconds: Number.POSITIVE_INFINITY,
		lastSeconds: Number.NEGATIVE_INFINITY,
		quantities: new Float64Array(table.linePer.length),
		completeQuantities: new Float64Array(table.linePer.length),
	};
}

function addRow(
	into: GroupRow,
	block: Block,
	row: number,
	table: FlowTable,
	completeHours: ReadonlySet<number>,
): void {
	const flow = block.flow[row]!;
	const unit = grainSeconds[block.grain];
	const start = block.time[row]! * unit;
	into.requests += block.requests[row]!;
	into.bytesSent += block.bytesSent[row]!;
	if (table.isError[flow] === 1) into.errors += block.requests[row]!;
	into.firstSeconds = Math.min(into.firstSeconds, start + block.first[row]!);
	into.lastSeconds = Math.max(into.lastSeconds, start + block.last[row]!);
	const complete = completeHours.has(Math.floor(start / grainSeconds.hour));
	for (let i = table.offsets[flow]!; i < table.offsets[flow + 1]!; i++) {
		const line = table.charges[i]!;
		const amount = quantity(block, row, table.linePer[line]!);
		into.quantities[line]! += amount;
		if (complete) into.completeQuantities[line]! += amount;
	}
}
