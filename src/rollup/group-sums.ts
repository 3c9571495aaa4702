/** The sums of all groups while blocks are added up: columns indexed by group, grown as groups appear. */
import { type Cells, grainSeconds } from "../model/flow.ts";
import type { FlowTable, GroupRow } from "./group.ts";

/** The sums of all groups, as columns that grow with the groups. */
export class GroupSums {
	/** False once the quantities were given up because there are too many groups. */
	complete = true;
	private readonly table: FlowTable;
	private readonly lines: number;
	private readonly maxQuantities: number;
	private readonly perFlow: { request: Float64Array; byteSent: Float64Array; objectByte: Float64Array };
	private capacity = 0;
	private columns = emptyColumns(0, 0, true);

	constructor(table: FlowTable, maxQuantities: number) {
		this.table = table;
		this.lines = table.linePer.length;
		this.maxQuantities = maxQuantities;
		this.perFlow = pricesPerFlow(table);
	}

	/** `complete`: the row lies in a complete hour. */
	add(block: Cells, row: number, id: number, complete: boolean): void {
		if (id >= this.capacity) this.grow(id);
		const { columns, perFlow } = this;
		const flow = block.flow[row]!;
		const requests = block.requests[row]!;
		const bytesSent = block.bytesSent[row]!;
		const objectBytes = block.objectBytes[row]!;
		columns.requests[id]! += requests;
		columns.cost[id]! +=
			requests * perFlow.request[flow]! +
			bytesSent * perFlow.byteSent[flow]! +
			objectBytes * perFlow.objectByte[flow]!;
		if (!this.complete) return;
		const start = block.time[row]! * grainSeconds[block.grain];
		const first = start + block.first[row]!;
		const last = start + block.last[row]!;
		columns.bytesSent[id]! += bytesSent;
		if (this.table.isError[flow] === 1) columns.errors[id]! += requests;
		if (first < columns.first[id]!) columns.first[id] = first;
		if (last > columns.last[id]!) columns.last[id] = last;
		this.addQuantities(id, flow, requests, bytesSent, objectBytes, complete);
	}

	private addQuantities(
		id: number,
		flow: number,
		requests: number,
		bytesSent: number,
		objectBytes: number,
		complete: boolean,
	): void {
		const { offsets, charges, linePer } = this.table;
		const { quantities, completeQuantities } = this.columns;
		const base = id * this.lines;
		for (let i = offsets[flow]!; i < offsets[flow + 1]!; i++) {
			const line = charges[i]!;
			const per = linePer[line]!;
			const amount = per === 0 ? requests : per === 1 ? bytesSent : objectBytes;
			quantities[base + line]! += amount;
			if (complete) completeQuantities[base + line]! += amount;
		}
	}

	private grow(id: number): void {
		this.capacity = Math.max(256, this.capacity * 2, id + 1);
		if (this.capacity * (this.lines * 2 + 4) > this.maxQuantities && this.capacity > 256)
			this.complete = false;
		const larger = emptyColumns(this.capacity, this.lines, this.complete);
		for (const name of Object.keys(larger) as (keyof Columns)[]) {
			if (larger[name].length >= this.columns[name].length) larger[name].set(this.columns[name]);
		}
		this.columns = larger;
	}

	/**
	 * The ids of the `count` largest by cost, then requests, then name: the order that the rows will be shown in, so
	 * that the choice does not depend on which thread was first. Costs are sums of doubles; as floats they are equal
	 * whatever the order they were added in.
	 */
	top(count: number, size: number, nameOf: (id: number) => string): Set<number> {
		const { cost, requests } = this.columns;
		if (size <= count) return new Set(Array.from({ length: size }, (_, id) => id));
		if (count === 0) return new Set();
		// Sorting numbers is quick, sorting ids by a function is not: first find what cannot be shown.
		const rounded = Float32Array.from(cost.subarray(0, size));
		const least = rounded.slice().sort()[size - count]!;
		const chosen: number[] = [];
		let tied: number[] = [];
		for (let id = 0; id < size; id++) {
			if (rounded[id]! > least) chosen.push(id);
			else if (rounded[id] === least) tied.push(id);
		}
		const places = count - chosen.length;
		if (tied.length > places) {
			const fewest = Float64Array.from(tied, (id) => requests[id]!).sort()[tied.length - places]!;
			const level = tied.filter((id) => requests[id] === fewest).map((id) => ({ id, name: nameOf(id) }));
			tied = tied.filter((id) => requests[id]! > fewest);
			level.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
			for (const { id } of level.slice(0, places - tied.length)) tied.push(id);
		}
		return new Set([...chosen, ...tied]);
	}

	row(id: number, [flowPart, timePart, keyPart]: [number, number, number]): GroupRow {
		if (id >= this.capacity) return this.emptyRow([flowPart, timePart, keyPart]);
		const { columns, lines } = this;
		return {
			flowPart,
			timePart,
			keyPart,
			requests: columns.requests[id]!,
			bytesSent: columns.bytesSent[id]!,
			errors: columns.errors[id]!,
			firstSeconds: columns.first[id]!,
			lastSeconds: columns.last[id]!,
			quantities: columns.quantities.slice(id * lines, (id + 1) * lines),
			completeQuantities: columns.completeQuantities.slice(id * lines, (id + 1) * lines),
		};
	}

	emptyRow([flowPart, timePart, keyPart]: [number, number, number]): GroupRow {
		return {
			flowPart,
			timePart,
			keyPart,
			requests: 0,
			bytesSent: 0,
			errors: 0,
			firstSeconds: Number.POSITIVE_INFINITY,
			lastSeconds: Number.NEGATIVE_INFINITY,
			quantities: new Float64Array(this.lines),
			completeQuantities: new Float64Array(this.lines),
		};
	}
}

type Columns = ReturnType<typeof emptyColumns>;

/** Without `exact` only what ranks the groups is kept. */
function emptyColumns(groups: number, lines: number, exact: boolean) {
	const held = exact ? groups : 0;
	return {
		requests: new Float64Array(groups),
		/** Approximate, in the ranking unit. */
		cost: new Float64Array(groups),
		bytesSent: new Float64Array(held),
		errors: new Float64Array(held),
		first: new Float64Array(held).fill(Number.POSITIVE_INFINITY),
		last: new Float64Array(held).fill(Number.NEGATIVE_INFINITY),
		quantities: new Float64Array(held * lines),
		completeQuantities: new Float64Array(held * lines),
	};
}

/** What one request, one byte sent and one object byte of a flow cost together over its lines, for ranking. */
function pricesPerFlow({ offsets, charges, linePer, linePrice }: FlowTable) {
	const flows = offsets.length - 1;
	const prices = {
		request: new Float64Array(flows),
		byteSent: new Float64Array(flows),
		objectByte: new Float64Array(flows),
	};
	const byCode = [prices.request, prices.byteSent, prices.objectByte];
	for (let flow = 0; flow < flows; flow++) {
		for (let i = offsets[flow]!; i < offsets[flow + 1]!; i++) {
			const line = charges[i]!;
			byCode[linePer[line]!]![flow]! += linePrice[line]!;
		}
	}
	return prices;
}
