/**
 * Every setting of `serve` and what it holds. A flag, a CHARTCOST_* variable and a key in a file are called the same.
 * The names in `repositoryKinds` may also stand in an entry of `repositories:`, for that one alone.
 */

export type Kind =
	| "text"
	| "path"
	| "size"
	/** How long something is fresh, and the like: also days. */
	| "duration"
	/** A wait: at most a day, never 0. */
	| "timeout"
	/** A wait that may be none. */
	| "delay"
	| "count"
	| "count-or-none"
	| "switch"
	| "texts"
	| "globs"
	| "address"
	| "address-or-none"
	/** One of these words. */
	| readonly string[];

export type ValueOf<K> = K extends readonly (infer Word)[]
	? Word
	: K extends "size" | "duration" | "timeout" | "delay" | "count" | "count-or-none"
		? number
		: K extends "switch"
			? boolean
			: K extends "texts" | "globs"
				? readonly string[]
				: K extends "address"
					? { host: string; port: number }
					: K extends "address-or-none"
						? { host: string; port: number } | "none"
						: string;

/** How the objects of a rule are cached; also the keys of an entry of `rules:`. */
export const ruleKinds = {
	ttl: "duration",
	"stale-if-error": "duration",
	"stale-while-revalidate": "duration",
	"not-found-ttl": "duration",
} as const satisfies Record<string, Kind>;

/** Only in an entry of `rules:`. */
export const ruleEntryKinds = {
	name: "text",
	match: "globs",
	...ruleKinds,
	immutable: "switch",
	origin: ["override", "respect-origin"],
	"cache-control": "text",
} as const satisfies Record<string, Kind>;

/** Where a bucket is and how it is served. */
export const repositoryKinds = {
	region: "text",
	"endpoint-url": "text",
	"path-style": "switch",
	"dual-stack": "switch",
	fips: "switch",
	...ruleKinds,
	"index-ttl": "duration",
	revalidate: "globs",
	immutable: "globs",
	origin: ["override", "respect-origin"],
	"own-host": "texts",
	"rewrite-all-urls": "switch",
	"missing-403-as": ["404", "403"],
} as const satisfies Record<string, Kind>;

/** Only in an entry of `repositories:`. */
export const repositoryEntryKinds = {
	path: "text",
	bucket: "text",
	prefix: "text",
	...repositoryKinds,
} as const satisfies Record<string, Kind>;

export const serverKinds = {
	bucket: "text",
	prefix: "text",
	...repositoryKinds,
	profile: "text",
	"ca-bundle": "path",
	listen: "address",
	admin: "address-or-none",
	"admin-token": "path",
	"tls-cert": "path",
	"tls-key": "path",
	"auth-basic": "path",
	"auth-bearer": "path",
	"auth-realm": "text",
	"cache-dir": "path",
	"cache-size": "size",
	"cache-optional": "switch",
	memory: "size",
	"max-object": "size",
	"max-memory-object": "size",
	fsync: ["off", "data", "full"],
	"access-log": ["json", "envoy", "combined", "none"],
	"access-log-file": "path",
	query: ["drop", "reject"],
	"client-cache-control": "switch",
	api: "switch",
	prices: "path",
	"saved-transfer": ["same-region", "nat", "internet", "none"],
	workers: "count",
	"drain-delay": "delay",
	"drain-timeout": "delay",
	"max-header-size": "size",
	"max-header-count": "count",
	"headers-timeout": "timeout",
	"request-timeout": "timeout",
	"keep-alive-timeout": "timeout",
	"write-idle-timeout": "timeout",
	"max-connections": "count",
	"max-pending": "count",
	"max-requests-per-connection": "count",
	"max-index": "size",
	"connect-timeout": "timeout",
	"first-byte-timeout": "timeout",
	"idle-timeout": "timeout",
	"s3-connections": "count",
	"s3-connection-age": "timeout",
	"ip-family": ["auto", "4", "6"],
	retries: "count-or-none",
	"range-fill-max": "size",
} as const satisfies Record<string, Kind>;

export type ServerName = keyof typeof serverKinds;
export const serverNames = Object.keys(serverKinds) as ServerName[];
/** Keys of a settings file that are lists of entries. */
export const entryLists = ["repositories", "rules"] as const;
