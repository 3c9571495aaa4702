/** Numbers in sentences, and commands that survive a shell, with whatever a log may hold. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { attribute, serve, shellWord } from "../../src/findings/next.ts";
import { dollars, duration, listOf, percent, placeOf, plural, rate } from "../../src/findings/phrases.ts";

test("shares, money, times and lists as people say them", () => {
	assert.deepEqual([0.9834, 0.996, 1, 0.004, 0.0001, 0].map(percent), [
		"98%",
		"over 99%",
		"100%",
		"0.4%",
		"under 0.1%",
		"0%",
	]);
	assert.deepEqual([412.4, 3.1, 0.004, 0, 12_345.6, null].map(dollars), [
		"$412",
		"$3.10",
		"under $0.01",
		"$0.00",
		"$12,346",
		"an unknown amount",
	]);
	assert.deepEqual([45, 300, 5400, 3 * 3600].map(duration), ["45 s", "5 min", "1.5 h", "3 h"]);
	assert.deepEqual([24.2, 4.56, 1234].map(rate), ["24", "4.6", "1,234"]);
	assert.deepEqual(
		[plural(1, "pass"), plural(2, "pass"), plural(1200, "package")],
		["1 pass", "2 passes", "1,200 packages"],
	);
	assert.deepEqual(
		[listOf([]), listOf(["a"]), listOf(["a", "b"]), listOf(["a", "b", "c"]), listOf(["a", "b", "c", "d"])],
		["nothing", "a", "a and b", "a, b and c", "a, b and 2 more"],
	);
	assert.equal(placeOf({ sourceIp: "192.0.2.1", cluster: "dev" }), "192.0.2.1 (dev)");
	assert.equal(placeOf({ sourceIp: "192.0.2.1", cluster: "unmapped" }), "192.0.2.1");
});

test("a quoted word comes out of a shell as it went in", () => {
	const text = fc.string({ unit: "grapheme", maxLength: 30 }).filter((word) => !word.includes("\0"));
	fc.assert(
		fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (words) => {
			const { stdout } = spawnSync("/bin/sh", ["-c", `printf '%s\\0' ${words.map(shellWord).join(" ")}`]);
			assert.equal(stdout.toString("utf8"), words.map((word) => `${word}\0`).join(""));
		}),
		{ numRuns: 20 },
	);
});

test("what cannot be typed is left out of a command", () => {
	assert.equal(
		attribute(["key"], { "iam-user": "user/it's", client: "curl/8" }),
		"chartcost attribute --by key --where 'iam-user=user/it'\\''s' --where client=curl/8",
	);
	assert.equal(attribute(["key"], { client: "a\u001b[31mb" }), "chartcost attribute --by key");
	assert.equal(attribute(["key"], { client: "a\u202eb" }), "chartcost attribute --by key");
	assert.equal(serve("x\ny", "us-east-1"), "chartcost serve --bucket BUCKET");
});
