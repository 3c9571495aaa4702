/**
 * What the owner found, as the nouns that answers are made of.
 * In: an answer of the owner. Out: Found, facts, and a source for bytes that are asked for when they are wanted.
 */
import type { BodySource } from "../cache/body-source.ts";
import { failedFacts } from "../cache/facts.ts";
import type { CacheFacts, Found } from "../cache/found.ts";
import type { Observer } from "../observe/observer.ts";
import type { OriginError } from "../origin/origin.ts";
import type { OwnerAnswer } from "./asking.ts";
import { errorFrom, type WireFound } from "./wire.ts";

/** The owner's, so that log, savings and Cache-Status say what it cost, and not that a worker had to ask. */
export function ownerFacts({ found, upstreamBytes }: OwnerAnswer): CacheFacts {
	return { ...found.facts, upstreamBytes };
}

/** Of those who waited for somebody else's question: what S3 did is counted with that one. */
export function sharedFacts(facts: CacheFacts, observer: Observer): CacheFacts {
	// The owner has counted the one that it was asked for.
	if (facts.cache === "stale") observer.staleServed(facts.reason);
	if (facts.upstreamStatus === undefined) return { ...facts, refreshStarted: false };
	return {
		...facts,
		cache: facts.cache === "miss" && facts.stored ? "coalesced" : facts.cache,
		...{ upstreamStatus: undefined, upstreamMs: undefined, upstreamBytes: () => 0 },
		...{ s3RequestId: "", retries: 0, collapsed: true, refreshStarted: false },
	};
}

export function failedFound(error: OriginError): Extract<Found, { kind: "failed" }> {
	return { kind: "failed", error, facts: { ...failedFacts(error, true), collapsed: false } };
}

export function plainFrom(
	found: Exclude<WireFound, { kind: "object" }>,
	answer: OwnerAnswer,
): Exclude<Found, { kind: "object" }> {
	const facts = ownerFacts(answer);
	switch (found.kind) {
		case "index":
			throw new Error("an index is no object");
		case "head":
			return { kind: "head", head: found.head, facts };
		case "missing":
			return { kind: "missing", facts };
		case "failed":
			return { kind: "failed", error: errorFrom(found.error), facts };
		case "pass": {
			const passed = { ...found.answer, body: answer.body(), cancel: () => answer.cancel() };
			return { kind: "pass", answer: passed, facts };
		}
	}
}

/** Bytes in order from wherever the first ones are wanted; answers read one span. */
export function spanSource(answer: OwnerAnswer, sizeBytes: number): BodySource {
	let pieces: AsyncGenerator<Buffer> | undefined;
	let rest: Buffer = Buffer.alloc(0);
	let nextPosition = 0;
	return {
		whole: undefined,
		async next(position, maxBytes) {
			if (pieces === undefined) {
				const last = Math.min(sizeBytes, position + maxBytes) - 1;
				if (last < position) return rest;
				answer.want(position, last);
				pieces = answer.body();
				nextPosition = position;
			}
			if (position !== nextPosition) throw new Error("the owner's bytes come in order");
			while (rest.length === 0) {
				const piece = await pieces.next();
				if (piece.done === true) return rest;
				rest = piece.value;
			}
			const taken = rest.subarray(0, maxBytes);
			rest = rest.subarray(taken.length);
			nextPosition += taken.length;
			return taken;
		},
		close: () => answer.cancel(),
	};
}
