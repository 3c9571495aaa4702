/**
 * Restarts without a state file: within minutes a ChartMuseum downloads every package, without order, to build
 * its index from nothing.
 * In: a program and its downloads per minute and per key. Out: when that happened, and how many downloads it took.
 */
import type { Program } from "./programs.ts";
import { countBefore } from "./ticks.ts";
import type { Names, Traces } from "./traces.ts";

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
/** A new deployment builds its index once, replica by replica. That is no waste. */
const firstStartSeconds = 3600;

/** `known`: when the program got each package first, and about how many objects a listing shows. */
export function burstsOf(
	program: Program,
	traces: Traces,
	known: { firstSeconds: Float64Array; listed: number },
	names: Names,
): Burst[] {
	const byMinute = downloadsByMinute(traces);
	const total = [...byMinute.values()].reduce((sum, count) => sum + count, 0);
	const minutes = Math.max(1, (program.lastSeconds - program.firstSeconds) / 60);
	const firsts = known.firstSeconds.toSorted();
	const wantedAt = (minute: number): number =>
		Math.max(
			minBurst,
			// Packages that were pushed later could not be in it.
			countBefore(firsts, (minute + burstMinutes) * 60) * minKnownShare,
			known.listed * minListedShare,
			(total / minutes) * burstMinutes * minRise,
		);
	const peaks = peaksOf(byMinute, wantedAt).filter((minute) => !isFirstStart(minute, program, traces));
	return withDistinctKeys(peaks, traces, wantedAt, names);
}

function downloadsByMinute({ minuteRows: block, minutes }: Traces): Map<number, number> {
	const byMinute = new Map<number, number>();
	for (const row of minutes) {
		const minute = block.time[row]!;
		byMinute.set(minute, (byMinute.get(minute) ?? 0) + block.requests[row]!);
	}
	return byMinute;
}

/** First minutes of stretches that hold enough downloads; stretches do not overlap. */
function peaksOf(byMinute: ReadonlyMap<number, number>, wantedAt: (minute: number) => number): number[] {
	const peaks: number[] = [];
	let free = Number.NEGATIVE_INFINITY;
	for (const minute of [...byMinute.keys()].sort((a, b) => a - b)) {
		if (minute < free) continue;
		let sum = 0;
		for (let next = minute; next < minute + burstMinutes; next++) sum += byMinute.get(next) ?? 0;
		if (sum < minBurst || sum < wantedAt(minute)) continue;
		peaks.push(minute);
		free = minute + burstMinutes;
	}
	return peaks;
}

/** Pods on private addresses get a new one with every start: there the family's first start counts. */
function isFirstStart(
	minute: number,
	program: Program,
	{ familyFirstSeconds, windowFromSeconds }: Traces,
): boolean {
	const since = program.networkPath === "vpc-endpoint" ? familyFirstSeconds : program.firstSeconds;
	// What is there when the log begins was there before.
	if (since < windowFromSeconds + firstStartSeconds) return false;
	return minute * 60 < since + firstStartSeconds;
}

/** Many downloads of few packages are something else. Per hour a key shows only its first and last time. */
function withDistinctKeys(
	peaks: number[],
	{ keyRows, uses }: Traces,
	wantedAt: (minute: number) => number,
	names: Names,
): Burst[] {
	const bursts = peaks.map((minute) => ({ begin: minute * 60, end: (minute + burstMinutes) * 60 }));
	const byHour = new Map<number, { begin: number; end: number; keys: Set<number> }[]>();
	const found = bursts.map((burst) => ({ ...burst, keys: new Set<number>() }));
	for (const burst of found) {
		for (const hour of new Set([Math.floor(burst.begin / 3600), Math.floor((burst.end - 1) / 3600)])) {
			byHour.set(hour, [...(byHour.get(hour) ?? []), burst]);
		}
	}
	for (const row of byHour.size === 0 ? [] : (uses?.rows ?? [])) {
		const start = keyRows.time[row]! * 3600;
		for (const burst of byHour.get(keyRows.time[row]!) ?? []) {
			const first = start + keyRows.first[row]!;
			const last = start + keyRows.last[row]!;
			const isIn = (second: number): boolean => second >= burst.begin && second < burst.end;
			if (isIn(first) || isIn(last)) burst.keys.add(keyRows.key[row]!);
		}
	}
	return found
		.map(({ begin, keys }) => ({ seconds: begin, requests: [...keys].filter(names.isPackage).length }))
		.filter(({ seconds, requests }) => requests >= wantedAt(seconds / 60) * minKnownShare);
}
