/** Numbers the combinations of flow part, time part and key part in order of first sight: a hash table of integers. */

export class GroupIndex {
	private slots = new Int32Array(1 << 10);
	private parts3 = new Int32Array(3 << 9);
	private count = 0;

	get size(): number {
		return this.count;
	}

	id(flow: number, time: number, key: number): number {
		const mask = this.slots.length - 1;
		for (let slot = hashOf(flow, time, key) & mask; ; slot = (slot + 1) & mask) {
			const id = this.slots[slot]! - 1;
			if (id < 0) return this.add(slot, flow, time, key);
			const at = id * 3;
			if (this.parts3[at] === flow && this.parts3[at + 1] === time && this.parts3[at + 2] === key) return id;
		}
	}

	private add(slot: number, flow: number, time: number, key: number): number {
		const id = this.count++;
		if (id * 3 === this.parts3.length) {
			const larger = new Int32Array(this.parts3.length * 2);
			larger.set(this.parts3);
			this.parts3 = larger;
		}
		this.parts3.set([flow, time, key], id * 3);
		this.slots[slot] = id + 1;
		if (this.count * 2 > this.slots.length) this.rebuild();
		return id;
	}

	private rebuild(): void {
		const slots = new Int32Array(this.slots.length * 2);
		const mask = slots.length - 1;
		for (let id = 0; id < this.count; id++) {
			const [flow, time, key] = this.parts(id);
			let slot = hashOf(flow, time, key) & mask;
			while (slots[slot] !== 0) slot = (slot + 1) & mask;
			slots[slot] = id + 1;
		}
		this.slots = slots;
	}

	parts(id: number): [flow: number, time: number, key: number] {
		return [this.parts3[id * 3]!, this.parts3[id * 3 + 1]!, this.parts3[id * 3 + 2]!];
	}
}

function hashOf(flow: number, time: number, key: number): number {
	let hash =
		Math.imul(flow, 0x9e3779b1) ^ Math.imul(time + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(key, 0xc2b2ae35);
	hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
	return hash ^ (hash >>> 13);
}
