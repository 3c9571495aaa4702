/**
 * What a ChartMuseum downloads for itself, apart from what its users ask for: every package at each listing, a few
 * packages at each listing, or everything again after a restart.
 * In: one program with its listings, its downloads per key, and its downloads per minute. Out: how much is waste,
 * and why. Facts: chart-repositories.md 1.4 and 5; on each log counts differ a little, records get lost.
 */

import type { KeyUses } from "../model/case.ts";
import { burstsOf } from "./bursts.ts";
import { Call } from "./calls.ts";
import { orderOf, steadyKeys } from "./key-order.ts";
import { type Program, requestsFor } from "./programs.ts";
import { countBefore, type Ticks } from "./ticks.ts";
import type { Names, Traces } from "./traces.ts";

export type Cause = "get-all-bug" | "all-changed" | "restart" | "invalid-package";

export interface Sweeps {
	program: Program;
	ticks: Ticks;
	/** `null`: it downloads only what is new or asked for. */
	cause: Cause | null;
	/** How often it went through what it downloads for itself. */
	passes: number;
	/** Packages of one pass, on average. */
	keysPerPass: number;
	/** Key ids of what is downloaded again and again; of all packages for a whole sweep. */
	keys: readonly number[];
	/** Whole downloads: waste and the rest add up to all. */
	totalRequests: number;
	wastedRequests: number;
	wastedBytes: number;
	/** Share of neighbours in time that are in key order; `null` when it was not looked at. */
	inKeyOrder: number | null;
	/** Unix seconds of the restarts. */
	restarts: readonly number[];
	/** Unix seconds of the last pass. */
	lastSeconds: number;
}

/** A package counts as part of every pass when it was got about once per listing since it was first got. */
const steadyRange = { from: 0.8, to: 1.5 };
/** Of the packages: users' downloads raise the count of popular ones, deleted ones fall behind. */
const minSteadyShare = 0.6;
/** Listings before a rhythm of downloads can be told from chance. */
const minPasses = 3;
/** The same, for a few packages out of many, which popular ones might imitate. */
const minPassesOfFew = 12;
/** With fewer packages than these a busy one looks like a sweep, unless the release is known for it. */
const minSweepKeys = 3;
/** A sweep gets at least this share of what was listed; the rest may be provenance files and other folders. */
const minListedShare = 0.3;
/** In key order, one after the other: the loop of 0.13.x. A pass over the end of an hour breaks it once. */
const minOrder = 0.8;

interface PackageUse {
	key: number;
	count: number;
	bytes: number;
	/** Unix seconds of the first download. */
	first: number;
	/** Listings from the first download on: how often a sweep would have got it. */
	passes: number;
}

export function sweepsOf(program: Program, traces: Traces, names: Names): Sweeps {
	const { ticks, sample, uses, listed } = traces;
	const packages = uses === undefined ? [] : packageUses(uses, ticks.seconds, names);
	const nothing = nothingWasted(program, ticks);
	if (uses === undefined || ticks.seconds.length === 0 || packages.length === 0) return nothing;
	const steady = packages.filter(isSteady);
	if (isWholeSweep(program, packages, ticks, listed)) {
		const inKeyOrder = orderOf(uses.details, sample, names);
		const cause = wholeCause(program, inKeyOrder);
		return { ...nothing, ...wasteOf(packages), cause, passes: ticks.seconds.length, inKeyOrder };
	}
	const few = steady.filter(({ passes }) => passes >= minPassesOfFew);
	const repeated = steadyKeys(uses.details, sample, ticks.seconds, few);
	if (!isGetAllRelease(program) && repeated.length > 0) {
		return { ...nothing, ...wasteOf(repeated), cause: "invalid-package", passes: ticks.seconds.length };
	}
	const bursts = burstsOf(traces.peaks, uses, names);
	if (bursts.length === 0) return nothing;
	const wastedRequests = bursts.reduce((sum, burst) => sum + burst.requests, 0);
	return {
		...nothing,
		cause: "restart",
		passes: bursts.length,
		keysPerPass: wastedRequests / bursts.length,
		keys: packages.map(({ key }) => key),
		wastedRequests,
		wastedBytes: Math.round(meanBytes(packages) * wastedRequests),
		restarts: bursts.map(({ seconds }) => seconds),
		lastSeconds: bursts.at(-1)!.seconds,
	};
}

