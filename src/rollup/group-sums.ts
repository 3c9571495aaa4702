/**
 * The sums of all groups while blocks are added up. A group's numbers lie side by side: with many groups every access
 * misses the processor's cache, so one miss has to bring them all.
 */
import { type Cells, grainSeconds } from "../model/flow.ts";
import type { FlowTable, GroupRow } from "./group.ts";
import type { Ranks } from "./group-ranks.ts";

/** Positions within a group. Behind them: a quantity per line in complete hours, then one per line in all others. */
const at = { requests: 0, bytesSent: 1, errors: 2, first: 3, last: 4, quantities: 5 } as const;

type Parts = readonly [flowPart: number, timePart: number, keyPart: number];

/** Where the sums of exactly these groups are kept; grows as groups appear. */
export class GroupSums {
	private readonly table: FlowTable;
	private readonly lines: number;
	private readonly stride: number;
	private sums = new Float64Array(0);
	private groups = 0;

	constructor(table: FlowTable) {
		this.table = table;
		this.lines = table.linePer.length;
		this.stride = at.quantities + 2 * this.lines;
	}

	/** Doubles that so many groups need. */
	static sizeOf(table: FlowTable, groups: number): number {
		return groups * (at.quantities + 2 * table.linePer.length);
	}

	/** `ids`: the group of each row, -1 for none; `complete`: 1 where the row lies in a complete hour. */
	add(cells: Cells, ids: Int32Array, complete: Uint8Array, groups: number): void {
		if (groups > this.groups) this.grow(groups);
		const { sums, stride, lines } = this;
		const { isError, offsets, charges, linePer } = this.table;
		const { flow, time, requests, bytesSent, objectBytes, first, last } = cells;
		const unit = grainSeconds[cells.grain];
		for (let row = 0; row < cells.rows; row++) {
			if (ids[row]! < 0) continue;
			const base = ids[row]! * stride;
			const by = flow[row]!;
			const count = requests[row]!;
			const sent = bytesSent[row]!;
			const start = time[row]! * unit;
			const begin = start + first[row]!;
			const end = start + last[row]!;
			sums[base]! += count;
			sums[base + at.bytesSent]! += sent;
			if (isError[by] === 1) sums[base + at.errors]! += count;
			if (begin < sums[base + at.first]!) sums[base + at.first] = begin;
			if (end > sums[base + at.last]!) sums[base + at.last] = end;
			const quantities = base + at.quantities + (complete[row] === 1 ? 0 : lines);
			for (let i = offsets[by]!; i < offsets[by + 1]!; i++) {
				const line = charges[i]!;
				const per = linePer[line]!;
				sums[quantities + line]! += per === 0 ? count : per === 1 ? sent : objectBytes[row]!;
			}
		}
	}

	private grow(groups: number): void {
		const capacity = Math.max(16, groups, Math.min(this.groups * 2, groups + (1 << 16)));
		const larger = new Float64Array(capacity * this.stride);
		larger.set(this.sums);
		for (let base = this.groups * this.stride; base < larger.length; base += this.stride) {
			larger[base + at.first] = Number.POSITIVE_INFINITY;
			larger[base + at.last] = Number.NEGATIVE_INFINITY;
		}
		this.sums = larger;
		this.groups = capacity;
	}

	ranks(groups: number): Ranks {
		const { sums, stride, lines } = this;
		const { linePrice } = this.table;
		return {
			groups,
			requests: (id) => sums[id * stride]!,
			cost: (id) => {
				const quantities = id * stride + at.quantities;
				let cost = 0;
				for (let line = 0; line < lines; line++) {
					cost += (sums[quantities + line]! + sums[quantities + lines + line]!) * linePrice[line]!;
				}
				return cost;
			},
		};
	}

	row(id: number, parts: Parts): GroupRow {
		const row = this.emptyRow(parts);
		if (id < this.groups) this.addTo(row, id);
		return row;
	}

	/** Adds a group's sums to a row. */
	addTo(row: GroupRow, id: number): void {
		const { sums, lines } = this;
		const base = id * this.stride;
		row.requests += sums[base]!;
		row.bytesSent += sums[base + at.bytesSent]!;
		row.errors += sums[base + at.errors]!;
		row.firstSeconds = Math.min(row.firstSeconds, sums[base + at.first]!);
		row.lastSeconds = Math.max(row.lastSeconds, sums[base + at.last]!);
		for (let line = 0; line < lines; line++) {
			const complete = sums[base + at.quantities + line]!;
			row.completeQuantities[line]! += complete;
			row.quantities[line]! += complete + sums[base + at.quantities + lines + line]!;
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
}
