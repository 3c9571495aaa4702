/**
 * What to do after a failed attempt: a Trouble and what was tried already in, the next step out. Decides only;
 * s3-origin.ts does it. Retries wait with full jitter and are paid from a budget, so that a storm is not doubled.
 * Source: AWS, "Timeouts, retries and backoff with jitter"; "Best practices design patterns for S3 performance".
 */
import type { Trouble } from "./failures.ts";

const firstDelayMs = 50;
const maxDelayMs = 2000;

/** One retry for ten requests, and some at once after a quiet time. */
const tokensPerRequest = 0.1;
const maxTokens = 10;

/** Retries that may still be made, all requests of one bucket together. */
export interface RetryBudget {
	/** A client's request: earns a tenth of a retry. */
	earn(): void;
	/** `false`: spent. */
	spend(): boolean;
}

export function createRetryBudget(): RetryBudget {
	let tokens = maxTokens;
	return {
		earn: () => {
			tokens = Math.min(maxTokens, tokens + tokensPerRequest);
		},
		spend: () => {
			if (tokens < 1) return false;
			tokens -= 1;
			return true;
		},
	};
}

/** What one request has used up. Each repair helps once: when it did not help, it is not the remedy. */
export interface Spent {
	/** Attempts beyond the first, of any kind. */
	retries: number;
	/** Those after a pause. */
	waits: number;
	repairs: Set<Trouble["remedy"]>;
}

export type Step =
	| { do: "give-up" }
	| { do: "repair"; remedy: Exclude<Trouble["remedy"], "wait" | "none"> }
	| { do: "wait"; delayMs: number };

/** `random` is from 0 to 1; `spend` takes from the budget. */
export function nextStep(
	trouble: Trouble,
	spent: Spent,
	limits: { retries: number; random: number; spend: () => boolean },
): Step {
	const { remedy } = trouble;
	if (remedy === "none") return { do: "give-up" };
	if (remedy !== "wait" && !spent.repairs.has(remedy)) return { do: "repair", remedy };
	const mayPass = remedy === "wait" || (remedy === "reconnect" && trouble.failure === "unavailable");
	if (!mayPass) return { do: "give-up" };
	if (spent.waits >= limits.retries) return { do: "give-up" };
	const delayMs = delayOf(spent.waits, trouble.retryAfterMs, limits.random);
	return delayMs !== undefined && limits.spend() ? { do: "wait", delayMs } : { do: "give-up" };
}

/** `undefined`: S3 wants us to wait longer than a client would. */
function delayOf(waits: number, retryAfterMs: number | undefined, random: number): number | undefined {
	if (retryAfterMs !== undefined && retryAfterMs > maxDelayMs) return undefined;
	const jitterMs = random * Math.min(maxDelayMs, firstDelayMs * 2 ** waits);
	return Math.max(jitterMs, retryAfterMs ?? 0);
}
