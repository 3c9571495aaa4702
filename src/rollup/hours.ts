/**
 * Minute cells folded into hours: what the window, the timeline and all breakdowns without keys are made of.
 */
import type { Block, Cells } from "../model/flow.ts";
import { GrowingBlock } from "./growing-block.ts";

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
	const folded = new GrowingBlock();
	const from = Math.ceil(fromSeconds / 60);
	const to = Math.ceil(toSeconds / 60);
	for await (const block of blocks()) {
		fold(folded, block, rows, from, to);
	}
	return folded.block();
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

/** Folds the rows of a block whose minutes lie in [from, to). */
function fold(into: GrowingBlock, block: Block, rows: RowIndex, from: number, to: number): void {
	into.reserve(block.rows);
	const { flow, time, requests, bytesSent, objectBytes, first, last } = into;
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
		const secondsIn = (minute - hour * 60) * 60;
		const begin = secondsIn + block.first[row]!;
		const end = secondsIn + block.last[row]!;
		const at = table[by]! - 1;
		if (at < 0) {
			const next = into.rows++;
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
