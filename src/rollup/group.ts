/**
 * GROUP BY over blocks: which group a cell belongs to is decided by a plan made beforehand; here it is only added up.
 *
 * In: blocks, and what flows are charged to. Out: the groups that cost most with their exact quantities, and the rest
 * as one. Memory does not grow with the rows, and little with the groups.
 */
import { type Cells, grainSeconds } from "../model/flow.ts";
import { grainNumber, type RowKernel, rowKernel, timeBound } from "./kernel.ts";
import { type Ranks, topGroups } from "./top-groups.ts";

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
	/** Hours that a group has: its time part is its first hour since 1970. Absent when time does not matter. */
	hoursPerGroup?: number;
	/** Absent when keys do not matter. */
	keys?: KeyParts;
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

export interface KeyParts {
	/** How many keys there are. */
	count: number;
	/** Flow id → 0, 1 or 2: the way its keys are read. */
	kindOfFlow: Uint8Array;
	/** The group part of a key, -1 when it is filtered out. Asked once per key and kind. */
	partOf: (key: number, flow: number) => number;
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
	const sums = new GroupSums(rowKernel(), table, plan);
	try {
		for await (const block of blocks()) sums.add(block);
		const groups = sums.size;
		const chosen = topGroups(sums.ranks(), plan.top, (id) => plan.nameOf(...sums.parts(id)));
		if (!sums.onlyRanks) return allOf(sums, chosen, groups);
		sums.keepOnly(chosen);
		for await (const block of blocks()) sums.add(block);
		const rows = chosen.map((id, place) => sums.row(place, sums.parts(id)));
		const others = groups - chosen.length;
		return { rows, other: others === 0 ? null : { ...sums.row(chosen.length, noParts), groups: others } };
	} finally {
		sums.free();
	}
}

type Parts = readonly [flowPart: number, timePart: number, keyPart: number];
const noParts: Parts = [-1, -1, -1];

function allOf(sums: GroupSums, chosen: readonly number[], groups: number): Grouped {
	const rows = chosen.map((id) => sums.row(id, sums.parts(id)));
	if (chosen.length === groups) return { rows, other: null };
	const isChosen = new Set(chosen);
	const rest = sums.emptyRow(noParts);
	for (let id = 0; id < groups; id++) if (!isChosen.has(id)) sums.addTo(rest, id);
	return { rows, other: { ...rest, groups: groups - chosen.length } };
}

/** Positions within a group's sums. Behind them: a quantity per line in complete hours, then one per line in all others. */
const at = { requests: 0, bytesSent: 1, errors: 2, first: 3, last: 4, quantities: 5 } as const;

/** The sums of all groups, in the kernel; or what ranks them, when there are too many. */
class GroupSums {
	onlyRanks = false;
	private readonly kernel: RowKernel;
	private readonly table: FlowTable;
	private readonly plan: GroupPlan;
	private readonly lines: number;
	private readonly stride: number;
	private readonly address: number;

	constructor(kernel: RowKernel, table: FlowTable, plan: GroupPlan) {
		this.kernel = kernel;
		this.table = table;
		this.plan = plan;
		this.lines = table.linePer.length;
		this.stride = at.quantities + 2 * this.lines;
		const { first, flags } = hourFlags(plan.completeHours);
		this.address = kernel.exports.newGroup(
			kernel.put(plan.flowPart),
			kernel.put(table.isError),
			kernel.put(table.offsets),
			kernel.put(table.charges.map((line) => line * 4 + table.linePer[line]!)),
			kernel.put(table.linePrice),
			this.lines,
			kernel.put(flags),
			first,
			flags.length,
			plan.hoursPerGroup ?? 0,
			plan.keys === undefined ? 0 : kernel.put(plan.keys.kindOfFlow),
			plan.keys?.count ?? 0,
		);
	}

	get size(): number {
		return this.kernel.exports.groupSize(this.address);
	}

	/** Flow, time and key part of a group. */
	parts(id: number): Parts {
		const parts = this.kernel.ints(this.kernel.exports.groupParts(this.address, id), 3);
		return [parts[0]!, parts[1]!, parts[2]!];
	}

