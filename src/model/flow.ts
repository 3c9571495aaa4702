/**
 * The nouns between scan, rollup, price and report: flows, tallies and cells.
 *
 * A flow is one distinct combination of everything a record says except its key, its time and its sizes.
 * A log of a billion lines has a few thousand flows, so whatever depends on a flow alone (principal,
 * client, network path, billing tier) is worked out once per flow and never per record.
 */

export interface Flow {
	bucketOwner: string;
	bucket: string;
	/** IPv4, IPv6 or `-` for callers inside AWS. */
	remoteIp: string;
	/** As logged: ARN, canonical user id, service name, or `-` for anonymous. */
	requester: string;
	operation: string;
	/** Three digits or `-`. */
	status: string;
	/** S3 error code or `-`. */
	errorCode: string;
	/** As logged, latin1; `-` when absent. */
	userAgent: string;
	/** `-` when the log says so, `undefined` when the line is too old to have the field. The same holds below. */
	signatureVersion: string | undefined;
	cipherSuite: string | undefined;
	authType: string | undefined;
	hostHeader: string | undefined;
	tlsVersion: string | undefined;
	accessPointArn: string | undefined;
	aclRequired: string | undefined;
	sourceRegion: string | undefined;
	/** For REST.GET.BUCKET: how the listing was asked for. See `Listing`. */
	listing: number;
}

/** The requester of flows from serve's own log: its clients are no principals of S3, and none is called like that. */
export const serveRequester = "chartcost-serve";

/** Bits of `Flow.listing`: what the request URI of a bucket listing says. 0 for every other operation. */
export const Listing = {
	/** `list-type=2`: ListObjectsV2. Without it the call is ListObjects, which ChartMuseum uses. */
	v2: 1,
	/** `marker=` or `continuation-token=`: a following page. */
	nextPage: 2,
	/** `delimiter=`: a listing of folders, as consoles and `aws s3 ls` do. */
	delimiter: 4,
} as const;

/**
 * A run of tallies as columns. Row i says: flow `flow[i]`, in the minute (or hour) `time[i]`, on key `key[i]`.
 *
 * `minute` blocks hold no keys (`key` is empty) and `time` counts minutes since 1970.
 * `hour` blocks hold a key per row and `time` counts hours since 1970.
 * Blocks are additive: the same (flow, time, key) may appear in several rows and several blocks.
 */
export interface Block {
	grain: "minute" | "hour";
	rows: number;
	flow: Int32Array;
	time: Int32Array;
	key: Int32Array;
	requests: Int32Array;
	bytesSent: Float64Array;
	objectBytes: Float64Array;
	/** Seconds after the start of the minute or hour. */
	first: Int32Array;
	last: Int32Array;
}

/**
 * Rows to add up: a block, or per-flow totals. Of totals, `time` is 1 for what lies in complete hours and 0 for the
 * rest, and `first` and `last` are Unix seconds.
 */
export interface Cells extends Omit<Block, "grain" | "requests" | "first" | "last"> {
	grain: Block["grain"] | "total";
	requests: Int32Array | Float64Array;
	first: Int32Array | Float64Array;
	last: Int32Array | Float64Array;
}

/** Seconds that a unit of `Cells.time` stands for. */
export const grainSeconds = { minute: 60, hour: 3600, total: 0 } as const;
