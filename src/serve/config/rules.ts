/**
 * Which rule a key falls under: `ruleOf`, called for every request. It sees the one decoded key that is also signed,
 * cached and logged, so that no spelling of a path can choose another rule (S-02, S-18).
 */
import type { RepositoryConfig, Rule } from "./config.ts";
import { compileGlob, lastSegment, type Matcher } from "./globs.ts";

interface CompiledRule {
	rule: Rule;
	matchers: readonly Matcher[];
}

/** Settings never change after they are read (a reload makes new ones), so a repository's rules compile once. */
const compiled = new WeakMap<RepositoryConfig, readonly CompiledRule[]>();

/** `key` is decoded and without the repository's prefix. The first rule that matches; the last one takes the rest. */
export function ruleOf(repository: RepositoryConfig, key: string): Rule {
	let rules = compiled.get(repository);
	if (rules === undefined) {
		rules = repository.rules.map((rule) => ({ rule, matchers: rule.match.map(compileGlob) }));
		compiled.set(repository, rules);
	}
	const name = lastSegment(key);
	for (const { rule, matchers } of rules) {
		for (const matches of matchers) if (matches(key, name)) return rule;
	}
	const last = repository.rules.at(-1);
	if (last === undefined) throw new Error(`repository ${repository.name} has no rules`);
	return last;
}
