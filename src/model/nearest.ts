/** "Did you mean …?" for dimensions, flags, commands and keys of the configuration. Pure text in, text out. */

/** The candidate closest to what was typed, or `undefined` when none is close enough to be meant. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
	const word = typed.toLowerCase();
	// One slip in three letters: `user-agnet` is a typo, `banana` is not one of `bucket`.
	let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
	let best: string | undefined;
	for (const candidate of candidates) {
		const distance = editDistance(word, candidate.toLowerCase());
		if (distance < bestDistance) [bestDistance, best] = [distance, candidate];
	}
	return best ?? [...candidates].find((candidate) => word.length > 2 && candidate.startsWith(word));
}

/** `; did you mean X?` or nothing. */
export function didYouMean(typed: string, candidates: Iterable<string>): string {
	const found = nearest(typed, candidates);
	return found === undefined ? "" : `; did you mean ${found}?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			row[j] = Math.min(
				(row[j - 1] ?? 0) + 1,
				(last[j] ?? 0) + 1,
				(last[j - 1] ?? 0) + (same ? 0 : 1),
				swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
			);
		}
		[beforeLast, last] = [last, row];
	}
	return last[b.length] ?? 0;
}
