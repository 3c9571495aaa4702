/** AWS's address ranges: parsing, nesting of services, refusal of anything that is not the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpRanges } from "../../src/network/ip-ranges.ts";
import { rangesText } from "../support/ip-ranges.ts";

test("finds Region and all services that cover an address", () => {
	const ranges = parseIpRanges(rangesText, "r.json");
	assert.equal(ranges.createdAt, "2026-11-20T22:14:35Z");
	assert.equal(ranges.prefixes, 9);
	const nat = ranges.lookup("3.80.1.2")!;
	assert.equal(nat.region, "us-east-1");
	assert.deepEqual([...nat.services].sort(), ["AMAZON", "EC2"]);
	assert.deepEqual(ranges.lookup("3.90.0.1"), { region: "us-east-1", services: ["AMAZON"] });
	assert.equal(ranges.lookup("2600:1f18::7")?.region, "us-east-1");
	assert.equal(ranges.lookup("203.0.113.9"), undefined);
	assert.equal(ranges.lookup("-"), undefined);
});

test("a more specific range of another Region wins", () => {
	const ranges = parseIpRanges(rangesText, "r.json");
	assert.equal(ranges.lookup("3.80.200.1")?.region, "us-west-2");
	assert.ok(ranges.lookup("3.80.200.1")?.services.includes("EC2"));
});

const broken: [string, RegExp][] = [
	["<html>", /r\.json: not readable as JSON/],
	["{}", /r\.json: holds no prefixes/],
	["null", /r\.json: holds no prefixes/],
	['{"prefixes":{}}', /prefixes is not a list/],
	[
		'{"prefixes":[{"ip_prefix":"3.0.0.0/8","region":"us-east-1","service":"EC2"},{"ip_prefix":"x"}]}',
		/prefixes\[1\]/,
	],
	['{"ipv6_prefixes":[{"ipv6_prefix":"2600::/20","region":"a b","service":"EC2"}]}', /ipv6_prefixes\[0\]/],
];
for (const [text, message] of broken) {
	test(`refuses ${text.slice(0, 30)}`, () => assert.throws(() => parseIpRanges(text, "r.json"), { message }));
}
