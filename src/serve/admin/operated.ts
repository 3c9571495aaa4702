/**
 * What the admin port may ask of a running server, and do to it. serve/server.ts provides it; tests hand in fakes.
 */

export interface Operated {
	/** Not ready: draining, or a bucket that does not exist or cannot be reached and nothing is cached. Reasons are for people. */
	readiness(): { ready: boolean; reasons: readonly string[]; degraded: readonly string[] };
	/** Numbers that are states, not counts: read when metrics or stats are asked for. */
	gauges(): Gauges;
	/** One per repository, for /stats and the status page. */
	repositories(): readonly RepositoryState[];
	/** Stored objects in both tiers, most recently used first, at most `limit`. */
	entries(limit: number): Iterable<CacheEntryView>;
	/** Removes from both tiers; the number of objects removed. A fill under way is not stored afterwards. */
	purge(what: PurgeRequest): Promise<number>;
}

/** `repository` undefined: all. Exactly one of key, prefix, all. Keys are without the repository's prefix. */
export interface PurgeRequest {
	repository: string | undefined;
	key?: string;
	prefix?: string;
	all?: true;
}

export interface Gauges {
	memoryBytes: number;
	memoryLimitBytes: number;
	memoryEntries: number;
	diskBytes: number;
	diskLimitBytes: number;
	diskEntries: number;
	/** `false`: switched off after errors, or not configured. */
	diskUsable: boolean;
	negativeEntries: number;
	fillsInFlight: number;
	waiters: number;
	connections: number;
	/** Wall clock; `undefined`: none, or never. */
	credentialsExpireAtMs: number | undefined;
	/** Processes that answer beside this one; `undefined`: there are none. */
	workers?: WorkerNumbers | undefined;
}

export interface WorkerNumbers {
	ready: number;
	/** That died and were replaced. */
	restarts: number;
	/** Of these: that lived, no longer answered, and were ended. */
	hung: number;
	cpuSeconds: number;
	residentBytes: number;
}

export interface RepositoryState {
	name: string;
	path: string;
	bucket: string;
	prefix: string;
	/** `undefined`: not known yet. */
	region: string | undefined;
	/** What S3 said last: `ok`, or an OriginFailure. */
	origin: string;
	/** Since when, wall clock. */
	originSinceMs: number;
	index: { charts: number; versions: number; bytes: number; validatedAtMs: number } | undefined;
}

export interface CacheEntryView {
	repository: string;
	key: string;
	sizeBytes: number;
	tiers: readonly ("mem" | "disk")[];
	etag: string;
	storedAtMs: number;
	validatedAtMs: number;
}
