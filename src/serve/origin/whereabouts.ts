/**
 * In which Region the bucket is: settings in, the endpoint to ask now out. S3 names another Region when ours is wrong
 * or was never said; that is kept for all later requests. One per bucket.
 */
import type { Observer } from "../observe/observer.ts";
import { type BucketPlace, type Endpoint, endpointOf, startRegion } from "./endpoint.ts";
import { isRegion, partitionOf } from "./partitions.ts";

export interface Whereabouts {
	endpoint(): Endpoint;
	/** S3 says that the bucket is in `region`, when it was asked at `used`. `false`: that does not help. */
	correct(region: string | undefined, used: Endpoint): boolean;
	/** S3 answered at `used`: the Region is right. */
	confirm(used: Endpoint): void;
	/** `undefined`: not known yet. */
	known(): string | undefined;
}

export function createWhereabouts(place: BucketPlace, observer: Observer): Whereabouts {
	let endpoint = endpointOf(place, startRegion(place));
	let known = place.region;
	return {
		endpoint: () => endpoint,
		known: () => known,
		confirm: (used) => {
			known ??= used.region;
		},
		correct: (region, used) => {
			// Another request has learnt it meanwhile.
			if (used.region !== endpoint.region) return true;
			if (region === undefined || region === used.region || place.bucket.startsWith("arn:")) return false;
			// Keys of one partition mean nothing in another, and its hosts are somebody else's.
			const isSane = used.custom || (isRegion(region) && partitionOf(region) === partitionOf(used.region));
			if (!isSane) return false;
			endpoint = endpointOf(place, region);
			if (place.region !== undefined)
				observer.said(
					"warn",
					`Bucket ${place.bucket} is in ${region}, not in ${place.region}: set its region.`,
				);
			known = region;
			return true;
		},
	};
}
