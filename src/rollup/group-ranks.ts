/** What ranks groups, when there are too many to keep all of their sums: their requests, and roughly their cost. */
import type { Cells } from "../model/flow.ts";
import type { FlowTable } from "./group.ts";

export class GroupRanks {
	private readonly perRequest: Float64Array;
	private readonly perByteSent: Float64Array;
	private readonly perObjectByte: Float64Array;
	/** Requests and cost of group i at 2i and 2i + 1: one miss of the cache brings both. */
	private sums: Float64Array<ArrayBuffer>;

	/** `known`: what has been added up before. */
	constructor({ offsets, charges, linePer, linePrice }: FlowTable, known: Ranks) {
		this.sums = new Float64Array(Math.max(1 << 12, known.groups * 2));
		for (let id = 0; id < known.groups; id++) {
			this.sums[id * 2] = known.requests(id);
			this.sums[id * 2 + 1] = known.cost(id);
		}
		const flows = offsets.length - 1;
		this.perRequest = new Float64Array(flows);
		this.perByteSent = new Float64Array(flows);
		this.perObjectByte = new Float64Array(flows);
		const byCode = [this.perRequest, this.perByteSent, this.perObjectByte];
		for (let flow = 0; flow < flows; flow++) {
			for (let i = offsets[flow]!; i < offsets[flow + 1]!; i++) {
				const line = charges[i]!;
				byCode[linePer[line]!]![flow]! += linePrice[line]!;
			}
		}
	}

	add(cells: Cells, ids: Int32Array, groups: number): void {
		if (groups * 2 > this.sums.length) {
			const larger = new Float64Array(Math.max(groups * 2, Math.ceil(this.sums.length * 1.25)));
			larger.set(this.sums);
			this.sums = larger;
		}
		const { sums, perRequest, perByteSent, perObjectByte } = this;
		const { flow, requests, bytesSent, objectBytes } = cells;
		for (let row = 0; row < cells.rows; row++) {
			const id = ids[row]!;
			if (id < 0) continue;
			const by = flow[row]!;
			sums[id * 2]! += requests[row]!;
			sums[id * 2 + 1]! +=
				requests[row]! * perRequest[by]! +
				bytesSent[row]! * perByteSent[by]! +
				objectBytes[row]! * perObjectByte[by]!;
		}
	}

	ranks(groups: number): Ranks {
		const { sums } = this;
		return { groups, cost: (id) => sums[id * 2 + 1]!, requests: (id) => sums[id * 2]! };
	}
}

/** What groups cost, in the ranking unit, and their requests. */
export interface Ranks {
	groups: number;
	cost(id: number): number;
	requests(id: number): number;
}

/**
 * The ids of the `count` largest by cost, then requests, then name: the order that the rows will be shown in, so that
 * the choice does not depend on which thread was first. Costs are sums of doubles; as floats they are equal whatever
 * the order they were added in.
 */
export function topGroups(
	{ groups: size, cost, requests }: Ranks,
	count: number,
	nameOf: (id: number) => string,
): Set<number> {
	if (size <= count) return new Set(Array.from({ length: size }, (_, id) => id));
	if (count === 0) return new Set();
	// Sorting numbers is quick, sorting ids by a function is not: first find what cannot be shown.
	const rounded = new Float32Array(size);
	for (let id = 0; id < size; id++) rounded[id] = cost(id);
	const least = rounded.slice().sort()[size - count]!;
	const chosen: number[] = [];
	let tied: number[] = [];
	for (let id = 0; id < size; id++) {
		if (rounded[id]! > least) chosen.push(id);
		else if (rounded[id] === least) tied.push(id);
	}
	const places = count - chosen.length;
	if (tied.length > places) {
		const fewest = Float64Array.from(tied, requests).sort()[tied.length - places]!;
		const level = tied.filter((id) => requests(id) === fewest).map((id) => ({ id, name: nameOf(id) }));
		tied = tied.filter((id) => requests(id) > fewest);
		level.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
		for (const { id } of level.slice(0, places - tied.length)) tied.push(id);
	}
	return new Set([...chosen, ...tied]);
}
