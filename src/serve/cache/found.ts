/**
 * What the cache is asked for and what it says: nouns between cache, answers and log.
 */
import type { Rule } from "../config/config.ts";
import type { CacheOutcome } from "../observe/record.ts";
import type { Origin, OriginAnswer, OriginError } from "../origin/origin.ts";
import type { BodySource } from "./body-source.ts";
import type { ObjectHead, ObjectId } from "./object-head.ts";

export interface Ask {
	id: ObjectId;
	/** For the log. */
	repository: { name: string; bucket: string };
	/** `idText(id)`: made once per request. */
	idText: string;
	method: "GET" | "HEAD";
	origin: Origin;
	rule: Rule;
	/** S3 is asked even when the stored object is fresh. */
	revalidate: boolean;
	/** First byte that is wanted of it; a far one of a large missing object is not worth a whole download. */
	firstByte: number;
	/** Last byte that is wanted, inclusive; `undefined`: to the end. */
	lastByte: number | undefined;
	/** The index names this object: when S3 denies it, that is trouble with permissions and not a missing key. */
	listed: boolean;
	/**
	 * What the index says about the body. Another body from S3 is passed on, but not kept; a stored other one is asked about
	 * once after the index was read (`expectedSinceMs`).
	 */
	expectedSha256: string | undefined;
	expectedSinceMs: number;
	/** Up to this size it is held in memory as a whole. */
	maxMemoryBytes: number;
	/** A 403 of S3 for this key means that it is missing (no s3:ListBucket). */
	forbiddenIsMissing: boolean;
	/** The asker's own copy, which is not in the tiers: the index. */
	held?: Held | undefined;
	/** Sees the whole body before it replaces anything; rejects to keep what was there. The answer waits for it. */
	accept?: ((body: Buffer, head: ObjectHead) => Promise<void>) | undefined;
}

export interface Held {
	head: ObjectHead;
	body: Buffer;
}

/** How it came about: for log, metrics and Cache-Status. */
export interface CacheFacts {
	cache: CacheOutcome;
	tier: "mem" | "disk" | "-";
	/** Empty for a plain hit. */
	reason: string;
	/** Seconds since S3 confirmed it. */
	ageS: number | undefined;
	/** Seconds it stays fresh; `Infinity` for immutable ones. */
	ttlS: number | undefined;
	upstreamStatus: number | undefined;
	upstreamMs: number | undefined;
	/** Of this request's own download; read when the answer is sent. Joined downloads count 0. */
	upstreamBytes(): number;
	s3RequestId: string;
	retries: number;
	/** Waited for somebody else's request to S3. */
	collapsed: boolean;
	/** What came from S3 is kept. */
	stored: boolean;
	/** Stale, and this request made S3 be asked in the background. */
	refreshStarted: boolean;
}

export type Found =
	| {
			kind: "object";
			head: ObjectHead;
			source: BodySource;
			facts: CacheFacts;
	  }
	/** HEAD of something that is not stored. */
	| { kind: "head"; head: ObjectHead; facts: CacheFacts }
	/** Too large to keep, or no place: S3's answer, for this client alone. */
	| { kind: "pass"; answer: OriginAnswer; facts: CacheFacts }
	| { kind: "missing"; facts: CacheFacts }
	| { kind: "failed"; error: OriginError; facts: CacheFacts };
