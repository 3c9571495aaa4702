/** Minute rows of chosen flows out of all blocks, as one block: what the diagnosis looks at more closely. */
import type { Block } from "../model/flow.ts";
import { GrowingBlock } from "./growing-block.ts";

type Blocks = () => AsyncIterable<Block> | Iterable<Block>;

/** `mask` has a 1 for every wanted flow. Minutes outside [fromSeconds, toSeconds) are left out. */
export async function pickFlows(
	minutes: Blocks,
	mask: Uint8Array,
	fromSeconds: number,
	toSeconds: number,
): Promise<Block> {
	const picked = new GrowingBlock();
	const [from, to] = [Math.ceil(fromSeconds / 60), Math.ceil(toSeconds / 60)];
	for await (const block of minutes()) add(picked, block, rowsOf(block, mask, from, to));
	return picked.block();
}

function add(picked: GrowingBlock, block: Block, wanted: Int32Array): void {
	picked.reserve(wanted.length);
	const { rows } = picked;
	// A column at a time: plain loops over two arrays.
	for (const name of ["flow", "time", "requests", "first", "last"] as const)
		copyInts(block[name], wanted, picked[name], rows);
	for (const name of ["bytesSent", "objectBytes"] as const)
		copyDoubles(block[name], wanted, picked[name], rows);
	picked.rows += wanted.length;
}

function rowsOf({ rows, flow, time }: Block, mask: Uint8Array, from: number, to: number): Int32Array {
	const wanted = new Int32Array(rows);
	let count = 0;
	for (let row = 0; row < rows; row++) {
		if (mask[flow[row]!] === 1 && time[row]! >= from && time[row]! < to) wanted[count++] = row;
	}
	return wanted.subarray(0, count);
}

function copyInts(from: Int32Array, rows: Int32Array, to: Int32Array, at: number): void {
	for (let i = 0; i < rows.length; i++) to[at + i] = from[rows[i]!]!;
}

function copyDoubles(from: Float64Array, rows: Int32Array, to: Float64Array, at: number): void {
	for (let i = 0; i < rows.length; i++) to[at + i] = from[rows[i]!]!;
}
