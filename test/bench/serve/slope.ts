/** Whether something grows: a straight line through samples by least squares. In: moments and values. Out: growth per minute. */

export interface Sample {
	atMinutes: number;
	value: number;
}

export function slopePerMinute(samples: readonly Sample[]): number {
	const mean = (value: (sample: Sample) => number) =>
		samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
	const [meanAt, meanValue] = [mean(({ atMinutes }) => atMinutes), mean(({ value }) => value)];
	const product = mean(({ atMinutes, value }) => (atMinutes - meanAt) * (value - meanValue));
	return product / mean(({ atMinutes }) => (atMinutes - meanAt) ** 2);
}
