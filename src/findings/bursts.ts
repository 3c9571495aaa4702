/**
 * Restarts without a state file: within minutes a ChartMuseum downloads every package, without order, to build
 * its index from nothing.
 * In: a program's downloads per minute, then those per key in the busy hours. Out: when that happened, and how many
 * downloads it took.
 */
import type { KeyUses } from "../model/case.ts";
import type { Program } from "./programs.ts";
import { countBefore } from "./ticks.ts";
import type { Names } from "./traces.ts";

export interface Burst {
	/** Unix seconds of its first minute. */
	seconds: number;
	requests: number;
}

/** Downloads run all at once; 1,000 packages take less than a minute. */
const burstMinutes = 3;
/** Fewer packages than this come together by chance. */
const minBurst = 8;
/** Of the packages that are known, and of the objects that a listing shows. */
const minKnownShare = 0.8;
const minListedShare = 0.5;
/** Above the mean of the program's own minutes. */
const minRise = 5;
/** Stretches looked at, the newest ones: a restart every hour for four days. */
const maxPeaks = 100;

/** First minutes of stretches that hold enough downloads; stretches do not overlap. */
export function peaksOf(program: Program, byMinute: ReadonlyMap<number, number>, listed: number): number[] {
	let total = 0;
	for (const count of byMinute.values()) total += count;
	const minutes = Math.max(1, (program.lastSeconds - program.firstSeconds) / 60);
	const wanted = Math.max(minBurst, listed * minListedShare, (total / minutes) * burstMinutes * minRise);
	const peaks: number[] = [];
	let free = Number.NEGATIVE_INFINITY;
	for (const minute of [...byMinute.keys()].sort((a, b) => a - b)) {
		if (minute < free) continue;
		let sum = 0;
		for (let next = minute; next < minute + burstMinutes; next++) sum += byMinute.get(next) ?? 0;
		if (sum < wanted) continue;
		peaks.push(minute);
		free = minute + burstMinutes;
	}
	return peaks.slice(-maxPeaks);
}

/** The hours in which a peak may have downloads. */
export function hoursOfPeaks(peaks: readonly number[]): number[] {
	return peaks.flatMap((minute) => [Math.floor(minute / 60), Math.floor((minute + burstMinutes - 1) / 60)]);
}

/**
 * Those peaks that went through all packages known at the time: many downloads of few packages are something else.
 * Per hour a key shows only its first and its last time.
 */
export function burstsOf(peaks: readonly number[], uses: KeyUses, names: Names): Burst[] {
	if (peaks.length === 0) return [];
	const firsts = uses.first.filter((_, at) => names.isPackage(uses.keys[at]!)).sort();
	const found = peaks.map((minute) => ({ seconds: minute * 60, keys: new Set<number>() }));
	const byHour = new Map<number, typeof found>();
	for (const burst of found) {
		for (const hour of new Set(hoursOfPeaks([burst.seconds / 60]))) {
			byHour.set(hour, [...(byHour.get(hour) ?? []), burst]);
		}
	}
	const { keys, hours, first, last } = uses.details;
	for (let row = 0; row < keys.length; row++) {
		const start = hours[row]! * 3600;
		for (const { seconds, keys: own } of byHour.get(hours[row]!) ?? []) {
			const isIn = (second: number): boolean => second >= seconds && second < seconds + burstMinutes * 60;
			if (isIn(start + first[row]!) || isIn(start + last[row]!)) own.add(keys[row]!);
		}
	}
	return found
		.map(({ seconds, keys: own }) => ({ seconds, requests: [...own].filter(names.isPackage).length }))
		.filter(({ seconds, requests }) => {
			const known = countBefore(firsts, seconds + burstMinutes * 60);
			return requests >= Math.max(minBurst * minKnownShare, known * minKnownShare);
		});
}
