/**
 * Two marks of a program at work, looked for in some hours of its keys: that it gets keys in their order, one after
 * the other, and that it gets a key exactly once per listing, which people never do.
 */
import type { KeyHours } from "../model/case.ts";
import type { Names } from "./traces.ts";

/** Hours that are looked at for keys in step with listings, from all over the log. */
export const manyHours = 12;
/** The order needs fewer. */
export const fewHours = 4;
/** Keys of each hour that are put in order: names are decoded for them. */
const maxOrderedKeys = 100;
/** Neighbours in time; fewer say nothing about an order. */
const minPairs = 4;

/** Hours with listings, evenly from all over the log. */
export function sampleHours(ticks: Float64Array, maxHours: number): Set<number> {
	const hours = [...new Set(Array.from(ticks, (second) => Math.floor(second / 3600)))];
	const step = hours.length / Math.min(maxHours, hours.length);
	return new Set(
		Array.from({ length: Math.min(maxHours, hours.length) }, (_, i) => hours[Math.floor(i * step)]!),
	);
}

/**
 * Share of neighbours in time that stand in key order too. An hour tells only when a key was got first, which is the
 * hour's first pass. `null` when there are too few: small buckets are swept within a second.
 */
export function orderOf(details: KeyHours, sample: ReadonlySet<number>, names: Names): number | null {
	const byHour = new Map<number, Map<number, number>>();
	const step = Math.ceil(sample.size / fewHours);
	for (const [index, hour] of [...sample].entries()) if (index % step === 0) byHour.set(hour, new Map());
	let hour = -1;
	let firstByKey: Map<number, number> | undefined;
	for (let row = 0; row < details.hours.length; row++) {
		if (details.hours[row] !== hour) {
			hour = details.hours[row]!;
			firstByKey = byHour.get(hour);
		}
		if (firstByKey === undefined) continue;
		const key = details.keys[row]!;
		const first = details.first[row]!;
		if (first < (firstByKey.get(key) ?? 3600)) firstByKey.set(key, first);
	}
	let pairs = 0;
	let ascending = 0;
	for (const firstByKey of byHour.values()) {
		const packages = firstInTime(firstByKey)
			.filter(([key]) => names.isPackage(key))
			.map(([key, second]) => ({ name: names.keyName(key), second }))
			// Ids are numbered by whichever thread was first: the order must not depend on them.
			.sort((a, b) => a.second - b.second || (a.name < b.name ? -1 : 1));
		for (let i = 1; i < packages.length; i++) {
			const [before, now] = [packages[i - 1]!, packages[i]!];
			// The log has whole seconds: what falls into the same one has no order.
			if (now.second === before.second) continue;
			pairs++;
			if (now.name > before.name) ascending++;
		}
	}
	return pairs < minPairs ? null : ascending / pairs;
}

/** The first keys of the hour, and all that share the last one's second: about `maxOrderedKeys`. */
function firstInTime(firstByKey: ReadonlyMap<number, number>): [key: number, second: number][] {
	const perSecond = new Int32Array(3600);
	for (const second of firstByKey.values()) perSecond[second]! += 1;
	let last = 0;
	for (let keys = perSecond[0]!; keys < maxOrderedKeys && last < 3600; ) keys += perSecond[++last] ?? 0;
	return [...firstByKey]
		.filter(([, second]) => second <= last)
		.sort((a, b) => a[1] - b[1])
		.slice(0, 2 * maxOrderedKeys);
}

/** Keys that are candidates for "the same few at each listing"; more would be a sweep. */
export const maxSteadyKeys = 64;
/**
 * Mean square of (downloads - listings) per hour, over listings: 0 for a machine that gets the key at each listing,
 * about 1 for people who ask for it as often by chance. A listing at the end of an hour makes a difference of 1.
 */
const maxDispersion = 0.35;

/** Those of the keys whose downloads keep step with the listings hour by hour. `first`: Unix seconds. */
export function steadyKeys<Use extends { key: number; first: number }>(
	details: KeyHours,
	sample: ReadonlySet<number>,
	ticks: Float64Array,
	candidates: readonly Use[],
): Use[] {
	if (candidates.length === 0 || candidates.length > maxSteadyKeys) return [];
	const listings = new Map<number, number>();
	for (const second of ticks) {
		const hour = Math.floor(second / 3600);
		if (sample.has(hour)) listings.set(hour, (listings.get(hour) ?? 0) + 1);
	}
	const downloads = new Map(candidates.map(({ key }) => [key, new Map<number, number>()]));
	for (let row = 0; row < details.hours.length; row++) {
		const hour = details.hours[row]!;
		const byHour = downloads.get(details.keys[row]!);
		byHour?.set(hour, (byHour.get(hour) ?? 0) + details.requests[row]!);
	}
	return candidates.filter(
		({ key, first }) => dispersion(downloads.get(key)!, listings, Math.floor(first / 3600)) <= maxDispersion,
	);
}

function dispersion(
	downloads: ReadonlyMap<number, number>,
	listings: ReadonlyMap<number, number>,
	firstHour: number,
): number {
	let squares = 0;
	let expected = 0;
	for (const [hour, count] of listings) {
		// The package may have been pushed during the first of its hours.
		if (hour <= firstHour) continue;
		squares += ((downloads.get(hour) ?? 0) - count) ** 2;
		expected += count;
	}
	return expected === 0 ? Number.POSITIVE_INFINITY : squares / expected;
}
