/**
 * Two windows compared (chartcost/comparison@1), and the roll-outs alone (chartcost/rollouts@1).
 * Rates are per hour, so windows of any length compare; money is per month of 730 hours.
 */
import type { Analysis, TimeWindow } from "./analysis.ts";
import type { Change, Contribution, Rollout } from "./diagnosis.ts";
import type { AnalysisOptions } from "./options.ts";
import type { TimeRange } from "./time.ts";

export interface CompareOptions extends AnalysisOptions {
	/** `undefined`: around the strongest change. */
	windows: { before: TimeRange; after: TimeRange } | undefined;
}

export interface Figure {
	before: number;
	after: number;
	difference: number;
	/** after / before - 1; `null` when there was nothing before. */
	relative: number | null;
}

export interface ComparedPart extends Contribution {
	costUsdPerMonthBefore: number;
	costUsdPerMonthAfter: number;
}

/** Parts of the change of cost; they add up to `total`. */
export interface CostSplit {
	/** More or fewer requests, all else equal. */
	volume: number;
	/** Other kinds of requests, or more bytes per request. */
	mix: number;
	/** Other prices: 0, because both windows are priced with one price book. */
	rate: number;
	total: number;
}

export interface Comparison {
	before: TimeWindow;
	after: TimeWindow;
	/** The change that chose the windows; `null` when they were asked for. */
	change: Change | null;
	requestsPerHour: Figure;
	bytesSentPerHour: Figure;
	errorsPerHour: Figure;
	costUsdPerMonth: Figure;
	/** In requests per hour: what goes with the change, then what goes against it. */
	contributions: ComparedPart[];
	/** What no contribution explains. */
	rest: Omit<ComparedPart, "dimensions" | "sameAs">;
	costSplit: CostSplit;
	/** Sentences a reader must know. */
	notes: string[];
	prices: Analysis["prices"];
	exitCode: number;
}

export interface RolloutReport {
	window: TimeWindow | null;
	rollouts: Rollout[];
	notes: string[];
	exitCode: number;
}
