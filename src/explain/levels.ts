/**
 * One hourly series to its lasting levels: stabilise, take rhythm and spikes away, split, and take back what is an
 * episode or a weekend. In: requests per complete hour. Out: levels, as stretches of those hours.
 */
import { noiseOf } from "./noise.ts";
import { type Calm, day, stepped, thursday, week, withoutRhythm } from "./rhythm.ts";
import { median, prefixSums, robustDeviation, runningMedian } from "./smooth.ts";
import { chancesOf, changePoints, type Level, levelsOf, type Strictness } from "./split.ts";

/** Up to this many hours in a row are a spike: a running median of 13 hours takes them away. */
export const spikeHours = 6;
/** A level that is left again within a day for the one before it was an episode, not a lasting change. */
const maxEpisodeHours = 24;
/** Beyond so many deviations from the running median an hour says no more than that it was extreme. */
const clipDeviations = 3;
/** Days differ by about this part of how much hours differ by their time of day, until it can be measured. */
const dayPerRhythm = 0.12;
const rounds = 3;

export interface Levels {
	levels: Level[];
	/** How likely chance makes the step into each level but the first. */
	chances: number[];
}

/** `counts[i]` belongs to the hour `hours[i]` (since 1970); hours may be missing, their order is that of time. */
export function findLevels(counts: Float64Array, hours: Int32Array, strictness: Strictness): Levels {
	const stable = counts.map((count) => 2 * Math.sqrt(count + 3 / 8));
	let found: Levels | undefined;
	for (let round = 0; round < rounds; round++) {
		const calm = withoutRhythm(stable, hours, found?.levels);
		const values = withoutSpikes(calm.values);
		const around = calm.period === 0 ? bestStep(values, strictness.minHours) : runningMedian(values, day / 2);
		const residuals = values.map((value, i) => value - around[i]!);
		const noise = noiseOf(values, residuals, calm.period, (dayPerRhythm * calm.strength) ** 2);
		const points = changePoints(values, noise, calm.period === 0 ? withoutKnowledge(strictness) : strictness);
		const isLast = calm.period === 0 || round === rounds - 1;
		// The rhythm is not known well enough before to judge what is an episode.
		const levels = levelsOf(values, isLast ? lasting(points, values, hours, calm) : points);
		found = { levels, chances: chancesOf(values, noise, levels) };
		if (isLast) break;
	}
	return found!;
}

/** In a log of a day or two any rhythm looks like changes: what is told there must be beyond doubt, and large. */
function withoutKnowledge(strictness: Strictness): Strictness {
	return { ...strictness, maxChance: strictness.maxChance / 100, minMagnitude: 0.5 };
}

function withoutSpikes(values: Float64Array): Float64Array {
	const base = runningMedian(values, spikeHours);
	// 1 is the deviation of chance in stabilised counts.
	const limit = clipDeviations * Math.max(1, robustDeviation(values.map((value, i) => value - base[i]!)));
	return values.map((value, i) => Math.min(Math.max(value, base[i]! - limit), base[i]! + limit));
}

/** The two levels that fit best: a log of a day or two has no more. */
function bestStep(values: Float64Array, minHours: number): Float64Array {
	const sums = prefixSums(values);
	const n = values.length;
	let best = { gain: 0, at: 0 };
	for (let at = minHours; at <= n - minHours; at++) {
		const difference = sums[at]! / at - (sums[n]! - sums[at]!) / (n - at);
		const gain = difference ** 2 * at * (n - at);
		if (gain > best.gain) best = { gain, at };
	}
	return stepped(levelsOf(values, best.at === 0 ? [] : [best.at]), n);
}

/** The change points without episodes of a day, and without weekends where those are not yet part of the rhythm. */
function lasting(points: readonly number[], values: Float64Array, hours: Int32Array, rhythm: Calm): number[] {
	let kept = [...points];
	for (;;) {
		const levels = levelsOf(values, kept);
		const gone = levels.findIndex((level, i) => isEpisode(levels, i) && isShort(level, hours, rhythm));
		if (gone < 0) break;
		kept = kept.filter((_, i) => i !== gone - 1 && i !== gone);
	}
	// Without a known rhythm, episodes are most likely its days and nights, and the rest of them too.
	if (rhythm.period === 0 && kept.length < points.length) return [];
	return withoutWeekendEdges(kept, values, hours, rhythm);
}

/** Is the level after it the level before it again, but for a third of the step between? */
function isEpisode(levels: readonly Level[], i: number): boolean {
	const [before, own, after] = [levels[i - 1]?.mean, levels[i]!.mean, levels[i + 1]?.mean];
	if (before === undefined || after === undefined) return false;
	return Math.abs(after - before) < Math.min(Math.abs(own - before), Math.abs(own - after)) / 3;
}

function isShort({ from, to }: Level, hours: Int32Array, rhythm: Calm): boolean {
	const [first, last] = [hours[from]!, hours[to - 1]!];
	return last - first < maxEpisodeHours || (mayHaveWeekends(rhythm) && isWeekend(first, last));
}

/** A rhythm of this part of the level is one that people make; less, and it may be noise. */
const peopleRhythm = 0.1;

/** Requests that follow people's days follow their weeks too; machines do neither. */
function mayHaveWeekends({ strength, period, values }: Calm): boolean {
	return period === day && strength > Math.max(1, peopleRhythm * median(values));
}

/** From Friday noon to Monday afternoon in UTC: the weekend of every time zone lies within. */
function isWeekend(first: number, last: number): boolean {
	const begin = (first + thursday) % week;
	return begin >= 4 * day + 12 && begin + (last - first) <= week + 15;
}

/**
 * Machines and people share a bucket. What people do at night they do on weekends: a step of up to so many times the
 * day's rhythm may be their part of it.
 */
const weekendPerRhythm = 2.5;

/**
 * A log may begin or end with a weekend: nothing is known of the other side of it. Few people are none at all on a
 * weekend, so a stop is no exception.
 */
function withoutWeekendEdges(
	points: readonly number[],
	values: Float64Array,
	hours: Int32Array,
	rhythm: Calm,
): number[] {
	if (rhythm.period !== day) return [...points];
	const levels = levelsOf(values, points);
	return points.filter((point, i) => {
		const step = Math.abs(levels[i]!.mean - levels[i + 1]!.mean);
		if (step > weekendPerRhythm * rhythm.strength && !mayHaveWeekends(rhythm)) return true;
		const ends = i === points.length - 1 && isWeekend(hours[point]!, hours.at(-1)!);
		const begins = i === 0 && isWeekend(hours[0]!, hours[point - 1]!);
		return !ends && !begins;
	});
}
