/**
 * The changes of all series of a case, each told once. In: series. Out: steps: which series, at which hour, and which
 * hours before and after it are compared.
 */
import { findLevels } from "./levels.ts";
import type { SeriesSet } from "./series.ts";
import { maxSideHours, type Strictness } from "./split.ts";

export interface Step {
	/** Number of the series. */
	series: number;
	/** Positions in the grid: compared before, first hour after the change, end of what is compared after. */
	from: number;
	at: number;
	to: number;
	chance: number;
	/** Mean requests per hour on both sides. */
	before: number;
	after: number;
	stopped: boolean;
}

/** As in Hunter, for all series together. */
const maxChance = 0.001;
/** 20 % is what people ask about; measured with noise, a fifth may look like a sixth. Relative to the smaller side. */
const minMagnitude = 0.17;
/** A rate below one request an hour on both sides is nobody's load. */
const minRate = 1;
/** Longer than any spike that a running median of 13 hours leaves (levels.ts). */
export const minHours = 6;
/** Two series that change within this many hours, in one direction, show one change. */
const sameHours = 6;
/** From this share on, a principal's change is the bucket's. */
const carries = 0.8;
/** Changes told at most, the most certain ones; a year that has more has no level at all. */
const maxSteps = 40;

export function findSteps({ series, hours }: SeriesSet): Step[] {
	const strictness: Strictness = {
		minHours,
		maxChance: maxChance / Math.max(1, series.length),
		minMagnitude,
	};
	const steps = series.flatMap(({ counts }, number) => {
		const { levels, chances } = findLevels(counts, hours, strictness);
		return levels.slice(1).map(({ from: at, to }, i): Step => {
			const from = Math.max(levels[i]!.from, at - maxSideHours);
			const end = Math.min(to, at + maxSideHours);
			const rest = counts.subarray(at + 1);
			return {
				series: number,
				from,
				at,
				to: end,
				chance: chances[i]!,
				before: mean(counts.subarray(from, at)),
				after: mean(counts.subarray(at, end)),
				stopped: rest.length >= minHours - 1 && rest.every((requests) => requests === 0),
			};
		});
	});
	return toldOnce(steps, series)
		.filter(({ before, after }) => Math.max(before, after) >= minRate)
		.sort((a, b) => a.chance - b.chance || a.at - b.at || a.series - b.series)
		.slice(0, maxSteps)
		.sort((a, b) => a.at - b.at || a.series - b.series);
}

function mean(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** A bucket's change that one principal carries is the principal's; principals that share one are the bucket's. */
function toldOnce(steps: readonly Step[], series: SeriesSet["series"]): Step[] {
	const isBucket = ({ series: number }: Step) => series[number]!.iamUser === undefined;
	const partsOf = (whole: Step) =>
		steps.filter(
			(step) =>
				!isBucket(step) &&
				series[step.series]!.bucket === series[whole.series]!.bucket &&
				Math.abs(step.at - whole.at) <= sameHours &&
				step.after > step.before === whole.after > whole.before,
		);
	const gone = new Set<Step>();
	for (const whole of steps.filter(isBucket)) {
		const parts = partsOf(whole);
		const named = parts.some(
			(part) => Math.abs(part.after - part.before) >= carries * Math.abs(whole.after - whole.before),
		);
		if (named) gone.add(whole);
		else for (const part of parts) gone.add(part);
	}
	return steps.filter((step) => !gone.has(step));
}
