/**
 * What one asker gets of what S3 said: a share of a body that arrives, what was stored and is confirmed, or what stands in for an
 * answer that did not come. In: the Ask, what was stored, what the flight brought. Out: Found, with the facts for log and headers.
 */
import type { Observer } from "../observe/observer.ts";
import type { OriginAnswer, OriginError } from "../origin/origin.ts";
import { factsOf, failedFacts, storedFacts, upstreamFacts } from "./facts.ts";
import type { Fill } from "./fill.ts";
import type { Ask, CacheFacts, Found } from "./found.ts";
import { freshnessOf, mayStandIn } from "./freshness.ts";
import type { ObjectHead } from "./object-head.ts";
import type { Stored } from "./stored.ts";
import { meansMissing } from "./upkeep.ts";

export function foundStored({ head, source }: Stored, facts: CacheFacts): Found {
	return { kind: "object", head, source, facts };
}

/** Joins a body that arrives, and is kept when it is whole. */
export function foundGrowing(
	{ rule }: Ask,
	{ fill, answer }: { fill: Fill; answer: OriginAnswer },
	{ collapsed, reason }: { collapsed: boolean; reason: "absent" | "changed" },
): Found {
	const facts = factsOf(collapsed ? "coalesced" : "miss", {
		...upstreamFacts(answer, collapsed, () => fill.upstreamBytes),
		reason,
		ttlS: rule.ttlMs / 1000,
		stored: true,
	});
	return { kind: "object", head: fill.head, source: fill.reader(), facts };
}

/** S3 said that `stored` is still right; `head` is the new one. */
export function foundConfirmed(
	{ rule }: Ask,
	stored: Stored,
	head: ObjectHead,
	{ answer, collapsed, nowMs }: { answer: OriginAnswer; collapsed: boolean; nowMs: number },
): Found {
	const facts = storedFacts("revalidated", stored.tier, freshnessOf(head, rule, nowMs));
	return foundStored(
		{ ...stored, head },
		{ ...facts, ...upstreamFacts(answer, collapsed, () => 0), ageS: 0 },
	);
}

/** No answer about the object itself: what is stored stands in, when the rule allows. */
export function foundAfterFailure(
	ask: Ask,
	stored: Stored | undefined,
	error: OriginError,
	{ collapsed, nowMs, observer }: { collapsed: boolean; nowMs: number; observer: Observer },
): Found {
	const facts = failedFacts(error, collapsed);
	if (meansMissing(error, ask)) return { kind: "missing", facts: { ...facts, cache: "miss" } };
	if (stored === undefined || !mayStandIn(stored.head, ask.rule, nowMs)) {
		return { kind: "failed", error, facts };
	}
	observer.staleServed(error.failure);
	const { ageS, ttlS } = storedFacts("stale", stored.tier, freshnessOf(stored.head, ask.rule, nowMs));
	return foundStored(stored, { ...facts, cache: "stale", tier: stored.tier, ageS, ttlS });
}
