/**
 * Smoothing of hourly values, robust where it matters: running medians (steps stay, short spikes go), running means,
 * medians by phase of the day or week. In: numbers in order of time. Out: numbers of the same length.
 */

/** Median of the values; of an even number the mean of the middle two. 0 of nothing. */
export function median(values: ArrayLike<number>): number {
	const sorted = new Float64Array(values).sort();
	const middle = sorted.length >> 1;
	if (sorted.length === 0) return 0;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Standard deviation by the median of absolute values: outliers do not count. */
export function robustDeviation(residuals: ArrayLike<number>): number {
	const sizes = new Float64Array(residuals);
	for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(sizes[i]!);
	return 1.4826 * median(sizes);
}

/** Centred running median over `2 * half + 1` values; near the ends the window moves in, so it stays as long. */
export function runningMedian(values: Float64Array, half: number): Float64Array {
	const width = Math.min(2 * half + 1, values.length);
	const result = new Float64Array(values.length);
	/** In order of size; moves on by one value taken out and one put in. */
	const window = values.slice(0, width).sort();
	let begin = 0;
	for (let i = 0; i < values.length; i++) {
		const from = Math.min(Math.max(0, i - half), values.length - width);
		for (; begin < from; begin++) replace(window, values[begin]!, values[begin + width]!);
		result[i] = window[width >> 1]!;
	}
	return result;
}

/** Takes `old` out of the sorted values and puts `fresh` in. */
function replace(sorted: Float64Array, old: number, fresh: number): void {
	let at = sorted.indexOf(old);
	for (; at + 1 < sorted.length && sorted[at + 1]! < fresh; at++) sorted[at] = sorted[at + 1]!;
	for (; at > 0 && sorted[at - 1]! > fresh; at--) sorted[at] = sorted[at - 1]!;
	sorted[at] = fresh;
}

/** Centred running mean over `width` values; near the ends the nearest whole window. */
export function runningMean(values: Float64Array, width: number): Float64Array {
	const wide = Math.min(width, values.length);
	const sums = prefixSums(values);
	return Float64Array.from(values, (_, i) => {
		const from = Math.min(Math.max(0, i - (wide >> 1)), values.length - wide);
		return (sums[from + wide]! - sums[from]!) / wide;
	});
}

/** `sums[i]` is the sum of the first i values. */
export function prefixSums(values: Float64Array): Float64Array {
	const sums = new Float64Array(values.length + 1);
	for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
	return sums;
}

/** Median of the values of each phase, minus the mean of those medians. `phases[i]` is below `period`. */
export function phaseMedians(values: Float64Array, phases: Int32Array, period: number): Float64Array {
	const groups = Array.from({ length: period }, (): number[] => []);
	for (const [i, value] of values.entries()) groups[phases[i]!]!.push(value);
	const medians = Float64Array.from(groups, median);
	const mean = medians.reduce((sum, value) => sum + value, 0) / period;
	return medians.map((value) => value - mean);
}
