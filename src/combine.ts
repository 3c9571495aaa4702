/** Several columns of flows to one: which combination of their values each flow has. */
import type { FlowColumn } from "./facts.ts";

export interface Combined {
	/** Number of the combination, by flow id. */
	parts: Int32Array;
	/** The first flow of each combination. */
	examples: Int32Array;
}

/** A column at a time, so that a pair of small numbers is all that is ever looked up. */
export function combine(columns: readonly Pick<FlowColumn, "parts" | "values">[], flows: number): Combined {
	let parts: Int32Array = new Int32Array(flows);
	let count = flows === 0 ? 0 : 1;
	for (const column of columns) {
		const numbers = new Map<number, number>();
		const next = new Int32Array(flows);
		const width = column.values.length;
		for (let flow = 0; flow < flows; flow++) {
			const pair = parts[flow]! * width + column.parts[flow]!;
			let number = numbers.get(pair);
			if (number === undefined) {
				number = numbers.size;
				numbers.set(pair, number);
			}
			next[flow] = number;
		}
		parts = next;
		count = numbers.size;
	}
	const examples = new Int32Array(count);
	for (let flow = flows - 1; flow >= 0; flow--) examples[parts[flow]!] = flow;
	return { parts, examples };
}
