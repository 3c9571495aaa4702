/**
 * Which keys the owners of flows downloaded, how often, and since when. Rows are met once and not kept: a log of a
 * gigabyte has millions. Only those of a few hours, where order and bursts are looked for, are copied.
 */
import type { KeyHours, KeyQuestion, KeySums, KeyUses } from "../model/case.ts";
import type { Block } from "../model/flow.ts";
import { type RowKernel, rowKernel } from "./kernel.ts";

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
	const pairs = kernel.exports.newPairs(kernel.put(ownerOf), from, hours);
	try {
		for (const [number, owner] of owners.entries())
			for (const hour of detailHours.get(owner) ?? []) kernel.exports.keepHour(pairs, number, hour);
		for await (const block of blocks) kernel.eachChunk(block, (rows) => kernel.exports.addPairs(pairs, rows));
		const sums = sumsByOwner(kernel, pairs, owners.length);
		const details = detailsByOwner(kernel, pairs, owners.length);
		const seen = [...owners.keys()].filter((number) => sums[number]!.keys.length > 0);
		return new Map(seen.map((number) => [owners[number]!, { ...sums[number]!, details: details[number]! }]));
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

/** Numbers of a pair in the kernel: owner, key and a spare one; requests, bytes and the first time. */
const [idWidth, sumWidth] = [3, 3];
/** Owner, key, hour, requests, first and last second. */
const detailWidth = 6;

/** Each owner's keys in order of first sight. */
function sumsByOwner(kernel: RowKernel, pairs: number, owners: number): KeySums[] {
	const { pairsSize, pairsParts, pairsSums } = kernel.exports;
	const size = pairsSize(pairs);
	const idsAt = (start: number, length: number): Int32Array =>
		kernel.ints(pairsParts(pairs, start), length * idWidth);
	const columns = Array.from(countOwners(kernel, size, owners, idWidth, idsAt), (count) => ({
		keys: new Int32Array(count),
		counts: new Float64Array(count),
		bytes: new Float64Array(count),
		first: new Float64Array(count),
	}));
	const next = new Int32Array(owners);
	kernel.eachPiece(size, (start, length) => {
		const ids = idsAt(start, length);
		const sums = kernel.doubles(pairsSums(pairs, start), length * sumWidth);
		for (let at = 0; at < length; at++) {
			const owner = ids[at * idWidth]!;
			const to = columns[owner]!;
			const row = next[owner]!++;
			to.keys[row] = ids[at * idWidth + 1]!;
			to.counts[row] = sums[at * sumWidth]!;
			to.bytes[row] = sums[at * sumWidth + 1]!;
			to.first[row] = sums[at * sumWidth + 2]!;
		}
	});
	return columns;
}

/** The rows of the hours asked for, in the order they were met. */
function detailsByOwner(kernel: RowKernel, pairs: number, owners: number): KeyHours[] {
	const { detailCount, pairsDetails } = kernel.exports;
	const size = detailCount(pairs);
	const detailsAt = (start: number, length: number): Int32Array =>
		kernel.ints(pairsDetails(pairs, start), length * detailWidth);
	const columns = Array.from(countOwners(kernel, size, owners, detailWidth, detailsAt), (count) => ({
		keys: new Int32Array(count),
		hours: new Int32Array(count),
		requests: new Int32Array(count),
		first: new Int32Array(count),
		last: new Int32Array(count),
	}));
	const next = new Int32Array(owners);
	kernel.eachPiece(size, (start, length) => {
		const details = detailsAt(start, length);
		for (let at = 0; at < details.length; at += detailWidth) {
			const owner = details[at]!;
			const to = columns[owner]!;
			const row = next[owner]!++;
			to.keys[row] = details[at + 1]!;
			to.hours[row] = details[at + 2]!;
			to.requests[row] = details[at + 3]!;
			to.first[row] = details[at + 4]!;
			to.last[row] = details[at + 5]!;
		}
	});
	return columns;
}

/** How many records each owner has. The first of a record's `width` words is its owner. */
function countOwners(
	kernel: RowKernel,
	size: number,
	owners: number,
	width: number,
	wordsAt: (start: number, length: number) => Int32Array,
): Int32Array {
	const counts = new Int32Array(owners);
	kernel.eachPiece(size, (start, length) => {
		const words = wordsAt(start, length);
		for (let at = 0; at < words.length; at += width) counts[words[at]!]!++;
	});
	return counts;
}