	add(cells: Cells): void {
		const { exports } = this.kernel;
		const unit = grainSeconds[cells.grain];
		// Totals have no time: they are of the window already.
		const total = cells.grain === "total";
		const from = timeBound(total ? Number.NEGATIVE_INFINITY : this.plan.fromSeconds, unit);
		const to = timeBound(total ? Number.POSITIVE_INFINITY : this.plan.toSeconds, unit);
		const grain = grainNumber[cells.grain];
		this.kernel.eachChunk(cells, (rows, start) => {
			let row = exports.addGroup(this.address, 0, rows, grain, from, to);
			while (row < rows) {
				this.answer(cells.key[start + row]!, cells.flow[start + row]!);
				row = exports.addGroup(this.address, row, rows, grain, from, to);
			}
			const held = exports.groupSumsSize(this.address) * this.stride;
			if (!this.onlyRanks && held > maxHeldSums) this.keepRanks();
		});
	}

	/** The kernel has met a key for the first time. */
	private answer(key: number, flow: number): void {
		const { kindOfFlow, partOf } = this.plan.keys!;
		this.kernel.exports.setKeyPart(this.address, kindOfFlow[flow]!, key, partOf(key, flow) + 2);
	}

	private keepRanks(): void {
		const { offsets, charges, linePer, linePrice } = this.table;
		const prices = new Float64Array((offsets.length - 1) * 3);
		for (let flow = 0; flow < offsets.length - 1; flow++) {
			for (let i = offsets[flow]!; i < offsets[flow + 1]!; i++) {
				const line = charges[i]!;
				prices[flow * 3 + linePer[line]!]! += linePrice[line]!;
			}
		}
		this.kernel.exports.rankOnly(this.address, this.kernel.put(prices));
		this.onlyRanks = true;
	}

	/** From now on sums only these groups, in this order, and behind them all others as one. */
	keepOnly(chosen: readonly number[]): void {
		const places = new Int32Array(this.size).fill(chosen.length);
		for (const [place, id] of chosen.entries()) places[id] = place;
		this.kernel.exports.sumChosen(this.address, this.kernel.put(places));
	}

	ranks(): Ranks {
		const ranks = new Float64Array(this.size * 2);
		this.kernel.eachPiece(this.size, (start, length) => {
			const piece = this.kernel.exports.ranksOf(this.address, start);
			ranks.set(this.kernel.doubles(piece, length * 2), start * 2);
		});
		return { groups: this.size, requests: (id) => ranks[id * 2]!, cost: (id) => ranks[id * 2 + 1]! };
	}

	row(place: number, parts: Parts): GroupRow {
		const row = this.emptyRow(parts);
		if (place < this.kernel.exports.groupSumsSize(this.address)) this.addTo(row, place);
		return row;
	}

	/** Adds a group's sums to a row. */
	addTo(row: GroupRow, place: number): void {
		const { lines, stride } = this;
		const sums = this.kernel.doubles(this.kernel.exports.groupSums(this.address, place), stride);
		row.requests += sums[at.requests]!;
		row.bytesSent += sums[at.bytesSent]!;
		row.errors += sums[at.errors]!;
		row.firstSeconds = Math.min(row.firstSeconds, sums[at.first]!);
		row.lastSeconds = Math.max(row.lastSeconds, sums[at.last]!);
		for (let line = 0; line < lines; line++) {
			const complete = sums[at.quantities + line]!;
			row.completeQuantities[line]! += complete;
			row.quantities[line]! += complete + sums[at.quantities + lines + line]!;
		}
	}

	emptyRow([flowPart, timePart, keyPart]: Parts): GroupRow {
		return {
			flowPart,
			timePart,
			keyPart,
			requests: 0,
			bytesSent: 0,
			errors: 0,
			firstSeconds: Number.POSITIVE_INFINITY,
			lastSeconds: Number.NEGATIVE_INFINITY,
			quantities: new Float64Array(this.lines),
			completeQuantities: new Float64Array(this.lines),
		};
	}

	free(): void {
		this.kernel.exports.freeGroup(this.address);
	}
}

/** A byte per hour from the first complete one to the last: 1 when it is complete. Records are of two centuries. */
function hourFlags(hours: ReadonlySet<number>): { first: number; flags: Uint8Array } {
	let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const hour of hours) {
		if (hour < first) first = hour;
		if (hour > last) last = hour;
	}
	if (hours.size === 0) return { first: 0, flags: new Uint8Array(0) };
	const flags = new Uint8Array(last - first + 1);
	for (const hour of hours) flags[hour - first] = 1;
	return { first, flags };
}
