/**
 * Numbers the combinations of flow part, time part and key part in order of first sight.
 * While only one of the three varies, a plain array finds the number; from the first row where another one does, a
 * hash table of integers.
 */

/** Parts up to which a plain array is used: 32 MB. A million keys fit. */
const maxDensePart = 8 << 20;

export class GroupIndex {
	/** Part → number + 1. */
	private dense: Int32Array | undefined = new Int32Array(1 << 10);
	/** Which part varies: 0 flow, 2 key; the others stay as the first row had them. */
	private readonly varies: 0 | 2;
	private fixedFlow = -1;
	private fixedTime = -1;
	private fixedKey = -1;
	private slots = new Int32Array(0);
	/** Per number: the part that varies; with the hash table flow, time and key. */
	private stored: Int32Array = new Int32Array(1 << 9);
	private count = 0;

	constructor(varies: "flow" | "key") {
		this.varies = varies === "flow" ? 0 : 2;
	}

	get size(): number {
		return this.count;
	}

	id(flow: number, time: number, key: number): number {
		const { dense } = this;
		if (dense !== undefined) {
			const part = this.varies === 0 ? flow : key;
			const fits = part < dense.length && time === this.fixedTime;
			if (fits && (this.varies === 0 ? key === this.fixedKey : flow === this.fixedFlow)) {
				const id = dense[part]! - 1;
				if (id >= 0) return id;
			}
			return this.newDense(flow, time, key);
		}
		const mask = this.slots.length - 1;
		for (let slot = hashOf(flow, time, key) & mask; ; slot = (slot + 1) & mask) {
			const id = this.slots[slot]! - 1;
			if (id < 0) return this.addHashed(slot, flow, time, key);
			const at = id * 3;
			if (this.stored[at] === flow && this.stored[at + 1] === time && this.stored[at + 2] === key) return id;
		}
	}

	private newDense(flow: number, time: number, key: number): number {
		if (this.count === 0) [this.fixedFlow, this.fixedTime, this.fixedKey] = [flow, time, key];
		const part = this.varies === 0 ? flow : key;
		const alone = this.varies === 0 ? key === this.fixedKey : flow === this.fixedFlow;
		if (!alone || time !== this.fixedTime || part >= maxDensePart) {
			this.leaveDense();
			return this.id(flow, time, key);
		}
		if (part >= this.dense!.length) {
			const larger = new Int32Array(Math.min(maxDensePart, Math.max(part + 1, this.dense!.length * 2)));
			larger.set(this.dense!);
			this.dense = larger;
		}
		const id = this.count++;
		this.reserve(this.count);
		this.stored[id] = part;
		this.dense![part] = id + 1;
		return id;
	}

	/** By a quarter: with a million groups a doubling is what memory runs out of. */
	private reserve(words: number): void {
		if (words <= this.stored.length) return;
		const larger = new Int32Array(Math.ceil(words * 1.25));
		larger.set(this.stored);
		this.stored = larger;
	}

	private leaveDense(): void {
		const all = new Int32Array(Math.max(3 << 9, this.count * 3));
		for (let id = 0; id < this.count; id++) all.set(this.parts(id), id * 3);
		this.dense = undefined;
		this.stored = all;
		this.rebuild();
	}

	private addHashed(slot: number, flow: number, time: number, key: number): number {
		const id = this.count++;
		const at = id * 3;
		this.reserve(at + 3);
		this.stored[at] = flow;
		this.stored[at + 1] = time;
		this.stored[at + 2] = key;
		this.slots[slot] = id + 1;
		if (this.count * 2 > this.slots.length) this.rebuild();
		return id;
	}

	private rebuild(): void {
		let length = 1 << 10;
		while (length < this.count * 4) length *= 2;
		const slots = new Int32Array(length);
		const mask = length - 1;
		for (let id = 0; id < this.count; id++) {
			let slot = hashOf(this.stored[id * 3]!, this.stored[id * 3 + 1]!, this.stored[id * 3 + 2]!) & mask;
			while (slots[slot] !== 0) slot = (slot + 1) & mask;
			slots[slot] = id + 1;
		}
		this.slots = slots;
	}

	parts(id: number): [flow: number, time: number, key: number] {
		if (this.dense !== undefined) {
			const part = this.stored[id]!;
			return this.varies === 0
				? [part, this.fixedTime, this.fixedKey]
				: [this.fixedFlow, this.fixedTime, part];
		}
		return [this.stored[id * 3]!, this.stored[id * 3 + 1]!, this.stored[id * 3 + 2]!];
	}
}

function hashOf(flow: number, time: number, key: number): number {
	let hash =
		Math.imul(flow, 0x9e3779b1) ^ Math.imul(time + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(key, 0xc2b2ae35);
	hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
	return hash ^ (hash >>> 13);
}
