/**
 * Time for everything below `serve`, handed in so that tests can move it. Wall clock for ages and dates, a clock that
 * never goes back for durations, and a wait that a test can end.
 */

export interface Clock {
	/** Milliseconds since 1970. May jump: somebody sets the clock. */
	nowMs(): number;
	/** Milliseconds since some moment. Never goes back. */
	monotonicMs(): number;
	/** Resolves after `durationMs`; rejects with the signal's reason when that comes first. */
	sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
	/** A number from 0 (inclusive) to 1 (exclusive), for jitter. */
	random(): number;
}
