/** The formatter: numbers at the edges of their ranges, and text that attacks whoever reads it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as words from "../../src/report/words.ts";

const table = (name: string, of: (value: never) => string, rows: [unknown, string][]) =>
	test(name, () => {
		for (const [value, expected] of rows) assert.equal(of(value as never), expected);
	});

table("counts have thousands separators", words.count, [
	[0, "0"],
	[999, "999"],
	[1000, "1,000"],
	[1234567.9, "1,234,567"],
]);

table("bytes keep three digits and change unit before they need four", words.bytes, [
	[0, "0 B"],
	[999, "999 B"],
	[1000, "0.98 KiB"],
	[1024, "1.00 KiB"],
	[10239, "10.0 KiB"],
	[2 ** 30, "1.00 GiB"],
	[1023 * 2 ** 20, "1.00 GiB"],
	[5 * 2 ** 40, "5.00 TiB"],
]);

table("percentages never round a part to nothing or to everything", words.percent, [
	[0, "0%"],
	[0.00001, "<0.1%"],
	[0.834, "83.4%"],
	[0.99999, ">99.9%"],
	[1, "100%"],
]);

table("spans of time", words.spanOfHours, [
	[0.6, "36 minutes"],
	[0.001, "1 minute"],
	[1, "1 hour"],
	[5.5, "5.5 hours"],
	[47, "47 hours"],
	[72, "3 days"],
]);

table("seconds left", words.spanOfSeconds, [
	[7.2, "8 s"],
	[200, "3 min 20 s"],
	[7500, "2 h 05 min"],
]);

table("quantities", words.quantity, [
	[4990, "4,990"],
	[0.0000002, "<0.001"],
	[2.793, "2.79"],
	[1234.56, "1,234.6"],
	[1999.96, "2,000"],
]);

test("money: unknown is not 0, and what is not 0 is never shown as 0", () => {
	assert.equal(words.money(null), "unknown");
	assert.equal(words.money(0), "$0.00");
	assert.equal(words.money(0.004), "<$0.01");
	assert.equal(words.money(0.004, "USD", 4), "$0.0040");
	assert.equal(words.money(19_999.996), "$20,000.00");
	assert.equal(words.money(-3.5), "-$3.50");
	assert.equal(words.money(12, "CNY"), "CNY 12.00");
	fc.assert(
		fc.property(
			fc.double({ min: 1e-12, max: 1e9, noNaN: true }),
			fc.constantFrom(2, 4, 6),
			(amount, digits) => {
				assert.doesNotMatch(words.money(amount, "USD", digits), /^\$0\.0+$/);
			},
		),
	);
});

test("unit prices keep their digits", () => {
	assert.equal(words.unitPrice(0.0004), "$0.0004");
	assert.equal(words.unitPrice(0.09), "$0.09");
	assert.equal(words.unitPrice(5), "$5.00");
	assert.equal(words.unitPrice(0), "$0.00");
	assert.equal(words.unitPrice(0.000000385), "$0.000000385");
	assert.equal(words.unitPrice(null), "unknown");
});

const hostile =
	"\u001b[2J\u001b]0;title\u0007 \u009b31m \u202eevil\u2066 \u200b \r\n\t \u007f \ud800 \u{e0041}";

test("visible leaves nothing that a terminal would act on", () => {
	const shown = words.visible(hostile);
	assert.match(shown, /^\\x1b\[2J\\x1b\]0;title\\x07 \\x9b31m \\u\{202e\}evil/);
	assert.match(shown, /\\r\\n\\t \\x7f \\u\{d800\} \\u\{e0041\}$/);
	assert.equal(words.visible("Grüße 日本 🎉"), "Grüße 日本 🎉");
	assert.equal(words.visible("Grüße", true), "Gr\\xfc\\xdfe");
});

test("visible text is printable whatever goes in", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (text) => {
			assert.doesNotMatch(words.visible(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
			assert.match(words.visible(text, true), /^[\x20-\x7e]*$/);
		}),
	);
});

test("json is the same value, without characters that act", () => {
	const text = words.json({ agent: hostile }, 2);
	assert.deepEqual(JSON.parse(text), { agent: hostile });
	assert.doesNotMatch(text, /[\x7f-\x9f\u202e\u200b]/);
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (value) => {
			assert.equal(JSON.parse(words.json(value)), value);
		}),
	);
});

test("CSV fields: quoted by RFC 4180, formulas disarmed, absence kept", () => {
	assert.equal(words.csvField('say "hi", you'), '"say ""hi"", you"');
	assert.equal(words.csvField('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")"`);
	for (const sign of ["+", "@", "-"]) assert.equal(words.csvField(`${sign}1+1`), `'${sign}1+1`);
	assert.equal(words.csvField("-"), "-");
	assert.equal(words.csvField("a\nb"), "a\\nb");
	assert.equal(words.csvField(null), "");
	assert.equal(words.csvField(0.000000001), "1e-9");
	assert.equal(words.tsvField("a\tb"), "a\\tb");
});

test("Markdown code spans cannot be left", () => {
	assert.equal(words.markdownCode("<b>@team **x**</b>"), "`<b>@team **x**</b>`");
	assert.equal(words.markdownCode("a`b``c"), "```a`b``c```");
	assert.equal(words.markdownCode("`x`"), "`` `x` ``");
	assert.equal(words.markdownCode("a|b"), "`a\\|b`");
	assert.equal(words.markdownCode("a\\|b"), "`a\\\\x7cb`");
});

test("shell words are quoted when they must be", () => {
	assert.equal(words.shellWord("iam-user=user/chartmuseum"), "iam-user=user/chartmuseum");
	assert.equal(words.shellWord("it's; rm -rf ~"), `'it'\\''s; rm -rf ~'`);
});
