/**
 * Which part of the requests carries a change. In: leaves, each with a value per dimension and its rates before and
 * after. Out: the smallest sets of dimension values that explain gains and losses, other names for the same
 * requests, and what is left over.
 *
 * A set explains a change when all in it changes in proportion (HotSpot's ripple effect): its score is how much nearer
 * the leaves come to what was seen if each of its leaves is scaled by the set's own ratio. Of all sets that score
 * nearly as well as the best, the one with the fewest dimensions is told (Occam).
 */

/** Leaves as columns: `values[d][i]` numbers the value of leaf i in dimension d. */
export interface Leaves {
	/** In order of preference: of two names for the same requests, the earlier one is told. */
	dimensions: readonly string[];
	values: readonly Int32Array[];
	/** Number of values of each dimension. */
	sizes: readonly number[];
	before: Float64Array;
	after: Float64Array;
	/** Differences up to this are chance, per leaf. */
	noise: Float64Array;
}

export interface Part {
	/** Dimension and value numbers; empty: everything. */
	chosen: readonly (readonly [dimension: number, value: number])[];
	sameAs: readonly (readonly [dimension: number, value: number])[];
	before: number;
	after: number;
	leaves: Int32Array;
}

/** Parts told at most, of gains and of losses: nobody acts on the sixth. */
const maxParts = 5;
/** A part that carries less of the gains (or losses) is left to the rest. */
const minShare = 0.05;
/** A simpler set is told when it explains this much of what the best one does. */
const nearlyAsGood = 0.95;
/** Gains and losses are told apart: a set may hold this much of the other kind, compared to its own. */
const maxOpposite = 0.01;
/** Dimensions in one set: four say as much as "this one". */
const maxChosen = 3;
/** Sets looked into further, per part: the bound below ends nearly every search long before. */
const maxExpanded = 50;
/** Two descriptions are the same when they share this much of their requests. */
const sameShare = 0.98;

/**
 * What explains the differences with the sign of `sign`, as found: the next explains what the ones before it left.
 * `free` has a 1 for every leaf that no part has yet; leaves of the parts found are taken out of it.
 */
export function explain(leaves: Leaves, sign: 1 | -1, free: Uint8Array): Part[] {
	const left = Float64Array.from(leaves.before, (before, i) => {
		const difference = leaves.after[i]! - before;
		return free[i] === 1 && Math.abs(difference) > leaves.noise[i]! ? difference : 0;
	});
	const gross = left.reduce((sum, difference) => sum + Math.max(0, sign * difference), 0);
	const parts: Part[] = [];
	while (parts.length < maxParts) {
		const found = bestSet({ leaves, left, free, sign, least: minShare * gross });
		if (found === undefined) break;
		const own = found.members.filter((leaf) => free[leaf] === 1);
		parts.push(partOf(leaves, found, own));
		for (const leaf of own) free[leaf] = 0;
	}
	return parts;
}

interface Search {
	leaves: Leaves;
	/** Differences beyond chance. */
	left: Float64Array;
	/** 0: a part that was found has it. */
	free: Uint8Array;
	sign: 1 | -1;
	/** The least score worth telling. */
	least: number;
}

interface Candidate {
	chosen: readonly (readonly [dimension: number, value: number])[];
	members: Int32Array;
	score: number;
	/** No narrower set can score more: the differences of the right sign in it. */
	bound: number;
}

/** Best first: a set is only looked into while something narrower could still be the best. */
function bestSet(search: Search): Candidate | undefined {
	const everything = Int32Array.from(search.free.keys());
	const start = candidate(search, [], everything);
	const seen = new Map<string, Candidate>([["", start]]);
	const open = [start];
	let best = start.score;
	for (let expanded = 0; expanded < maxExpanded; expanded++) {
		open.sort((a, b) => b.bound - a.bound || a.chosen.length - b.chosen.length);
		const set = open.shift();
		if (set === undefined || set.bound <= best) break;
		if (set.chosen.length === maxChosen) continue;
		for (const narrower of narrowed(search, set, seen)) {
			if (narrower.bound < search.least) continue;
			open.push(narrower);
			best = Math.max(best, narrower.score);
		}
	}
	if (best <= search.least || best === 0) return undefined;
	const good = [...seen.values()].filter(({ score }) => score >= nearlyAsGood * best);
	return good.sort(simplest)[0];
}

