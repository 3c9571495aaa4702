/**
 * The Region of the logged bucket, which decides every price: from the flag, else from the host names callers
 * used, else from the log object's path, else assumed and said so. Host headers are sent by clients, so only
 * the shapes of S3's own endpoints count (https://docs.aws.amazon.com/general/latest/gr/s3.html).
 */

export interface BucketRegion {
	region: string;
	source: "flag" | "host" | "path" | "assumed";
	/** A sentence for the report when nothing names the Region. */
	assumption?: string;
}

export interface RegionHints {
	/** --region. */
	flag?: string | undefined;
	/** Host headers of the bucket's requests, the most frequent first. */
	hostHeader?: string | readonly string[] | undefined;
	/** Paths or keys of the bucket's log files. */
	logPath?: string | readonly string[] | undefined;
	/** Values of the source region field, the most frequent first. */
	sourceRegions?: readonly string[] | undefined;
}

/** What is assumed when nothing is known: the Region with the most buckets. */
export const fallbackRegion = "us-east-1";

/** The first hint that names a Region, in the order flag, host, path, source region, us-east-1. */
export function bucketRegionOf(hints: RegionHints): BucketRegion {
	if (hints.flag !== undefined) return { region: hints.flag, source: "flag" };
	const host = firstRegion(hints.hostHeader, regionOfHost);
	if (host !== undefined) return { region: host, source: "host" };
	const path = firstRegion(hints.logPath, regionOfLogPath);
	if (path !== undefined) return { region: path, source: "path" };
	const callers = firstRegion(hints.sourceRegions, (region) => (isRegion(region) ? region : undefined));
	const [region, reason] =
		callers === undefined
			? [fallbackRegion, "Neither host headers nor log paths name the bucket's Region"]
			: [callers, "The bucket's Region is taken to be the one most requests come from"];
	return {
		region,
		source: "assumed",
		assumption: `${reason}: priced as ${region}. Give --region REGION to be sure.`,
	};
}

function firstRegion(
	values: string | readonly string[] | undefined,
	read: (value: string) => string | undefined,
): string | undefined {
	const list = typeof values === "string" ? [values] : (values ?? []);
	for (const value of list) {
		const region = read(value);
		if (region !== undefined) return region;
	}
	return undefined;
}

/** `s3`, `s3-fips`, `s3-website`, `s3-accesspoint-fips`, `s3express-use1-az4` …: the service's own label. */
const serviceLabel =
	/^s3(?:-fips|-website|-accesspoint|-accesspoint-fips|-control|-object-lambda|-outposts|express-[a-z0-9-]+)?$/;
/** `s3-us-west-2`, `s3-website-us-east-1`, `s3-fips-us-gov-west-1`: older forms with a dash. */
const dashedLabel = /^s3(?:-website|-fips)?-([a-z]{2}[a-z-]*-[a-z]+-\d)$/;

/**
 * The Region in an S3 endpoint's host name, in virtual-host or path style; `undefined` for the global
 * endpoints (`s3.amazonaws.com`, accelerate, multi-Region access points) and for any other host.
 */
export function regionOfHost(host: string): string | undefined {
	const match = /^(.+)\.amazonaws\.(?:com|com\.cn|eu)\.?(?::\d+)?$/i.exec(host.slice(0, 512));
	if (match === null) return undefined;
	const labels = match[1]!.toLowerCase().split(".");
	// bucket.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com
	if (labels.at(-1) === "vpce") labels.pop();
	const last = labels.at(-1) ?? "";
	// "External" is the old name of the us-east-1 endpoint.
	if (last === "s3-external-1") return "us-east-1";
	const dashed = dashedLabel.exec(last)?.[1];
	if (dashed !== undefined) return isRegion(dashed) ? dashed : undefined;
	const service = labels.at(-2) === "dualstack" ? labels.at(-3) : labels.at(-2);
	return isRegion(last) && serviceLabel.test(service ?? "") ? last : undefined;
}

/**
 * The Region in a date-partitioned log object's key, `…ACCOUNT/REGION/BUCKET/YYYY/MM/DD/…`. S3 puts nothing
 * between the target prefix and the account id.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PartitionedPrefix.html
 */
export function regionOfLogPath(path: string): string | undefined {
	const keys = path.replaceAll("\\", "/");
	const region = /\d{12}\/([a-z0-9-]+)\/[^/]+\/\d{4}\/\d\d\/\d\d(?:\/|$)/.exec(keys)?.[1];
	return region !== undefined && isRegion(region) ? region : undefined;
}

function isRegion(text: string): boolean {
	return text.length <= 24 && /^[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}$/.test(text);
}
