/**
 * Where a bucket is asked for: settings and a Region in, a host, a base path and the name of the bucket in the cache
 * out. Virtual-host style on AWS; path style for names that a wildcard certificate does not cover, for custom
 * endpoints, and on request. Source: AWS, "Amazon S3 endpoints and quotas" and "Virtual hosting of general purpose
 * buckets". Throws usageError for what can never work.
 */
import { usageError } from "../../model/errors.ts";
import { isAwsHost, isPlainName, isRegion, partitionOf, regionOfHost } from "./partitions.ts";
import { encodePath } from "./uri.ts";

/** The part of RepositoryConfig that says where the bucket is. */
export interface BucketPlace {
	/** A name, or the ARN of an access point. */
	bucket: string;
	/** `undefined`: found out from S3's answers. */
	region: string | undefined;
	/** `undefined`: AWS. */
	endpointUrl: string | undefined;
	pathStyle: boolean;
	dualStack: boolean;
	fips: boolean;
}

export interface Endpoint {
	/** `https://HOST[:PORT]`, without a path. */
	url: string;
	/** As signed and sent: lower case, with the port when it is not the scheme's own. */
	host: string;
	/** Encoded, without a slash at its end: goes before the slash of the key. Empty in virtual-host style. */
	basePath: string;
	region: string;
	/** Not AWS's own: the Region is only a word in the signature, and no redirect is followed. */
	custom: boolean;
}

/** Where S3 is asked first when nobody said a Region: it answers for buckets of all Regions with theirs. */
export const firstRegion = "us-east-1";

/** Names that are one DNS label: below `*.s3.REGION…`, TLS certificates cover them. */
const dnsLabel = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** Old buckets of us-east-1 and buckets of other makers. Never `.` or `..`. */
const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;
const accessPointArn =
	/^arn:(aws[a-z-]*):s3:([a-z0-9-]+):(\d{12}):accesspoint[:/]([a-z0-9][a-z0-9-]{1,48}[a-z0-9])$/;

/** The Region that is asked first. */
export function startRegion(place: BucketPlace): string {
	const arnRegion = accessPointArn.exec(place.bucket)?.[2];
	if (arnRegion !== undefined) return arnRegion;
	if (place.region !== undefined) return place.region;
	const said =
		place.endpointUrl === undefined ? undefined : regionOfHost(parseUrl(place.endpointUrl).hostname);
	return said ?? firstRegion;
}

/** The bucket's endpoint in `region`. */
export function endpointOf(place: BucketPlace, region: string): Endpoint {
	if (place.endpointUrl !== undefined) return customEndpoint(place, place.endpointUrl, region);
	if (!isRegion(region))
		throw usageError(`"${region}" is not an AWS Region`, "Give one like eu-west-1, or leave it out.");
	const { suffix, dualStackSuffix } = partitionOf(region);
	const domain = `${place.dualStack ? "dualstack." : ""}${region}.${place.dualStack ? dualStackSuffix : suffix}`;
	const fips = place.fips ? "-fips" : "";
	const arn = accessPointArn.exec(place.bucket);
	if (arn !== null) return awsEndpoint(`${arn[4]}-${arn[3]}.s3-accesspoint${fips}.${domain}`, "", region);
	checkBucket(place.bucket);
	if (!place.pathStyle && dnsLabel.test(place.bucket))
		return awsEndpoint(`${place.bucket}.s3${fips}.${domain}`, "", region);
	return awsEndpoint(`s3${fips}.${domain}`, `/${encodePath(place.bucket)}`, region);
}

/**
 * `HOST/BUCKET`. On AWS a name means the same bucket in all Regions of a partition, so that a corrected Region,
 * dual-stack or FIPS find what was cached before.
 */
export function bucketIdOf(place: BucketPlace): string {
	const region = startRegion(place);
	const endpoint = endpointOf(place, region);
	if (endpoint.custom) return `${endpoint.host}${endpoint.basePath}`;
	const { id, suffix } = partitionOf(region);
	return `s3.${id === "aws-us-gov" ? "us-gov." : ""}${suffix}/${place.bucket}`;
}

/**
 * The endpoint that a 307 of S3 points to (a new bucket whose DNS is not ready), if it is S3 in our partition and
 * names the bucket. Anything else gets no signature of ours: `undefined`. Only host and Region are taken.
 */
