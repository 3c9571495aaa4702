/**
 * Two windows explained: which requests came and went, what that does to the bill, and how much of it is volume and
 * how much mix. In: amounts per hour of each flow in both windows. Out: contributions, the rest, and the split.
 */
import type { Case } from "../model/case.ts";
import type { ComparedPart, Comparison, CostSplit } from "../model/comparison.ts";
import { hoursPerMonth } from "../model/units.ts";
import { cubeOf } from "./cube.ts";
import { contributionsOf } from "./describe.ts";
import { type Amounts, costOf, type Comparison as Sides } from "./windows.ts";

export interface Explanation extends Pick<Comparison, "contributions" | "rest" | "costSplit"> {
	/** USD a month of everything. */
	costBefore: number;
	costAfter: number;
}

export function explainWindows(theCase: Case, sides: Sides): Explanation {
	const all = () => true;
	const rates = { ...sides, before: sides.before.requests, after: sides.after.requests };
	const cube = cubeOf(theCase, rates, all);
	const [before, after] = [sumOf(sides.before.requests), sumOf(sides.after.requests)];
	const monthly = (amounts: Amounts, isIn: (flow: number) => boolean) =>
		costOf(theCase, amounts, isIn) * hoursPerMonth;
	const contributions = contributionsOf(cube, after - before).map(({ contribution, flows }): ComparedPart => {
		const own = new Set(flows);
		const isIn = (flow: number) => own.has(flow);
		return {
			...contribution,
			costUsdPerMonthBefore: monthly(sides.before, isIn),
			costUsdPerMonthAfter: monthly(sides.after, isIn),
		};
	});
	const left = (total: number, name: "before" | "after" | "costUsdPerMonthBefore" | "costUsdPerMonthAfter") =>
		total - contributions.reduce((sum, part) => sum + part[name], 0);
	const [costBefore, costAfter] = [monthly(sides.before, all), monthly(sides.after, all)];
	const rest = {
		share: after === before ? 0 : 1 - contributions.reduce((sum, { share }) => sum + share, 0),
		before: left(before, "before"),
		after: left(after, "after"),
		costUsdPerMonthBefore: left(costBefore, "costUsdPerMonthBefore"),
		costUsdPerMonthAfter: left(costAfter, "costUsdPerMonthAfter"),
	};
	const costSplit = splitCost(
		{ requests: before, lines: lineCostsOf(theCase, sides.before) },
		{ requests: after, lines: lineCostsOf(theCase, sides.after) },
	);
	return { contributions, rest, costSplit, costBefore, costAfter };
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** USD a month by line of the bill. */
function lineCostsOf(theCase: Case, amounts: Amounts): Map<string, number> {
	const lines = new Map<string, number>();
	for (const [flow, requests] of amounts.requests.entries()) {
		if (requests === 0) continue;
		const costs = theCase.lineCosts(flow, requests, amounts.bytesSent[flow]!, amounts.objectBytes[flow]!);
		for (const { usageType, costUsd } of costs) {
			lines.set(usageType, (lines.get(usageType) ?? 0) + costUsd * hoursPerMonth);
		}
	}
	return lines;
}

export interface PricedSide {
	requests: number;
	lines: ReadonlyMap<string, number>;
}

/**
 * Log-mean Divisia: a line costs requests x (units per request) x price; each factor gets its part of the change, and
 * nothing is left over. Of a line that is new or gone, the limit is taken: it is all mix; without any requests on one
 * side, all volume.
 */
export function splitCost(before: PricedSide, after: PricedSide): CostSplit {
	const total = sum(after.lines.values()) - sum(before.lines.values());
	if (before.requests === 0 || after.requests === 0) return { volume: total, mix: 0, rate: 0, total };
	const growth = Math.log(after.requests / before.requests);
	let volume = 0;
	for (const [line, cost] of after.lines) volume += logMean(cost, before.lines.get(line) ?? 0) * growth;
	return { volume, mix: total - volume, rate: 0, total };
}

function sum(values: Iterable<number>): number {
	let total = 0;
	for (const value of values) total += value;
	return total;
}

/** Lies between a and b; 0 when one of them is. */
function logMean(a: number, b: number): number {
	if (a <= 0 || b <= 0) return 0;
	return Math.abs(a - b) < 1e-9 * a ? (a + b) / 2 : (a - b) / Math.log(a / b);
}
