/**
 * GROUP BY over blocks: which group a cell belongs to is decided by a plan made beforehand; here it is only added up.
 *
 * In: blocks, and what flows are charged to. Out: the groups that cost most with their exact quantities, and the rest
 * as one. Memory does not grow with the rows, and little with the groups.
 */
import { type Block, type Cells, grainSeconds } from "../model/flow.ts";
import { GroupIndex } from "./group-index.ts";
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

/** Quantities kept per group while all groups are still candidates: 32 MB of doubles. */
const maxHeldQuantities = 4 << 20;

/**
 * Adds up the blocks per group. The blocks are read once when the quantities of all groups fit in memory, else a
 * second time for the groups that cost most.
 */
export async function group(blocks: Blocks, table: FlowTable, plan: GroupPlan): Promise<Grouped> {
	const index = new GroupIndex();
	const sums = new GroupSums(table, maxHeldQuantities);
	for await (const block of blocks()) {
		addAll(block, plan, index, sums);
	}
	const chosen = sums.top(plan.top, index.size, (id) => plan.nameOf(...index.parts(id)));
	const all = chosen.size === index.size;
	if (sums.complete) {
		const rows = [...chosen].map((id) => sums.row(id, index.parts(id)));
		return {
			rows,
			other: all ? null : { ...restOf(sums, chosen, index.size), groups: index.size - chosen.size },
		};
	}
	const place = new Map([...chosen].map((id, position) => [id, position]));
	const exact = new GroupSums(table, Number.POSITIVE_INFINITY);
	for await (const block of blocks()) {
		addAll(block, plan, index, exact, (id) => place.get(id) ?? chosen.size);
	}
	const rows = [...chosen].map((id, position) => exact.row(position, index.parts(id)));
	const other = all ? null : { ...exact.row(chosen.size, [-1, -1, -1]), groups: index.size - chosen.size };
	return { rows, other };
}

function restOf(sums: GroupSums, chosen: ReadonlySet<number>, size: number): GroupRow {
	const rest = sums.emptyRow([-1, -1, -1]);
	for (let id = 0; id < size; id++) {
		if (chosen.has(id)) continue;
		const row = sums.row(id, [-1, -1, -1]);
		rest.requests += row.requests;
		rest.bytesSent += row.bytesSent;
		rest.errors += row.errors;
		rest.firstSeconds = Math.min(rest.firstSeconds, row.firstSeconds);
		rest.lastSeconds = Math.max(rest.lastSeconds, row.lastSeconds);
		for (const [line, amount] of row.quantities.entries()) rest.quantities[line]! += amount;
		for (const [line, amount] of row.completeQuantities.entries()) rest.completeQuantities[line]! += amount;
	}
	return rest;
}

/** `idOf`: where the group's sums stand, when they do not stand at its number. */
function addAll(
	cells: Cells,
	plan: GroupPlan,
	index: GroupIndex,
	sums: GroupSums,
	idOf?: (id: number) => number,
): void {
	const { flowPart, keyPart, timePart, completeHours } = plan;
	const unit = grainSeconds[cells.grain];
	const total = cells.grain === "total";
	const from = total ? Number.NEGATIVE_INFINITY : Math.ceil(plan.fromSeconds / unit);
	const to = total ? Number.POSITIVE_INFINITY : Math.ceil(plan.toSeconds / unit);
	let lastTime = -1;
	let complete = false;
	let part = 0;
	for (let row = 0; row < cells.rows; row++) {
		const time = cells.time[row]!;
		if (time < from || time >= to) continue;
		const flow = cells.flow[row]!;
		const f = flowPart[flow]!;
		if (f < 0) continue;
		const k = keyPart === undefined ? 0 : keyPart(cells.key[row]!, flow);
		if (k < 0) continue;
		if (time !== lastTime) {
			lastTime = time;
			complete = total ? time === 1 : completeHours.has(Math.floor((time * unit) / grainSeconds.hour));
			part = timePart === undefined || cells.grain === "total" ? 0 : timePart(time, cells.grain);
		}
		const id = index.id(f, part, k);
		sums.add(cells, row, idOf === undefined ? id : idOf(id), complete);
	}
}
