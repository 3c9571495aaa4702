/** The real clock and the real chance, for stories that get both as an argument. */
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../serve.ts";

/** Node's timers fire at once beyond this. */
const longestWaitMs = 2 ** 31 - 1;

export const systemClock: Clock = {
	nowMs: () => Date.now(),
	monotonicMs: () => performance.now(),
	async sleep(durationMs, signal) {
		try {
			await wait(Math.min(durationMs, longestWaitMs), undefined, signal === undefined ? {} : { signal });
		} catch (error) {
			// The wait ends with an AbortError of its own; callers are promised the signal's reason.
			throw signal?.aborted ? signal.reason : error;
		}
	},
	random: () => Math.random(),
};
