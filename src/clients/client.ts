/**
 * What program a user agent names: product and version, such as `aws-sdk-go/1.37.28`.
 *
 * Rules are tried in order, the telling before the general: Terraform names itself in front of the SDK it
 * uses, S3A and MinIO clients hide in other shapes. No user agent library: those know browsers, not SDKs.
 * Text is passed through as it is, hostile or not; reports escape it.
 */

export interface Client {
	/** `PRODUCT/VERSION`, or only the product; `-` without a user agent. */
	client: string;
	product: string;
	/** As written, `v` and all; empty when not given. */
	version: string;
}

/** User agents are free text of up to 8 KB; a table column is not. */
const maxClientLength = 80;

/** What is looked at. Real agents stay below 600 characters, and some rules are quadratic in their input. */
export const maxAgentLength = 1024;

/** `[product, version]`, or `undefined` when the rule does not apply. */
type Rule = (agent: string) => readonly [product: string, version: string] | undefined;

const rules: Rule[] = [
	// Terraform and OpenTofu put the SDK they use, and often its Go version, somewhere in the same line.
	anywhere("Terraform"),
	anywhere("OpenTofu"),
	// The console calls S3 through Java SDKs: `[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.590 …]`.
	anywhere("S3Console"),
	(agent) => (/^Amazon CloudFront\b/.test(agent) ? ["Amazon CloudFront", ""] : undefined),
	// Hadoop's S3A: `Hadoop 3.3.4, aws-sdk-java/1.12.262 Linux/…`.
	(agent) => capture(/^Hadoop (\d[^\s,]*)/, agent, (version) => ["Hadoop", version]),
	minio,
	mozilla,
	apnPartner,
	firstProduct,
];

/** Reads a user agent as logged; quotes or brackets around it do not matter. */
export function clientOf(userAgent: string): Client {
	const agent = userAgent
		.slice(0, maxAgentLength)
		.replace(/^[\s"[]+/, "")
		.replace(/[\s"\]]+$/, "");
	if (agent === "" || agent === "-") return { client: "-", product: "-", version: "" };
	for (const rule of rules) {
		const found = rule(agent);
		if (found === undefined) continue;
		const [product, version] = found.map(capped) as [string, string];
		return { client: capped(version === "" ? product : `${product}/${version}`), product, version };
	}
	return { client: capped(agent), product: capped(agent), version: "" };
}

function capped(text: string): string {
	return text.length <= maxClientLength ? text : `${text.slice(0, maxClientLength - 1)}…`;
}

function anywhere(product: string): Rule {
	const form = new RegExp(`(?:^|[\\s(,;])${product}/([^\\s,;)\\]]+)`);
	return (agent) => capture(form, agent, (version) => [product, version]);
}

function capture(
	form: RegExp,
	agent: string,
	found: (first: string) => readonly [string, string],
): readonly [string, string] | undefined {
	const first = form.exec(agent)?.[1];
	return first === undefined ? undefined : found(first);
}

/** minio-go puts the program last: `MinIO (linux; amd64) minio-go/v7.0.50 thanos-sidecar/0.31.0`. */
function minio(agent: string): readonly [string, string] | undefined {
	if (!/^MinIO \(/i.test(agent)) return undefined;
	return productsIn(agent).at(-1);
}

/** `(compatible; CensysInspect/1.1; +https://…)`; Internet Explorer's `MSIE 9.0` has a space and is no match. */
const selfNamed = /\(compatible; ([A-Za-z][\w.-]*)(?:\/([\w.-]+))?[;)]/;
const crawler = /([A-Za-z][\w.-]*(?:bot|spider|crawler))\/([\w.-]+)/i;

/** `Mozilla/5.0` says nothing; crawlers and tools add their own name, the rest are browsers. */
function mozilla(agent: string): readonly [string, string] | undefined {
	if (!agent.startsWith("Mozilla/")) return undefined;
	const [, name, version] = selfNamed.exec(agent) ?? crawler.exec(agent) ?? [];
	if (name !== undefined) return [name, version ?? ""];
	if (/ (?:AppleWebKit|Gecko|Presto)\/|MSIE |Trident\//.test(agent) && !agent.includes("PowerShell/")) {
		return ["browser", ""];
	}
	return productsIn(agent).findLast(([product]) => product !== "Mozilla") ?? ["browser", ""];
}

/** AWS Partner Network: `APN/1.0 PARTNER/1.0 PRODUCT/2.3 aws-sdk-…`. */
function apnPartner(agent: string): readonly [string, string] | undefined {
	if (!agent.startsWith("APN/")) return undefined;
	const [, partner, product] = productsIn(agent);
	return product === undefined || product[0].startsWith("aws-sdk-") ? partner : product;
}

/**
 * Prefixes that describe the call, not the caller. SDKs should write them behind their own name but some
 * versions did not: aws-sdk-go-v2 1.32 began with `m/E` (aws/aws-sdk-go-v2#2916).
 */
const metadata = new Set([
	"m",
	"ua",
	"md",
	"os",
	"lang",
	"api",
	"app",
	"cfg",
	"ft",
	"exec-env",
	"aws-internal",
]);

function firstProduct(agent: string): readonly [string, string] | undefined {
	const products = productsIn(agent);
	// Words before the first product may be a name of their own: `AWS-Support-TrustedAdvisor, aws-internal/3 …`.
	const firstWord = /^[^\s,;/()]+(?=[\s,;(]|$)/.exec(agent)?.[0];
	if (firstWord !== undefined) return [firstWord, ""];
	return products.find(([product]) => !metadata.has(product)) ?? products[0];
}

/** All `product/version` tokens outside of parentheses, as RFC 9110 section 10.1.5 has them. */
function productsIn(agent: string): [product: string, version: string][] {
	const products: [string, string][] = [];
	for (const token of agent.replace(/\([^()]*\)/g, " ").split(/[\s,;]+/)) {
		const slash = token.indexOf("/");
		if (slash > 0) products.push([token.slice(0, slash), token.slice(slash + 1)]);
	}
	return products;
}
