/**
 * Whether a stored object may be sent without asking S3, and for how long it may stand in when S3 cannot be asked.
 * In: the stored head, the rule, the time. Out: a verdict; nothing here acts. RFC 9111 §4.2, RFC 5861.
 */
import type { Rule } from "../config/config.ts";
import { readCacheControl } from "./cache-control.ts";
import type { ObjectHead } from "./object-head.ts";

export interface Freshness {
	/** `usable`: no longer fresh, but may be sent while S3 is asked in the background. */
	state: "fresh" | "usable" | "expired";
	/** Since S3 last confirmed it; never negative. */
	ageMs: number;
	/** How long it is fresh in all; 0: S3 is asked every time. */
	ttlMs: number;
	/** Why it is not fresh. */
	reason: "" | "always-revalidate" | "expired" | "clock";
}

/** A clock that was set back makes stored times lie in the future; more than this is not trusted. */
const maxFutureMs = 60_000;

export function freshnessOf(head: ObjectHead, rule: Rule, nowMs: number): Freshness {
	const ageMs = Math.max(0, nowMs - head.validatedAtMs);
	const ttlMs = ttlOf(head, rule);
	if (head.validatedAtMs - nowMs > maxFutureMs) return { state: "expired", ageMs, ttlMs, reason: "clock" };
	if (ageMs < ttlMs) return { state: "fresh", ageMs, ttlMs, reason: "" };
	const reason = ttlMs === 0 ? "always-revalidate" : "expired";
	const usable = ttlMs > 0 && ageMs < ttlMs + rule.staleWhileRevalidateMs && !forbidsStale(head, rule);
	return { state: usable ? "usable" : "expired", ageMs, ttlMs, reason };
}

/** Whether an expired object may be sent because S3 gave no answer. */
export function mayStandIn(head: ObjectHead, rule: Rule, nowMs: number): boolean {
	const { ageMs, ttlMs } = freshnessOf(head, rule, nowMs);
	return !forbidsStale(head, rule) && ageMs < ttlMs + rule.staleIfErrorMs;
}

/** `false`: the object's own Cache-Control forbids keeping it. */
export function mayStore(cacheControl: string, rule: Rule): boolean {
	return rule.origin === "override" || !readCacheControl(cacheControl).forbidsKeeping;
}

function forbidsStale({ cacheControl }: ObjectHead, rule: Rule): boolean {
	return rule.origin === "respect-origin" && readCacheControl(cacheControl).forbidsStale;
}

function ttlOf({ cacheControl }: ObjectHead, rule: Rule): number {
	if (rule.immutable) return Number.POSITIVE_INFINITY;
	if (rule.origin === "override") return rule.ttlMs;
	const { freshForS } = readCacheControl(cacheControl);
	return freshForS === undefined ? rule.ttlMs : freshForS * 1000;
}
