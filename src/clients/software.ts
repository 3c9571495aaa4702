/**
 * What a client is known to be: `ChartMuseum 0.13.1` behind `aws-sdk-go/1.37.28`, `aws-cli 2.13`, …
 *
 * In: the client (from `clientOf`) and the user agent as logged. Out: a name to group by, and how sure it is.
 * An SDK alone is not a program: it is named as what it is, with confidence `unknown`.
 */
import { type Client, maxAgentLength } from "./client.ts";
import { goSdkReleases } from "./releases.ts";

export interface Software {
	software: string;
	/**
	 * `verified`: a well-known program names itself. `likely`: the agent carries a mark of the program (the
	 * SDK version of a release, an application id). `unknown`: only an SDK or an unfamiliar name is seen.
	 */
	confidence: "verified" | "likely" | "unknown";
}

/** Products whose name in a user agent is the program's own, and the name people know it by. */
const programs: Record<string, string> = {
	"aws-cli": "aws-cli",
	"argocd-repo-server": "Argo CD",
	"git-annex": "git-annex",
	"mountpoint-s3": "Mountpoint for Amazon S3",
	"source-controller": "Flux source-controller",
	"Amazon CloudFront": "CloudFront",
	S3Console: "S3 console",
	Terraform: "Terraform",
	OpenTofu: "OpenTofu",
	PulumiAws: "Pulumi AWS provider",
	Hadoop: "Hadoop S3A",
	ElasticMapReduce: "EMR",
	AWSPowerShell: "AWS Tools for PowerShell",
	Helm: "Helm",
	chartcost: "chartcost",
	chartmuseum: "ChartMuseum",
	Cyberduck: "Cyberduck",
	rclone: "rclone",
	restic: "restic",
	s3cmd: "s3cmd",
	s3fs: "s3fs-fuse",
	browser: "browser",
	curl: "curl",
	Wget: "Wget",
};

/** Libraries: the program behind them is not known. The AWS SDKs all begin with `aws-sdk-`. */
const libraries = new Set(["Boto", "Boto3", "Botocore", "aiobotocore", "minio-go", "Go-http-client", "Java"]);
const sdkForm = /^aws-sdk-/;

/** Query engines that append their name to the Java SDK's agent. Source: trino, PrestoS3FileSystem. */
const engineSuffix = /^aws-sdk-java\/.* (trino|presto)$/i;

/** Application id of the newer SDKs, set by the program or `AWS_SDK_UA_APP_ID`: `app/Trino`. */
const applicationId = /(?:^|\s)app\/(\S+)/;

/** `userAgent` is the one that `client` was read from. */
export function softwareOf(client: Client, userAgent: string): Software {
	const agent = userAgent.slice(0, maxAgentLength);
	const { product, version } = client;
	if (product === "-") return { software: "-", confidence: "unknown" };
	const program = Object.hasOwn(programs, product) ? programs[product] : undefined;
	if (program !== undefined) {
		return { software: withVersion(program, version), confidence: "verified" };
	}
	if (!sdkForm.test(product) && !libraries.has(product)) {
		return { software: withVersion(product, version), confidence: "unknown" };
	}
	const marked = markedSoftware(product, version, agent);
	if (marked !== undefined) return { software: marked, confidence: "likely" };
	return { software: `${withVersion(product, version)} program`, confidence: "unknown" };
}

function markedSoftware(product: string, version: string, agent: string): string | undefined {
	const engine = engineSuffix.exec(agent)?.[1]?.toLowerCase();
	if (engine !== undefined) return engine === "trino" ? "Trino" : "Presto";
	const application = applicationId.exec(agent)?.[1];
	if (application !== undefined) return application.slice(0, 80);
	if (product !== "aws-sdk-go") return undefined;
	return goSdkReleases.find((release) => release.sdkVersion === version)?.software ?? appendedProgram(agent);
}

/** Additions of SDK v1 for Go itself; everything else behind it was appended by the program. */
const goSdkAdditions = /^(?:S3Manager|S3CryptoV[12]|exec-env)$/;

/** Programs may append themselves to the Go SDK: `aws-sdk-go/1.44.1 (go1.18; linux; amd64) velero/1.9`. */
function appendedProgram(agent: string): string | undefined {
	const [, product, version] = /\) (?:.* )?([A-Za-z][\w.-]*)\/([\w.+-]+)"?$/.exec(agent) ?? [];
	if (product === undefined || version === undefined || goSdkAdditions.test(product)) return undefined;
	return withVersion(product, version).slice(0, 80);
}

/** Major and minor version; patch releases of one program belong together in a cost table. */
function withVersion(name: string, version: string): string {
	const short = /^v?(\d+(?:\.\d+)?)(?![\d])/.exec(version)?.[1];
	return short === undefined ? name : `${name} ${short}`;
}
