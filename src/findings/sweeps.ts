/**
 * What a ChartMuseum downloads for itself, apart from what its users ask for: every package at each listing, a few
 * packages at each listing, or everything again after a restart.
 * In: one program with its listings, its downloads per key, and its downloads per minute. Out: how much is waste,
 * and why. Facts: chart-repositories.md 1.4 and 5; on each log counts differ a little, records get lost.
 */
import type { KeySums, KeyUses } from "../model/case.ts";
import { burstsOf } from "./bursts.ts";
import { Call } from "./calls.ts";
import { maxSteadyKeys, orderOf, steadyKeys } from "./key-order.ts";
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
	keys: Int32Array;
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

/** Packages as columns: a bucket may have a million. */
interface Packages extends KeySums {
	/** Listings from the first download on: how often a sweep would have got it. */
	passes: Int32Array;
}

export function sweepsOf(program: Program, traces: Traces, names: Names): Sweeps {
	const { ticks, sample, uses, listed } = traces;
	const nothing = nothingWasted(program, ticks);
	if (uses === undefined || ticks.seconds.length === 0) return nothing;
	const packages = packagesOf(uses, ticks.seconds, names);
	if (packages.keys.length === 0) return nothing;
	if (isWholeSweep(program, packages, ticks, listed)) {
		const inKeyOrder = orderOf(uses.details, sample, names);
		const cause = wholeCause(program, inKeyOrder);
		return { ...nothing, ...wasteOf(packages), cause, passes: ticks.seconds.length, inKeyOrder };
	}
	const few = isGetAllRelease(program) ? [] : fewSteady(packages);
	const repeated = steadyKeys(uses.details, sample, ticks.seconds, few);
	if (repeated.length > 0) {
		const rows = Int32Array.from(repeated, ({ at }) => at);
		return {
			...nothing,
			...wasteOf(packagesAt(packages, rows)),
			cause: "invalid-package",
			passes: ticks.seconds.length,
		};
	}
	const bursts = burstsOf(traces.peaks, uses, names);
	if (bursts.length === 0) return nothing;
	const wastedRequests = bursts.reduce((sum, burst) => sum + burst.requests, 0);
	return {
		...nothing,
		cause: "restart",
		passes: bursts.length,
		keysPerPass: wastedRequests / bursts.length,
		keys: packages.keys,
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
		keys: new Int32Array(0),
		totalRequests: requestsFor(program, Call.get),
		wastedRequests: 0,
		wastedBytes: 0,
		inKeyOrder: null,
		restarts: [],
		lastSeconds: ticks.seconds.at(-1) ?? program.lastSeconds,
	};
}

function packagesOf(uses: KeyUses, ticks: Float64Array, names: Names): Packages {
	const chosen = new Int32Array(uses.keys.length);
	let size = 0;
	for (let i = 0; i < chosen.length; i++) if (names.isPackage(uses.keys[i]!)) chosen[size++] = i;
	// Most often all are: a million need not be copied then.
	const packages = size === chosen.length ? uses : usesAt(uses, chosen.subarray(0, size));
	const passes = new Int32Array(size);
	// The listing before the first download began the pass that it belongs to; it may lie before the window.
	for (let i = 0; i < size; i++) passes[i] = ticks.length + 1 - countBefore(ticks, packages.first[i]! + 1);
	const { keys, counts, bytes, first } = packages;
	return { keys, counts, bytes, first, passes };
}

function packagesAt(packages: Packages, rows: Int32Array): Packages {
	return { ...usesAt(packages, rows), passes: rows.map((row) => packages.passes[row]!) };
}

function usesAt({ keys, counts, bytes, first }: KeySums, rows: Int32Array): KeySums {
	// A plain loop: Float64Array.from holds a list of all values first.
	const doublesAt = (column: Float64Array): Float64Array => {
		const values = new Float64Array(rows.length);
		for (let i = 0; i < rows.length; i++) values[i] = column[rows[i]!]!;
		return values;
	};
	return {
		keys: rows.map((row) => keys[row]!),
		counts: doublesAt(counts),
		bytes: doublesAt(bytes),
		first: doublesAt(first),
	};
}

function isSteady(count: number, passes: number): boolean {
	return count >= passes * steadyRange.from && count <= passes * steadyRange.to;
}

/** Candidates for the same few packages at each listing; one more than that many, when there are too many. */
function fewSteady({ keys, counts, first, passes }: Packages): { at: number; key: number; first: number }[] {
	const few: { at: number; key: number; first: number }[] = [];
	for (let at = 0; at < keys.length && few.length <= maxSteadyKeys; at++) {
		if (passes[at]! < minPassesOfFew || !isSteady(counts[at]!, passes[at]!)) continue;
		few.push({ at, key: keys[at]!, first: first[at]! });
	}
	return few;
}

export function isGetAllRelease({ software }: Pick<Program, "software">): boolean {
	return /^ChartMuseum 0\.13\./.test(software);
}

function isWholeSweep(
	program: Program,
	{ keys, counts, passes }: Packages,
	ticks: Ticks,
	listed: number,
): boolean {
	const known = isGetAllRelease(program);
	let judged = 0;
	let parts = 0;
	for (let i = 0; i < keys.length; i++) {
		const [count, expected] = [counts[i]!, passes[i]!];
		if (expected < (known ? 1 : minPasses)) continue;
		judged++;
		// Popular packages are got more often than once a pass: the passes are in there all the same.
		if (known ? count >= expected * steadyRange.from : isSteady(count, expected)) parts++;
	}
	if (judged < (known ? 1 : minSweepKeys)) return false;
	if (!known && (ticks.seconds.length < minPasses || keys.length < listed * minListedShare)) return false;
	return parts >= judged * minSteadyShare;
}

function wholeCause(program: Program, inKeyOrder: number | null): Cause {
	if (isGetAllRelease(program)) return "get-all-bug";
	if (inKeyOrder === null || inKeyOrder < minOrder) return "restart";
	return /^ChartMuseum /.test(program.software) ? "all-changed" : "get-all-bug";
}

/** Of the downloads of a package, one per pass is for the index; more were asked for. */
function wasteOf({
	keys,
	counts,
	bytes,
	passes,
}: Packages): Pick<Sweeps, "keys" | "keysPerPass" | "wastedRequests" | "wastedBytes"> {
	let wastedRequests = 0;
	let wastedBytes = 0;
	let mostPasses = 0;
	for (let i = 0; i < keys.length; i++) {
		const requests = Math.min(counts[i]!, passes[i]!);
		wastedRequests += requests;
		wastedBytes += (bytes[i]! / counts[i]!) * requests;
		mostPasses = Math.max(mostPasses, passes[i]!);
	}
	return {
		keys,
		keysPerPass: mostPasses === 0 ? 0 : wastedRequests / mostPasses,
		wastedRequests,
		wastedBytes: Math.round(wastedBytes),
	};
}

function meanBytes({ counts, bytes }: Packages): number {
	const count = counts.reduce((sum, one) => sum + one, 0);
	return count === 0 ? 0 : bytes.reduce((sum, one) => sum + one, 0) / count;
}
