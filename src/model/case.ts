/**
 * What the diagnosis reads: who did what and when, as columns. Made once from tallies and facts (src/case.ts), small
 * enough to be written by hand in tests. Text is as in `--by`: UTF-8, not escaped.
 */
import type { Block, Flow } from "./flow.ts";
import { hoursPerMonth } from "./units.ts";

/** One (bucket, requester, source IP, user agent), the unit in which behaviour is recognised. */
export interface Actor {
	bucket: string;
	requester: string;
	/** `user/NAME`, `role/NAME`, … */
	iamUser: string;
	session: string;
	account: string;
	sourceIp: string;
	/** `unmapped` when the map does not have it or there is none. */
	cluster: string;
	/** True when the cluster map says that a NAT gateway sends from the address. */
	viaNat: boolean;
	/** `same-region`, `vpc-endpoint`, `cross-region:REGION`, `internet`, … */
	networkPath: string;
	userAgent: string;
	/** `aws-sdk-go/1.37.28`, and its two parts. */
	client: string;
	product: string;
	version: string;
	/** `ChartMuseum 0.13.1` */
	software: string;
}

export interface Case {
	/** The window that was read, unix seconds; empty logs make no case. */
	fromSeconds: number;
	toSeconds: number;
	/** Hours since 1970 that the logs cover completely. Rates and projections use only these. */
	completeHours: ReadonlySet<number>;
	/** True when a cluster map was given. */
	hasClusterMap: boolean;
	/** Region of the bucket with the most requests. */
	region: string;
	actors: readonly Actor[];
	/** By flow id. */
	flows: readonly Flow[];
	/** Flow id → index into `actors`. */
	actorOf: Int32Array;
	/** One row per (flow, hour): grain "minute", `time` is the hour's first minute, `first`/`last` seconds in the hour. */
	hours: Block;
	/**
	 * Rows per (flow, minute) of the flows whose mask is 1, in the window. Rows are additive: the same cell may appear
	 * twice. One pass over everything that was read: ask once, for all that is needed.
	 */
	minuteRows(flowMask: Uint8Array): Promise<Block>;
	/** Program id → which keys it downloaded. One pass over all rows per (flow, key, hour) in the window: ask once. */
	keyUses(question: KeyQuestion): Promise<ReadonlyMap<number, KeyUses>>;
	/** Decoded key by id; "-" where the request has none. */
	keyName(id: number, operation: string): string;
	/** USD of requests and bytes of a flow: what has a price. */
	costUsd(flow: number, requests: number, bytesSent: number, objectBytes: number): number;
	/** The same, line of the bill by line. */
	lineCosts(
		flow: number,
		requests: number,
		bytesSent: number,
		objectBytes: number,
	): { usageType: string; costUsd: number }[];
}

export interface KeyQuestion {
	/** Flow id → program id, -1 for flows that are not looked at. */
	ofFlow: Int32Array;
	/** Program id → hours since 1970 whose rows are kept. */
	detailHours: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Columns: entry i is key `keys[i]`. */
export interface KeySums {
	keys: Int32Array;
	/** Downloads, and their bytes. */
	counts: Float64Array;
	bytes: Float64Array;
	/** Unix seconds of the first download. */
	first: Float64Array;
}

export interface KeyUses extends KeySums {
	/** Rows of the hours that were asked for. */
	details: KeyHours;
}

export interface KeyHours {
	/** By row. The same key and hour may appear twice. */
	keys: Int32Array;
	hours: Int32Array;
	requests: Int32Array;
	/** Seconds after the start of the hour. */
	first: Int32Array;
	last: Int32Array;
}

/** USD in complete hours to USD a month of 730 hours; `null` without a complete hour. */
export function perMonth(usdInCompleteHours: number, completeHours: number): number | null {
	return completeHours === 0 ? null : (usdInCompleteHours / completeHours) * hoursPerMonth;
}
