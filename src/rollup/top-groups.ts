/** Which groups are shown: those that cost most. */

/** What groups cost, in the ranking unit, and their requests. */
export interface Ranks {
	groups: number;
	cost(id: number): number;
	requests(id: number): number;
}

/**
 * The ids of the `count` largest by cost, then requests, then name: the order that the rows will be shown in, so that
 * the choice does not depend on which thread was first. Costs are sums of doubles; as floats they are equal whatever
 * the order they were added in.
 */
export function topGroups(
	{ groups: size, cost, requests }: Ranks,
	count: number,
	nameOf: (id: number) => string,
): number[] {
	if (size <= count) return Array.from({ length: size }, (_, id) => id);
	if (count === 0) return [];
	// Sorting numbers is quick, sorting ids by a function is not: first find what cannot be shown.
	const rounded = new Float32Array(size);
	for (let id = 0; id < size; id++) rounded[id] = cost(id);
	const least = rounded.slice().sort()[size - count]!;
	const chosen: number[] = [];
	const tied = new Int32Array(size);
	let ties = 0;
	for (let id = 0; id < size; id++) {
		if (rounded[id]! > least) chosen.push(id);
		else if (rounded[id] === least) tied[ties++] = id;
	}
	const level = tied.subarray(0, ties);
	const places = count - chosen.length;
	if (ties <= places) return [...chosen, ...level];
	const fewest = nthLargest(level, places, requests);
	for (const id of level) if (requests(id) > fewest) chosen.push(id);
	const equal = (id: number): boolean => requests(id) === fewest;
	return [...chosen, ...firstByName(level, equal, count - chosen.length, nameOf)];
}

function nthLargest(ids: Int32Array, n: number, value: (id: number) => number): number {
	const values = new Float64Array(ids.length);
	for (let i = 0; i < ids.length; i++) values[i] = value(ids[i]!);
	return values.sort()[ids.length - n]!;
}

/** The `count` ids of the wanted ones whose names come first. Only theirs are held: a million keys may all cost the same. */
function firstByName(
	ids: Int32Array,
	isWanted: (id: number) => boolean,
	count: number,
	nameOf: (id: number) => string,
): number[] {
	const first: { id: number; name: string }[] = [];
	for (const id of ids) {
		if (!isWanted(id)) continue;
		const name = nameOf(id);
		if (first.length === count && name >= first[count - 1]!.name) continue;
		let [from, to] = [0, first.length];
		while (from < to) {
			const middle = (from + to) >> 1;
			if (first[middle]!.name <= name) from = middle + 1;
			else to = middle;
		}
		first.splice(from, 0, { id, name });
		if (first.length > count) first.pop();
	}
	return first.map(({ id }) => id);
}
