/**
 * One answered request, as the access log and the metrics see it. Made by the answering code, once per request.
 * Texts are as received: whoever writes them somewhere escapes them for that place.
 */

/** How the cache took part. `-`: it did not (health, API, errors before the cache). */
export type CacheOutcome =
	| "hit"
	| "stale"
	| "revalidated"
	| "miss"
	| "coalesced"
	| "bypass"
	| "negative"
	| "error"
	| "-";

export interface RequestRecord {
	/** Wall clock when the request's head was complete. */
	atMs: number;
	method: string;
	/** The target as received, without the query. */
	path: string;
	queryDropped: boolean;
	status: number;
	/** Body bytes sent to the client. */
	bodyBytes: number;
	durationMs: number;
	/** To the first byte of the answer. */
	firstByteMs: number;
	client: string;
	userAgent: string;
	/** `1.0`, `1.1`, `2.0` */
	httpVersion: string;
	requestId: string;
	/** The repository's name; empty where the path belongs to none. */
	repository: string;
	bucket: string;
	/** The whole key, decoded; empty where the path is no object. */
	key: string;
	rule: string;
	cache: CacheOutcome;
	tier: "mem" | "disk" | "-";
	/** Why it was no hit, or why it was refused: `absent`, `expired`, `always-revalidate`, `no-store`, `purged`, … */
	reason: string;
	/** Seconds since S3 last confirmed what was sent; `undefined` where nothing stored was sent. */
	ageS: number | undefined;
	/** Seconds it stays fresh; negative when it is stale. */
	ttlS: number | undefined;
	upstreamStatus: number | undefined;
	upstreamMs: number | undefined;
	upstreamBytes: number;
	s3RequestId: string;
	retries: number;
	/** Envoy's short codes: `RFCF` response from cache, `DC` client went away, `UF` no connection to S3, `UT` S3 timed out,
	 * `UC` S3 broke off, `-` none. */
	responseFlags: string;
	/** `false`: the client went away, or the body broke and the connection was cut. */
	complete: boolean;
	/** X-Forwarded-For, Host (or :authority) as received, for the Envoy format. Absent: `-`. */
	forwardedFor?: string | undefined;
	authority?: string | undefined;
	/** `true`: this answer was stale and began a refresh of its own, so it saved no request to S3. */
	refreshStarted?: boolean | undefined;
	/** One object for all records that differ in nothing but `atMs`, `durationMs`, `firstByteMs`, `client` and `requestId`. */
	alike?: Alike | undefined;
}

/** A log may keep here what it makes of all that is the same. */
export interface Alike {
	text: unknown;
}
