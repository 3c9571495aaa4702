/**
 * AWS's partitions as far as host names of S3 need them: a Region's name to the domain its endpoints end in, and an
 * S3 host name back to its Region. Source: the partition list that the AWS SDKs carry (partitions.json of botocore).
 */

interface Partition {
	id: string;
	regions: RegExp;
	suffix: string;
	/** Its own domain for dual-stack, where that differs. */
	dualStackSuffix: string;
}

/** First match wins; the last one takes Regions that are newer than this table. */
const partitions: readonly Partition[] = [
	{ id: "aws-cn", regions: /^cn-/, suffix: "amazonaws.com.cn", dualStackSuffix: "amazonaws.com.cn" },
	{ id: "aws-us-gov", regions: /^us-gov-/, suffix: "amazonaws.com", dualStackSuffix: "amazonaws.com" },
	{ id: "aws-iso", regions: /^us-iso-/, suffix: "c2s.ic.gov", dualStackSuffix: "c2s.ic.gov" },
	{ id: "aws-iso-b", regions: /^us-isob-/, suffix: "sc2s.sgov.gov", dualStackSuffix: "sc2s.sgov.gov" },
	{ id: "aws-iso-e", regions: /^eu-isoe-/, suffix: "cloud.adc-e.uk", dualStackSuffix: "cloud.adc-e.uk" },
	{ id: "aws-iso-f", regions: /^us-isof-/, suffix: "csp.hci.ic.gov", dualStackSuffix: "csp.hci.ic.gov" },
	{ id: "aws-eusc", regions: /^eusc-/, suffix: "amazonaws.eu", dualStackSuffix: "amazonaws.eu" },
	{ id: "aws", regions: /^/, suffix: "amazonaws.com", dualStackSuffix: "amazonaws.com" },
];

const regionName = /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;

/** A Region's name goes into host names: nothing else may look like one. */
export function isRegion(text: string): boolean {
	return text.length <= 32 && regionName.test(text);
}

/** Other makers call their Regions what they like (`garage`); it goes into the signature only. */
export function isPlainName(text: string): boolean {
	return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

export function partitionOf(region: string): Partition {
	return partitions.find(({ regions }) => regions.test(region))!;
}

/** Belongs to AWS, whatever is in front of it. */
export function isAwsHost(host: string): boolean {
	return partitions.some(({ suffix }) => host === suffix || host.endsWith(`.${suffix}`));
}

/** `s3.eu-west-1.amazonaws.com`, `b.s3-eu-west-1.…`, `….s3.eu-west-1.vpce.…` → `eu-west-1`; `undefined`: not said. */
export function regionOfHost(host: string): string | undefined {
	if (!isAwsHost(host)) return undefined;
	const labels = host.split(".");
	for (const [i, label] of labels.entries()) {
		const dashed = label.startsWith("s3-") ? label.slice(3) : "";
		if (isRegion(dashed)) return dashed;
		if (i > 0 && isRegion(label)) return label;
	}
	return undefined;
}
