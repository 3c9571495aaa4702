/**
 * Which keys the programs of interest downloaded, how often, and from when to when.
 * In: rows per (flow, key, hour), and which program a flow belongs to. Out: per program its keys with counts, and
 * the program's rows. Two passes over the rows, no work for keys of other programs.
 */
import type { Block } from "../model/flow.ts";

/** Columns: entry i is key `keys[i]`. */
export interface KeyUses {
	keys: Int32Array;
	counts: Float64Array;
	bytes: Float64Array;
	/** Unix seconds. */
	first: Float64Array;
	/** Rows of the block that belong to the program. */
	rows: Int32Array;
}

/** Rows of a block by program id; programs without a row are left out. */
export function rowsByProgram(block: Block, ofFlow: Int32Array): Map<number, Int32Array> {
	const counts = new Map<number, number>();
	const flowCounts = new Int32Array(ofFlow.length);
	for (let row = 0; row < block.rows; row++) flowCounts[block.flow[row]!]!++;
	for (let flow = 0; flow < ofFlow.length; flow++) {
		const rows = flowCounts[flow]!;
		if (rows > 0) counts.set(ofFlow[flow]!, (counts.get(ofFlow[flow]!) ?? 0) + rows);
	}
	const lists = new Map<number, { rows: Int32Array; size: number }>();
	for (const [program, rows] of counts) lists.set(program, { rows: new Int32Array(rows), size: 0 });
	const listOfFlow = Array.from(ofFlow, (program, flow) =>
		flowCounts[flow]! > 0 ? lists.get(program) : undefined,
	);
	for (let row = 0; row < block.rows; row++) {
		const list = listOfFlow[block.flow[row]!]!;
		list.rows[list.size++] = row;
	}
	return new Map(Array.from(lists, ([program, { rows }]) => [program, rows]));
}

export function keyUses(block: Block, ofFlow: Int32Array): Map<number, KeyUses> {
	let maxKey = -1;
	for (let row = 0; row < block.rows; row++) maxKey = Math.max(maxKey, block.key[row]!);
	/** Key → position in the columns of the program at hand, + 1. Cleared between programs. */
	const positions = new Int32Array(maxKey + 1);
	const uses = new Map<number, KeyUses>();
	for (const [program, rows] of rowsByProgram(block, ofFlow)) {
		const keys = numberKeys(block, rows, positions);
		uses.set(program, sumKeys(block, rows, keys, positions));
		for (const key of keys) positions[key] = 0;
	}
	return uses;
}

function numberKeys({ key: column }: Block, rows: Int32Array, positions: Int32Array): Int32Array {
	const keys: number[] = [];
	for (const row of rows) {
		const key = column[row]!;
		if (positions[key] === 0) positions[key] = keys.push(key);
	}
	return Int32Array.from(keys);
}

function sumKeys(block: Block, rows: Int32Array, keys: Int32Array, positions: Int32Array): KeyUses {
	const counts = new Float64Array(keys.length);
	const bytes = new Float64Array(keys.length);
	const first = new Float64Array(keys.length).fill(Number.POSITIVE_INFINITY);
	for (const row of rows) {
		const at = positions[block.key[row]!]! - 1;
		counts[at]! += block.requests[row]!;
		bytes[at]! += block.bytesSent[row]!;
		first[at] = Math.min(first[at]!, block.time[row]! * 3600 + block.first[row]!);
	}
	return { keys, counts, bytes, first, rows };
}
