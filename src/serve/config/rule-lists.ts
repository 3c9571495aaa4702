/**
 * The rules of one repository, in the order in which they are tried: `index` and `revalidate` first, so that nothing
 * written in a file makes the index or a branch's chart stale by accident; then the file's, then `immutable`, then
 * `default`. In: settings and the entries of `rules:`. Sources: the default rule set of the specification (1.2),
 * RFC 9111 §5.2.2 for Cache-Control, RFC 8246 for `immutable`.
 */
import { usageError } from "../../model/errors.ts";
import { didYouMean } from "../../model/nearest.ts";
import type { Rule } from "./config.ts";
import { defaultRules, maxDurationMs } from "./defaults.ts";
import { checked, checkKeys, type Given } from "./given.ts";
import { ruleEntryKinds, type ValueOf } from "./names.ts";

/** What flags, environment and files say for all rules of a repository; missing: the default. */
export interface RuleSettings {
	ttl?: number | undefined;
	"index-ttl"?: number | undefined;
	revalidate?: readonly string[] | undefined;
	immutable?: readonly string[] | undefined;
	"not-found-ttl"?: number | undefined;
	"stale-if-error"?: number | undefined;
	"stale-while-revalidate"?: number | undefined;
	origin?: "override" | "respect-origin" | undefined;
}

type Entry = { [N in keyof typeof ruleEntryKinds]?: ValueOf<(typeof ruleEntryKinds)[N]> } & { where: string };

const builtIn = ["index", "revalidate", "immutable", "default"];
/** A name becomes a metric's label. */
const namePattern = /^[A-Za-z0-9_.*?/-]{1,64}$/;
const maxRules = 100;
/** Clients may keep what never changes for a year, the longest that caches count on. */
const immutableControl = "max-age=31536000, immutable";

/** `own` entries stand in the repository, `general` ones at the file's top: own ones come first and win by name. */
export function rulesOf(settings: RuleSettings, own: Given | undefined, general: Given | undefined): Rule[] {
	const ownEntries = entriesOf(own);
	const ownNames = new Set(ownEntries.map(({ name }) => name));
	const generalEntries = entriesOf(general);
	const entries = [
		...ownEntries,
		...generalEntries.filter(({ name }) => builtIn.includes(name ?? "") || !ownNames.has(name)),
	];
	const rules = standard(settings);
	// The repository's own word comes last, so that it stands.
	for (const entry of [...entries].reverse()) {
		const rule = entry.match === undefined ? rules.find(({ name }) => name === entry.name) : undefined;
		if (rule !== undefined) Object.assign(rule, changed(rule, entry));
	}
	const fallback = rules.at(-1)!;
	const written = entries
		.filter(({ match }) => match !== undefined)
		.map((entry) => changed({ ...fallback, cacheControl: "" }, entry));
	const first = rules.filter(({ name }) => name === "index" || name === "revalidate");
	const last = rules.filter((rule) => !first.includes(rule));
	return [...first, ...written, ...last].filter(({ match }) => match.length > 0);
}

function standard(settings: RuleSettings): Rule[] {
	const staleIfErrorMs = settings["stale-if-error"] ?? defaultRules.staleIfErrorMs;
	const rule: Rule = {
		name: "default",
		match: ["**"],
		ttlMs: settings.ttl ?? defaultRules.ttlMs,
		staleIfErrorMs,
		staleWhileRevalidateMs: settings["stale-while-revalidate"] ?? defaultRules.staleWhileRevalidateMs,
		notFoundTtlMs: settings["not-found-ttl"] ?? defaultRules.notFoundTtlMs,
		immutable: false,
		origin: settings.origin ?? "override",
		cacheControl: "",
	};
	rule.cacheControl = controlOf(rule);
	// --stale-if-error lowers the shorter times of the index and of branches' charts, and never raises them: 0s turns
	// it off everywhere, 30d keeps only charts that do not change for longer. `rules:` can say otherwise.
	const fresh = { ...rule, staleWhileRevalidateMs: 0, origin: "override", cacheControl: "no-cache" } as const;
	const indexTtlMs = settings["index-ttl"] ?? defaultRules.indexTtlMs;
	return [
		{
			...fresh,
			name: "index",
			match: ["index.yaml"],
			ttlMs: indexTtlMs,
			// A missing index is believed no longer than one that is there: the first `helm s3 init` counts at once.
			notFoundTtlMs: Math.min(rule.notFoundTtlMs, indexTtlMs),
			staleIfErrorMs: Math.min(staleIfErrorMs, defaultRules.indexStaleIfErrorMs),
		},
		{
			...fresh,
			name: "revalidate",
			match: settings.revalidate ?? defaultRules.revalidate,
			ttlMs: 0,
			staleIfErrorMs: Math.min(staleIfErrorMs, defaultRules.revalidateStaleIfErrorMs),
		},
		{
			...rule,
			name: "immutable",
			match: settings.immutable ?? [],
			immutable: true,
			ttlMs: maxDurationMs,
			cacheControl: immutableControl,
		},
		rule,
	];
}

