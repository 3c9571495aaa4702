/** The report on the terminal: one screen, 80 columns, the important first, the unknown called unknown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Analysis } from "../../src/model/analysis.ts";
import { widthOf } from "../../src/report/layout.ts";
import type { Style } from "../../src/report/style.ts";
import { format } from "../../src/report/terminal.ts";
import { analysis, attribution, diagnosis, finding, row, wholeAnalysis } from "./sample.ts";

const style: Style = { width: 80, unicode: true, color: false, top: undefined };

/** Lines of the report but for commands, which are long so that they can be copied. */
const linesOf = (answer: Analysis, width = 80) => {
	const lines = format
		.analysis(answer, { ...style, width })
		.trimEnd()
		.split("\n");
	assert.ok(lines.length <= 40, `${lines.length} lines:\n${lines.join("\n")}`);
	for (const line of lines) assert.ok(/^ {2}(chartcost|aws) /.test(line) || widthOf(line) <= width, line);
	return lines;
};

test("without a diagnosis: 40 lines of 80 columns, beginning with the answer", () => {
	const lines = linesOf(analysis());
	const start = lines.slice(0, 3).join(" ");
	assert.match(start, /^5,012 requests in 3 days \(2026-10-12 00:00 to 2026-10-15 00:00 UTC\) cost \$2\.00,/);
	assert.match(start, /user\/chartmuseum causes 83\.0% of it/);
	assert.ok(lines.includes("Nothing unusual was found."));
});

test("with a diagnosis: 40 lines that begin with it, then the money, the findings, what changed", () => {
	const lines = linesOf(wholeAnalysis());
	const text = lines.join("\n");
	assert.equal(lines.slice(0, 4).join(" "), diagnosis().summary);
	assert.match(text, /\n\n\$20\.00 a month at this rate: \$2\.00 for 5,012 requests in 3 days /);
	assert.match(
		text,
		/\n 1 high {2}ChartMuseum 0\.13\.1 downloads all 19 charts 48 times a day\n {9}\$16\.60 a month, saves \$15\.90\. This/,
	);
	assert.match(
		text,
		/\n 2 high {2}198\.51\.100\.7 runs .*\n {9}\$12\.40 a month, saves \$12\.40 {2}→ chartcost clusters discover\n/,
	);
	assert.match(text, /\n 4 info {2}Requests fell by 66%/);
	assert.match(text, /\n2026-10-13 15:42 {2}requests fell 66%: aws-sdk-go\/1\.37\.28, 192\.0\.2\.10/);
	assert.match(text, /\n2026-10-13 15:42 {2}roll-out ChartMuseum 0\.13\.1 to 0\.16\.1: /);
	assert.match(
		text,
		/\nNext\n {2}chartcost serve --bucket acme-charts .*\n.*\n {2}chartcost analyze --report report\.html$/,
	);
	assert.ok(text.indexOf("1 high") < text.indexOf("Bill line"));
});

test("a crowded diagnosis still fits, and what does not is counted", () => {
	const answer = wholeAnalysis();
	const { findings, changes } = answer.diagnosis;
	answer.diagnosis.findings = Array.from({ length: 12 }, () => ({
		...findings[0]!,
		title: "A title of words ".repeat(8).trim(),
	}));
	answer.diagnosis.changes = Array.from({ length: 9 }, () => changes[0]!);
	answer.diagnosis.summary = "A long sentence of many words. ".repeat(12).trim();
	answer.costLines = Array.from({ length: 9 }, (_, i) => ({
		...answer.costLines[0]!,
		name: `A line of the bill with a long name ${i}`,
		costUsd: i,
	}));
	for (const width of [80, 120]) {
		const text = linesOf(answer, width).join("\n");
		assert.match(text, /\nand 9 more findings; --report FILE\.html has them all\n/);
		assert.match(text, /\nand 8 more changes; /);
		assert.match(text, /\n\(\d other lines\) +\$\d\d\.00\n/);
	}
});

test("--top keeps everything: all findings, changes, bill lines, tables and assumptions", () => {
	const answer = wholeAnalysis();
	answer.diagnosis.findings = Array.from({ length: 12 }, (_, i) => finding("x", "warn", `finding ${i}.`, {}));
	answer.prices.assumptions = Array.from({ length: 9 }, (_, i) => `assumption ${i}.`);
	const text = format.analysis(answer, { ...style, top: 1 });
	for (let i = 0; i < 12; i++) assert.ok(text.includes(`finding ${i}.`));
	for (let i = 0; i < 9; i++) assert.ok(text.includes(`assumption ${i}.`));
	for (const table of ["iam-user", "client", "source-ip", "operation", "key"])
		assert.match(text, new RegExp(`^${table} `, "m"));
});

test("calm is said only where there was enough to look at and nothing was found", () => {
	const short = analysis();
	short.timeline.points = short.timeline.points.slice(0, 7);
	assert.match(format.analysis(short, style), /\nToo short to tell usual from unusual: 7 complete hours\.\n/);
	const noted = { ...analysis(), diagnosis: { ...diagnosis(), summary: "" } };
	assert.doesNotMatch(format.analysis(noted, style), /unusual/);
	noted.diagnosis.findings = noted.diagnosis.findings.filter(({ severity }) => severity === "info");
	assert.match(format.analysis(noted, style), /Nothing unusual was found\./);
});

test("the most telling tables come first: those in which one row does not have it all", () => {
	const answer = analysis();
	answer.breakdowns[2]!.rows = [row({ "source-ip": "192.0.2.10" }, { share: 1 })];
	const heads = linesOf(answer).filter((line) => /^(source-ip|client|iam-user|operation|key) /.test(line));
	assert.match(heads[0] ?? "", /^client/);
});

test("hostile text of a diagnosis is shown, not obeyed", () => {
	const answer = wholeAnalysis();
	const evil = "\u001b[2J\u202e\n";
	answer.diagnosis.summary += evil;
	for (const one of answer.diagnosis.findings) {
		one.title += evil;
		one.why += evil;
		one.next = one.next.map((advice) => `${advice}${evil}`);
	}
	answer.diagnosis.changes[0]!.explainedBy[0]!.dimensions = { client: evil };
	answer.diagnosis.rollouts[0]!.toSoftware = evil;
	for (const top of [undefined, 5]) {
		const text = format.analysis(answer, { ...style, top });
		assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
		assert.match(text, /\\x1b\[2J\\u\{202e\}\\n/);
	}
	assert.match(format.analysis(answer, { ...style, unicode: false }), /^[\x20-\x7e\n]+$/);
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
