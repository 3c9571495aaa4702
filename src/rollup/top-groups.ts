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
): Set<number> {
	if (size <= count) return new Set(Array.from({ length: size }, (_, id) => id));
	if (count === 0) return new Set();
	// Sorting numbers is quick, sorting ids by a function is not: first find what cannot be shown.
	const rounded = new Float32Array(size);
	for (let id = 0; id < size; id++) rounded[id] = cost(id);
	const least = rounded.slice().sort()[size - count]!;
	const chosen: number[] = [];
	let tied: number[] = [];
	for (let id = 0; id < size; id++) {
		if (rounded[id]! > least) chosen.push(id);
		else if (rounded[id] === least) tied.push(id);
	}
	const places = count - chosen.length;
	if (tied.length > places) {
		const fewest = Float64Array.from(tied, requests).sort()[tied.length - places]!;
		const level = tied.filter((id) => requests(id) === fewest);
		tied = tied.filter((id) => requests(id) > fewest);
		for (const id of firstByName(level, places - tied.length, nameOf)) tied.push(id);
	}
	return new Set([...chosen, ...tied]);
}

/** The `count` ids whose names come first. Only theirs are held: a million keys may all cost the same. */
function firstByName(ids: readonly number[], count: number, nameOf: (id: number) => string): number[] {
	const first: { id: number; name: string }[] = [];
	for (const id of ids) {
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
