/** Rows of a block by the program that they belong to. */
import type { Block } from "../model/flow.ts";

export function rowsByProgram(block: Block, ofFlow: Int32Array): Map<number, number[]> {
	const rows = new Map<number, number[]>();
	for (let row = 0; row < block.rows; row++) {
		const program = ofFlow[block.flow[row]!]!;
		const own = rows.get(program);
		if (own === undefined) rows.set(program, [row]);
		else own.push(row);
	}
	return rows;
}
