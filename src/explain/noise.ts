/**
 * How much a quiet series varies: from hour to hour, and from day to day. In: an hourly series without its rhythm.
 * Out: a test for the difference of two stretches of it. Requests come in bursts and days differ, so hours are not
 * independent: with a plain t-test, as in Hunter, every busy day of a year is a change (test/bench/CHANGES.md).
 */
import { prefixSums, robustDeviation } from "./smooth.ts";
import { twoSidedP } from "./student.ts";

export interface Noise {
	/** Variance of one hour, times what neighbouring hours share. */
	hourVariance: number;
	/** Variance that all hours of a day have in common. */
	dayVariance: number;
	hourFreedom: number;
	dayFreedom: number;
}

/** In units of the stabilised series, where chance alone (Poisson) has variance 1; timers have less. */
const minHourVariance = 0.04;
/** Correlation of neighbouring hours above this would be a trend. */
const maxCorrelation = 0.9;

/**
 * `values`: variance-stabilised, without rhythm and spikes. `residuals`: what they differ by from their levels, as far
 * as those are known. `lost`: parameters of the rhythm, which fitted noise away. `usualDayVariance`: what is assumed
 * of days while there are too few of them to measure it.
 */
export function noiseOf(
	values: Float64Array,
	residuals: Float64Array,
	lost: number,
	usualDayVariance: number,
): Noise {
	const n = values.length;
	const square = residuals.reduce((sum, e) => sum + e * e, 0);
	let product = 0;
	for (let i = 1; i < n; i++) product += residuals[i]! * residuals[i - 1]!;
	const seen = square === 0 ? 0 : product / square;
	// Seen correlation is too low in short series (Kendall 1954).
	const rho = Math.min(Math.max(seen + (1 + 3 * seen) / n, 0), maxCorrelation);
	const free = Math.max(n - lost, n / 4);
	const inflation = (1 + rho) / (1 - rho);
	const hourVariance = Math.max((square / free) * inflation, minHourVariance);
	const days = dayMeans(values);
	const steps = days.slice(1).map((mean, i) => mean - days[i]!);
	const enough = steps.length >= minDaySteps;
	const measured = deviationOf(steps) ** 2 / 2 - hourVariance / 24;
	return {
		hourVariance,
		dayVariance: Math.max(enough ? measured : 0, steps.length < manyDaySteps ? usualDayVariance : 0),
		hourFreedom: Math.max(leastFreedom, free / inflation),
		dayFreedom: enough ? steps.length : assumedFreedom,
	};
}

/** With fewer degrees of freedom no difference is certain, not even a stop. */
const leastFreedom = 8;
/** Fewer steps from day to day than this say little about how days differ. */
const minDaySteps = 6;
/** Of fewer, two changes spoil half: the smaller steps tell how days differ, and what is assumed is the least. */
const manyDaySteps = 14;
/** A third of all normal values are smaller than this many deviations. */
const thirdOfNormal = 0.4307;

function deviationOf(steps: Float64Array): number {
	if (steps.length >= manyDaySteps) return robustDeviation(steps);
	const sizes = steps.map(Math.abs).sort();
	return (sizes[Math.floor(sizes.length / 3)] ?? 0) / thirdOfNormal;
}

/** Degrees of freedom of what was not measured but assumed. */
const assumedFreedom = 30;

function dayMeans(values: Float64Array): Float64Array {
	const sums = prefixSums(values);
	return Float64Array.from(
		{ length: Math.floor(values.length / 24) },
		(_, day) => (sums[day * 24 + 24]! - sums[day * 24]!) / 24,
	);
}

/** Squared standard error of the difference of two means over so many hours. */
export function squaredError(noise: Noise, before: number, after: number): number {
	return (
		noise.hourVariance * (1 / before + 1 / after) +
		noise.dayVariance * (1 / Math.max(1, before / 24) + 1 / Math.max(1, after / 24))
	);
}

/** How likely chance makes two means differ by `difference`: Welch's test with two kinds of variance. */
export function chanceOf(difference: number, noise: Noise, before: number, after: number): number {
	const hours = noise.hourVariance * (1 / before + 1 / after);
	const error = squaredError(noise, before, after);
	const freedom = error ** 2 / (hours ** 2 / noise.hourFreedom + (error - hours) ** 2 / noise.dayFreedom);
	return twoSidedP(difference / Math.sqrt(error), freedom);
}
