/** Numbers for the values of the dimensions asked for, while cells are added up; and the values again afterwards. */
import type { Question } from "./answer.ts";
import type { FlowDimension } from "./facts.ts";
import { type Dimension, keyDimensions, timeDimensions } from "./model/dimensions.ts";
import type { Block } from "./model/flow.ts";
import { chartOf, decodeKey, decodeTimes, prefixOf } from "./model/keys.ts";
import { isoTime } from "./model/units.ts";
import type { GroupRow } from "./rollup/group.ts";

export function isFlowDimension(dimension: Dimension): dimension is FlowDimension {
	return !keyDimensions.has(dimension) && !timeDimensions.has(dimension);
}

/** The name of an hour's group. */
export function timeName(dimension: Dimension, hour: number): string {
	const iso = isoTime(hour * 3600);
	return dimension === "day" ? iso.slice(0, 10) : iso;
}

/** Numbers for the values of the dimensions asked for, and back. */
export class GroupNames {
	readonly byTime: boolean;
	private readonly question: Question;
	private readonly by: readonly Dimension[];
	private readonly keyBy: readonly Dimension[];
	private readonly flowNames: string[][] = [];
	private readonly flowIndex = new Map<string, number>();
	private readonly decodedNames: string[][] = [];
	private readonly decodedIndex = new Map<string, number>();
	/** Per way of decoding: key id → key part + 1, 0 while unknown. */
	private readonly keyParts = [new Int32Array(0), new Int32Array(0), new Int32Array(0)];

	constructor(question: Question, by: readonly Dimension[]) {
		this.question = question;
		this.by = by;
		this.keyBy = by.filter((dimension) => keyDimensions.has(dimension));
		this.byTime = by.some((dimension) => timeDimensions.has(dimension));
	}

	flowPart(flow: number): number {
		const values = this.by
			.filter(isFlowDimension)
			.map((dimension) => this.question.facts.valueOf(flow, dimension));
		return numbered(values, this.flowNames, this.flowIndex);
	}

	/** Hours, or the first hours of days. */
	readonly timePart = (time: number, grain: Block["grain"]): number => {
		const hour = grain === "minute" ? Math.floor(time / 60) : time;
		return this.by.includes("hour") ? hour : Math.floor(hour / 24) * 24;
	};

	/** `filter` decides by the decoded key. */
	keyPart(filter: ((key: string) => boolean) | undefined): (key: number, flow: number) => number {
		const { flows } = this.question.facts;
		const times = Uint8Array.from(flows, (flow) => decodeTimes(flow.operation));
		for (const i of [1, 2]) this.keyParts[i] = new Int32Array(this.question.tallies.keyCount);
		return (key, flow) => {
			const parts = this.keyParts[times[flow]!]!;
			const known = parts[key]!;
			if (known !== 0) return known - 2;
			const part = this.newKeyPart(key, flows[flow]!.operation, filter);
			parts[key] = part + 2;
			return part;
		};
	}

	private newKeyPart(key: number, operation: string, filter: ((key: string) => boolean) | undefined): number {
		const decoded = decodeKey(this.question.tallies.rawKey(key), operation);
		if (filter !== undefined && !filter(decoded)) return -1;
		return numbered(
			this.keyBy.map((dimension) => keyName(dimension, decoded)),
			this.decodedNames,
			this.decodedIndex,
		);
	}

	group({ flowPart, timePart, keyPart }: GroupRow): Record<string, string> {
		const flowValues = [...(this.flowNames[flowPart] ?? [])];
		const keyValues = [...(this.decodedNames[keyPart] ?? [])];
		return Object.fromEntries(
			this.by.map((dimension) => {
				if (timeDimensions.has(dimension)) return [dimension, timeName(dimension, timePart)];
				return [dimension, (keyDimensions.has(dimension) ? keyValues : flowValues).shift() ?? "-"];
			}),
		);
	}
}

export function keyName(dimension: Dimension, key: string): string {
	return dimension === "chart" ? chartOf(key) : dimension === "prefix" ? prefixOf(key) : key;
}

function numbered(values: string[], names: string[][], index: Map<string, number>): number {
	const id = values.length === 1 ? values[0]! : JSON.stringify(values);
	let number = index.get(id);
	if (number === undefined) {
		number = names.push(values) - 1;
		index.set(id, number);
	}
	return number;
}
