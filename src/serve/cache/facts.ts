/**
 * How an answer came about, in the words of log, metrics and Cache-Status. In: what the cache knows. Out: CacheFacts.
 */
import type { CacheOutcome } from "../observe/record.ts";
import type { OriginError } from "../origin/origin.ts";
import type { CacheFacts } from "./found.ts";
import type { Freshness } from "./freshness.ts";

const none = () => 0;

export function factsOf(cache: CacheOutcome, more: Partial<CacheFacts> = {}): CacheFacts {
	return {
		cache,
		tier: "-",
		reason: "",
		ageS: undefined,
		ttlS: undefined,
		upstreamStatus: undefined,
		upstreamMs: undefined,
		upstreamBytes: none,
		s3RequestId: "",
		retries: 0,
		collapsed: false,
		stored: false,
		refreshStarted: false,
		...more,
	};
}

export function storedFacts(
	cache: "hit" | "stale" | "revalidated",
	tier: "mem" | "disk",
	age: Freshness,
): CacheFacts {
	return factsOf(cache, {
		tier,
		reason: age.reason,
		ageS: Math.floor(age.ageMs / 1000),
		ttlS: Math.floor((age.ttlMs - age.ageMs) / 1000),
	});
}

export function upstreamFacts(
	answer: { status: number; headMs: number; requestId: string; retries: number },
	collapsed: boolean,
	upstreamBytes: () => number,
): Partial<CacheFacts> {
	// Counted once: with the request that caused it.
	if (collapsed) return { collapsed };
	return {
		collapsed,
		upstreamStatus: answer.status,
		upstreamMs: answer.headMs,
		upstreamBytes,
		s3RequestId: answer.requestId,
		retries: answer.retries,
	};
}

export function failedFacts(error: OriginError, collapsed: boolean): CacheFacts {
	const { failure, status, requestId, retries } = error;
	const upstream = collapsed ? {} : { upstreamStatus: status ?? 0, s3RequestId: requestId, retries };
	return factsOf("error", { ...upstream, reason: failure, collapsed });
}
