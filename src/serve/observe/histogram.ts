/**
 * A histogram with fixed bounds: counts per bucket and the sum. In: durations in milliseconds. Out: what Prometheus
 * calls cumulative buckets, in seconds. Most requests are hits and fall into the first bucket that is looked at.
 */

export class Histogram {
	/** Upper bounds, inclusive, ascending. */
	readonly boundsMs: readonly number[];
	/** One per bound and one for all above. */
	readonly counts: Float64Array;
	sumMs = 0;

	constructor(boundsMs: readonly number[]) {
		this.boundsMs = boundsMs;
		this.counts = new Float64Array(boundsMs.length + 1);
	}

	observe(durationMs: number): void {
		// NaN and negative durations would spoil the sum for ever.
		const valueMs = durationMs > 0 && durationMs < Number.MAX_SAFE_INTEGER ? durationMs : 0;
		const { boundsMs } = this;
		let bucket = 0;
		while (bucket < boundsMs.length && valueMs > boundsMs[bucket]!) bucket++;
		this.counts[bucket]!++;
		this.sumMs += valueMs;
	}

	get total(): number {
		return this.counts.reduce((sum, count) => sum + count, 0);
	}
}

/** A hit from memory takes 0.1 ms, a large chart to a slow client a minute. */
export const requestBoundsMs: readonly number[] = [
	...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
];
/** S3 answers in 10 to 200 ms; connect timeout and retries reach to a minute. */
export const upstreamBoundsMs: readonly number[] = [
	...[5, 10, 25, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
];
