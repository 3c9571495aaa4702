/**
 * A request as a draft, for any bucket: what all callers have in common, to be changed by whoever needs more.
 * In: the bucket, who asks, what for. Out: a successful request without bytes. Keys are written as the log has them.
 */
import { signedTail } from "./chart-bucket.ts";
import { type Draft, hostId, requestId } from "./log-line.ts";
import type { Random } from "./random.ts";

export interface BucketIdentity {
	owner: string;
	name: string;
	/** Of the Region's endpoint, such as `s3.us-east-1.amazonaws.com`. */
	host: string;
}

/** Who asks, and how. */
export interface Asker {
	remoteIp: string;
	requester: string;
	userAgent: string;
	sourceRegion: string;
	/** Names the bucket in the host header instead of in the path. */
	isVirtualHost?: boolean;
}

/** A successful request for a key, or for the bucket when `key` is `-`; `query` begins with `?` or is empty. */
export function requestDraft(
	random: Random,
	bucket: BucketIdentity,
	asker: Asker,
	operation: string,
	key: string,
	query = "",
): Draft {
	const verb = operation.split(".")[1] ?? "GET";
	const root = asker.isVirtualHost === true ? "" : `/${bucket.name}`;
	const path = key === "-" ? root || "/" : `${root}/${key.replace("+", "%2B")}`;
	const host = asker.isVirtualHost === true ? `${bucket.name}.${bucket.host}` : bucket.host;
	const totalTimeMs = 9 + random.below(40);
	return {
		bucketOwner: bucket.owner,
		bucket: bucket.name,
		timeSeconds: 0,
		remoteIp: asker.remoteIp,
		requester: asker.requester,
		requestId: requestId(random),
		operation,
		// The log encodes keys twice (Yelp, "Idiosyncrasy in key encoding").
		rawKey: key.replace("+", "%252B"),
		requestUri: `"${verb} ${path}${query} HTTP/1.1"`,
		status: "200",
		errorCode: "-",
		bytesSent: 0,
		objectSizeBytes: undefined,
		totalTimeMs,
		turnAroundTimeMs: totalTimeMs - 1 - random.below(6),
		referer: '"-"',
		userAgent: asker.userAgent,
		isUserAgentBare: false,
		versionId: "-",
		tail: `${hostId(random)} ${signedTail(asker.sourceRegion, host)}`,
	};
}
