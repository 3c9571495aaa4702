/**
 * The effective settings of `serve`: complete, checked, in base units. What was typed or written in a file becomes this
 * (config/read.ts), with every default from config/defaults.ts. Holds no secret: credentials come from the AWS chain,
 * passwords and tokens are hashed when their file is read (auth-files.ts).
 */

export interface ServeConfig {
	listen: Address;
	/** `undefined`: no admin port. */
	admin: Address | undefined;
	tls: { certFile: string; keyFile: string } | undefined;
	auth: AuthConfig | undefined;
	/** At least one. The longest `path` that a request begins with wins. */
	repositories: readonly RepositoryConfig[];
	cache: CacheConfig;
	accessLog: AccessLogConfig;
	limits: LimitConfig;
	origin: OriginConfig;
	drain: { delayMs: number; timeoutMs: number };
	/** Processes that answer; 1: this one alone. */
	workers: number;
	/** What a byte from S3 would have cost: how clients would reach S3 without us. */
	savedTransfer: "same-region" | "nat" | "internet" | "none";
	/** `drop` (default) ignores the query, `reject` answers 400. */
	query: "drop" | "reject";
	/** `true`: `Cache-Control: no-cache` and the like of clients are obeyed. */
	clientCacheControl: boolean;
	/** ChartMuseum's /api routes. */
	api: boolean;
}

/** Port 0: any free one. IPv6 without brackets. */
export interface Address {
	host: string;
	port: number;
}

export interface AuthConfig {
	/** Lines `user:password` or `user:{SHA256}hex`; reloaded when it changes. */
	basicFile: string | undefined;
	/** One token a line. */
	bearerFile: string | undefined;
	realm: string;
}

export interface RepositoryConfig {
	/** Name in logs and metrics: the path without slashes, or the bucket for the root. */
	name: string;
	/** Empty for the root, else `/team-a`: begins with a slash, does not end with one. */
	path: string;
	bucket: string;
	/** Empty, or ends with a slash; never begins with one. */
	prefix: string;
	/** `undefined`: found out from S3's answers. */
	region: string | undefined;
	endpointUrl: string | undefined;
	pathStyle: boolean;
	dualStack: boolean;
	fips: boolean;
	/** First match wins; the last one matches everything. */
	rules: readonly Rule[];
	/** Hosts whose absolute URLs in the index are rewritten to ours; see index-file/prepared.ts. */
	ownHosts: readonly string[];
	rewriteAllUrls: boolean;
	/** 403 of S3 for a key: `404` (no s3:ListBucket, the key is missing) or `403`. */
	forbiddenAs: 404 | 403;
}

/** How objects are cached. Matched against the decoded key without the repository's prefix. */
export interface Rule {
	/** In logs and metrics: `index`, `revalidate`, `default`, or as the file names it. */
	name: string;
	/** Globs with `*` (any run, no slash), `**` (any run) and `?`; `*.tgz` also matches below folders, as it has no slash. */
	match: readonly string[];
	/** Fresh for so long after S3's last word; 0: S3 is asked every time. */
	ttlMs: number;
	staleIfErrorMs: number;
	staleWhileRevalidateMs: number;
	/** How long a 404 is remembered. */
	notFoundTtlMs: number;
	/** Never revalidated until evicted. */
	immutable: boolean;
	/** `override`: `cacheControl` below; `respect-origin`: S3's Cache-Control metadata decides, where an object has it. */
	origin: "override" | "respect-origin";
	/** What clients are told. */
	cacheControl: string;
}

export interface CacheConfig {
	/** `undefined`: memory only. */
	dir: string | undefined;
	/** `true`: a folder that cannot be used is said, and memory alone is used. */
	optional: boolean;
	diskBytes: number;
	memoryBytes: number;
	/** Larger objects are passed on and not stored. */
	maxObjectBytes: number;
	/** Larger objects do not go into the memory tier. */
	maxMemoryObjectBytes: number;
	fsync: "off" | "data" | "full";
}

export interface AccessLogConfig {
	format: "json" | "envoy" | "combined" | "none";
	/** `undefined`: stdout. */
	file: string | undefined;
}

/** Against slow and hostile clients. Each has its reason in config/defaults.ts. */
export interface LimitConfig {
	headerBytes: number;
	headerCount: number;
	headersTimeoutMs: number;
	requestTimeoutMs: number;
	keepAliveTimeoutMs: number;
	/** A client that takes nothing for so long is cut. */
	writeIdleTimeoutMs: number;
	connections: number;
	/** Requests that may wait for S3 at once; more are answered 503. */
	pendingRequests: number;
	requestsPerConnection: number;
	/** Index files above are passed on unparsed. */
	indexBytes: number;
}

export interface OriginConfig {
	connectTimeoutMs: number;
	firstByteTimeoutMs: number;
	idleTimeoutMs: number;
	connections: number;
	/** A pooled connection older than this is not used again: DNS is asked anew. */
	connectionMaxAgeMs: number;
	ipFamily: "auto" | "4" | "6";
	/** Requests beyond the first, per client request. */
	retries: number;
	/** Larger gaps: ranges beyond this many bytes of a missing object are passed through, not filled. */
	rangeFillMaxBytes: number;
}
