/** Runs every case of test/cli/*.json against the real program. A new case is a new entry there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { type Case, type Expectation, readCases, reasonToSkip, runCase } from "./sandbox.ts";

function holds(text: string, expected: Expectation, what: string): void {
	if (expected.equals !== undefined) assert.equal(text, expected.equals, what);
	for (const part of expected.contains ?? []) {
		assert.ok(text.includes(part), `${what} should contain ${JSON.stringify(part)}:\n${text}`);
	}
	for (const part of expected.lacks ?? []) {
		assert.ok(!text.includes(part), `${what} should not contain ${JSON.stringify(part)}:\n${text}`);
	}
	if (expected.json !== undefined) includes(JSON.parse(text), expected.json, what);
}

/** Every key and element of `expected` is in `actual`; what else `actual` has does not matter. */
function includes(actual: unknown, expected: unknown, where: string): void {
	if (typeof expected !== "object" || expected === null) {
		assert.deepEqual(actual, expected, where);
		return;
	}
	assert.ok(typeof actual === "object" && actual !== null, `${where} should be an object or array`);
	for (const [key, value] of Object.entries(expected)) {
		includes((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
	}
}

function check(subject: Case): void {
	runCase(subject, ({ exit, stdout, stderr }, folder) => {
		const { expect } = subject;
		assert.equal(exit, expect.exit, `exit code; stderr: ${stderr}\nstdout: ${stdout.slice(0, 2000)}`);
		if (expect.stdout !== undefined) holds(stdout, expect.stdout, "stdout");
		if (expect.stderr !== undefined) holds(stderr, expect.stderr, "stderr");
		// No stack and no control character ever reaches a user.
		assert.doesNotMatch(stderr, /\n {4}at |[\x00-\x08\x0b-\x1f]/, "stderr");
		for (const [name, wanted] of Object.entries(expect.files ?? {})) {
			const file = path.join(folder, name);
			assert.equal(existsSync(file), wanted !== false, `file ${name}`);
			if (typeof wanted === "string")
				assert.ok(readFileSync(file, "utf8").includes(wanted), `content of ${name}`);
		}
	});
}

for (const file of readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".json"))) {
	describe(path.basename(file, ".json"), () => {
		for (const subject of readCases(file)) {
			test(subject.name, { skip: reasonToSkip(subject) ?? false }, () => check(subject));
		}
	});
}
