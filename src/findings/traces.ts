/** What is looked at to judge one ChartMuseum: its listings, its downloads per key, its busy minutes, and names. */
import type { KeyUses } from "../model/case.ts";
import type { Ticks } from "./ticks.ts";

export interface Traces {
	ticks: Ticks;
	/** The hours (since 1970) whose keys are looked at one by one. */
	sample: ReadonlySet<number>;
	/** `undefined` when it downloaded nothing. */
	uses: KeyUses | undefined;
	/** First minutes (since 1970) of stretches in which it downloaded far more than usual. */
	peaks: readonly number[];
	/** Objects in one whole listing, roughly; 0 when unknown. */
	listed: number;
}

export interface Names {
	keyName(key: number): string;
	isPackage(key: number): boolean;
}
