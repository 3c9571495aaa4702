/**
 * Sums by two numbers, here program and key: a hash table with open addressing over columns, because a `Map` per
 * program would take most of a second for a million pairs.
 * In: `add`, once per row. Out: columns per first number.
 */

export interface PairColumns {
	keys: Int32Array;
	counts: Float64Array;
	bytes: Float64Array;
	/** The least of the times. */
	first: Float64Array;
}

const startSize = 1 << 12;

export class PairTable {
	/** Position in the columns + 1, 0 when free. Its length is a power of two, and twice that of the columns. */
	private table = new Int32Array(2 * startSize);
	private size = 0;
	private owners = new Int32Array(startSize);
	private keys = new Int32Array(startSize);
	private counts = new Float64Array(startSize);
	private bytes = new Float64Array(startSize);
	private first = new Float64Array(startSize);

	add(owner: number, key: number, count: number, bytes: number, time: number): void {
		const at = this.find(owner, key);
		this.counts[at]! += count;
		this.bytes[at]! += bytes;
		if (time < this.first[at]!) this.first[at] = time;
	}

	/** Columns by first number, in order of first sight. */
	byFirst(): Map<number, PairColumns> {
		const positions = new Map<number, number[]>();
		for (let at = 0; at < this.size; at++) {
			const own = positions.get(this.owners[at]!);
			if (own === undefined) positions.set(this.owners[at]!, [at]);
			else own.push(at);
		}
		const doubles = (column: Float64Array, own: readonly number[]): Float64Array =>
			Float64Array.from(own, (at) => column[at]!);
		return new Map(
			Array.from(positions, ([owner, own]) => [
				owner,
				{
					keys: Int32Array.from(own, (at) => this.keys[at]!),
					counts: doubles(this.counts, own),
					bytes: doubles(this.bytes, own),
					first: doubles(this.first, own),
				},
			]),
		);
	}

	private find(owner: number, key: number): number {
		const { table } = this;
		const mask = table.length - 1;
		let slot = hash(owner, key) & mask;
		for (let at = table[slot]!; at !== 0; at = table[slot]!) {
			if (this.keys[at - 1] === key && this.owners[at - 1] === owner) return at - 1;
			slot = (slot + 1) & mask;
		}
		if (this.size === this.keys.length) {
			this.grow();
			return this.find(owner, key);
		}
		const at = this.size++;
		table[slot] = at + 1;
		this.owners[at] = owner;
		this.keys[at] = key;
		this.first[at] = Number.POSITIVE_INFINITY;
		return at;
	}

	private grow(): void {
		const size = this.keys.length * 2;
		const wider = <T extends Int32Array | Float64Array>(column: T, next: T): T => {
			next.set(column);
			return next;
		};
		this.owners = wider(this.owners, new Int32Array(size));
		this.keys = wider(this.keys, new Int32Array(size));
		this.counts = wider(this.counts, new Float64Array(size));
		this.bytes = wider(this.bytes, new Float64Array(size));
		this.first = wider(this.first, new Float64Array(size));
		this.table = new Int32Array(size * 2);
		const mask = this.table.length - 1;
		for (let at = 0; at < this.size; at++) {
			let slot = hash(this.owners[at]!, this.keys[at]!) & mask;
			while (this.table[slot] !== 0) slot = (slot + 1) & mask;
			this.table[slot] = at + 1;
		}
	}
}

/** Multiplications by odd numbers and a shift: neighbouring ids end up far apart. */
function hash(owner: number, key: number): number {
	const mixed = Math.imul(key, 0x9e3779b1) ^ Math.imul(owner + 1, 0x85ebca6b);
	return mixed ^ (mixed >>> 15);
}
