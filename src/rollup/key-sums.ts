/** Sums per (group of flows, key), in one pass over all blocks and without keeping any of them. */
import type { KeySums } from "../model/case.ts";
import { type Block, grainSeconds } from "../model/flow.ts";
import { GroupIndex } from "./group-index.ts";

type Blocks = () => AsyncIterable<Block> | Iterable<Block>;

/** Pairs of group and key up to which a plain array finds the sums: 16 MB. */
const maxDensePairs = 4 << 20;

/** `groupOf`: by flow id, -1 for flows that do not matter. Hours outside [fromSeconds, toSeconds) are left out. */
export async function sumKeys(
	blocks: Blocks,
	groupOf: Int32Array,
	keys: number,
	fromSeconds: number,
	toSeconds: number,
): Promise<KeySums> {
	const groups = groupOf.reduce((most, group) => Math.max(most, group), -1) + 1;
	const sums = new Sums(groups, keys);
	const from = Math.ceil(fromSeconds / grainSeconds.hour);
	const to = Math.ceil(toSeconds / grainSeconds.hour);
	if (groups > 0) for await (const block of blocks()) sums.add(block, groupOf, from, to);
	return sums.columns();
}

class Sums {
	private readonly keys: number;
	/** (group, key) → number + 1. */
	private readonly dense: Int32Array | undefined;
	private readonly index = new GroupIndex("key");
	private count = 0;
	private group = new Int32Array(1 << 10);
	private key = new Int32Array(1 << 10);
	private requests = new Float64Array(1 << 10);
	private bytes = new Float64Array(1 << 10);
	private first = new Float64Array(1 << 10);

	constructor(groups: number, keys: number) {
		this.keys = keys;
		this.dense = groups * keys <= maxDensePairs ? new Int32Array(groups * keys) : undefined;
	}

	add(block: Block, groupOf: Int32Array, from: number, to: number): void {
		const { dense, keys } = this;
		for (let row = 0; row < block.rows; row++) {
			const group = groupOf[block.flow[row]!]!;
			const hour = block.time[row]!;
			if (group < 0 || hour < from || hour >= to) continue;
			const key = block.key[row]!;
			const at = dense === undefined ? this.index.id(group, 0, key) : dense[group * keys + key]! - 1;
			const first = hour * grainSeconds.hour + block.first[row]!;
			if (at < 0 || at === this.count) {
				if (dense !== undefined) dense[group * keys + key] = this.count + 1;
				this.append(group, key, block.requests[row]!, block.bytesSent[row]!, first);
				continue;
			}
			this.requests[at]! += block.requests[row]!;
			this.bytes[at]! += block.bytesSent[row]!;
			if (first < this.first[at]!) this.first[at] = first;
		}
	}

	private append(group: number, key: number, requests: number, bytes: number, first: number): void {
		if (this.count === this.group.length) this.grow();
		const at = this.count++;
		this.group[at] = group;
		this.key[at] = key;
		this.requests[at] = requests;
		this.bytes[at] = bytes;
		this.first[at] = first;
	}

	private grow(): void {
		const capacity = Math.ceil(this.count * 1.5);
		const ints = (column: Int32Array) => {
			const larger = new Int32Array(capacity);
			larger.set(column);
			return larger;
		};
		const doubles = (column: Float64Array) => {
			const larger = new Float64Array(capacity);
			larger.set(column);
			return larger;
		};
		this.group = ints(this.group);
		this.key = ints(this.key);
		this.requests = doubles(this.requests);
		this.bytes = doubles(this.bytes);
		this.first = doubles(this.first);
	}

	columns(): KeySums {
		const { count } = this;
		return {
			pairs: count,
			group: this.group.subarray(0, count),
			key: this.key.subarray(0, count),
			requests: this.requests.subarray(0, count),
			bytesSent: this.bytes.subarray(0, count),
			first: this.first.subarray(0, count),
		};
	}
}