function nothingWasted(program: Program, ticks: Ticks): Sweeps {
	return {
		program,
		ticks,
		cause: null,
		passes: 0,
		keysPerPass: 0,
		keys: [],
		totalRequests: requestsFor(program, Call.get),
		wastedRequests: 0,
		wastedBytes: 0,
		inKeyOrder: null,
		restarts: [],
		lastSeconds: ticks.seconds.at(-1) ?? program.lastSeconds,
	};
}

function packageUses(
	{ keys, counts, bytes, first }: KeyUses,
	ticks: Float64Array,
	names: Names,
): PackageUse[] {
	const uses: PackageUse[] = [];
	for (let i = 0; i < keys.length; i++) {
		if (!names.isPackage(keys[i]!)) continue;
		// The listing before the first download began the pass that it belongs to; it may lie before the window.
		const passes = ticks.length + 1 - countBefore(ticks, first[i]! + 1);
		uses.push({ key: keys[i]!, count: counts[i]!, bytes: bytes[i]!, first: first[i]!, passes });
	}
	return uses;
}

function isSteady({ count, passes }: PackageUse): boolean {
	return count >= passes * steadyRange.from && count <= passes * steadyRange.to;
}

export function isGetAllRelease({ software }: Pick<Program, "software">): boolean {
	return /^ChartMuseum 0\.13\./.test(software);
}

function isWholeSweep(program: Program, packages: PackageUse[], ticks: Ticks, listed: number): boolean {
	const known = isGetAllRelease(program);
	const judged = packages.filter(({ passes }) => passes >= (known ? 1 : minPasses));
	if (judged.length < (known ? 1 : minSweepKeys)) return false;
	if (!known && (ticks.seconds.length < minPasses || packages.length < listed * minListedShare)) return false;
	// Popular packages are got more often than once a pass: the passes are in there all the same.
	const isInPass = ({ count, passes }: PackageUse): boolean => count >= passes * steadyRange.from;
	const isPart = known ? isInPass : isSteady;
	return judged.filter(isPart).length >= judged.length * minSteadyShare;
}

function wholeCause(program: Program, inKeyOrder: number | null): Cause {
	if (isGetAllRelease(program)) return "get-all-bug";
	if (inKeyOrder === null || inKeyOrder < minOrder) return "restart";
	return /^ChartMuseum /.test(program.software) ? "all-changed" : "get-all-bug";
}

/** Of the downloads of a package, one per pass is for the index; more were asked for. */
function wasteOf(
	packages: PackageUse[],
): Pick<Sweeps, "keys" | "keysPerPass" | "wastedRequests" | "wastedBytes"> {
	let wastedRequests = 0;
	let wastedBytes = 0;
	let passes = 0;
	for (const use of packages) {
		const requests = Math.min(use.count, use.passes);
		wastedRequests += requests;
		wastedBytes += (use.bytes / use.count) * requests;
		passes = Math.max(passes, use.passes);
	}
	return {
		keys: packages.map(({ key }) => key),
		keysPerPass: passes === 0 ? 0 : wastedRequests / passes,
		wastedRequests,
		wastedBytes: Math.round(wastedBytes),
	};
}

function meanBytes(packages: PackageUse[]): number {
	const count = packages.reduce((sum, use) => sum + use.count, 0);
	return count === 0 ? 0 : packages.reduce((sum, use) => sum + use.bytes, 0) / count;
}
