/**
 * What a program is, by what it does first and by its name second (an SDK version names a ChartMuseum release, but
 * other programs carry the same SDK, and other builders another one).
 * In: a program with its calls. Out: its kind. The order of the rules is chart-repositories.md 5.2.
 */
import { Call } from "./calls.ts";
import { type Program, requestsFor } from "./programs.ts";

export type Kind =
	| "chartmuseum"
	| "helm-s3"
	| "aws-cli"
	| "terraform"
	| "console"
	| "service"
	| "cloudfront"
	| "chartcost"
	| "other";

const byProduct: Record<string, Kind> = {
	chartcost: "chartcost",
	Terraform: "terraform",
	OpenTofu: "terraform",
	PulumiAws: "terraform",
	S3Console: "console",
	browser: "console",
	"aws-cli": "aws-cli",
	"Amazon CloudFront": "cloudfront",
};

type Judged = Pick<Program, "id" | "iamUser" | "networkPath" | "product" | "sourceIp" | "software" | "calls">;

export function kindOf(program: Judged): Kind {
	const { iamUser, networkPath, product, sourceIp } = program;
	if (iamUser.startsWith("cloudfront/") || networkPath === "cloudfront") return "cloudfront";
	if (iamUser.startsWith("service/") || sourceIp === "-" || networkPath === "aws-service") return "service";
	const named = Object.hasOwn(byProduct, product) ? byProduct[product] : undefined;
	return named ?? (product === "aws-sdk-go" ? goProgram(program) : "other");
}

/** Both tools use version 1 of the Go SDK; ChartMuseum never sends a HEAD, helm-s3 never lists the old way. */
function goProgram(program: Judged): Kind {
	const { software } = program;
	const isRelease = software.startsWith("ChartMuseum ");
	const isHelmS3 = software.startsWith("helm-s3 ");
	const isNamed = !isRelease && !isHelmS3 && !/^aws-sdk-go\b.* program$/.test(software);
	if (isNamed) return "other";
	const lists = requestsFor(program, Call.list, Call.listPage);
	if (lists > 0 && (isRelease || requestsFor(program, Call.get) > 0)) return "chartmuseum";
	if (requestsFor(program, Call.head, Call.otherList, Call.getPart) > 0) return "helm-s3";
	if (isRelease) return "chartmuseum";
	return isHelmS3 || requestsFor(program, Call.headBucket) > 0 ? "helm-s3" : "other";
}