function simplest(a: Candidate, b: Candidate): number {
	const order = ({ chosen }: Candidate) => chosen.reduce((sum, [dimension]) => sum + 2 ** dimension, 0);
	return a.chosen.length - b.chosen.length || order(a) - order(b) || b.score - a.score;
}

/** The set with one more dimension, for every value of it that has a difference of the right sign. */
function narrowed(search: Search, set: Candidate, seen: Map<string, Candidate>): Candidate[] {
	const found: Candidate[] = [];
	for (const [dimension, values] of search.leaves.values.entries()) {
		if (set.chosen.some(([used]) => used === dimension)) continue;
		const promising = new Float64Array(search.leaves.sizes[dimension]!);
		for (const leaf of set.members)
			promising[values[leaf]!]! += Math.max(0, search.sign * search.left[leaf]!);
		for (const [value, bound] of promising.entries()) {
			if (bound === 0 || bound < search.least) continue;
			const chosen = [...set.chosen, [dimension, value] as const].sort(([a], [b]) => a - b);
			const key = chosen.join(";");
			if (seen.has(key)) continue;
			const members = set.members.filter((leaf) => values[leaf] === value);
			const next = candidate(search, chosen, members);
			seen.set(key, next);
			found.push(next);
		}
	}
	return found;
}

function candidate(
	{ leaves, left, free, sign }: Search,
	chosen: Candidate["chosen"],
	members: Int32Array,
): Candidate {
	let before = 0;
	let after = 0;
	let bound = 0;
	// What another part has been given for must not be in this one's description too.
	let opposite = 0;
	for (const leaf of members) {
		if (free[leaf] === 0) {
			opposite += Math.abs(leaves.after[leaf]! - leaves.before[leaf]!);
			continue;
		}
		before += leaves.before[leaf]!;
		after += leaves.after[leaf]!;
		bound += Math.max(0, sign * left[leaf]!);
	}
	const isNew = before === 0;
	const growth = isNew ? 0 : after / before - 1;
	let score = 0;
	for (const leaf of members) {
		if (free[leaf] === 0) continue;
		const own = left[leaf]!;
		const was = leaves.before[leaf]!;
		if (sign * own < 0) {
			opposite += Math.abs(own);
			continue;
		}
		// What is new cannot have grown in proportion: only a set in which all is new explains it.
		const expected = isNew ? own : was * growth;
		score += Math.abs(own) - Math.max(0, Math.abs(own - expected) - leaves.noise[leaf]!);
	}
	const isPure = sign * (after - before) > 0 && opposite <= maxOpposite * bound;
	return { chosen, members, score: isPure ? score - opposite : 0, bound };
}

function partOf(leaves: Leaves, { chosen }: Candidate, members: Int32Array): Part {
	const sum = (column: Float64Array) => members.reduce((total, leaf) => total + column[leaf]!, 0);
	return {
		chosen,
		sameAs: otherNames(leaves, chosen, members),
		before: sum(leaves.before),
		after: sum(leaves.after),
		leaves: members,
	};
}

/** Dimensions that could stand in place of a chosen one and select the same requests. */
function otherNames(leaves: Leaves, chosen: Candidate["chosen"], members: Int32Array): Part["sameAs"] {
	if (chosen.length === 0) return [];
	const weight = (leaf: number) => leaves.before[leaf]! + leaves.after[leaf]!;
	const own = members.reduce((total, leaf) => total + weight(leaf), 0);
	const names: [number, number][] = [];
	for (const [dimension, values] of leaves.values.entries()) {
		if (chosen.some(([used]) => used === dimension)) continue;
		const value = commonest(values, members, weight);
		const inside = members.reduce((total, leaf) => total + (values[leaf] === value ? weight(leaf) : 0), 0);
		if (inside < sameShare * own) continue;
		const replaces = chosen.some(([left]) => {
			const kept = chosen.filter(([used]) => used !== left);
			let selected = 0;
			for (let leaf = 0; leaf < values.length; leaf++) {
				if (values[leaf] !== value) continue;
				if (kept.every(([used, wanted]) => leaves.values[used]![leaf] === wanted)) selected += weight(leaf);
			}
			return selected * sameShare <= inside;
		});
		if (replaces) names.push([dimension, value]);
	}
	return names;
}

function commonest(values: Int32Array, members: Int32Array, weight: (leaf: number) => number): number {
	const sums = new Map<number, number>();
	for (const leaf of members) sums.set(values[leaf]!, (sums.get(values[leaf]!) ?? 0) + weight(leaf));
	return [...sums].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [-1, -1])[0];
}
