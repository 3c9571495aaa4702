/**
 * Objects between owner and workers: HTTP/2 over a socket pair that only the two processes have. A worker asks as it would ask its
 * cache, the owner says what its cache found: the same head, times and facts, so that freshness, log and savings need no translation.
 * In: nouns of the cache. Out: texts for one header field each, and back.
 */
import type { CacheFacts, Found } from "../cache/found.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import { type OriginAnswer, OriginError } from "../origin/origin.ts";

export interface WireAsk {
	/** `current`: the index that the owner holds, S3 is not asked. `compressed`: the forms of the index `have`. */
	kind: "object" | "index" | "current" | "compressed";
	/** Its name. */
	repository: string;
	/** The whole key; empty for the index. */
	key: string;
	method: "GET" | "HEAD";
	revalidate: boolean;
	firstByte: number;
	lastByte: number | undefined;
	/** sha256 of the copy that the worker has; empty: none. The same body is not sent again. */
	have: string;
	/** A body up to this size follows at once; of a larger one the worker says which bytes it wants. */
	roomBytes: number;
}

type WireFacts = Omit<CacheFacts, "upstreamBytes">;
type WireError = Pick<OriginError, "failure" | "message" | "status" | "code" | "requestId" | "retries">;
export type WireAnswer = Omit<OriginAnswer, "body" | "cancel">;

/** What follows: `same` nothing, `whole` the body, `span` the bytes that the worker then names. */
export type Follows = "same" | "whole" | "span";

export type WireFound =
	| { kind: "object"; head: ObjectHead; facts: WireFacts; follows: Follows }
	/** The index, made ready; `whole`: sent-index.ts. */
	| { kind: "index"; head: ObjectHead; facts: WireFacts; follows: Follows }
	| { kind: "head"; head: ObjectHead; facts: WireFacts }
	| { kind: "pass"; answer: WireAnswer; facts: WireFacts }
	| { kind: "missing"; facts: WireFacts }
	| { kind: "failed"; error: WireError; facts: WireFacts };

export const foundField = "found";
/** Trailer: what S3 sent for this answer, known at its end. */
export const upstreamBytesField = "upstream-bytes";

/** Infinity (an immutable object's time) has no JSON. */
export function toText(value: WireAsk | WireFound): string {
	return encodeURIComponent(
		JSON.stringify(value, (_, part) => (part === Number.POSITIVE_INFINITY ? null : part)),
	);
}

export function askFrom(text: string): WireAsk {
	return JSON.parse(decodeURIComponent(text)) as WireAsk;
}

export function foundFrom(text: string): WireFound {
	return JSON.parse(decodeURIComponent(text), (_, part) =>
		part === null ? Number.POSITIVE_INFINITY : part,
	) as WireFound;
}

export function wireFacts({ upstreamBytes: _, ...facts }: CacheFacts): WireFacts {
	return facts;
}

export function wireError(error: OriginError): WireError {
	const { failure, message, status, code, requestId, retries } = error;
	return { failure, message, status, code, requestId, retries };
}

export function errorFrom({ failure, message, ...facts }: WireError): OriginError {
	return new OriginError(failure, message, facts);
}

/** All that are not about stored objects. */
export function plainFound(found: Exclude<Found, { kind: "object" }>): WireFound {
	const facts = wireFacts(found.facts);
	switch (found.kind) {
		case "head":
			return { kind: "head", head: found.head, facts };
		case "missing":
			return { kind: "missing", facts };
		case "failed":
			return { kind: "failed", error: wireError(found.error), facts };
		case "pass": {
			const { body: _, cancel: __, ...answer } = found.answer;
			return { kind: "pass", answer, facts };
		}
	}
}
