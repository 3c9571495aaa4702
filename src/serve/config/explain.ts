/**
 * What serve would do with a path, without asking S3: the key, the rule and its times, and what would be signed and
 * sent. For people who wonder why something is (not) cached. No credentials are looked at.
 */
import { createRouter, type ObjectType } from "../listener/route.ts";
import { decodeTarget, type TargetRefusal } from "../listener/target.ts";
import { bucketIdOf, endpointOf, startRegion } from "../origin/endpoint.ts";
import { encodePath } from "../origin/uri.ts";
import type { RepositoryConfig, Rule, ServeConfig } from "./config.ts";
import { ruleOf } from "./rules.ts";
import { printDuration } from "./units.ts";

/** Name and sentence, in the order to show them. */
export type Explanation = readonly (readonly [name: string, text: string])[];

const refusals: Record<TargetRefusal, string> = {
	form: "it must begin with exactly one slash, and name no host",
	escape: "a percent sign is not followed by two hex digits, or the bytes are not UTF-8",
	character:
		"it has a control character, an encoded slash, a backslash, # or bytes that must be percent-encoded",
	segment: "it has an empty segment, . or ..",
	length: "it is longer than any key of S3",
};

const types: Record<ObjectType, string> = {
	index: "the index of the repository",
	package: "a chart package",
	provenance: "a provenance file",
};

/** `asked`: a path as in a request line, or a whole URL of which host and query are left aside. */
export function explain(config: ServeConfig, asked: string): Explanation {
	const raw = targetOf(asked);
	const target = decodeTarget(raw);
	if ("refused" in target)
		return [
			["path", raw],
			["answer", `400: ${refusals[target.refused]}`],
		];
	if (target.queryDropped && config.query === "reject")
		return [
			["path", raw],
			["answer", "400: it has a query, and query is set to reject"],
		];
	const about: (readonly [string, string])[] = [["path", raw]];
	if (target.path !== raw) about.push(["decoded", target.path]);
	if (target.queryDropped) about.push(["query", "ignored: it is no part of the key and never reaches S3"]);
	const route = createRouter(config.repositories, config.api).route(target.path);
	if (route.kind === "none")
		return [...about, ["answer", `404: nothing is served there. ${knownPaths(config.repositories)}`]];
	if (route.kind === "health" || route.kind === "info")
		return [...about, ["answer", "200, as ChartMuseum answers; S3 is not asked"]];
	const named = repositoryWords(route.repository);
	if (route.kind === "api")
		return [...about, ["repository", named], ["answer", "ChartMuseum's API, read from the index"]];
	const rule = ruleOf(route.repository, route.file);
	return [
		...about,
		["repository", named],
		["object", `${route.file}: ${types[route.type]}`],
		...ruleWords(rule),
		...requestWords(route.repository, route.key),
	];
}

/** Cut by hand: a URL parser would normalise what is to be explained. */
function targetOf(asked: string): string {
	const url = /^https?:\/\/[^/?#]*(.*)$/i.exec(asked);
	const target = url === null ? asked : (url[1] ?? "");
	return /^[/\\*?#]/.test(target) ? target : `/${target}`;
}

function knownPaths(repositories: readonly RepositoryConfig[]): string {
	const [first] = repositories;
	const paths = repositories.slice(0, 10).map(({ path }) => path || "/");
	const begin = first === undefined ? "" : `${first.path}/`;
	return `Repositories: ${paths.join(", ")}; in each index.yaml, FILE.tgz and FILE.tgz.prov, as in ${begin}index.yaml.`;
}

function repositoryWords({ name, bucket, prefix, path }: RepositoryConfig): string {
	return `${name}: s3://${bucket}/${prefix} at ${path || "/"}`;
}

function ruleWords(rule: Rule): [string, string][] {
	const { ttlMs, immutable, staleIfErrorMs, staleWhileRevalidateMs, notFoundTtlMs } = rule;
	const then = "then S3 is asked with If-None-Match";
	const fresh = immutable
		? "until it is evicted; S3 is never asked again"
		: ttlMs === 0
			? "not at all: S3 is asked every time with If-None-Match, and says 304 while it is the same"
			: `${printDuration(ttlMs)} after S3's last word; ${then}`;
	return [
		["rule", `${rule.name} (${rule.match.join(" ")})`],
		["fresh", fresh],
		...(rule.origin === "respect-origin" && !immutable
			? ([["but", "Cache-Control metadata of the object decides, where it has any"]] as [string, string][])
			: []),
		...(staleWhileRevalidateMs > 0
			? ([
					["meanwhile", `sent stale for ${printDuration(staleWhileRevalidateMs)} more while S3 is asked`],
				] as [string, string][])
			: []),
		[
			"S3 fails",
			staleIfErrorMs === 0
				? "the failure is passed on"
				: `sent stale for up to ${printDuration(staleIfErrorMs)} more`,
		],
		[
			"missing",
			notFoundTtlMs === 0
				? "a 404 is not remembered"
				: `a 404 is remembered for ${printDuration(notFoundTtlMs)}, or until the index changes`,
		],
		["clients", `Cache-Control: ${rule.cacheControl}`],
	];
}

function requestWords(repository: RepositoryConfig, key: string): [string, string][] {
	const region = startRegion(repository);
	const endpoint = endpointOf(repository, region);
	const found =
		repository.region === undefined && !endpoint.custom ? ", corrected when S3 names another" : "";
	return [
		["key", key],
		["cached as", `${bucketIdOf(repository)} ${key}`],
		["S3 request", `GET ${endpoint.url}${endpoint.basePath}/${encodePath(key)}`],
		["region", `${region}${found}`],
		[
			"signed",
			"AWS4-HMAC-SHA256 for s3: host, x-amz-checksum-mode, x-amz-content-sha256, x-amz-date, and x-amz-security-token of temporary " +
				"credentials; no query, no body, no header of the client",
		],
	];
}
