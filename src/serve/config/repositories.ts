/**
 * Which buckets are served, and where: one from `--bucket`, or several from `repositories:` of a file. What stands in
 * an entry holds for that one; what flags, environment and files say outside of it holds for all that say nothing.
 */
import { usageError } from "../../model/errors.ts";
import type { RepositoryConfig } from "./config.ts";
import { checked, checkKeys, type Given } from "./given.ts";
import { type Found, firstList, type Layer, type Settings } from "./layers.ts";
import { repositoryEntryKinds, repositoryKinds, type ValueOf } from "./names.ts";
import { bucketName, endpointUrl, keyPrefix, regionName, repositoryPath } from "./places.ts";
import { rulesOf } from "./rule-lists.ts";

type RepositorySettings = Pick<Settings, "bucket" | "prefix" | keyof typeof repositoryKinds> & {
	path?: Found<string>;
};

/** Each has a name in metrics, so that there are not too many. */
const maxRepositories = 1000;

export function repositoriesOf(settings: Settings, layers: readonly Layer[]): RepositoryConfig[] {
	const listed = firstList(layers, "repositories");
	const rules = firstList(layers, "rules")?.given;
	const { bucket, prefix } = settings;
	if (listed === undefined || (bucket === undefined && isEmpty(listed.given))) {
		if (bucket === undefined) throw nothingToServe(prefix);
		return [repository(settings, bucket.where, undefined, rules)];
	}
	// The bucket of a file below is for other commands.
	const both = [bucket, prefix].find((found) => found !== undefined && found.rank <= listed.rank);
	if (both !== undefined) {
		throw usageError(
			`${both.where} and ${listed.given.where} both say what to serve`,
			"Leave one out: a bucket and prefix of their own stand in each entry of repositories.",
		);
	}
	const repositories = itemsOf(listed.given).map((given) => fromEntry(given, settings, rules));
	checkTogether(repositories);
	return uniqueNames(repositories.map(({ made }) => made));
}

function nothingToServe(prefix: Found<string> | undefined): Error {
	const also = prefix === undefined ? "" : ` (${prefix.where} alone names none)`;
	return usageError(
		`no bucket to serve${also}`,
		"Give --bucket NAME, or --config FILE with repositories. Try: chartcost serve --bucket acme-charts",
	);
}

const isEmpty = ({ value }: Given) => value === "" || (Array.isArray(value) && value.length === 0);

function itemsOf(given: Given): readonly Given[] {
	const { value, where } = given;
	if (!Array.isArray(value) || value.length === 0)
		throw usageError(`${where}: expected a list of repositories, each such as "- bucket: acme-charts"`);
	if (value.length > maxRepositories)
		throw usageError(`${where}: at most ${maxRepositories}, got ${value.length}`);
	return value as readonly Given[];
}

interface Made {
	made: RepositoryConfig;
	where: string;
}

function fromEntry({ value, where }: Given, general: Settings, rules: Given | undefined): Made {
	if (!(value instanceof Map))
		throw usageError(`${where}: expected a repository such as { path: /team-a, bucket: acme-charts }`);
	const own = new Map(value as ReadonlyMap<string, Given>);
	checkKeys(own, [...Object.keys(repositoryEntryKinds), "rules"], "key of a repository");
	const ownRules = own.get("rules");
	own.delete("rules");
	const merged: Record<string, unknown> = { ...pick(general) };
	for (const [name, given] of own) {
		const kind = repositoryEntryKinds[name as keyof typeof repositoryEntryKinds];
		// `prefix: ""` and `path: /` say the root in so many words.
		const found = given.value === "" && (name === "prefix" || name === "path") ? "" : checked(kind, given);
		merged[name] = { value: found, where: given.where, rank: 0 } satisfies Found<ValueOf<typeof kind>>;
	}
	return { made: repository(merged as RepositorySettings, where, ownRules, rules), where };
}

