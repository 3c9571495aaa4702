/**
 * A million keys in the space of their bytes: one buffer and one offset per key, instead of a million strings.
 * Keys are latin1 text as logged; ids are positions.
 */

export class KeyList {
	private bytes = Buffer.alloc(1 << 12);
	private ends = new Uint32Array(1 << 8);
	private count = 0;
	/** Open addressing: id + 1 per slot, built when it is first asked for. */
	private slots: Int32Array | undefined;

	get length(): number {
		return this.count;
	}

	push(rawKey: string): void {
		const start = this.count === 0 ? 0 : this.ends[this.count - 1]!;
		const end = start + rawKey.length;
		if (end > this.bytes.length) {
			const larger = Buffer.alloc(Math.max(this.bytes.length * 2, end));
			this.bytes.copy(larger, 0, 0, start);
			this.bytes = larger;
		}
		if (this.count === this.ends.length) {
			const larger = new Uint32Array(this.ends.length * 2);
			larger.set(this.ends);
			this.ends = larger;
		}
		this.bytes.write(rawKey, start, "latin1");
		this.ends[this.count++] = end;
		this.slots = undefined;
	}

	/** The key, or an empty text for an id that there is not. */
	raw(id: number): string {
		if (id < 0 || id >= this.count) return "";
		return this.bytes.toString("latin1", id === 0 ? 0 : this.ends[id - 1]!, this.ends[id]!);
	}

	/** Is the key as logged not the key itself? */
	encoded(id: number): boolean {
		if (id < 0 || id >= this.count) return false;
		return hasEscape(this.bytes, id === 0 ? 0 : this.ends[id - 1]!, this.ends[id]!);
	}

	/** The first id with this key, or -1. */
	find(rawKey: string): number {
		const slots = this.index();
		const mask = slots.length - 1;
		for (let slot = hashOf(rawKey) & mask; ; slot = (slot + 1) & mask) {
			const id = slots[slot]! - 1;
			if (id < 0 || this.raw(id) === rawKey) return id;
		}
	}

	private index(): Int32Array {
		if (this.slots !== undefined) return this.slots;
		const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, this.count * 2))));
		const mask = slots.length - 1;
		for (let id = 0; id < this.count; id++) {
			let slot = hashOf(this.raw(id)) & mask;
			while (slots[slot] !== 0) slot = (slot + 1) & mask;
			slots[slot] = id + 1;
		}
		this.slots = slots;
		return slots;
	}

	*[Symbol.iterator](): Generator<string> {
		for (let id = 0; id < this.count; id++) yield this.raw(id);
	}
}

/** Does a `%` or `+` stand among the bytes [start, end)? Asked of a million keys, so no text is made for it. */
export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) if (bytes[at] === 0x25 || bytes[at] === 0x2b) return true;
	return false;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	return (hash ^ (hash >>> 15)) >>> 0;
}
