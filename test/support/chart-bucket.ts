/**
 * The made-up chart bucket that the generated traffic is about: its keys, and who comes from where.
 * In: how many keys, callers and user agents there shall be. Out: lists that traffic.ts and quirks.ts pick from.
 * Addresses are from the documentation ranges (RFC 5737, RFC 3849) as far as those suffice.
 */

export const bucketOwner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
export const bucket = "acme-charts";
export const account = "111122223333";
export const region = "us-east-1";
export const host = `s3.${region}.amazonaws.com`;
export const chartmuseumUser = `arn:aws:iam::${account}:user/chartmuseum`;

/** chart-repositories.md 1.1: the SDK version names the ChartMuseum release, the Go version its builder. */
export const chartmuseumOld = "aws-sdk-go/1.37.28 (go1.16.3; linux; amd64)";
export const chartmuseumNew = "aws-sdk-go/1.44.288 (go1.20.5; linux; amd64)";
export const helmS3 = "aws-sdk-go/1.55.7 (go1.25.3; linux; amd64)";
export const awsCli =
	"aws-cli/2.17.44 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0-1021-aws md/arch#x86_64 lang/python#3.11.9 " +
	"md/pyimpl#CPython cfg/retry-mode#standard md/prompt#off md/command#s3.ls";
export const terraform =
	"APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.70.0 " +
	"(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.31.0 os/linux lang/go#1.22.7 " +
	"md/GOOS#linux md/GOARCH#amd64 api/s3#1.64.1";
export const s3Console =
	"S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.227-198.884.amzn2int.x86_64 " +
	"OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372 vendor/Oracle_Corporation cfg/retry-mode/standard";
export const browser =
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36";

/** Fields 20 to 27 of a request that was signed in its header and sent over TLS. */
export function signedTail(sourceRegion: string, hostHeader = host): string {
	return `SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ${hostHeader} TLSv1.2 - - ${sourceRegion}`;
}
export const anonymousTail = `- TLS_AES_128_GCM_SHA256 - ${host} TLSv1.3 - - -`;
/** Fields 20 to 27 of what S3 does by itself. */
export const internalTail = "- - - - - - - -";

export interface ChartKey {
	/** As the log's key field has it: URL-encoded twice (Yelp, "Idiosyncrasy in key encoding"). */
	rawKey: string;
	/** As the request URI has it: encoded once. */
	uriPath: string;
	sizeBytes: number;
}

const products = "auth billing cart catalog config events gateway identity indexer ledger mailer media".split(
	" ",
);
const parts = "api batch cache console cron exporter frontend jobs operator proxy store worker".split(" ");
const versionsPerChart = 8;

/** `count` chart archives in key order, 20 to 120 KB each, some with build metadata in their version. */
export function chartKeys(count: number): ChartKey[] {
	const names = Array.from({ length: count }, (_, index) => {
		const chart = Math.floor(index / versionsPerChart);
		const version = index % versionsPerChart;
		const product = products[chart % products.length];
		const part = parts[Math.floor(chart / products.length) % parts.length];
		const generation = Math.floor(chart / (products.length * parts.length));
		const build = index % 97 === 0 ? `+build.${index}` : "";
		return `${product}-${part}${generation || ""}-${1 + (version % 2)}.${version}.${chart % 10}${build}.tgz`;
	});
	return names.sort().map((name, index) => ({
		rawKey: name.replace("+", "%252B"),
		uriPath: `/${bucket}/${name.replace("+", "%2B")}`,
		sizeBytes: 20_000 + ((index * 7919) % 100_000),
	}));
}

export interface Caller {
	remoteIp: string;
	requester: string;
}

/** `count` sessions of deployment roles, no two alike; beyond 250 of them on private addresses. */
export function deployers(count: number): Caller[] {
	return Array.from({ length: count }, (_, index) => ({
		remoteIp:
			index < 250 ? `203.0.113.${index + 1}` : `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
		requester: `arn:aws:sts::${account}:assumed-role/deploy-${index % 8}/i-${(0x10000000 + index).toString(16)}`,
	}));
}

/** `count` user agents: Go and Python SDKs first, then what scanners invent. */
export function userAgents(count: number): string[] {
	return Array.from({ length: count }, (_, index) => {
		if (index < 12)
			return `aws-sdk-go/1.${44 + index}.${(index * 37) % 300} (go1.${18 + index / 2}; linux; amd64)`;
		if (index < 24)
			return `Boto3/1.${index}.19 Python/3.9.${index} Linux/5.10.${index} Botocore/1.${index}.19 Resource`;
		return `Mozilla/5.0 (compatible; scanner-${index}/1.${index % 10}; +https://scanner.example/)`;
	});
}