/** What holds for all; bucket and prefix do not. */
function pick(settings: Settings): RepositorySettings {
	const names = Object.keys(repositoryKinds) as (keyof typeof repositoryKinds)[];
	return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

function repository(
	settings: RepositorySettings,
	where: string,
	ownRules: Given | undefined,
	rules: Given | undefined,
): RepositoryConfig {
	const { bucket, prefix, path, region } = settings;
	const endpoint = settings["endpoint-url"];
	const custom = endpoint !== undefined;
	if (bucket === undefined) throw usageError(`${where}: a repository needs a bucket`);
	const place = repositoryPath(path?.value ?? "", path?.where ?? where);
	const name = bucketName(bucket.value, bucket.where, custom);
	return {
		name: place === "" ? name : place.slice(1),
		path: place,
		bucket: name,
		prefix: prefix === undefined ? "" : keyPrefix(prefix.value, prefix.where),
		region: region === undefined ? undefined : regionName(region.value, region.where, custom),
		endpointUrl: endpoint === undefined ? undefined : endpointUrl(endpoint.value, endpoint.where),
		pathStyle: settings["path-style"]?.value ?? false,
		...variants(settings, endpoint),
		rules: rulesOf(ruleSettings(settings), ownRules, rules),
		ownHosts: (settings["own-host"]?.value ?? []).map((host) => hostName(host, settings["own-host"]!.where)),
		rewriteAllUrls: settings["rewrite-all-urls"]?.value ?? false,
		forbiddenAs: settings["missing-403-as"]?.value === "403" ? 403 : 404,
	};
}

function variants(settings: RepositorySettings, endpoint: Found<string> | undefined) {
	const asked = [settings["dual-stack"], settings.fips].find((found) => found?.value === true);
	// Of AWS_* variables neither is meant for the other: the endpoint wins, as in the SDKs.
	if (asked !== undefined && endpoint !== undefined && !asked.where.startsWith("AWS_")) {
		throw usageError(
			`${asked.where} and ${endpoint.where} exclude each other`,
			"Dual-stack and FIPS are hosts of AWS; an endpoint of your own names its host itself.",
		);
	}
	const allowed = endpoint === undefined;
	return {
		dualStack: allowed && (settings["dual-stack"]?.value ?? false),
		fips: allowed && (settings.fips?.value ?? false),
	};
}

function ruleSettings(settings: RepositorySettings) {
	const names = [
		"ttl",
		"index-ttl",
		"revalidate",
		"immutable",
		"not-found-ttl",
		"stale-if-error",
		"stale-while-revalidate",
		"origin",
	] as const;
	return Object.fromEntries(names.map((name) => [name, settings[name]?.value]));
}

/** `charts.example.com` or `charts.example.com:8443`, also from a pasted URL. */
function hostName(text: string, where: string): string {
	const host = text
		.toLowerCase()
		.replace(/^https?:\/\//, "")
		.replace(/\/.*$/, "");
	if (/^([a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(host)) return host;
	throw usageError(
		`${where}: "${text}" is no host name`,
		"Hosts look like charts.example.com or localhost:8080.",
	);
}

function checkTogether(repositories: readonly Made[]): void {
	const byPath = new Map<string, Made>();
	for (const repository of repositories) {
		const { path } = repository.made;
		const other = byPath.get(path);
		if (other !== undefined)
			throw usageError(
				`${repository.where}: a second repository at the path ${path || "/"} (the first: ${other.where})`,
				"Give each a path of its own, such as path: /team-a.",
			);
		byPath.set(path, repository);
	}
	for (const { made, where } of repositories) {
		const parent = made.path.endsWith("/charts")
			? byPath.get(made.path.slice(0, -"/charts".length))
			: undefined;
		if (parent !== undefined)
			throw usageError(
				`${where}: ${made.path} is also where the charts of ${parent.made.path || "/"} are (${parent.where})`,
				"Every repository is served below PATH/charts/ as well: choose another path.",
			);
	}
}

/** The root is called like its bucket, unless another repository's path reads the same. */
function uniqueNames(repositories: RepositoryConfig[]): RepositoryConfig[] {
	const paths = new Set(repositories.flatMap(({ path }) => (path === "" ? [] : [path.slice(1)])));
	return repositories.map((repository) =>
		repository.path === "" && paths.has(repository.name) ? { ...repository, name: "/" } : repository,
	);
}
