/**
 * Minute cells folded into hours: what the window, the timeline and all breakdowns without keys are made of.
 * A month of minutes becomes a table of a few hundred thousand rows at most.
 */
import type { Block } from "../model/flow.ts";
import type { Blocks } from "./group.ts";

/** One block of grain "minute" whose rows are per (flow, hour): `time` is the hour's first minute. */
export async function foldHours(blocks: Blocks, fromSeconds: number, toSeconds: number): Promise<Block> {
	const rows = new Map<number, number>();
	const columns = new Columns();
	const from = Math.ceil(fromSeconds / 60);
	const to = Math.ceil(toSeconds / 60);
	for await (const block of blocks()) {
		for (let row = 0; row < block.rows; row++) {
			const minute = block.time[row]!;
			if (minute < from || minute >= to) continue;
			const hour = Math.floor(minute / 60);
			const flow = block.flow[row]!;
			const id = flow * 2 ** 26 + hour;
			let at = rows.get(id);
			if (at === undefined) {
				at = columns.add(flow, hour * 60);
				rows.set(id, at);
			}
			const secondsIn = (minute - hour * 60) * 60;
			columns.count(at, block, row, secondsIn);
		}
	}
	return columns.block();
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
