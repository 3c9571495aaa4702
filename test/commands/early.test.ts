/** What is begun early must never be what fails: the command itself says what is wrong with its arguments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { beginEarly } from "../../src/commands/early.ts";

for (const [what, argument] of [
	["longer than any path", `key~${"a".repeat(5000)}`],
	["no path at all", "a\0b"],
] as const) {
	test(`an argument that is ${what} begins nothing`, () => {
		assert.doesNotThrow(() => beginEarly(["attribute", "logs/", "--where", argument]));
	});
}
