/**
 * The names of keys by id: the decoded key, its chart and its prefix, for either way of decoding.
 * Charts and prefixes are few and looked up once per key; decoded keys are made when asked for.
 */
import { chartOf, decodeKey, prefixOf } from "./model/keys.ts";

export interface KeyName {
	key: string;
	chart: string;
	prefix: string;
}

/** An operation for each number of rounds that `decodeTimes` knows. */
const operationOf = { 1: "BATCH.DELETE.OBJECT", 2: "REST.GET.OBJECT" } as const;

export class KeyNames {
	private readonly rawKey: (id: number) => string;
	private readonly names = new Interned();
	/** Per way of decoding: key id → number of its chart and of its prefix, 0 while unknown. */
	private readonly charts: Record<1 | 2, Int32Array>;
	private readonly prefixes: Record<1 | 2, Int32Array>;

	/** `rawKey` as logged, latin1. */
	constructor(rawKey: (id: number) => string, keyCount: number) {
		this.rawKey = rawKey;
		const perKey = () => new Int32Array(keyCount);
		this.charts = { 1: perKey(), 2: perKey() };
		this.prefixes = { 1: perKey(), 2: perKey() };
	}

	of(id: number, decodeTimes: 1 | 2): KeyName {
		const key = decodeKey(this.rawKey(id), operationOf[decodeTimes]);
		const charts = this.charts[decodeTimes];
		const prefixes = this.prefixes[decodeTimes];
		if (charts[id] === 0) {
			charts[id] = this.names.numberOf(chartOf(key));
			prefixes[id] = this.names.numberOf(prefixOf(key));
		}
		return { key, chart: this.names.text(charts[id]!), prefix: this.names.text(prefixes[id]!) };
	}
}

/** Texts that are kept once, numbered from 1. */
class Interned {
	private readonly texts: string[] = [];
	private readonly numbers = new Map<string, number>();

	numberOf(text: string): number {
		let number = this.numbers.get(text);
		if (number === undefined) {
			number = this.texts.push(text);
			this.numbers.set(text, number);
		}
		return number;
	}

	text(number: number): string {
		return this.texts[number - 1]!;
	}
}
