/** Rows of chosen flows out of all blocks, as one block: what the diagnosis looks at more closely. */
import { type Block, grainSeconds } from "../model/flow.ts";

type Blocks = () => AsyncIterable<Block> | Iterable<Block>;

/** `mask` has a 1 for every wanted flow. Rows outside [fromSeconds, toSeconds) are left out. */
export async function pickFlows(
	blocks: Blocks,
	mask: Uint8Array,
	fromSeconds: number,
	toSeconds: number,
): Promise<Block> {
	const parts: Block[] = [];
	for await (const block of blocks()) {
		const unit = grainSeconds[block.grain];
		const from = Math.ceil(fromSeconds / unit);
		const to = Math.ceil(toSeconds / unit);
		const { flow, time } = block;
		const rows = new Int32Array(block.rows);
		let count = 0;
		for (let row = 0; row < block.rows; row++) {
			if (mask[flow[row]!] === 1 && time[row]! >= from && time[row]! < to) rows[count++] = row;
		}
		if (count > 0) parts.push(picked(block, rows.subarray(0, count)));
	}
	return joined(parts);
}

function picked(block: Block, rows: Int32Array): Block {
	const ints = (column: Int32Array): Int32Array => rows.map((row) => column[row]!);
	const doubles = (column: Float64Array): Float64Array => {
		const values = new Float64Array(rows.length);
		for (let i = 0; i < rows.length; i++) values[i] = column[rows[i]!]!;
		return values;
	};
	return {
		grain: block.grain,
		rows: rows.length,
		flow: ints(block.flow),
		time: ints(block.time),
		key: block.key.length === 0 ? block.key : ints(block.key),
		requests: ints(block.requests),
		bytesSent: doubles(block.bytesSent),
		objectBytes: doubles(block.objectBytes),
		first: ints(block.first),
		last: ints(block.last),
	};
}

function joined(parts: readonly Block[]): Block {
	const rows = parts.reduce((sum, part) => sum + part.rows, 0);
	const ints = (of: (part: Block) => Int32Array): Int32Array => {
		const column = new Int32Array(rows);
		let at = 0;
		for (const part of parts) {
			column.set(of(part), at);
			at += of(part).length;
		}
		return column;
	};
	const doubles = (of: (part: Block) => Float64Array): Float64Array => {
		const column = new Float64Array(rows);
		let at = 0;
		for (const part of parts) {
			column.set(of(part), at);
			at += part.rows;
		}
		return column;
	};
	const withKeys = parts[0]?.grain === "hour";
	return {
		grain: parts[0]?.grain ?? "minute",
		rows,
		flow: ints((part) => part.flow),
		time: ints((part) => part.time),
		key: withKeys ? ints((part) => part.key) : new Int32Array(0),
		requests: ints((part) => part.requests),
		bytesSent: doubles((part) => part.bytesSent),
		objectBytes: doubles((part) => part.objectBytes),
		first: ints((part) => part.first),
		last: ints((part) => part.last),
	};
}
