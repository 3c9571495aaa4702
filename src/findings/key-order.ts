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
	const step = Math.ceil(sample.size / fewHours);
	const chosen = [...sample].filter((_, index) => index % step === 0);
	let pairs = 0;
	let ascending = 0;
	for (const hour of chosen) {
		const packages = firstInTime(firstByKey(details, hour))
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

/** No second of an hour: the key was not got in it. */
const never = 3600;

/** The second of the hour in which each key was got first, by key. An array: there may be a million. */
function firstByKey({ keys, hours, first }: KeyHours, hour: number): Uint16Array {
	let length = 0;
	for (let row = 0; row < hours.length; row++)
		if (hours[row] === hour && keys[row]! >= length) length = keys[row]! + 1;
	const seconds = new Uint16Array(length).fill(never);
	for (let row = 0; row < hours.length; row++) {
		if (hours[row] === hour && first[row]! < seconds[keys[row]!]!) seconds[keys[row]!] = first[row]!;
	}
	return seconds;
}

/** The first keys of the hour, and all that share the last one's second: about `maxOrderedKeys`. */
function firstInTime(seconds: Uint16Array): [key: number, second: number][] {
	const perSecond = new Int32Array(never + 1);
	for (const second of seconds) perSecond[second]! += 1;
	let last = 0;
	for (let keys = perSecond[0]!; keys < maxOrderedKeys && last < never - 1; ) keys += perSecond[++last]!;
	const before: [key: number, second: number][] = [];
	const latest: [key: number, second: number][] = [];
	for (let key = 0; key < seconds.length; key++) {
		const second = seconds[key]!;
		if (second < last) before.push([key, second]);
		else if (second === last && latest.length < 2 * maxOrderedKeys) latest.push([key, second]);
	}
	return [...before.sort((a, b) => a[1] - b[1]), ...latest].slice(0, 2 * maxOrderedKeys);
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