export function redirectedEndpoint(
	place: BucketPlace,
	from: Endpoint,
	location: string,
): Endpoint | undefined {
	if (from.custom || !dnsLabel.test(place.bucket) || !URL.canParse(location)) return undefined;
	const { protocol, port, hostname, username, pathname } = new URL(location);
	if (protocol !== "https:" || port !== "" || username !== "") return undefined;
	const isVirtual = hostname.startsWith(`${place.bucket}.`);
	if (!isVirtual && !pathname.startsWith(`/${place.bucket}/`)) return undefined;
	const host = isVirtual ? hostname.slice(place.bucket.length + 1) : hostname;
	const { suffix, dualStackSuffix } = partitionOf(from.region);
	const end = [suffix, dualStackSuffix].find((domain) => host.endsWith(`.${domain}`));
	const service = end === undefined ? "" : host.slice(0, -end.length - 1);
	const region = /^s3(?:-fips)?(?:[.-](?:dualstack\.)?([a-z0-9-]+))?$/.exec(service);
	if (region === null || (region[1] !== undefined && !isRegion(region[1]))) return undefined;
	return awsEndpoint(hostname, isVirtual ? "" : `/${place.bucket}`, region[1] ?? from.region);
}

function awsEndpoint(host: string, basePath: string, region: string): Endpoint {
	return { url: `https://${host}`, host, basePath, region, custom: false };
}

function customEndpoint(place: BucketPlace, endpointUrl: string, region: string): Endpoint {
	if (place.bucket.startsWith("arn:"))
		throw usageError(
			`An access point (${place.bucket}) and an endpoint (${endpointUrl}) exclude each other`,
			"Access points have hosts of their own: leave the endpoint out.",
		);
	checkBucket(place.bucket);
	if (!isPlainName(region))
		throw usageError(
			`${JSON.stringify(region)} is not the name of a Region`,
			"Leave it out, or give what the server calls its own.",
		);
	const url = parseUrl(endpointUrl);
	if (url.protocol === "http:" && isAwsHost(url.hostname))
		throw usageError(
			`${endpointUrl}: AWS is asked over https only`,
			"Write https://, or leave the endpoint out: AWS's own is the default.",
		);
	const folder = url.pathname.replace(/\/+$/, "");
	return {
		url: url.origin,
		// The URL parser has lowered it and dropped the scheme's own port; clients keep a dot at the end, S3 does not.
		host: url.host.replace(/\.(?=$|:)/, ""),
		basePath: `${folder}/${encodePath(place.bucket)}`,
		region,
		custom: true,
	};
}

/** What stands before the key must be plain, because it is signed and sent as it stands. */
function parseUrl(endpointUrl: string): URL {
	const url = URL.canParse(endpointUrl) ? new URL(endpointUrl) : undefined;
	const hint = "An endpoint looks like https://minio.example:9000 or https://host/base.";
	if (url === undefined || !/^https?:$/.test(url.protocol))
		throw usageError(`"${withoutSecret(endpointUrl)}" is not an http or https URL`, hint);
	if (url.username !== "" || url.password !== "")
		throw usageError(`The endpoint ${url.host} carries a user name or a password`, "S3 does not use them.");
	if (url.search !== "" || url.hash !== "")
		throw usageError(`The endpoint ${url.host} carries a query or a fragment`, hint);
	if (!/^(\/[A-Za-z0-9\-_.~]+)*\/*$/.test(url.pathname))
		throw usageError(`The endpoint's path ${url.pathname} has characters that need encoding`, hint);
	if (!/^\[[0-9a-f:.]+\]$/.test(url.hostname) && !isHostName(url.hostname))
		throw usageError(`The endpoint's host "${url.hostname}" is not a host name`, hint);
	return url;
}

const withoutSecret = (url: string) => url.replace(/^.*@/s, "…@");

/** Letters, digits, hyphens; underscores as well, because names inside clusters have them. */
function isHostName(host: string): boolean {
	const labels = host.replace(/\.$/, "").split(".");
	return host.length <= 254 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
}

function checkBucket(bucket: string): void {
	if (bucketName.test(bucket)) return;
	throw usageError(
		`"${bucket}" is not the name of a bucket`,
		bucket.startsWith("arn:")
			? "Of ARNs, those of access points are understood: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME."
			: "Names have 3 to 63 lower-case letters, digits, dots and hyphens.",
	);
}
