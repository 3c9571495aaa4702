/**
 * The effective settings, to be read: as one line at start, and as a settings file or JSON with the names that flags,
 * environment and files use. What is written here can be given to --config again and means the same. No secrets:
 * there are none in the settings.
 */
import type { Address, RepositoryConfig, Rule, ServeConfig } from "./config.ts";
import type { ServeSettings } from "./read.ts";
import { printDuration, printSize } from "./units.ts";

/** `bound`: where the ports are in truth, when 0 was asked for. */
export function startLine(
	config: ServeConfig,
	bound: { listen?: Address; admin?: Address | undefined } = {},
): string {
	const { cache, accessLog, auth, workers } = config;
	const scheme = config.tls === undefined ? "http" : "https";
	const parts = [
		`listening on ${scheme}://${printAddress(bound.listen ?? config.listen)}`,
		config.admin === undefined
			? "no admin port"
			: `admin http://${printAddress(bound.admin ?? config.admin)}`,
		...config.repositories.slice(0, shownRepositories).map(repositoryWords),
		...moreRepositories(config.repositories.length - shownRepositories),
		cache.dir === undefined
			? "no disk tier"
			: `disk ${printSize(cache.diskBytes)} in ${cache.dir}${cache.optional ? " (optional)" : ""}`,
		`memory ${printSize(cache.memoryBytes)}`,
		`objects to ${printSize(cache.maxObjectBytes)}`,
		...rulesWords(config.repositories),
		accessLog.format === "none"
			? "no access log"
			: `access log ${accessLog.format} to ${accessLog.file ?? "stdout"}`,
		...(auth === undefined ? [] : [`log-in ${authWords(auth)}`]),
		...(workers === 1 ? [] : [`${workers} workers`]),
	];
	return parts.join(", ");
}

/** The line stays one that can be read. */
const shownRepositories = 5;

const moreRepositories = (more: number) => (more > 0 ? [`and ${more} more repositories`] : []);

