/** An object's own Cache-Control, read strictly: S-19, RFC 9111 §5.2, and what becomes of it in a running server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readCacheControl } from "../../../src/serve/cache/cache-control.ts";
import * as faults from "../../support/s3/faults.ts";
import { fill, startTestServe } from "../running.ts";

/** Kept?, may be stale?, seconds. */
type Meaning = [boolean, boolean, number | undefined];

const cases: Record<string, Meaning> = {
	"": [true, true, undefined],
	"max-age=10": [true, true, 10],
	"MAX-AGE=10": [true, true, 10],
	"max-age=0010": [true, true, 10],
	" ,, max-age=10 ,\t,": [true, true, 10],
	"public, max-age=31536000, immutable": [true, true, 31536000],
	"max-age=99999999999999999999": [true, true, 2 ** 31],
	"max-age=10, s-maxage=5": [true, false, 5],
	"s-maxage=50, max-age=10": [true, false, 50],
	"max-age=10, max-age=5": [true, true, 5],
	"max-age=5, max-age=10": [true, true, 5],
	'a="max-age=99", max-age=1': [true, true, 1],
	'max-age=1, a="max-age=99"': [true, true, 1],
	'a="private, no-store", max-age=1': [true, true, 1],
	'a="b\\", private=\\"", max-age=1': [true, true, 1],
	"no-storage, x-private, max-age=1": [true, true, 1],
	"max-age=1, must-revalidate": [true, false, 1],
	"max-age=1, Proxy-Revalidate": [true, false, 1],
	"max-age=10, no-cache": [true, false, 0],
	'max-age=10, no-cache="set-cookie"': [true, false, 0],
	"no-store": [false, true, undefined],
	"No-Store, max-age=10": [false, true, 10],
	"no-store=x": [false, true, undefined],
	private: [false, true, undefined],
	'private="set-cookie"': [false, true, undefined],
	// Malformed: the strictest reading.
	'private=""': [false, true, undefined],
	'private="a': [false, true, undefined],
	'private="': [false, true, undefined],
	'no-cache="': [true, false, 0],
	"max-age=10, private=": [false, true, 10],
	"max-age=10 private": [false, true, 0],
	"max-age = 10": [true, true, 0],
	"max-age=": [true, true, 0],
	"max-age": [true, true, 0],
	'max-age="10"': [true, true, 0],
	"max-age='10'": [true, true, 0],
	"max-age=-1": [true, true, 0],
	"max-age=1.5": [true, true, 0],
	"max-age=0x10": [true, true, 0],
	"max-age=10;s-maxage=20": [true, false, 0],
	'max-age=10, a="b, no-store': [false, true, 10],
	"private;": [false, true, undefined],
	"private : x": [false, true, undefined],
	"=private": [false, true, undefined],
	'a"private"': [false, true, undefined],
	"max-age=10, (no-store)": [false, true, 10],
};
for (const [value, [kept, stale, seconds]] of Object.entries(cases)) {
	test(`S-19 Cache-Control: ${value}`, () => {
		const read = readCacheControl(value);
		assert.deepEqual([!read.forbidsKeeping, !read.forbidsStale, read.freshForS], [kept, stale, seconds]);
	});
}

test("S-19 broken pieces never make a restriction weaker", () => {
	const piece = fc.constantFrom('"', "=", ",", ";", " ", "\\", "a", 'b="c"', "max-age=60", "\t", "(", "é");
	const restriction = fc.constantFrom("private", "no-store", "no-cache", "NO-STORE", 'private="x"');
	fc.assert(
		fc.property(fc.array(piece), restriction, fc.array(piece), (before, stated, after) => {
			const quotes = before.join("").split('"').length - 1;
			const value = `${before.join("")},${stated},${after.join("")}`;
			const { forbidsKeeping, freshForS } = readCacheControl(value);
			// In a whole quoted string it is no directive.
			if (quotes === 0) assert.ok(forbidsKeeping || freshForS === 0, value);
			assert.ok(freshForS === undefined || (freshForS >= 0 && freshForS <= 2 ** 31), value);
		}),
	);
});

test("S-19 a long value takes no longer than its length", () => {
	const startMs = performance.now();
	for (const part of ['"', "=", '\\"', 'a="', "a ", ", ", 'a="\\']) readCacheControl(part.repeat(8000));
	assert.ok(performance.now() - startMs < 500);
});

test("S-19 with origin: respect-origin none of them is kept, or sent without asking", async () => {
	const { s3, serve, close } = await startTestServe({ flags: { origin: "respect-origin" } });
	for (const [index, value] of ['private=""', 'private="a', 'no-cache="', "max-age=10, private="].entries()) {
		const key = `strict-1.0.${index}.tgz`;
		s3.put("charts", key, fill(key, 2000));
		s3.always({ key }, faults.rawHeaderLine(`Cache-Control: ${value}`));
		for (let round = 0; round < 3; round++)
			assert.ok((await serve.get(`/${key}`)).body.equals(fill(key, 2000)));
		assert.equal(s3.count({ key }), 3, value);
	}
	await close();
});
