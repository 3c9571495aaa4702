/** Rows that the kernel picks out of minute blocks or folds them into, as one block of that grain. */
import type { Block } from "../model/flow.ts";
import { type RowKernel, rowKernel } from "./kernel.ts";

/** `work` handles a chunk: `into` is where the kernel collects, `rows` how many rows the chunk has. */
export async function collectRows(
	blocks: AsyncIterable<Block> | Iterable<Block>,
	work: (into: number, rows: number) => void,
): Promise<Block> {
	const kernel = rowKernel();
	const into = kernel.exports.newRows();
	try {
		for await (const block of blocks) kernel.eachChunk(block, (rows) => work(into, rows));
		return blockOf(kernel, into);
	} finally {
		kernel.exports.freeRows(into);
	}
}

/** Copies the collected rows out: two columns of doubles, then five of words. */
function blockOf(kernel: RowKernel, collected: number): Block {
	const rows = kernel.exports.rowsSize(collected);
	const columns = kernel.exports.rowColumns(collected);
	const doubles = (column: number): Float64Array => kernel.doubles(columns + column * rows * 8, rows).slice();
	const words = (column: number): Int32Array =>
		kernel.ints(columns + rows * 16 + column * rows * 4, rows).slice();
	const block: Block = {
		grain: "minute",
		rows,
		flow: words(0),
		time: words(1),
		key: new Int32Array(0),
		requests: words(2),
		bytesSent: doubles(0),
		objectBytes: doubles(1),
		first: words(3),
		last: words(4),
	};
	kernel.exports.free(columns);
	return block;
}
