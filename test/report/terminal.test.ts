/** The report on the terminal: one screen, 80 columns, the important first, the unknown called unknown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { widthOf } from "../../src/report/layout.ts";
import type { Style } from "../../src/report/style.ts";
import { format } from "../../src/report/terminal.ts";
import { analysis, attribution, row } from "./sample.ts";

const style: Style = { width: 80, unicode: true, color: false, top: undefined };

test("an analysis fits 60 lines of 80 columns and begins with the answer", () => {
	const lines = format.analysis(analysis(), style).split("\n");
	assert.ok(lines.length <= 61, `${lines.length} lines`);
	for (const line of lines) assert.ok(widthOf(line) <= 80, line);
	const start = lines.slice(0, 3).join(" ");
	assert.match(start, /^5,012 requests in 3 days \(2026-10-12 00:00 to 2026-10-15 00:00 UTC\) cost \$2\.00,/);
	assert.match(start, /user\/chartmuseum causes 83\.0% of it/);
});

test("a narrow terminal is filled, not overrun, except by commands to copy", () => {
	const lines = format.analysis(analysis(), { ...style, width: 60 }).split("\n");
	for (const line of lines.filter((text) => !text.startsWith("  chartcost"))) {
		assert.ok(widthOf(line) <= 60, line);
	}
});

test("what does not fit is summed, never dropped", () => {
	const text = format.analysis(analysis(), { ...style, top: 2 });
	// 8 hidden keys of 1,000 requests each, and 1,000 of the 90 groups that the story left out.
	assert.match(text, /\(98 others\) +9,000 /);
});

test("unknown prices are words, not zeros", () => {
	const answer = analysis();
	const unknown = { costUsd: 0, unpricedBytes: 1 << 30, share: 0 };
	answer.breakdowns = [
		{
			by: ["iam-user"],
			rows: [
				row({ "iam-user": "user/part" }, { costUsd: 1.2, unpricedBytes: 1 }),
				row({ "iam-user": "user/all" }, unknown),
			],
			other: null,
		},
	];
	answer.costLines.push({
		name: "Data transfer out, destination unknown",
		usageType: "",
		region: "us-east-1",
		unit: "GB",
		quantity: 1,
		unitPriceUsd: null,
		costUsd: null,
		note: "give --clusters or --ip-ranges",
		outsideS3: false,
	});
	const text = format.analysis(answer, style);
	assert.match(text, /user\/part .*≥\$1\.20/);
	assert.match(text, /user\/all .*unknown/);
	assert.match(text, /destination unknown +1 +unknown \/ GB +unknown/);
	assert.match(text, /! unknown price – give --clusters or --ip-ranges/);
	assert.match(text, /^ {2}chartcost prices update$/m);
});

test("input quality: the sum, the problems, the first bad lines", () => {
	const text = format.analysis(analysis(), style).replace(/\n +/g, " ");
	assert.match(text, /5,014 lines = 5,012 records \+ 1 unparsed \+ 1 skipped \(1 blank\)/);
	assert.match(text, /1 duplicate read once/);
	assert.match(text, /logs\/c\.log\.gz: cut off, read as far as it goes/);
	assert.match(text, /unparsed: logs\/a\.log line 17: no key: garbage/);
});

test("no record at all is said in one sentence", () => {
	const answer = analysis();
	answer.window = null;
	answer.total = { ...answer.total, requests: 0, bytesSent: 0, costUsd: 0, costUsdPerMonth: null };
	answer.breakdowns = [];
	answer.timeline.points = [];
	const text = format.analysis(answer, style);
	assert.match(text, /^No requests:/);
	assert.doesNotMatch(text, /Bill line|Next/);
});

test("colour and ASCII are obeyed", () => {
	assert.match(format.analysis(analysis(), { ...style, color: true }), /\u001b\[1m/);
	assert.doesNotMatch(format.analysis(analysis(), style), /\u001b/);
	assert.match(format.analysis(analysis(), { ...style, unicode: false }), /^[\x20-\x7e\n]+$/);
});

test("an attribution shows its rows, and hostile names as text", () => {
	const text = format.attribution(attribution(), { ...style, width: 120 });
	assert.match(text, /^2,000 requests cost \$2\.00/);
	assert.match(text, /=HYPERLINK\("x"\)\\x1b\[2J\\u\{202e\}\|`evil` +- +1,000/);
});
