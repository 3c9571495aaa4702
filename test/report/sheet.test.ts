/** Plain tables in every format: strangers' text, long numbers, no rows, too many rows, too many columns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Sheet, type SheetCell, sheetFormat } from "../../src/report/sheet.ts";
import type { Style } from "../../src/report/style.ts";

const style: Style = { width: 60, unicode: true, color: false, top: undefined };

async function rendered(format: string, sheet: Partial<Sheet>): Promise<string> {
	const whole: Sheet = { head: { schema: "test@1" }, title: [], columns: [], rows: [], notes: [], ...sheet };
	let text = "";
	for await (const piece of sheetFormat(format)(whole, style)) text += piece;
	return text;
}

const columns = [
	{ name: "name", kind: "text" as const },
	{ name: "n", kind: "number" as const },
];

const hostile: SheetCell[][] = [
	["\x1b[2J\u202ered\x07", 1],
	['=cmd|"x",\n|`', "-12345678901234567890"],
	[null, null],
	[{ list: ["\x9b31m"] }, 4e-7],
];

for (const format of ["table", "json", "ndjson", "csv", "tsv", "md"]) {
	test(`${format}: no control character of a cell, name or title comes through`, async () => {
		const text = await rendered(format, {
			columns: [{ name: "na\x1bme", kind: "text" }, columns[1]!],
			rows: [hostile],
			title: ["ti\x1btle"],
			notes: ["no\x9bte"],
		});
		assert.doesNotMatch(text.replaceAll("\n", "").replaceAll("\t", ""), /[\p{Cc}\p{Cf}]/u);
	});

	test(`${format}: no rows at all`, async () => {
		const text = await rendered(format, { columns });
		if (format === "json") assert.deepEqual(JSON.parse(text).rows, []);
		assert.ok(format === "ndjson" ? text === "" : text.endsWith("\n"));
	});
}

test("json and ndjson hold the values as they are", async () => {
	const json = JSON.parse(await rendered("json", { columns, rows: [hostile.slice(0, 2), hostile.slice(2)] }));
	const lines = (await rendered("ndjson", { columns, rows: [hostile] })).trimEnd().split("\n");
	const expected = hostile.map(([name, n]) => ({ name, n }));
	assert.deepEqual(json, { schema: "test@1", columns: [{ name: "name" }, { name: "n" }], rows: expected });
	assert.deepEqual(
		lines.map((line) => JSON.parse(line)),
		expected,
	);
});

test("csv guards texts, not numbers", async () => {
	assert.equal(
		await rendered("csv", {
			columns,
			rows: [
				[
					["=1", -1],
					["a,b", "-12345678901234567890"],
					[true, null],
				],
			],
		}),
		'name,n\n\'=1,-1\n"a,b",-12345678901234567890\ntrue,\n',
	);
});

test("people see twelve digits and no exponent; missing values by their word", async () => {
	const text = await rendered("table", {
		columns: [
			{ name: "n", kind: "number", missing: "unknown" },
			{ name: "more", kind: "text", detail: true },
		],
		rows: [
			[
				[0.1 + 0.2, "x"],
				[4e-7, "x"],
				[1e21, "x"],
				[null, "x"],
			],
		],
	});
	assert.deepEqual(text.trim().split(/\s+/), ["n", "0.3", "0.0000004", "1000000000000000000000", "unknown"]);
});

test("people see 1,000 rows and are told; programs see all", async () => {
	const rows = [Array.from({ length: 1500 }, (_, i): SheetCell[] => ["x", i])];
	const cuts: number[] = [];
	const table = await rendered("table", { columns, rows, onCut: (shown) => cuts.push(shown) });
	assert.equal(table.trimEnd().split("\n").length, 1001);
	assert.deepEqual(cuts, [1000]);
	assert.equal(
		(await rendered("csv", { columns, rows, onCut: () => assert.fail() })).split("\n").length,
		1502,
	);
});

test("a table wider than the line becomes records", async () => {
	const many = Array.from({ length: 12 }, (_, i) => ({ name: `column_${i}`, kind: "text" as const }));
	const text = await rendered("table", { columns: many, rows: [[many.map((_, i) => `value ${i}`)]] });
	assert.match(text, /^-- 1 --\ncolumn_0 {3}value 0\n/);
});

test("a format for analyses only is refused", () => {
	assert.throws(() => sheetFormat("html"), /no html of a plain table/);
});
