/** Widths, shortening and wrapping: nothing leaves its columns, whatever the text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shorten, widthOf, wrap } from "../../src/report/layout.ts";
import { table } from "../../src/report/table.ts";

test("width counts terminal columns", () => {
	assert.equal(widthOf("abc"), 3);
	assert.equal(widthOf("日本"), 4);
	assert.equal(widthOf("e\u0301"), 1);
	assert.equal(widthOf("🎉"), 2);
});

test("shortening takes the middle and never exceeds the width", () => {
	assert.equal(shorten("charts/ingress-4.0.1.tgz", 15, "…"), "charts/…0.1.tgz");
	assert.equal(shorten("charts/ingress-4.0.1.tgz", 15, ".."), "charts/...1.tgz");
	assert.equal(shorten("short", 15, "…"), "short");
	assert.equal(shorten("abcde\u0301f", 3, "…"), "a…f");
	assert.equal(shorten("abcdef\u0301", 2, "…"), "a…");
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (text, width) => {
			assert.ok(widthOf(shorten(text, width, "…")) <= width);
		}),
	);
});

test("wrapping keeps all words, within the width", () => {
	assert.deepEqual(wrap("  one two three four", 11, "    "), ["  one two", "    three", "    four"]);
	const words = fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: 1 });
	fc.assert(
		fc.property(words, fc.integer({ min: 12, max: 40 }), (list, width) => {
			const lines = wrap(list.join(" "), width, "  ");
			assert.ok(lines.every((line) => line.length <= width));
			assert.deepEqual(
				lines.flatMap((line) => line.trim().split(" ")),
				list,
			);
		}),
	);
});

test("a table fits the line by shortening names only", () => {
	const style = { width: 60, unicode: true, color: false, top: undefined };
	const lines = table(
		[
			{ head: "user-agent", align: "left", name: true },
			{ head: "key", align: "left", name: true },
			{ head: "requests", align: "right" },
		],
		[
			["x".repeat(100), "charts/a.tgz", "1,234,567"],
			["\u001b[31mred", "日本".repeat(30), "1"],
		],
		style,
	);
	assert.equal(lines.length, 3);
	for (const line of lines) assert.ok(widthOf(line) <= 60, line);
	assert.match(lines[1] ?? "", / {2}1,234,567$/);
	assert.doesNotMatch(lines.join(""), /\u001b/);
});
