/**
 * When S3 is down, asking it for every client only makes them wait: after some failures in a row the breaker opens,
 * and requests fail at once but for one probe a second. The first answer closes it. One per bucket.
 */
import type { Clock } from "../clock.ts";

/** Requests in a row that failed after their own retries: no accident any more. */
const failuresToOpen = 5;
const probeIntervalMs = 1000;

export type Admission = "open-way" | "probe" | "refused";

export interface Breaker {
	/** Asked before each request. A `probe` may be tried once, without retries, and must be settled. */
	admit(): Admission;
	/** S3 answered, whatever it was. `true`: it had been down. */
	answered(): boolean;
	/** S3 did not answer. `true`: it counts as down from now on. */
	failed(): boolean;
	/** The request ended before either was known. */
	abandoned(admission: Admission): void;
	state(): BreakerState;
}

export interface BreakerState {
	down: boolean;
	/** Wall clock; since when it is so. */
	sinceMs: number;
}

export function createBreaker(clock: Clock): Breaker {
	let failures = 0;
	let state: BreakerState = { down: false, sinceMs: clock.nowMs() };
	let nextProbeAtMs = 0;
	let probing = false;
	return {
		admit: () => {
			if (!state.down) return "open-way";
			if (probing || clock.monotonicMs() < nextProbeAtMs) return "refused";
			probing = true;
			nextProbeAtMs = clock.monotonicMs() + probeIntervalMs;
			return "probe";
		},
		answered: () => {
			failures = 0;
			probing = false;
			if (!state.down) return false;
			state = { down: false, sinceMs: clock.nowMs() };
			return true;
		},
		failed: () => {
			failures++;
			probing = false;
			if (state.down || failures < failuresToOpen) return false;
			state = { down: true, sinceMs: clock.nowMs() };
			nextProbeAtMs = clock.monotonicMs() + probeIntervalMs;
			return true;
		},
		abandoned: (admission) => {
			if (admission === "probe") probing = false;
		},
		state: () => state,
	};
}
