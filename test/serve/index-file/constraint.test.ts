/** Constraints against a table that was worked out from the comments and tests of Masterminds semver. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConstraint } from "../../../src/serve/index-file/constraint.ts";
import { compareHelmVersions, parseHelmVersion } from "../../../src/serve/index-file/helm-version.ts";

/** Constraint, versions that it allows, versions that it does not. */
const table: [string, string, string][] = [
	["", "0.0.0 1.2.3 99.0.0", "1.0.0-alpha"],
	["*", "0.0.0 1.2.3", "1.0.0-alpha"],
	["1", "1.0.0 1.9.9", "0.9.9 2.0.0 1.0.0-alpha"],
	["1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"],
	["=1.2", "1.2.0 1.2.9", "1.3.0"],
	["1.2.3", "1.2.3 v1.2.3 1.2.3+build", "1.2.4 1.2.3-beta"],
	["1.2.x", "1.2.0 1.2.9", "1.3.0"],
	["1.x.3", "1.0.0 1.9.9", "2.0.0"],
	["=1.2.3-beta", "1.2.3-beta", "1.2.3 1.2.3-beta.2"],
	["!=1.2.3", "1.2.4 1.2.3-beta", "1.2.3 1.2.3+build"],
	["!=1.2", "1.3.0 2.2.0", "1.2.0 1.2.9 1.3.0-beta"],
	[">1.2", "1.3.0 2.0.0", "1.2.9 1.2.0"],
	[">11", "12.0.0", "11.1.0 11.0.0"],
	[">=1.2", "1.2.0", "1.1.9"],
	["=> 1.2.3", "1.2.3 2.0.0", "1.2.2"],
	["<1.2", "1.1.9", "1.2.0"],
	["<=1.2", "1.2.9 1.0.0", "1.3.0"],
	["=<11", "11.9.0", "12.0.0"],
	["~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"],
	["~>1.2", "1.2.0 1.2.9", "1.3.0"],
	["~1", "1.0.0 1.9.0", "2.0.0"],
	["^1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2"],
	["^0.2.3", "0.2.3 0.2.9", "0.3.0"],
	["^0.0.3", "0.0.3", "0.0.4"],
	["^0.0", "0.0.0 0.0.9", "0.1.0"],
	["^0", "0.0.0 0.9.0", "1.0.0"],
	[">=1.0.0 <2.0.0", "1.0.0 1.9.9", "2.0.0 1.5.0-alpha"],
	[">= 1.0.0, < 2.0.0", "1.5.0", "2.0.0"],
	[">=1.0.0-0 <2.0.0-0", "1.0.0 1.5.0-alpha", "2.0.0-alpha 0.9.0"],
	["1.2 - 2.3.4", "1.2.0 2.3.4", "2.3.5 1.1.9"],
	["1.2.3 - 2", "2.9.9", "3.0.0"],
	["1.x || 3.1 - 4", "1.5.0 3.1.0 4.9.0", "2.0.0 3.0.9 5.0.0"],
	["^1.2.3-beta", "1.2.3-beta.2 1.3.0-alpha 1.9.0", "1.2.3-alpha 2.0.0-alpha"],
	["01.02", "1.2.5", "1.3.0"],
];

for (const [constraint, yes, no] of table)
	test(`constraint "${constraint}"`, () => {
		const parsed = parseConstraint(constraint);
		assert.ok(parsed !== undefined);
		for (const version of yes.split(" "))
			assert.ok(parsed.check(parseHelmVersion(version)!), `allows ${version}`);
		for (const version of no.split(" "))
			assert.ok(!parsed.check(parseHelmVersion(version)!), `refuses ${version}`);
	});

for (const wrong of [
	"latest",
	"1.2.3.4",
	">>1",
	"1.2.3 ||| 2",
	"^",
	"1,",
	"a".repeat(1000),
	"1 ".repeat(1000),
])
	test(`no constraint: "${wrong.slice(0, 20)}"`, () => assert.equal(parseConstraint(wrong), undefined));

test("versions in Helm's order", () => {
	const sorted =
		"0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 v1 1.0.1 1.2 1.10.0 2 99999999999999999999.0.0";
	const versions = sorted.split(" ");
	for (let i = 1; i < versions.length; i++) {
		const [a, b] = [parseHelmVersion(versions[i - 1]!)!, parseHelmVersion(versions[i]!)!];
		assert.ok(compareHelmVersions(a, b) < 0, `${versions[i - 1]} < ${versions[i]}`);
		assert.ok(compareHelmVersions(b, a) > 0);
	}
	const same = (a: string, b: string) =>
		compareHelmVersions(parseHelmVersion(a)!, parseHelmVersion(b)!) === 0;
	assert.ok(same("v1.0", "1.0.0+build.5"));
	for (const wrong of ["", "a", "1.", "1.2.3.4", "1.0.0-01", "1.0.0-", "vv1", " 1", "1.0.0+", "-1"])
		assert.equal(parseHelmVersion(wrong), undefined, wrong);
});
