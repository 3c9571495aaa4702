/**
 * Two marks of a program at work, looked for in the hours of its keys: that it gets keys in their order, one after
 * the other, and that it gets a key exactly once per listing, which people never do.
 */
import type { Block } from "../model/flow.ts";
import type { Names } from "./traces.ts";

/** Hours that are looked at, from all over the log: small buckets are swept within seconds, which order nothing. */
const maxHours = 8;
/** Keys of one hour that are put in order: names are decoded for them. */
const maxOrderedKeys = 200;
/** Neighbours in time; fewer say nothing about an order. */
const minPairs = 4;

/**
 * Share of neighbours in time that stand in key order too, in some hours with listings. An hour tells only when a
 * key was got first, which is the hour's first pass. `null` when there are too few.
 */
export function orderOf(block: Block, rows: Int32Array, ticks: Float64Array, names: Names): number | null {
	const step = Math.max(1, Math.floor(ticks.length / maxHours));
	const byHour = new Map<number, Map<number, number>>();
	for (let i = 0; i < ticks.length; i += step) byHour.set(Math.floor(ticks[i]! / 3600), new Map());
	for (const row of rows) {
		const firstByKey = byHour.get(block.time[row]!);
		if (firstByKey === undefined) continue;
		const key = block.key[row]!;
		const first = block.first[row]!;
		if (first < (firstByKey.get(key) ?? 3600)) firstByKey.set(key, first);
	}
	let pairs = 0;
	let ascending = 0;
	for (const firstByKey of byHour.values()) {
		const inTime = [...firstByKey].filter(([key]) => names.isPackage(key)).sort((a, b) => a[1] - b[1]);
		const shown = inTime
			.slice(0, maxOrderedKeys)
			.map(([key, second]) => ({ name: names.keyName(key), second }));
		for (let i = 1; i < shown.length; i++) {
			// The log has whole seconds: what falls into the same one has no order.
			if (shown[i]!.second === shown[i - 1]!.second) continue;
			pairs++;
			if (shown[i]!.name > shown[i - 1]!.name) ascending++;
		}
	}
	return pairs < minPairs ? null : ascending / pairs;
}

/** Keys that are candidates for "the same few at each listing"; more would be a sweep. */
const maxSteadyKeys = 64;
/**
 * Mean square of (downloads - listings) per hour, over listings: 0 for a machine that gets the key at each listing,
 * about 1 for people who ask for it as often by chance. A listing at the end of an hour makes a difference of 1.
 */
const maxDispersion = 0.35;

/** Those of the keys whose downloads keep step with the listings hour by hour. */
export function steadyHours<Use extends { key: number }>(
	block: Block,
	rows: Int32Array,
	ticks: Float64Array,
	candidates: readonly Use[],
): Use[] {
	if (candidates.length === 0 || candidates.length > maxSteadyKeys) return [];
	const listings = new Map<number, number>();
	for (const second of ticks) {
		const hour = Math.floor(second / 3600);
		listings.set(hour, (listings.get(hour) ?? 0) + 1);
	}
	const downloads = new Map(candidates.map(({ key }) => [key, new Map<number, number>()]));
	for (const row of rows) {
		const byHour = downloads.get(block.key[row]!);
		const hour = block.time[row]!;
		byHour?.set(hour, (byHour.get(hour) ?? 0) + block.requests[row]!);
	}
	return candidates.filter(({ key }) => dispersion(downloads.get(key)!, listings) <= maxDispersion);
}

function dispersion(downloads: ReadonlyMap<number, number>, listings: ReadonlyMap<number, number>): number {
	const begin = Math.min(...downloads.keys());
	let squares = 0;
	let expected = 0;
	for (const [hour, count] of listings) {
		// The package may have been pushed during the first of its hours.
		if (hour <= begin) continue;
		squares += ((downloads.get(hour) ?? 0) - count) ** 2;
		expected += count;
	}
	return expected === 0 ? Number.POSITIVE_INFINITY : squares / expected;
}
