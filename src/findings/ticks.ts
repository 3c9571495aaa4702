/**
 * The times at which a program lists, and what they say: a timer with its interval and the number of replicas that
 * keep it, or listings as requests come in.
 * In: rows per minute of the listings of one program. Out: times in order, and the rhythm found in them.
 */
import type { Block } from "../model/flow.ts";

export interface Ticks {
	/** Unix seconds of the listings, ascending. */
	seconds: Float64Array;
	mode: "timer" | "irregular" | "unknown";
	/** Of one replica; `null` without a timer. */
	intervalSeconds: number | null;
	replicas: number | null;
}

/** Listings kept apart in one minute: above one a second, the rhythm is not a question any more. */
const maxPerRow = 60;
/** Times looked at for the rhythm, the newest ones: two days at a listing in five minutes. */
const maxRhythmTimes = 600;
/** With fewer listings, chance makes rhythms. */
const minRhythmTimes = 12;
/** More are rather the parts of one repository. */
const usualReplicas = 8;
/** ChartMuseum rarely runs with more replicas; each possible number costs one pass over the times. */
const maxReplicas = 16;
/** Go's tickers are exact; a second is lost to the log's resolution at each end, one to the request. */
const toleranceSeconds = 3;
const toleranceShare = 0.03;
/** Restarts, scaling and missing log files break the rhythm now and then. */
const minSteadyShare = 0.6;

/** The listings in `rows` (of a block per minute), one time each. */
export function listTimes(block: Block, rows: ArrayLike<number>): Float64Array {
	const times: number[] = [];
	for (let i = 0; i < rows.length; i++) {
		const row = rows[i]!;
		const start = block.time[row]! * 60;
		const first = block.first[row]!;
		const shown = Math.min(block.requests[row]!, maxPerRow);
		const step = shown > 1 ? (block.last[row]! - first) / (shown - 1) : 0;
		for (let n = 0; n < shown; n++) times.push(start + first + n * step);
	}
	return Float64Array.from(times).sort();
}

/**
 * Of several parts of a multi-tenant repository each is listed at each tick: listings this near are one tick.
 */
const clumpSeconds = 5;
/**
 * Half the mean square of the difference between one hour's listings and the next's, over the mean: about 1 when
 * people cause them, near 0 for timers of any number and interval together.
 */
const minIrregularity = 0.4;

/** The rhythm of the listings, in the newest of them. */
export function rhythmOf(seconds: Float64Array): Ticks {
	const recent = seconds.subarray(-maxRhythmTimes);
	const single = timerIn(recent);
	const found =
		single !== undefined && single.replicas <= usualReplicas ? single : (timerIn(clumped(recent)) ?? single);
	if (found !== undefined) return { seconds, mode: "timer", ...found };
	const isRegular = recent.length < minRhythmTimes || irregularity(recent) < minIrregularity;
	const mode = recent.length < minRhythmTimes ? "unknown" : isRegular ? "timer" : "irregular";
	return { seconds, mode, intervalSeconds: null, replicas: null };
}

/** Replica by replica the gap over as many listings as there are replicas is the interval, whatever their phases. */
function timerIn(times: Float64Array): { intervalSeconds: number; replicas: number } | undefined {
	if (times.length < minRhythmTimes) return undefined;
	for (let replicas = 1; replicas <= Math.min(maxReplicas, times.length / 4); replicas++) {
		const gaps = new Float64Array(times.length - replicas);
		for (let i = 0; i < gaps.length; i++) gaps[i] = times[i + replicas]! - times[i]!;
		const middle = gaps.toSorted()[gaps.length >> 1]!;
		const tolerance = Math.max(toleranceSeconds, middle * toleranceShare);
		// A gap of a few seconds is within the tolerance of everything.
		if (middle < 2 * tolerance) continue;
		const steady = gaps.reduce((sum, gap) => sum + (Math.abs(gap - middle) <= tolerance ? 1 : 0), 0);
		if (steady >= gaps.length * minSteadyShare) return { intervalSeconds: Math.round(middle), replicas };
	}
	return undefined;
}

/** The first of each run of listings with hardly a pause between them. */
function clumped(times: Float64Array): Float64Array {
	return times.filter((time, i) => i === 0 || time - times[i - 1]! > clumpSeconds);
}

function irregularity(times: Float64Array): number {
	const first = Math.floor(times[0]! / 3600);
	const counts = new Float64Array(Math.floor(times.at(-1)! / 3600) - first + 1);
	for (const time of times) counts[Math.floor(time / 3600) - first]!++;
	let squares = 0;
	// The first and the last hour are parts of hours.
	for (let hour = 2; hour < counts.length - 1; hour++) squares += (counts[hour]! - counts[hour - 1]!) ** 2;
	const mean = times.length / counts.length;
	return counts.length < 4 ? 0 : squares / (2 * mean * (counts.length - 3));
}

/** How many of the ascending times lie before `time`. */
export function countBefore(seconds: Float64Array, time: number): number {
	let low = 0;
	let high = seconds.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (seconds[middle]! < time) low = middle + 1;
		else high = middle;
	}
	return low;
}
