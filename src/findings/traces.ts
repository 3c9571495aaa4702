/** What is looked at to judge one ChartMuseum: its listings, its downloads per key and per minute, and names. */
import type { Block } from "../model/flow.ts";
import type { KeyUses } from "./key-uses.ts";
import type { Ticks } from "./ticks.ts";

export interface Traces {
	ticks: Ticks;
	/** Its keys, and which rows of `keyRows` are its own; `undefined` when it downloaded nothing. */
	uses: KeyUses | undefined;
	/** Of all programs. */
	keyRows: Block;
	minuteRows: Block;
	/** Rows of `minuteRows` that are its downloads. */
	minutes: Int32Array;
	/** Unix seconds at which the log begins. */
	windowFromSeconds: number;
	/** Of several programs with the same client: when the first of them was seen. */
	familyFirstSeconds: number;
}

export interface Names {
	keyName(key: number): string;
	isPackage(key: number): boolean;
}
