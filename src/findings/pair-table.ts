/**
 * Sums by two numbers, here program and key: plain arrays for the programs of a bucket of usual size, else a hash
 * table with open addressing; a `Map` per program would take most of a second for a million rows. What belongs to a
 * pair lies together, so that a row costs two or three cache lines.
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
/** Keys that an owner's plain array reaches to, and owners that have one: 32 MB at most. */
const maxDenseKeys = 1 << 17;
const maxDenseOwners = 64;
/** Numbers of a pair in `ids` (owner, key) and in `values` (count, bytes, first). */
const idWidth = 2;
const valueWidth = 3;

export class PairTable {
	/** Number of the pair + 1, 0 when free. Its length is a power of two, at most half full. */
	private table = new Int32Array(2 * startPairs);
	private size = 0;
	/** Owner → key → number of the pair + 1. */
	private dense: (Int32Array | undefined)[] = [];
	private denseOwners = 0;
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
		if (key >= maxDenseKeys) return this.findHashed(owner, key);
		const numbers = this.dense[owner] ?? this.newOwner(owner);
		if (numbers === undefined) return this.findHashed(owner, key);
		const known = key < numbers.length ? numbers[key]! : 0;
		if (known !== 0) return known - 1;
		const at = this.append(owner, key);
		this.reach(owner, key)[key] = at + 1;
		return at;
	}

	/** `undefined` when there are too many. */
	private newOwner(owner: number): Int32Array | undefined {
		if (this.denseOwners === maxDenseOwners) return undefined;
		this.denseOwners++;
		this.dense[owner] = new Int32Array(1 << 10);
		return this.dense[owner];
	}

	/** The owner's array, made long enough for the key. */
	private reach(owner: number, key: number): Int32Array {
		const numbers = this.dense[owner]!;
		if (key < numbers.length) return numbers;
		const larger = new Int32Array(Math.min(maxDenseKeys, Math.max(key + 1, numbers.length * 2)));
		larger.set(numbers);
		this.dense[owner] = larger;
		return larger;
	}

	private findHashed(owner: number, key: number): number {
		if ((this.size + 1) * 2 > this.table.length) this.growTable();
		const { table, ids } = this;
		const mask = table.length - 1;
		let slot = hash(owner, key) & mask;
		for (let found = table[slot]!; found !== 0; found = table[slot]!) {
			const id = (found - 1) * idWidth;
			if (ids[id + 1] === key && ids[id] === owner) return found - 1;
			slot = (slot + 1) & mask;
		}
		const at = this.append(owner, key);
		table[slot] = at + 1;
		return at;
	}

	private append(owner: number, key: number): number {
		if (this.size * idWidth === this.ids.length) this.growPairs();
		const at = this.size++;
		this.ids[at * idWidth] = owner;
		this.ids[at * idWidth + 1] = key;
		this.values[at * valueWidth + 2] = Number.POSITIVE_INFINITY;
		return at;
	}

	private growPairs(): void {
		const { ids, values } = this;
		this.ids = new Int32Array(ids.length * 2);
		this.ids.set(ids);
		this.values = new Float64Array(values.length * 2);
		this.values.set(values);
	}

	/** All pairs are entered, those of plain arrays too: which is which need not be known. */
	private growTable(): void {
		let length = this.table.length;
		while (length < (this.size + 1) * 4) length *= 2;
		const { ids } = this;
		const table = new Int32Array(length);
		const mask = length - 1;
		for (let at = 0; at < this.size; at++) {
			let slot = hash(ids[at * idWidth]!, ids[at * idWidth + 1]!) & mask;
			while (table[slot] !== 0) slot = (slot + 1) & mask;
			table[slot] = at + 1;
		}
		this.table = table;
	}
}

/** Multiplications by odd numbers and a shift: neighbouring ids end up far apart. */
function hash(owner: number, key: number): number {
	const mixed = Math.imul(key, 0x9e3779b1) ^ Math.imul(owner + 1, 0x85ebca6b);
	return mixed ^ (mixed >>> 15);
}