function changed(rule: Rule, entry: Entry): Rule {
	const { ttl, immutable } = entry;
	const next: Rule = {
		name: entry.name ?? rule.name,
		match: entry.match ?? rule.match,
		ttlMs: entry.immutable === true ? maxDurationMs : (ttl ?? rule.ttlMs),
		staleIfErrorMs: entry["stale-if-error"] ?? rule.staleIfErrorMs,
		staleWhileRevalidateMs: entry["stale-while-revalidate"] ?? rule.staleWhileRevalidateMs,
		notFoundTtlMs: entry["not-found-ttl"] ?? rule.notFoundTtlMs,
		immutable: immutable ?? rule.immutable,
		origin: entry.origin ?? rule.origin,
		cacheControl: rule.cacheControl,
	};
	const stays = rule.cacheControl === "no-cache" || (ttl === undefined && immutable === undefined);
	if (!stays || rule.cacheControl === "") next.cacheControl = controlOf(next);
	return { ...next, cacheControl: entry["cache-control"] ?? next.cacheControl };
}

function controlOf({ ttlMs, immutable }: Rule): string {
	if (immutable) return immutableControl;
	return ttlMs < 1000 ? "no-cache" : `max-age=${Math.floor(ttlMs / 1000)}`;
}

function entriesOf(given: Given | undefined): Entry[] {
	if (given === undefined || given.value === "") return [];
	const { value, where } = given;
	if (!Array.isArray(value)) throw usageError(`${where}: expected a list of rules, each beginning with "- "`);
	if (value.length > maxRules) throw usageError(`${where}: at most ${maxRules} rules, got ${value.length}`);
	const entries = (value as readonly Given[]).map(entryOf);
	for (const [i, { name, where: place }] of entries.entries()) {
		if (entries.findIndex((other) => other.name === name) !== i)
			throw usageError(`${place}: a second rule "${name}"`, "Give each rule a name of its own.");
	}
	return entries;
}

function entryOf({ value, where }: Given): Entry {
	if (!(value instanceof Map))
		throw usageError(`${where}: expected a rule such as { match: "*-rc*", ttl: 1h }`);
	checkKeys(value, Object.keys(ruleEntryKinds), "key of a rule");
	const read: Record<string, unknown> = {};
	for (const [key, given] of value)
		read[key] = checked(ruleEntryKinds[key as keyof typeof ruleEntryKinds], given);
	const entry = read as Entry;
	const isBuiltIn = builtIn.includes(entry.name ?? "");
	if (entry.match === undefined && !isBuiltIn) {
		throw usageError(
			`${where}: a rule needs match: the globs that it is for${didYouMean(entry.name ?? "", builtIn)}`,
			`Without match, a rule changes one of the built-in ones: ${builtIn.join(", ")}.`,
		);
	}
	if (entry.match !== undefined && isBuiltIn)
		throw usageError(
			`${where}: the rule "${entry.name}" is built in`,
			"Leave match out, or choose another name.",
		);
	if (entry.match?.length === 0) throw usageError(`${where}: match has no globs`);
	if (entry.immutable === true && entry.ttl !== undefined)
		throw usageError(
			`${where}: immutable and ttl exclude each other`,
			"What is immutable is never asked for again.",
		);
	const name = entry.name ?? entry.match?.[0] ?? "";
	if (!namePattern.test(name))
		throw usageError(
			`${where}: "${name}" cannot be a rule's name`,
			"Use up to 64 letters, digits, - _ and dots.",
		);
	return { ...entry, name, where };
}
