/** Numbers for the values of the dimensions asked for, while cells are added up; and the values again afterwards. */
import type { Question } from "./answer.ts";
import { type Combined, combine } from "./combine.ts";
import type { FlowColumn, FlowDimension } from "./facts.ts";
import { type Dimension, keyDimensions, timeDimensions } from "./model/dimensions.ts";
import { chartOf, decodeKey, decodeTimes, prefixOf } from "./model/keys.ts";
import { isoTime } from "./model/units.ts";
import type { GroupRow, KeyParts } from "./rollup/group.ts";

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
	/** Hours that one group spans; `undefined` when time makes no groups. */
	readonly hoursPerGroup: number | undefined;
	private readonly question: Question;
	private readonly by: readonly Dimension[];
	private readonly keyBy: readonly Dimension[];
	private readonly columns: FlowColumn[];
	/** The group part of each flow; with several flow dimensions the number of their combination. */
	readonly flowParts: Int32Array;
	private readonly combined: Combined;
	/** Values of key parts from `firstNamed` on; a part below is the id of a key that stands for itself. */
	private readonly keyValues: string[][] = [];
	private readonly keyIndex = new Map<string, number>();
	private readonly firstNamed: number;

	constructor(question: Question, by: readonly Dimension[]) {
		this.question = question;
		this.by = by;
		this.keyBy = by.filter((dimension) => keyDimensions.has(dimension));
		this.columns = by.filter(isFlowDimension).map((dimension) => question.facts.column(dimension));
		const byTime = by.some((dimension) => timeDimensions.has(dimension));
		this.hoursPerGroup = byTime ? (by.includes("hour") ? 1 : 24) : undefined;
		this.firstNamed = by.includes("key") ? question.tallies.keys.length : 0;
		const { flows } = question.facts;
		// One column is its own combination.
		this.combined = combine(this.columns.length === 1 ? [] : this.columns, flows.length);
		this.flowParts = this.columns.length === 1 ? this.columns[0]!.parts : this.combined.parts;
	}

	private valuesOfFlow(part: number): string[] {
		if (part < 0) return [];
		if (this.columns.length === 1) return this.columns.map(({ values }) => values[part]!);
		return this.columns.map(({ parts, values }) => values[parts[this.combined.examples[part]!]!]!);
	}

	/** `filter` decides by the decoded key; what it does not let through has part -1. */
	keyParts(filter: ((key: string) => boolean) | undefined): KeyParts {
		const { flows } = this.question.facts;
		return {
			count: this.question.tallies.keys.length,
			kindOfFlow: Uint8Array.from(flows, ({ operation }) => decodeTimes(operation)),
			partOf: (key, flow) => this.keyPart(key, flows[flow]!.operation, filter),
		};
	}

	private keyPart(id: number, operation: string, filter: ((key: string) => boolean) | undefined): number {
		const { keys } = this.question.tallies;
		const encoded = keys.encoded(id);
		// A million keys must not become a million texts: a key that is logged as it is stands for itself.
		if (!encoded && filter === undefined && this.firstNamed > 0) return id;
		const decoded = decodeKey(keys.raw(id), operation);
		if (filter !== undefined && !filter(decoded)) return -1;
		if (this.firstNamed > 0) {
			if (!encoded) return id;
			const plain = /[%+]/.test(decoded) ? -1 : keys.find(Buffer.from(decoded).toString("latin1"));
			if (plain !== -1) return plain;
		}
		const values = this.keyBy.map((dimension) => keyName(dimension, decoded));
		return this.firstNamed + numbered(values, this.keyValues, this.keyIndex);
	}

	private valuesOfKey(part: number): string[] {
		if (part >= this.firstNamed) return this.keyValues[part - this.firstNamed] ?? [];
		const key = decodeKey(this.question.tallies.keys.raw(part), "");
		return this.keyBy.map((dimension) => keyName(dimension, key));
	}

	/** The values in the order of the dimensions. */
	private values(flowPart: number, timePart: number, keyPart: number): string[] {
		const flowValues = this.valuesOfFlow(flowPart);
		const keyValues = keyPart < 0 ? [] : [...this.valuesOfKey(keyPart)];
		return this.by.map((dimension) => {
			if (timeDimensions.has(dimension)) return timeName(dimension, timePart);
			return (keyDimensions.has(dimension) ? keyValues : flowValues).shift() ?? "-";
		});
	}

	group({ flowPart, timePart, keyPart }: GroupRow): Record<string, string> {
		const values = this.values(flowPart, timePart, keyPart);
		return Object.fromEntries(this.by.map((dimension, i) => [dimension, values[i]!]));
	}

	/** What orders groups of the same cost and requests. */
	name(flowPart: number, timePart: number, keyPart: number): string {
		return this.values(flowPart, timePart, keyPart).join("\0");
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
