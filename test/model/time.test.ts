/** Times and ranges as typed: every accepted form, and forms that must be refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChartcostError, ExitCode } from "../../src/model/errors.ts";
import { parseRange, parseTime } from "../../src/model/time.ts";

/** Tuesday, 3 November 2026, 14:30:15 UTC. */
const nowSeconds = Date.UTC(2026, 10, 3, 14, 30, 15) / 1000;

function iso(seconds: number): string {
	return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

test("accepted times", () => {
	const cases: [typed: string, expected: string][] = [
		["2026-11-03", "2026-11-03T00:00:00Z"],
		[" 2026-11-03 ", "2026-11-03T00:00:00Z"],
		["2026-11", "2026-11-01T00:00:00Z"],
		["2024-02-29", "2024-02-29T00:00:00Z"],
		["2026-11-03T14:30", "2026-11-03T14:30:00Z"],
		["2026-11-03 14:30", "2026-11-03T14:30:00Z"],
		["2026-11-03T14:30:05", "2026-11-03T14:30:05Z"],
		["2026-11-03T14:30:05Z", "2026-11-03T14:30:05Z"],
		["2026-11-03t14:30:05z", "2026-11-03T14:30:05Z"],
		["2026-11-03T14:30Z", "2026-11-03T14:30:00Z"],
		["2026-11-03T14:30:05+02:00", "2026-11-03T12:30:05Z"],
		["2026-11-03T14:30:05-0530", "2026-11-03T20:00:05Z"],
		["2026-11-03T01:30+02", "2026-11-02T23:30:00Z"],
		["2026-11-03 14:30:05 +0200", "2026-11-03T12:30:05Z"],
		["2026-11-03T14:30:05.000Z", "2026-11-03T14:30:05Z"],
		["2026-11-03T14:30:05.001Z", "2026-11-03T14:30:06Z"],
		["2026-12-31T23:59:59,5", "2027-01-01T00:00:00Z"],
		["0099-01-01", "0099-01-01T00:00:00Z"],
		["now", "2026-11-03T14:30:15Z"],
		["today", "2026-11-03T00:00:00Z"],
		["yesterday", "2026-11-02T00:00:00Z"],
		["-3d", "2026-10-31T14:30:15Z"],
		["-36h", "2026-11-02T02:30:15Z"],
		["-90m", "2026-11-03T13:00:15Z"],
		["-2w", "2026-10-20T14:30:15Z"],
		["-0d", "2026-11-03T14:30:15Z"],
	];
	for (const [typed, expected] of cases) assert.equal(iso(parseTime(typed, nowSeconds)), expected, typed);
});

test("refused times are usage errors that name the forms", () => {
	const refused = [
		..."|2026|26-11-03|2026-13|2026-00|2026-11-00|2026-02-30|2023-02-29|2026-11-31".split("|"),
		..."2026-11-03T|2026-11-03T14|2026-11-03T24:00|2026-11-03T14:60|2026-11-03T14:30:60".split("|"),
		..."2026-11-03T14:30+15:00|2026-11-03T14:30+01:60|2026-11-03Z|2026-11-03T14:30:05.|20261103".split("|"),
		..."3d|-d|-3|-3D|-3M|-3y|+3d|-1.5d|--3d|-9999999d|tomorrow|NOW|1700000000|2026-11-03..".split("|"),
		"2026-11-03T14:30\n2026",
		"\u0661\u0662",
	];
	for (const typed of refused) {
		assert.throws(
			() => parseTime(typed, nowSeconds),
			(error) => {
				assert.ok(error instanceof ChartcostError, typed);
				assert.equal(error.exitCode, ExitCode.usage);
				assert.ok(error.message.includes(JSON.stringify(typed)), error.message);
				assert.match(error.hint ?? "", /2026-11-03T14:30.*yesterday.*-36h/);
				return true;
			},
			`${JSON.stringify(typed)} was accepted`,
		);
	}
});

test("what isoTime-like printers write is read back", () => {
	const second = fc.integer({ min: 0, max: 4_102_444_799 });
	fc.assert(
		fc.property(second, (seconds) => {
			assert.equal(parseTime(iso(seconds), nowSeconds), seconds);
			assert.equal(parseTime(iso(seconds).slice(0, -1), nowSeconds), seconds);
			assert.equal(parseTime(new Date(seconds * 1000).toISOString(), nowSeconds), seconds);
		}),
	);
});

test("ranges: two times, or one day or month", () => {
	const cases: [typed: string, from: string, to: string][] = [
		["2026-11-01..2026-11-03", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"],
		["2026-10..2026-11", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"],
		["-2d..now", "2026-11-01T14:30:15Z", "2026-11-03T14:30:15Z"],
		["yesterday..today", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"],
		["2026-11-03T00:00+02:00..today", "2026-11-02T22:00:00Z", "2026-11-03T00:00:00Z"],
		["2026-11-01 .. 2026-11-03", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"],
		["2026-11-02", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"],
		["2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
		["2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"],
		["yesterday", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"],
	];
	for (const [typed, from, to] of cases) {
		const range = parseRange(typed, nowSeconds);
		assert.deepEqual([iso(range.fromSeconds), iso(range.toSeconds)], [from, to], typed);
	}
});

test("refused ranges", () => {
	const refused: [typed: string, message: RegExp][] = [
		["", /not a time/],
		["..", /not a time/],
		["..now", /not a time/],
		["now..", /not a time/],
		["a..b..c", /not a time range/],
		["2026-11-01...2026-11-02", /not a time/],
		["now", /not a range/],
		["-3d", /not a range/],
		["2026-11-03..2026-11-03", /is empty/],
		["now..yesterday", /is empty/],
	];
	for (const [typed, message] of refused) {
		assert.throws(() => parseRange(typed, nowSeconds), { message, exitCode: ExitCode.usage }, typed);
	}
});
