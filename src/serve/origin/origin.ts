/**
 * S3 as the cache sees it: one signed GET or HEAD of one key. s3-origin.ts does it with undici; tests put fakes in place.
 * Retries, credentials, clock offset and Region are settled behind this seam. What comes back is an answer with a
 * body that may still break, or an OriginError that says what the failure means to a chart proxy.
 */

export interface OriginRequest {
	method: "GET" | "HEAD";
	/** The whole key, decoded. */
	key: string;
	/** ETag with quotes: 304 instead of the body when it is still the same. */
	ifNoneMatch?: string | undefined;
	/** ETag with quotes: `changed` (412) when it is another one. For resuming. */
	ifMatch?: string | undefined;
	/** Bytes from `first` to `last` (inclusive; `undefined`: to the end). */
	range?: { first: number; last: number | undefined } | undefined;
	/** Ends the request, and the body. */
	signal?: AbortSignal | undefined;
}

/** Header fields as S3 sent them, checked for control characters; an empty text means that S3 sent none. */
export interface OriginAnswer {
	status: 200 | 206 | 304;
	etag: string;
	lastModified: string;
	contentType: string;
	contentEncoding: string;
	contentDisposition: string;
	contentLanguage: string;
	cacheControl: string;
	contentRange: string;
	/** `undefined`: not said (chunked). */
	contentLength: number | undefined;
	/** Full-object checksum that S3 keeps, if one can be compared (not composite `-N`, not of a range). */
	checksum: { algorithm: "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256"; base64: string } | undefined;
	requestId: string;
	/** From the first byte of the (last) request to the head of its answer. */
	headMs: number;
	/** Requests beyond the first that it took. */
	retries: number;
	/**
	 * Chunks in order; ends when the body ended as announced, throws OriginError `broken` when it did not (short, reset,
	 * stalled). Leaving the loop early, or `cancel`, gives the connection up. Empty for HEAD and 304.
	 */
	body: AsyncIterable<Buffer>;
	/** Gives up a body that nobody reads. */
	cancel(): void;
}

export type OriginFailure =
	/** 404 NoSuchKey, or 403 AccessDenied where that is how S3 says it (no s3:ListBucket). */
	| "missing"
	| "forbidden"
	/** 412: the object is another one than `ifMatch`. */
	| "changed"
	/** 416. */
	| "range"
	| "bucket-missing"
	/** 403 InvalidObjectState: in Glacier. */
	| "archived"
	/** SlowDown, 429, 503: also after the retries. */
	| "throttled"
	/** Refused, reset, timed out, 5xx, DNS, TLS: no answer after the retries. */
	| "unavailable"
	/** The body ended before or after its announced length, or stalled. */
	| "broken"
	/** No credentials could be had, or S3 refused them. */
	| "credentials"
	| "signature"
	| "clock"
	/** Another Region or endpoint that could not be settled, or a redirect that is not followed. */
	| "region"
	/** An answer that makes no sense (control characters, 1xx, no status). */
	| "bad-answer"
	| "aborted";

/** `message` is for our log: no secret, no signature, and never shown to clients. */
export class OriginError extends Error {
	readonly failure: OriginFailure;
	/** S3's HTTP status; `undefined` when no answer came. */
	readonly status: number | undefined;
	/** S3's error code, such as `NoSuchKey`; empty when not known. */
	readonly code: string;
	readonly requestId: string;
	readonly retries: number;
	constructor(
		failure: OriginFailure,
		message: string,
		facts: {
			status?: number | undefined;
			code?: string;
			requestId?: string;
			retries?: number;
			cause?: unknown;
		} = {},
	) {
		super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
		this.name = "OriginError";
		this.failure = failure;
		this.status = facts.status;
		this.code = facts.code ?? "";
		this.requestId = facts.requestId ?? "";
		this.retries = facts.retries ?? 0;
	}
}

/** One bucket. */
export interface Origin {
	/** `HOST/BUCKET`, stable over Region corrections: names the bucket in the cache. */
	readonly bucketId: string;
	/** Rejects with OriginError only. */
	request(request: OriginRequest): Promise<OriginAnswer>;
	close(): Promise<void>;
}

/** Where signing keys come from. The wrapper in origin/credentials.ts refreshes them; never throws in the background. */
export interface Credentials {
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken: string | undefined;
	/** Wall clock; `undefined`: never. */
	expiresAtMs: number | undefined;
}
/** Asks the chain (environment, profile, SSO, web identity, container, instance) anew. May reject. */
export type CredentialProvider = () => Promise<Credentials>;
