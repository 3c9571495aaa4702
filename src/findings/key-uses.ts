/**
 * Which keys the programs of interest downloaded, how often, and since when. Rows are met once and not kept: a log
 * of a gigabyte has millions. Only those of a few hours, where order and bursts are looked for, are copied.
 * In: blocks per (flow, key, hour), the flows wanted, and hours per program. Out: sums per program and key.
 */
import type { Case } from "../model/case.ts";
import type { Block } from "../model/flow.ts";
import { PairTable } from "./pair-table.ts";

/** Columns: entry i is key `keys[i]`. */
export interface KeyUses {
	keys: Int32Array;
	counts: Float64Array;
	bytes: Float64Array;
	/** Unix seconds of the first download. */
	first: Float64Array;
	/** Rows of the hours that were asked for. */
	details: KeyHours;
}

export interface KeyHours {
	/** By row. The same key and hour may appear twice. */
	keys: number[];
	hours: number[];
	requests: number[];
	/** Seconds after the start of the hour. */
	first: number[];
	last: number[];
}

export interface KeyQuestion {
	/** Flow id → program id, -1 for flows that are not looked at. */
	ofFlow: Int32Array;
	/** Program id → hours since 1970 whose rows are kept. */
	detailHours: ReadonlyMap<number, ReadonlySet<number>>;
}

export async function readKeyUses(
	theCase: Pick<Case, "keyBlocks" | "fromSeconds" | "toSeconds">,
	question: KeyQuestion,
): Promise<Map<number, KeyUses>> {
	const from = Math.floor(theCase.fromSeconds / 3600);
	const hours = Math.ceil(theCase.toSeconds / 3600) - from;
	const sums = new PairTable();
	const { owners, ownerOf } = ownersOf(question.ofFlow);
	const details = owners.map(emptyDetails);
	/** Owner → a 1 per hour of the window whose rows are kept: asked for each row. */
	const isDetail = owners.map((program) => {
		const flags = new Uint8Array(hours);
		for (const hour of question.detailHours.get(program) ?? []) flags[hour - from] = 1;
		return flags;
	});
	for await (const block of theCase.keyBlocks()) {
		addBlock(block, ownerOf, { from, hours }, sums, { isDetail, details });
	}
	return new Map(
		Array.from(sums.byFirst(), ([owner, columns]) => [
			owners[owner]!,
			{ ...columns, details: details[owner]! },
		]),
	);
}

/** The programs numbered from 0 on, so that arrays by them have no gaps; and the number by flow, -1 for none. */
function ownersOf(ofFlow: Int32Array): { owners: number[]; ownerOf: Int32Array } {
	const numbers = new Map<number, number>();
	const ownerOf = ofFlow.map((program) => {
		if (program < 0) return -1;
		const number = numbers.get(program) ?? numbers.size;
		numbers.set(program, number);
		return number;
	});
	return { owners: [...numbers.keys()], ownerOf };
}

function emptyDetails(): KeyHours {
	return { keys: [], hours: [], requests: [], first: [], last: [] };
}

function addBlock(
	{ rows, flow: flows, time: times, key: keys, requests, bytesSent, first, last }: Block,
	ownerOf: Int32Array,
	window: { from: number; hours: number },
	sums: PairTable,
	{ isDetail, details }: { isDetail: readonly Uint8Array[]; details: readonly KeyHours[] },
): void {
	for (let row = 0; row < rows; row++) {
		const owner = ownerOf[flows[row]!]!;
		if (owner < 0) continue;
		const hour = times[row]!;
		const at = hour - window.from;
		if (at < 0 || at >= window.hours) continue;
		sums.add(owner, keys[row]!, requests[row]!, bytesSent[row]!, hour * 3600 + first[row]!);
		if (isDetail[owner]![at] === 0) continue;
		const kept = details[owner]!;
		kept.keys.push(keys[row]!);
		kept.hours.push(hour);
		kept.requests.push(requests[row]!);
		kept.first.push(first[row]!);
		kept.last.push(last[row]!);
	}
}
