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
		columns.reserve(block.rows);
		columns.fold(block, rows, from, to);
	}
	return columns.block();
}

/** Hours folded once more, into at most two rows per flow: what lies in complete hours, and the rest. */
export function foldFlows(hours: Block, flows: number, completeHours: ReadonlySet<number>): Cells {
	const place = new Int32Array(flows * 2);
	const flow = new Int32Array(flows * 2);
	const time = new Int32Array(flows * 2);
	const requests = new Float64Array(flows * 2);
	const bytesSent = new Float64Array(flows * 2);
	const objectBytes = new Float64Array(flows * 2);
	const first = new Float64Array(flows * 2);
	const last = new Float64Array(flows * 2);
	let rows = 0;
	let lastStart = -1;
	let complete = 0;
	for (let row = 0; row < hours.rows; row++) {
		const start = hours.time[row]! * 60;
		if (start !== lastStart) {
			lastStart = start;
			complete = completeHours.has(start / 3600) ? 1 : 0;
		}
		const by = hours.flow[row]! * 2 + complete;
		const begin = start + hours.first[row]!;
		const end = start + hours.last[row]!;
		let at = place[by]! - 1;
		if (at < 0) {
			at = rows++;
			place[by] = rows;
			flow[at] = by >> 1;
			time[at] = complete;
			first[at] = begin;
			last[at] = end;
		}
		requests[at]! += hours.requests[row]!;
		bytesSent[at]! += hours.bytesSent[row]!;
		objectBytes[at]! += hours.objectBytes[row]!;
		if (begin < first[at]!) first[at] = begin;
		if (end > last[at]!) last[at] = end;
	}
	const key = new Int32Array(0);
	return { grain: "total", rows, flow, time, key, requests, bytesSent, objectBytes, first, last };
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

/** Rows as typed columns that grow by half. */
class Columns {
	private rows = 0;
	private capacity = 0;
	private flow: Int32Array = new Int32Array(0);
	private time: Int32Array = new Int32Array(0);
	private requests: Int32Array = new Int32Array(0);
	private bytesSent: Float64Array = new Float64Array(0);
	private objectBytes: Float64Array = new Float64Array(0);
	private first: Int32Array = new Int32Array(0);
	private last: Int32Array = new Int32Array(0);

	/** Room for so many more rows at least. */
	reserve(more: number): void {
		if (this.rows + more <= this.capacity) return;
		this.capacity = Math.ceil((this.rows + more) * 1.5);
		const ints = (column: Int32Array) => grown(column, new Int32Array(this.capacity), this.rows);
		const doubles = (column: Float64Array) => grown(column, new Float64Array(this.capacity), this.rows);
		this.flow = ints(this.flow);
		this.time = ints(this.time);
		this.requests = ints(this.requests);
		this.bytesSent = doubles(this.bytesSent);
		this.objectBytes = doubles(this.objectBytes);
		this.first = ints(this.first);
		this.last = ints(this.last);
	}

	/** Folds the rows of a block whose minutes lie in [from, to). */
	fold(block: Block, rows: RowIndex, from: number, to: number): void {
		const { flow, time, requests, bytesSent, objectBytes, first, last } = this;
		let hour = -1;
		let table: Int32Array = new Int32Array(0);
		for (let row = 0; row < block.rows; row++) {
			const minute = block.time[row]!;
			if (minute < from || minute >= to) continue;
			const by = block.flow[row]!;
			if (minute < hour * 60 || minute >= hour * 60 + 60) {
				hour = Math.floor(minute / 60);
				table = rows.of(hour);
			}
			const into = (minute - hour * 60) * 60;
			const begin = into + block.first[row]!;
			const end = into + block.last[row]!;
			const at = table[by]! - 1;
			if (at < 0) {
				const next = this.rows++;
				table[by] = next + 1;
				flow[next] = by;
				time[next] = hour * 60;
				requests[next] = block.requests[row]!;
				bytesSent[next] = block.bytesSent[row]!;
				objectBytes[next] = block.objectBytes[row]!;
				first[next] = begin;
				last[next] = end;
			} else {
				requests[at]! += block.requests[row]!;
				bytesSent[at]! += block.bytesSent[row]!;
				objectBytes[at]! += block.objectBytes[row]!;
				if (begin < first[at]!) first[at] = begin;
				if (end > last[at]!) last[at] = end;
			}
		}
	}

	block(): Block {
		const { rows } = this;
		return {
			grain: "minute",
			rows,
			flow: this.flow.subarray(0, rows),
			time: this.time.subarray(0, rows),
			key: new Int32Array(0),
			requests: this.requests.subarray(0, rows),
			bytesSent: this.bytesSent.subarray(0, rows),
			objectBytes: this.objectBytes.subarray(0, rows),
			first: this.first.subarray(0, rows),
			last: this.last.subarray(0, rows),
		};
	}
}

function grown<Column extends Int32Array | Float64Array>(from: Column, to: Column, rows: number): Column {
	to.set(from.subarray(0, rows));
	return to;
}
