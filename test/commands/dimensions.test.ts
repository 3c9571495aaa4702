/** --by and --where as typed, with the typos that people make. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBy, parseWhere } from "../../src/commands/dimensions.ts";
import { dimensionNames } from "../../src/model/dimensions.ts";
import { nearest } from "../../src/model/nearest.ts";

test("--by takes lists, repeats and spaces", () => {
	assert.deepEqual(parseBy(["user-agent, source-ip", "hour"]), ["user-agent", "source-ip", "hour"]);
	assert.deepEqual(parseBy(["key,key"]), ["key"]);
	assert.throws(() => parseBy([","]), /at least one dimension/);
});

test("--where takes three operators, and values with any sign", () => {
	const parsed = parseWhere(["key=a=b!c", "status!=200", "user-agent~^aws-(cli|sdk)", "error="]);
	assert.deepEqual(
		parsed.map(({ dimension, operator, value }) => [dimension, operator, value]),
		[
			["key", "=", "a=b!c"],
			["status", "!=", "200"],
			["user-agent", "~", "^aws-(cli|sdk)"],
			["error", "=", ""],
		],
	);
	assert.throws(() => parseWhere(["status"]), /is not a condition/);
	assert.throws(() => parseWhere(["key~["]), /not a regular expression/);
});

test("typos find what was meant", () => {
	const cases: [string, string | undefined][] = [
		["iam-usr", "iam-user"],
		["user-agnet", "user-agent"],
		["sourceip", "source-ip"],
		["IAM-USER", "iam-user"],
		["netwrok-path", "network-path"],
		["operatoin", "operation"],
		["oper", "operation"],
		["eky", "key"],
		["banana", undefined],
	];
	for (const [typed, meant] of cases) assert.equal(nearest(typed, dimensionNames), meant, typed);
	assert.throws(() => parseBy(["usr-agent"]), /unknown dimension "usr-agent"; did you mean user-agent\?/);
});
