/**
 * Where a quiet series changes its level: Hunter's recipe (windows are split top-down with a lax test, then changes are
 * merged bottom-up with a strict one), with the split of the largest t instead of the largest energy distance: after
 * stabilising, what changes is the mean, and the noise model is the same in both steps. In: values and their noise.
 * Out: indices where a new level begins.
 */
import { chanceOf, type Noise, squaredError } from "./noise.ts";
import { prefixSums } from "./smooth.ts";

export interface Strictness {
	/** Shortest stretch that can be a level. */
	minHours: number;
	/** Chance of a false alarm in the whole series. */
	maxChance: number;
	/** Smallest difference of levels that matters, relative to the smaller one. */
	minMagnitude: number;
}

export interface Level {
	from: number;
	to: number;
	/** Mean of the stabilised values. */
	mean: number;
}

/** Lengths of windows to look into besides the whole: a week among months would not be seen otherwise. */
const windowHours = [48, 168, 672];
/** Levels are compared over this much at most: growth over months is no change of one hour. */
export const maxSideHours = 168;

export function changePoints(values: Float64Array, noise: Noise, strictness: Strictness): number[] {
	const sums = prefixSums(values);
	const found = new Set<number>();
	const lax = { ...strictness, maxChance: 10 * strictness.maxChance };
	const split = (from: number, to: number): void => {
		const at = bestSplit(sums, noise, from, to, strictness.minHours);
		if (at === undefined) return;
		if (chanceAt(sums, noise, [from, at, to]) * placesIn(values.length) > lax.maxChance) return;
		found.add(at);
		split(from, at);
		split(at, to);
	};
	for (const width of [...windowHours.filter((hours) => hours < values.length), values.length]) {
		const step = Math.max(1, Math.floor(width / 2));
		for (let from = 0; from === 0 || from + step < values.length; from += step) {
			split(from, Math.min(values.length, from + width));
		}
	}
	const points = [...found].sort((a, b) => a - b);
	return merged(
		sums,
		noise,
		settled(sums, noise, merged(sums, noise, points, strictness), strictness),
		strictness,
	);
}

/** The split with the largest t; `undefined` when there is no room for two levels. */
function bestSplit(
	sums: Float64Array,
	noise: Noise,
	from: number,
	to: number,
	minHours: number,
): number | undefined {
	let best: number | undefined;
	let largest = 0;
	for (let at = from + minHours; at <= to - minHours; at++) {
		const before = (sums[at]! - sums[from]!) / (at - from);
		const after = (sums[to]! - sums[at]!) / (to - at);
		const square = (after - before) ** 2 / squaredError(noise, at - from, to - at);
		if (square <= largest) continue;
		largest = square;
		best = at;
	}
	return best;
}

/** A split a few hours on is nearly the same test: so many hours count as one try. */
const hoursPerPlace = 12;
const placesIn = (hours: number): number => Math.max(1, hours / hoursPerPlace);

type Sides = readonly [from: number, at: number, to: number];

function meansAt(sums: Float64Array, [from, at, to]: Sides): { before: number; after: number; sides: Sides } {
	const start = Math.max(from, at - maxSideHours);
	const end = Math.min(to, at + maxSideHours);
	return {
		before: (sums[at]! - sums[start]!) / (at - start),
		after: (sums[end]! - sums[at]!) / (end - at),
		sides: [start, at, end],
	};
}

function chanceAt(sums: Float64Array, noise: Noise, around: Sides): number {
	const { before, after, sides } = meansAt(sums, around);
	return chanceOf(after - before, noise, sides[1] - sides[0], sides[2] - sides[1]);
}

/** Requests per hour at a stabilised level. */
export function rateOf(mean: number): number {
	return Math.max(0, (mean / 2) ** 2 - 3 / 8);
}

/** The larger rate over the smaller one, minus 1. A rate below one in ten hours counts as that. */
function magnitudeAt(sums: Float64Array, around: Sides): number {
	const { before, after } = meansAt(sums, around);
	const rates = [rateOf(before), rateOf(after)].map((rate) => Math.max(rate, 0.1));
	return Math.max(...rates) / Math.min(...rates) - 1;
}

/** Drops the least certain change, then the smallest, until all are certain and large enough. */
function merged(
	sums: Float64Array,
	noise: Noise,
	points: readonly number[],
	strictness: Strictness,
): number[] {
	const kept = [...points];
	const last = sums.length - 1;
	const around = (i: number): Sides => [kept[i - 1] ?? 0, kept[i]!, kept[i + 1] ?? last];
	const worst = (badness: (i: number) => number, limit: number): number | undefined => {
		let found: number | undefined;
		let most = limit;
		for (let i = 0; i < kept.length; i++) {
			const bad = badness(i);
			if (bad <= most) continue;
			most = bad;
			found = i;
		}
		return found;
	};
	const tooShort = (i: number) => {
		const [from, at, to] = around(i);
		return strictness.minHours - Math.min(at - from, to - at);
	};
	for (;;) {
		const drop =
			worst((i) => chanceAt(sums, noise, around(i)) * placesIn(last), strictness.maxChance) ??
			worst((i) => -magnitudeAt(sums, around(i)), -strictness.minMagnitude) ??
			worst(tooShort, 0);
		if (drop === undefined) return kept;
		kept.splice(drop, 1);
	}
}

/** Each change moved to the best place between its neighbours. */
function settled(
	sums: Float64Array,
	noise: Noise,
	points: readonly number[],
	{ minHours }: Strictness,
): number[] {
	const last = sums.length - 1;
	const moved: number[] = [];
	for (const [i, at] of points.entries()) {
		const from = Math.max(moved.at(-1) ?? 0, at - maxSideHours);
		const to = Math.min(points[i + 1] ?? last, at + maxSideHours);
		moved.push(bestSplit(sums, noise, from, to, minHours) ?? at);
	}
	return moved;
}

/** How likely chance alone makes each of the changes between these levels, in a series of this length. */
export function chancesOf(values: Float64Array, noise: Noise, levels: readonly Level[]): number[] {
	const sums = prefixSums(values);
	return levels
		.slice(1)
		.map(({ from, to }, i) =>
			Math.min(1, chanceAt(sums, noise, [levels[i]!.from, from, to]) * placesIn(values.length)),
		);
}

export function levelsOf(values: Float64Array, points: readonly number[]): Level[] {
	const sums = prefixSums(values);
	const bounds = [0, ...points, values.length];
	return bounds.slice(1).map((to, i) => {
		const from = bounds[i]!;
		return { from, to, mean: to === from ? 0 : (sums[to]! - sums[from]!) / (to - from) };
	});
}
