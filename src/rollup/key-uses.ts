/**
 * Which keys the owners of flows downloaded, how often, and since when. Rows are met once and not kept: a log of a
 * gigabyte has millions. Only those of a few hours, where order and bursts are looked for, are copied.
 */
import type { KeyHours, KeyQuestion, KeyUses } from "../model/case.ts";
import type { Block } from "../model/flow.ts";
import { pieceRecords, type RowKernel, rowKernel } from "./kernel.ts";

/** `blocks` are of grain hour. Rows outside [fromSeconds, toSeconds), cut at hours, are left out. */
export async function sumKeyUses(
	blocks: AsyncIterable<Block> | Iterable<Block>,
	{ fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
	{ ofFlow, detailHours }: KeyQuestion,
): Promise<Map<number, KeyUses>> {
	const kernel = rowKernel();
	const from = Math.floor(fromSeconds / 3600);
	const hours = Math.ceil(toSeconds / 3600) - from;
	const { owners, ownerOf } = ownersOf(ofFlow);
	const details = owners.map(emptyDetails);
	const isDetail = new Uint8Array(owners.length * hours);
	for (const [number, owner] of owners.entries()) {
		for (const hour of detailHours.get(owner) ?? []) {
			if (hour >= from && hour < from + hours) isDetail[number * hours + hour - from] = 1;
		}
	}
	const pairs = kernel.exports.newPairs(kernel.put(ownerOf), from, hours, kernel.put(isDetail));
	try {
		for await (const block of blocks) {
			kernel.eachChunk(block, (rows, start) => {
				const kept = kernel.exports.addPairs(pairs, rows);
				for (const row of kernel.ints(kernel.exports.pairsKept(pairs), kept)) {
					keep(details[ownerOf[block.flow[start + row]!]!]!, block, start + row);
				}
			});
		}
		const sums = columnsOf(kernel, pairs, owners.length);
		return new Map(
			Array.from(sums, ([number, columns]) => [owners[number]!, { ...columns, details: details[number]! }]),
		);
	} finally {
		kernel.exports.freePairs(pairs);
	}
}

/** The owners numbered from 0 on, so that arrays by them have no gaps; and the number by flow, -1 for none. */
function ownersOf(ofFlow: Int32Array): { owners: number[]; ownerOf: Int32Array } {
	const numbers = new Map<number, number>();
	const ownerOf = ofFlow.map((owner) => {
		if (owner < 0) return -1;
		const number = numbers.get(owner) ?? numbers.size;
		numbers.set(owner, number);
		return number;
	});
	return { owners: [...numbers.keys()], ownerOf };
}

function emptyDetails(): KeyHours {
	return { keys: [], hours: [], requests: [], first: [], last: [] };
}

function keep(details: KeyHours, { key, time, requests, first, last }: Block, row: number): void {
	details.keys.push(key[row]!);
	details.hours.push(time[row]!);
	details.requests.push(requests[row]!);
	details.first.push(first[row]!);
	details.last.push(last[row]!);
}

/** Numbers of a pair in the kernel: owner, key and a spare one; requests, bytes and the first time. */
const [idWidth, sumWidth] = [3, 3];

/** The sums by owner, each owner's in order of first sight; owners without any are left out. */
function columnsOf(kernel: RowKernel, pairs: number, owners: number): Map<number, Omit<KeyUses, "details">> {
	const { exports } = kernel;
	const size = exports.pairsSize(pairs);
	const counts = new Int32Array(owners);
	const eachPiece = (work: (ids: Int32Array, sums: Float64Array, pairs: number) => void): void => {
		for (let start = 0; start < size; start += pieceRecords) {
			const count = Math.min(pieceRecords, size - start);
			const ids = kernel.ints(exports.pairsParts(pairs, start), count * idWidth);
			work(ids, kernel.doubles(exports.pairsSums(pairs, start), count * sumWidth), count);
		}
	};
	eachPiece((ids, _, length) => {
		for (let pair = 0; pair < length; pair++) counts[ids[pair * idWidth]!]!++;
	});
	const columns = Array.from(counts, (count) => ({
		keys: new Int32Array(count),
		counts: new Float64Array(count),
		bytes: new Float64Array(count),
		first: new Float64Array(count),
	}));
	const next = new Int32Array(owners);
	eachPiece((ids, sums, length) => {
		for (let pair = 0; pair < length; pair++) {
			const owner = ids[pair * idWidth]!;
			const to = columns[owner]!;
			const row = next[owner]!++;
			to.keys[row] = ids[pair * idWidth + 1]!;
			to.counts[row] = sums[pair * sumWidth]!;
			to.bytes[row] = sums[pair * sumWidth + 1]!;
			to.first[row] = sums[pair * sumWidth + 2]!;
		}
	});
	return new Map([...columns.entries()].filter(([owner]) => counts[owner]! > 0));
}
