/**
 * Minute cells folded into hours: what the window, the timeline and all breakdowns without keys are made of.
 */
import { type Block, type Cells, grainSeconds } from "../model/flow.ts";
import { rowKernel, timeBound } from "./kernel.ts";
import { collectRows } from "./rows.ts";

/** One block of grain "minute" whose rows are per (flow, hour): `time` is the hour's first minute. */
export async function foldHours(
	blocks: () => AsyncIterable<Block> | Iterable<Block>,
	fromSeconds: number,
	toSeconds: number,
): Promise<Block> {
	const { exports } = rowKernel();
	const [from, to] = [timeBound(fromSeconds, grainSeconds.minute), timeBound(toSeconds, grainSeconds.minute)];
	return collectRows(blocks(), (into, rows) => exports.foldRows(into, rows, from, to));
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
