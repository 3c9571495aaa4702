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
	const picked = new PickedRows();
	for await (const block of blocks()) {
		const unit = grainSeconds[block.grain];
		picked.add(block, mask, Math.ceil(fromSeconds / unit), Math.ceil(toSeconds / unit));
	}
	return picked.block();
}

/** Columns that grow by half. */
class PickedRows {
	private grain: Block["grain"] = "minute";
	private rows = 0;
	private flow: Int32Array = new Int32Array(0);
	private time: Int32Array = new Int32Array(0);
	private key: Int32Array = new Int32Array(0);
	private requests: Int32Array = new Int32Array(0);
	private bytesSent: Float64Array = new Float64Array(0);
	private objectBytes: Float64Array = new Float64Array(0);
	private first: Int32Array = new Int32Array(0);
	private last: Int32Array = new Int32Array(0);

	add(block: Block, mask: Uint8Array, from: number, to: number): void {
		this.grain = block.grain;
		const wanted = rowsOf(block, mask, from, to);
		this.reserve(this.rows + wanted.length);
		// A column at a time: plain loops over two arrays.
		copyInts(block.flow, wanted, this.flow, this.rows);
		copyInts(block.time, wanted, this.time, this.rows);
		if (block.key.length > 0) copyInts(block.key, wanted, this.key, this.rows);
		copyInts(block.requests, wanted, this.requests, this.rows);
		copyInts(block.first, wanted, this.first, this.rows);
		copyInts(block.last, wanted, this.last, this.rows);
		copyDoubles(block.bytesSent, wanted, this.bytesSent, this.rows);
		copyDoubles(block.objectBytes, wanted, this.objectBytes, this.rows);
		this.rows += wanted.length;
	}

	private reserve(rows: number): void {
		if (rows <= this.flow.length) return;
		const capacity = Math.ceil(rows * 1.5);
		const ints = (column: Int32Array): Int32Array => {
			const larger = new Int32Array(capacity);
			larger.set(column);
			return larger;
		};
		const doubles = (column: Float64Array): Float64Array => {
			const larger = new Float64Array(capacity);
			larger.set(column);
			return larger;
		};
		this.flow = ints(this.flow);
		this.time = ints(this.time);
		if (this.grain === "hour") this.key = ints(this.key);
		this.requests = ints(this.requests);
		this.bytesSent = doubles(this.bytesSent);
		this.objectBytes = doubles(this.objectBytes);
		this.first = ints(this.first);
		this.last = ints(this.last);
	}

	block(): Block {
		const { grain, rows } = this;
		return {
			grain,
			rows,
			flow: this.flow.subarray(0, rows),
			time: this.time.subarray(0, rows),
			key: this.key.subarray(0, rows),
			requests: this.requests.subarray(0, rows),
			bytesSent: this.bytesSent.subarray(0, rows),
			objectBytes: this.objectBytes.subarray(0, rows),
			first: this.first.subarray(0, rows),
			last: this.last.subarray(0, rows),
		};
	}
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
