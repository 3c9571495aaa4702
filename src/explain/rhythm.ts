/**
 * The rhythm of a series: what the hour of the day, or of the week, does to it. In: stabilised counts of hours. Out:
 * the same without rhythm. A change of level and the rhythm hide each other in a log of a few days, so the level is
 * estimated first, as one step beside the rhythm; and a level may have more or less rhythm than the others: when the
 * machines leave, people remain.
 */
import { phaseMedians, robustDeviation, runningMean, runningMedian } from "./smooth.ts";
import type { Level } from "./split.ts";

export interface Calm {
	/** Stabilised counts without rhythm. */
	values: Float64Array;
	/** Standard deviation of the rhythm over its phases, in the same unit; 0 when there is none. */
	strength: number;
	/** How many kinds of hours are told apart: 0, 24, 48 or 168. */
	period: number;
}

/**
 * The rhythm of the week needs three weeks; before, hours of work days and of weekends can be told apart; and the
 * rhythm of the day needs nearly three days, because the last hours are incomplete.
 */
const weekRhythmHours = 21 * 24;
const weekendRhythmHours = 10 * 24;
const dayRhythmHours = 60;
export const week = 168;
export const day = 24;
/** 1970-01-01 was a Thursday; phases of the week begin on Monday. */
export const thursday = 3 * day;

/** With so many days or weeks, medians see the rhythm through any change. */
const manyCycles = 8;
/** As in levels.ts: the first guess at the level should not see spikes. */
const spikeHours = 6;

/** `hours`: since 1970, rising, of any start; some may be missing. `levels`: as far as they are known by now. */
export function withoutRhythm(
	stable: Float64Array,
	hours: Int32Array,
	levels: readonly Level[] | undefined,
): Calm {
	const span = hours.length === 0 ? 0 : hours.at(-1)! - hours[0]! + 1;
	if (span < dayRhythmHours) return { values: stable, strength: 0, period: 0 };
	const period = span >= weekRhythmHours ? week : span >= weekendRhythmHours ? 2 * day : day;
	const cycle = period === day ? day : week;
	const phases = hours.map((hour) => {
		const ofWeek = (hour + thursday) % week;
		if (period === week) return ofWeek;
		return (ofWeek % day) + (period > day && ofWeek >= 5 * day ? day : 0);
	});
	if (levels !== undefined) return calmed(stable, stepped(levels, stable.length), levels, phases, period);
	const smooth = runningMedian(stable, spikeHours);
	if (stable.length >= manyCycles * cycle) {
		return calmed(stable, runningMean(smooth, cycle), [], phases, period);
	}
	const first = stepBesideRhythm(smooth, phases, period);
	return calmed(stable, stepped(first, stable.length), first, phases, period);
}

/** The levels as one value per hour. */
export function stepped(levels: readonly Level[], length: number): Float64Array {
	const trend = new Float64Array(length);
	for (const { from, to, mean } of levels) trend.fill(mean, from, to);
	return trend;
}

const fits = 3;

function calmed(
	stable: Float64Array,
	trend: Float64Array,
	levels: readonly Level[],
	phases: Int32Array,
	period: number,
): Calm {
	const rest = stable.map((value, i) => value - trend[i]!);
	let rhythm = phaseMedians(rest, phases, period);
	let scale: Float64Array = new Float64Array(rest.length).fill(1);
	for (let fit = 0; fit < fits && levels.length > 1; fit++) {
		scale = scalesOf(rest, rhythm, levels, phases);
		rhythm = phaseMedians(
			rest.map((value, i) => value / scale[i]!),
			phases,
			period,
		);
	}
	const left = rest.map((value, i) => value - scale[i]! * rhythm[phases[i]!]!);
	const strength = deviation(rest.map((_, i) => scale[i]! * rhythm[phases[i]!]!));
	// The variance of a median is pi / 2 times that of a mean; so much rhythm chance alone would show.
	const chance = ((Math.PI / 2) * robustDeviation(left) ** 2 * period) / stable.length;
	const shrink = strength === 0 ? 0 : 1 - Math.min(1, chance / strength ** 2);
	return {
		values: stable.map((value, i) => value - shrink * scale[i]! * rhythm[phases[i]!]!),
		strength: strength * shrink,
		period,
	};
}

/** A level's rhythm is this many times as strong as the common one, by least squares; a level under a day has it as is. */
const leastScale = 0.2;
const mostScale = 5;

function scalesOf(
	rest: Float64Array,
	rhythm: Float64Array,
	levels: readonly Level[],
	phases: Int32Array,
): Float64Array {
	const scales = new Float64Array(rest.length).fill(1);
	for (const { from, to } of levels) {
		if (to - from < day) continue;
		let product = 0;
		let square = 0;
		for (let i = from; i < to; i++) {
			product += rest[i]! * rhythm[phases[i]!]!;
			square += rhythm[phases[i]!]! ** 2;
		}
		if (square > 0) scales.fill(Math.min(Math.max(product / square, leastScale), mostScale), from, to);
	}
	return scales;
}

function deviation(values: Float64Array): number {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/**
 * The step that, together with a mean for every phase, leaves least unexplained. By the theorem of Frisch, Waugh and
 * Lovell the step's own share is what the phases leave of it: one pass finds the best.
 */
function stepBesideRhythm(values: Float64Array, phases: Int32Array, period: number): Level[] {
	const sizes = new Float64Array(period);
	const sums = new Float64Array(period);
	for (const [i, value] of values.entries()) {
		sizes[phases[i]!]! += 1;
		sums[phases[i]!]! += value;
	}
	const after = new Float64Array(period);
	let covered = 0;
	let product = 0;
	let best = { gain: 0, at: 0, height: 0 };
	for (let at = values.length - 1; at > 0; at--) {
		const phase = phases[at]!;
		const size = sizes[phase]!;
		covered -= (after[phase]! * (size - after[phase]!)) / size;
		after[phase]! += 1;
		covered += (after[phase]! * (size - after[phase]!)) / size;
		product += values[at]! - sums[phase]! / size;
		if (covered < 1) continue;
		const gain = product ** 2 / covered;
		if (gain > best.gain) best = { gain, at, height: product / covered };
	}
	const n = values.length;
	const mean = values.reduce((sum, value) => sum + value, 0) / n - (best.height * (n - best.at)) / n;
	if (best.gain === 0) return [{ from: 0, to: n, mean }];
	return [
		{ from: 0, to: best.at, mean },
		{ from: best.at, to: n, mean: mean + best.height },
	];
}
