/**
 * Minute cells folded into hours: what the window, the timeline and all breakdowns without keys are made of.
 */
import type { Block, Cells } from "../model/flow.ts";

/** Pairs of flow and hour up to which a plain array finds the row: 64 MB. */
const maxDensePairs = 16 << 20;

/** One block of grain "minute" whose rows are per (flow, hour): `time` is the hour's first minute. */
export async function foldHours(
	blocks: () => AsyncIterable<Block> | Iterable<Block>,
	flows: number,
	fromSeconds: number,
	toSeconds: number,
): Promise<Block> {
	const rows = new RowIndex(flows);
	const columns = new Columns();
	const from = Math.ceil(fromSeconds / 60);
	const to = Math.ceil(toSeconds / 60);
	for await (const block of blocks()) {
		for (let row = 0; row < block.rows; row++) {
			const minute = block.time[row]!;
			if (minute < from || minute >= to) continue;
			const hour = Math.floor(minute / 60);
			const flow = block.flow[row]!;
			const table = rows.of(hour);
			let at = table[flow]! - 1;
			if (at < 0) {
				at = columns.add(flow, hour * 60);
				table[flow] = at + 1;
			}
			columns.count(at, block, row, (minute - hour * 60) * 60);
		}
	}
	return columns.block();
}

/** Hours folded once more, into two rows per flow: what lies in complete hours, and the rest. */
export function foldFlows(hours: Block, flows: number, completeHours: ReadonlySet<number>): Cells {
	const rows = flows * 2;
	const totals = {
		grain: "total" as const,
		rows,
		flow: Int32Array.from({ length: rows }, (_, row) => row >> 1),
		time: Int32Array.from({ length: rows }, (_, row) => row & 1),
		key: new Int32Array(0),
		requests: new Float64Array(rows),
		bytesSent: new Float64Array(rows),
		objectBytes: new Float64Array(rows),
		first: new Float64Array(rows).fill(Number.POSITIVE_INFINITY),
		last: new Float64Array(rows).fill(Number.NEGATIVE_INFINITY),
	};
	for (let row = 0; row < hours.rows; row++) {
		const start = hours.time[row]! * 60;
		const at = hours.flow[row]! * 2 + (completeHours.has(start / 3600) ? 1 : 0);
		totals.requests[at]! += hours.requests[row]!;
		totals.bytesSent[at]! += hours.bytesSent[row]!;
		totals.objectBytes[at]! += hours.objectBytes[row]!;
		totals.first[at] = Math.min(totals.first[at]!, start + hours.first[row]!);
		totals.last[at] = Math.max(totals.last[at]!, start + hours.last[row]!);
	}
	return withoutEmpty(totals);
}

function withoutEmpty(cells: Cells): Cells {
	const kept = Int32Array.from({ length: cells.rows }, (_, row) => row).filter(
		(row) => cells.requests[row]! > 0,
	);
	const ints = (column: Int32Array): Int32Array => kept.map((row) => column[row]!);
	const doubles = (column: ArrayLike<number>): Float64Array => Float64Array.from(kept, (row) => column[row]!);
	return {
		...cells,
		rows: kept.length,
		flow: ints(cells.flow),
		time: ints(cells.time),
		requests: doubles(cells.requests),
		bytesSent: doubles(cells.bytesSent),
		objectBytes: doubles(cells.objectBytes),
		first: doubles(cells.first),
		last: doubles(cells.last),
	};
}

/** Hour → row + 1 by flow. Only so many hours are kept: rows of one pair may then appear twice, which adds up. */
class RowIndex {
	private readonly flows: number;
	private readonly hours = new Map<number, Int32Array>();
	private lastHour = Number.NaN;
	private lastTable = new Int32Array(0);

	constructor(flows: number) {
		this.flows = flows;
	}

	of(hour: number): Int32Array {
		if (hour === this.lastHour) return this.lastTable;
		let table = this.hours.get(hour) as Int32Array<ArrayBuffer> | undefined;
		if (table === undefined) {
			if ((this.hours.size + 1) * this.flows > maxDensePairs) this.hours.clear();
			table = new Int32Array(this.flows);
			this.hours.set(hour, table);
		}
		this.lastHour = hour;
		this.lastTable = table;
		return table;
	}
}

class Columns {
	private readonly flow: number[] = [];
	private readonly time: number[] = [];
	private readonly requests: number[] = [];
	private readonly bytesSent: number[] = [];
	private readonly objectBytes: number[] = [];
	private readonly first: number[] = [];
	private readonly last: number[] = [];

	add(flow: number, time: number): number {
		this.time.push(time);
		this.requests.push(0);
		this.bytesSent.push(0);
		this.objectBytes.push(0);
		this.first.push(3600);
		this.last.push(0);
		return this.flow.push(flow) - 1;
	}

	count(at: number, block: Block, row: number, secondsIn: number): void {
		this.requests[at]! += block.requests[row]!;
		this.bytesSent[at]! += block.bytesSent[row]!;
		this.objectBytes[at]! += block.objectBytes[row]!;
		this.first[at] = Math.min(this.first[at]!, secondsIn + block.first[row]!);
		this.last[at] = Math.max(this.last[at]!, secondsIn + block.last[row]!);
	}

	block(): Block {
		return {
			grain: "minute",
			rows: this.flow.length,
			flow: Int32Array.from(this.flow),
			time: Int32Array.from(this.time),
			key: new Int32Array(0),
			requests: Int32Array.from(this.requests),
			bytesSent: Float64Array.from(this.bytesSent),
			objectBytes: Float64Array.from(this.objectBytes),
			first: Int32Array.from(this.first),
			last: Int32Array.from(this.last),
		};
	}
}