export function printAddress({ host, port }: Address): string {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function repositoryWords({ path, bucket, prefix, region, endpointUrl }: RepositoryConfig): string {
	const from = endpointUrl === undefined ? (region ?? "Region found out") : endpointUrl;
	return `${path || "/"} from s3://${bucket}/${prefix} (${from})`;
}

function authWords({ basicFile, bearerFile }: NonNullable<ServeConfig["auth"]>): string {
	const words = [basicFile === undefined ? "" : "basic", bearerFile === undefined ? "" : "bearer"];
	return words.filter((word) => word !== "").join(" or ");
}

/** The rules of the first repository, and whether others differ. */
function rulesWords([first, ...others]: readonly RepositoryConfig[]): string[] {
	if (first === undefined) return [];
	const words = first.rules.map(({ name, match, ttlMs, immutable }) => {
		const what = name === "revalidate" ? match.join(" ") : name;
		return `${what} ${immutable ? "for ever" : printDuration(ttlMs)}`;
	});
	const last = first.rules.at(-1);
	const rest =
		last === undefined
			? ""
			: `; 404 ${printDuration(last.notFoundTtlMs)}; stale if S3 fails ${printDuration(last.staleIfErrorMs)}`;
	const same = others.every(({ rules }) => JSON.stringify(rules) === JSON.stringify(first.rules));
	return [`fresh: ${words.join(", ")}${rest}${same ? "" : " (others differ: --check shows all)"}`];
}

type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** For /stats and --check. Numbers are texts with their unit, as they are typed. */
export function effectiveSettings(config: ServeConfig): Record<string, Plain> {
	const { listen, admin, tls, auth, accessLog, drain } = config;
	return {
		listen: printAddress(listen),
		admin: admin === undefined ? "none" : printAddress(admin),
		...(tls === undefined ? {} : { "tls-cert": tls.certFile, "tls-key": tls.keyFile }),
		...(auth?.basicFile === undefined ? {} : { "auth-basic": auth.basicFile }),
		...(auth?.bearerFile === undefined ? {} : { "auth-bearer": auth.bearerFile }),
		...(auth === undefined ? {} : { "auth-realm": auth.realm }),
		...cacheSettings(config.cache),
		"access-log": accessLog.format,
		...(accessLog.file === undefined ? {} : { "access-log-file": accessLog.file }),
		query: config.query,
		"client-cache-control": config.clientCacheControl,
		api: config.api,
		"saved-transfer": config.savedTransfer,
		workers: config.workers,
		"drain-delay": printDuration(drain.delayMs),
		"drain-timeout": printDuration(drain.timeoutMs),
		...limitSettings(config.limits),
		...originSettings(config.origin),
		repositories: config.repositories.map(repositorySettings),
	};
}

function cacheSettings(cache: ServeConfig["cache"]): Record<string, Plain> {
	const sizes = {
		memory: printSize(cache.memoryBytes),
		"max-object": printSize(cache.maxObjectBytes),
		"max-memory-object": printSize(cache.maxMemoryObjectBytes),
		"cache-optional": cache.optional,
	};
	if (cache.dir === undefined) return { "cache-dir": "none", ...sizes };
	return { "cache-dir": cache.dir, "cache-size": printSize(cache.diskBytes), ...sizes, fsync: cache.fsync };
}

function limitSettings(limits: ServeConfig["limits"]): Record<string, Plain> {
	return {
		"max-header-size": printSize(limits.headerBytes),
		"max-header-count": limits.headerCount,
		"headers-timeout": printDuration(limits.headersTimeoutMs),
		"request-timeout": printDuration(limits.requestTimeoutMs),
		"keep-alive-timeout": printDuration(limits.keepAliveTimeoutMs),
		"write-idle-timeout": printDuration(limits.writeIdleTimeoutMs),
		"max-connections": limits.connections,
		"max-pending": limits.pendingRequests,
		"max-requests-per-connection": limits.requestsPerConnection,
		"max-index": printSize(limits.indexBytes),
	};
}

function originSettings(origin: ServeConfig["origin"]): Record<string, Plain> {
	return {
		"connect-timeout": printDuration(origin.connectTimeoutMs),
		"first-byte-timeout": printDuration(origin.firstByteTimeoutMs),
		"idle-timeout": printDuration(origin.idleTimeoutMs),
		"s3-connections": origin.connections,
		"s3-connection-age": printDuration(origin.connectionMaxAgeMs),
		"ip-family": origin.ipFamily,
		retries: origin.retries,
		"range-fill-max": printSize(origin.rangeFillMaxBytes),
	};
}

function repositorySettings(repository: RepositoryConfig): Record<string, Plain> {
	const { path, bucket, prefix, region, endpointUrl, rules, ownHosts } = repository;
	const globsOf = (wanted: string) => rules.find(({ name }) => name === wanted)?.match ?? [];
	return {
		path: path || "/",
		bucket,
		...(prefix === "" ? {} : { prefix }),
		...(region === undefined ? {} : { region }),
		...(endpointUrl === undefined ? {} : { "endpoint-url": endpointUrl }),
		...(repository.pathStyle ? { "path-style": true } : {}),
		...(repository.dualStack ? { "dual-stack": true } : {}),
		...(repository.fips ? { fips: true } : {}),
		...(ownHosts.length === 0 ? {} : { "own-host": ownHosts }),
		...(repository.rewriteAllUrls ? { "rewrite-all-urls": true } : {}),
		"missing-403-as": repository.forbiddenAs,
		revalidate: globsOf("revalidate"),
		immutable: globsOf("immutable"),
		rules: rules.map(ruleSettings),
	};
}

/** Rules that serve has anyway are changed by name; their globs stand above. */
const builtIn = new Set(["index", "revalidate", "immutable", "default"]);

function ruleSettings(rule: Rule): Record<string, Plain> {
	return {
		name: rule.name,
		...(builtIn.has(rule.name) ? {} : { match: rule.match }),
		...(rule.immutable ? { immutable: true } : { ttl: printDuration(rule.ttlMs) }),
		"stale-if-error": printDuration(rule.staleIfErrorMs),
		"stale-while-revalidate": printDuration(rule.staleWhileRevalidateMs),
		"not-found-ttl": printDuration(rule.notFoundTtlMs),
		origin: rule.origin,
		"cache-control": rule.cacheControl,
	};
}

/** All of it as a settings file. */
export async function settingsYaml({ config, profile, files }: ServeSettings): Promise<string> {
	const { dump } = await import("js-yaml");
	const named = { profile, "ca-bundle": files.ca, "admin-token": files.adminToken, prices: files.prices };
	const given = Object.entries(named).filter(([, value]) => value !== undefined);
	return dump(
		{ ...Object.fromEntries(given), ...effectiveSettings(config) },
		{ lineWidth: -1, noRefs: true },
	);
}

/** Taken over while serving; all others wait for the next start. See serve/server.ts. */
const reloadable = new Set([
	"repositories",
	"query",
	"client-cache-control",
	"api",
	"max-pending",
	"drain-delay",
	"drain-timeout",
	"auth-basic",
	"auth-bearer",
]);

/** Names of settings that differ and that a reload does not take over. */
export function changedForRestart(before: ServeConfig, after: ServeConfig): string[] {
	const [old, next] = [effectiveSettings(before), effectiveSettings(after)];
	return [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
		(name) => !reloadable.has(name) && JSON.stringify(old[name]) !== JSON.stringify(next[name]),
	);
}
