/**
 * Sums by two numbers, here program and key: a hash table with open addressing, because a `Map` per program would
 * take most of a second for a million rows. What belongs to a pair lies together: each row costs three cache lines.
 * In: `add`, once per row. Out: columns per first number.
 */

export interface PairColumns {
	keys: Int32Array;
	counts: Float64Array;
	bytes: Float64Array;
	/** The least of the times. */
	first: Float64Array;
}

const startPairs = 1 << 12;
/** Numbers of a pair in `ids` (owner, key) and in `values` (count, bytes, first). */
const idWidth = 2;
const valueWidth = 3;

export class PairTable {
	/** Number of the pair + 1, 0 when free. Its length is a power of two, and twice the pairs that there is room for. */
	private table = new Int32Array(2 * startPairs);
	private size = 0;
	private ids = new Int32Array(idWidth * startPairs);
	private values = new Float64Array(valueWidth * startPairs);

	add(owner: number, key: number, count: number, bytes: number, time: number): void {
		const at = this.find(owner, key) * valueWidth;
		const { values } = this;
		values[at]! += count;
		values[at + 1]! += bytes;
		if (time < values[at + 2]!) values[at + 2] = time;
	}

	/** Columns by first number, in order of first sight. */
	byFirst(): Map<number, PairColumns> {
		const pairs = new Map<number, number[]>();
		for (let at = 0; at < this.size; at++) {
			const owner = this.ids[at * idWidth]!;
			const own = pairs.get(owner);
			if (own === undefined) pairs.set(owner, [at]);
			else own.push(at);
		}
		return new Map(Array.from(pairs, ([owner, own]) => [owner, this.columns(own)]));
	}

	private columns(pairs: readonly number[]): PairColumns {
		const column = (part: number): Float64Array =>
			Float64Array.from(pairs, (at) => this.values[at * valueWidth + part]!);
		const keys = Int32Array.from(pairs, (at) => this.ids[at * idWidth + 1]!);
		return { keys, counts: column(0), bytes: column(1), first: column(2) };
	}

	private find(owner: number, key: number): number {
		const { table, ids } = this;
		const mask = table.length - 1;
		let slot = hash(owner, key) & mask;
		for (let found = table[slot]!; found !== 0; found = table[slot]!) {
			const id = (found - 1) * idWidth;
			if (ids[id + 1] === key && ids[id] === owner) return found - 1;
			slot = (slot + 1) & mask;
		}
		if (this.size * 2 === table.length) {
			this.grow();
			return this.find(owner, key);
		}
		const at = this.size++;
		table[slot] = at + 1;
		ids[at * idWidth] = owner;
		ids[at * idWidth + 1] = key;
		this.values[at * valueWidth + 2] = Number.POSITIVE_INFINITY;
		return at;
	}

	private grow(): void {
		const pairs = this.table.length;
		const { ids, values } = this;
		this.ids = new Int32Array(pairs * idWidth);
		this.ids.set(ids);
		this.values = new Float64Array(pairs * valueWidth);
		this.values.set(values);
		this.table = new Int32Array(pairs * 2);
		const mask = this.table.length - 1;
		for (let at = 0; at < this.size; at++) {
			let slot = hash(ids[at * idWidth]!, ids[at * idWidth + 1]!) & mask;
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
