/** Numbers the combinations of flow part, time part and key part in order of first sight. */

export class GroupIndex {
	private readonly dense: boolean;
	/** By time, because there are few times. Dense: group + 1 by flow or key part, whichever matters. */
	private readonly tables = new Map<number, Int32Array<ArrayBuffer>>();
	private readonly maps = new Map<number, Map<number, number>>();
	private lastTime = Number.NaN;
	private lastTable = new Int32Array(0);
	private lastMap = new Map<number, number>();
	private readonly flowParts: number[] = [];
	private readonly timeParts: number[] = [];
	private readonly keyParts: number[] = [];

	/** `both`: flow parts and key parts both matter; otherwise one of them is always 0. */
	constructor(both: boolean) {
		this.dense = !both;
	}

	get size(): number {
		return this.flowParts.length;
	}

	id(flow: number, time: number, key: number): number {
		return this.dense ? this.denseId(flow, time, key) : this.sparseId(flow, time, key);
	}

	private denseId(flow: number, time: number, key: number): number {
		const part = flow + key;
		if (time !== this.lastTime || part >= this.lastTable.length) this.turnTo(time, part);
		const known = this.lastTable[part]!;
		if (known !== 0) return known - 1;
		this.lastTable[part] = this.size + 1;
		return this.add(flow, time, key);
	}

	private turnTo(time: number, part: number): void {
		let table = this.tables.get(time) ?? new Int32Array(0);
		if (part >= table.length) {
			const larger = new Int32Array(Math.max(16, 2 * table.length, part + 1));
			larger.set(table);
			table = larger;
			this.tables.set(time, table);
		}
		this.lastTime = time;
		this.lastTable = table;
	}

	private sparseId(flow: number, time: number, key: number): number {
		if (time !== this.lastTime) {
			this.lastMap = this.maps.get(time) ?? new Map();
			this.maps.set(time, this.lastMap);
			this.lastTime = time;
		}
		// 2^24 keys and 2^24 groups of flows fit into a double's 53 bits together.
		const part = flow * 2 ** 24 + key;
		const known = this.lastMap.get(part);
		if (known !== undefined) return known;
		this.lastMap.set(part, this.size);
		return this.add(flow, time, key);
	}

	private add(flow: number, time: number, key: number): number {
		this.timeParts.push(time);
		this.keyParts.push(key);
		return this.flowParts.push(flow) - 1;
	}

	parts(id: number): [number, number, number] {
		return [this.flowParts[id]!, this.timeParts[id]!, this.keyParts[id]!];
	}
}
