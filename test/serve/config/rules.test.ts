/** Globs and the rule of a key: fixed cases, an oracle by regular expressions, and time that does not explode. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileGlob, lastSegment } from "../../../src/serve/config/globs.ts";
import { ruleOf } from "../../../src/serve/config/rules.ts";
import { read } from "./given.ts";

const cases: [glob: string, yes: string[], no: string[]][] = [
	[
		"index.yaml",
		["index.yaml", "team/index.yaml"],
		["index.yaml/x.tgz", "index.yaml;x.tgz", "xindex.yaml", ""],
	],
	[
		"*-dev-*",
		["app-dev-1.tgz", "a/app-dev-1.tgz.prov", "-dev-"],
		["app-dev.tgz", "x-dev-1/a.tgz", "app-DEV-1"],
	],
	["*.tgz", ["a.tgz", "team/a.tgz", ".tgz"], ["a.tgz.prov", "a.tgz/b"]],
	["**", ["", "a", "a/b"], []],
	["*", ["", "a", "a/b"], []],
	["/index.yaml", ["index.yaml"], ["team/index.yaml"]],
	["team/*.tgz", ["team/a.tgz"], ["team/x/a.tgz", "x/team/a.tgz"]],
	["team/**", ["team/", "team/x/a.tgz"], ["team", "teams/x"]],
	["**/a.tgz", ["x/a.tgz", "x/y/a.tgz"], ["a.tgz"]],
	["a?c", ["abc", "aπc", "a😀c"], ["ac", "a/c", "abbc"]],
	["a*b*c", ["abc", "axxbyyc", "aabbcc"], ["ab", "acb", "x/ab/c"]],
	["/a*/c", ["a/c", "abc/c"], ["a/b/c"]],
	["a.c", ["a.c"], ["abc"]],
	["(a+)+", ["(a+)+"], ["aaa"]],
];

function matcher(glob: string): (key: string) => boolean {
	const matches = compileGlob(glob);
	return (key) => matches(key, lastSegment(key));
}

for (const [glob, yes, no] of cases) {
	test(`glob ${glob}`, () => {
		const matches = matcher(glob);
		for (const key of yes) assert.equal(matches(key), true, key);
		for (const key of no) assert.equal(matches(key), false, key);
	});
}

/** The slow way: the same rules as a regular expression, which may backtrack. */
function oracle(glob: string): (key: string) => boolean {
	const source = glob.replace(/^\//, "").replace(/\*+|[^*]/gsu, (part) => {
		if (part === "*") return "[^/]*";
		if (part.startsWith("*")) return ".*";
		return part === "?" ? "[^/]" : part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
	});
	const pattern = new RegExp(`^${source}$`, "su");
	return glob.includes("/")
		? (key) => pattern.test(key)
		: (key) => pattern.test(key.slice(key.lastIndexOf("/") + 1));
}

test("globs agree with regular expressions on any key", () => {
	const letters = fc.constantFrom("a", "b", "/", ".");
	const keys = fc.array(letters, { maxLength: 8 }).map((all) => all.join(""));
	const globs = fc
		.array(fc.oneof(letters, fc.constantFrom("*", "**", "?")), { minLength: 1, maxLength: 6 })
		.map((all) => all.join(""))
		.filter((glob) => glob !== "/");
	fc.assert(
		fc.property(globs, keys, (glob, key) => assert.equal(matcher(glob)(key), oracle(glob)(key))),
		{ numRuns: 5000 },
	);
});

test("a hostile glob and a hostile key take no longer than their product", () => {
	const matches = matcher(`/${"a*".repeat(500)}b`);
	const begun = process.cpuUsage();
	assert.equal(matches("a".repeat(1024)), false);
	const { user, system } = process.cpuUsage(begun);
	assert.ok(user + system < 2_000_000, `${user + system} µs`);
});

test("S-18, S-02: the rule is decided on the decoded key alone, and never weaker by a delimiter", async () => {
	const { config } = await read({ flags: { bucket: "acme-charts" } });
	const [repository] = config.repositories;
	assert.ok(repository);
	const nameOf = (key: string) => ruleOf(repository, key).name;
	assert.equal(nameOf("index.yaml"), "index");
	assert.equal(nameOf("app-dev-1.0.0.tgz"), "revalidate");
	assert.equal(nameOf("app-1.0.0.tgz"), "default");
	// What a sloppy cache would take for the index, or for a package, is the key that it is.
	for (const key of ["index.yaml;x.tgz", "index.yaml#x.tgz", "index.yaml/x.tgz", "index.yaml?x.tgz"])
		assert.equal(nameOf(key), "default", key);
	assert.equal(nameOf("x.tgz/index.yaml"), "index");
	assert.equal(nameOf("%69ndex.yaml"), "default", "a literal percent sign is no escape");
});
