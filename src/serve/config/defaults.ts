/**
 * Every default of `serve`, once, with its reason. "Replaced set-up" is the Envoy configuration that serve takes over
 * from (its ports, its 2 GiB, its day, its 5 s): who changes nothing gets the same, without its faults.
 */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** As in the replaced set-up: 8080 for clients. */
export const defaultListen = { host: "0.0.0.0", port: 8080 };
/** As in the replaced set-up: 8081, but for this machine alone, because it can purge. */
export const defaultAdmin = { host: "127.0.0.1", port: 8081 };
export const defaultRealm = "charts";

/** How long what is fresh. Source: the rules that the replaced set-up had, and chart practice. */
export const defaultRules = {
	/** A published version of a chart does not change; a day as in the replaced set-up. */
	ttlMs: day,
	/** S3 is asked every time, with If-None-Match: as fresh as uncached, without the body. */
	indexTtlMs: 0,
	/** Charts of branches are overwritten in place: always asked for. */
	revalidate: ["*-dev-*"],
	/** Short, because somebody asks for a chart just before it is published; long enough for a retry loop. */
	notFoundTtlMs: 30 * second,
	/** An outage of S3 over a long weekend and what it takes to mend it. */
	staleIfErrorMs: 7 * day,
	/** An old index lacks new charts: a day is better than no index, a week would hide too much. */
	indexStaleIfErrorMs: day,
	/** Who asks for a branch's chart wants the last build: old ones only bridge a short failure. */
	revalidateStaleIfErrorMs: hour,
	/** Off: after its time a chart is asked for once, which is one 304; nobody gets an old one without need. */
	staleWhileRevalidateMs: 0,
} as const;

/** A 404 that is remembered longer hides charts from people who wait for them: said, not refused. */
export const longNotFoundTtlMs = 5 * minute;

export const defaultCache = {
	/** As in the replaced set-up. */
	diskBytes: 2 * GiB,
	/** The index and the hot hundreds of charts (tens of kB each) of a large repository. */
	memoryBytes: 256 * MiB,
	/** A chart of a gigabyte is no chart; half the disk stays for others. */
	maxObjectBytes: GiB,
	/** One object takes at most this share of the memory tier, so that it cannot push out all others. */
	maxMemoryObjectShare: 1 / 8,
	/** A lost file is asked for again: waiting for the disk would only cost time. */
	fsync: "off",
} as const;

/** Against slow and hostile clients. Each is far above what Helm, Flux and Argo CD need. */
export const defaultLimits = {
	/** Node's own; cookies and tokens of company proxies fit. */
	headerBytes: 16 * KiB,
	headerCount: 100,
	/** Node's 60 s lets one machine hold many connections with a byte a second. */
	headersTimeoutMs: 10 * second,
	/** GET and HEAD have no body: the whole request is there at once. */
	requestTimeoutMs: 30 * second,
	/** Above the 60 s of AWS load balancers, so that it is never us who closes first. */
	keepAliveTimeoutMs: 65 * second,
	/** A client that takes no byte for so long is gone, or holds memory on purpose. */
	writeIdleTimeoutMs: 60 * second,
	/** About 20 kB each: 200 MB at worst. */
	connections: 10_000,
	/** Above a roll-out of a thousand clusters that all miss at once. */
	pendingRequests: 4096,
	/** Lets a load balancer in front spread anew from time to time. */
	requestsPerConnection: 10_000,
	/** The largest public index has 20 MB; parsing takes about eight times the size in memory. */
	indexBytes: 64 * MiB,
} as const;

export const defaultOrigin = {
	/** As in the replaced set-up. */
	connectTimeoutMs: 5 * second,
	/** S3 answers small objects within 100-200 ms; ten seconds are a failure. */
	firstByteTimeoutMs: 10 * second,
	/** A body that stands still for so long will not come. */
	idleTimeoutMs: 15 * second,
	/** Misses are coalesced: more at once than this is a storm, and S3 gives 5,500 GETs/s per prefix. */
	connections: 64,
	/** S3 moves its addresses: within two minutes we follow. */
	connectionMaxAgeMs: 2 * minute,
	ipFamily: "auto",
	retries: 3,
	/** A range of something larger is cheaper passed on than the whole fetched for it. */
	rangeFillMaxBytes: 64 * MiB,
} as const;

export const defaultDrain = {
	/** So long load balancers go on sending after they were told. */
	delayMs: 5 * second,
	/** With the delay below the 30 s after which Kubernetes kills. */
	timeoutMs: 20 * second,
} as const;

/** Bytes inside a Region are free: nothing is claimed to be saved that may never have been paid. */
export const defaultSavedTransfer = "same-region";

/** No freshness means anything beyond ten years; keeps sums of times exact. */
export const maxDurationMs = 3650 * day;
/** Node's timers fire at once beyond 2^31 ms; no wait here is longer than a day. */
export const maxTimeoutMs = day;
/** A glob longer than a key of S3 matches nothing. */
export const maxGlobLength = 1024;
/** A settings file with a thousand repositories has 200 kB. */
export const maxFileBytes = MiB;
export const maxWorkers = 64;
