/** What the pictures are drawn from: sums stay whole, colours and rows go to the strongest, strays are never lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chartsOf } from "../src/charts-data.ts";
import type { Diagnosis, Finding } from "../src/model/diagnosis.ts";
import { actor, caseOfRows, type HourRow, monthStart } from "./support/month-case.ts";

const quiet: Diagnosis = { summary: "", changes: [], rollouts: [], findings: [] };
const byChart = { by: [], rows: [], other: null };
const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);

function about(id: string, sourceIps: string[]): Finding {
	return {
		...{ id, severity: "high", title: "", why: "", evidence: { sourceIps }, requests: 0 },
		...{ costUsdPerMonth: null, savingUsdPerMonth: null, next: [] },
	};
}

const crowd = (count: number) =>
	Array.from({ length: count }, (_, i) => actor({ sourceIp: `203.0.113.${i}`, client: `client/${i}` }));

test("every request is in one client and in one source, whatever the rows", () => {
	const anyRow = fc.tuple(fc.nat(59), fc.nat(200), fc.integer({ min: 1, max: 1000 }));
	fc.assert(
		fc.property(fc.array(anyRow, { minLength: 1, maxLength: 200 }), (rows: HourRow[]) => {
			const { clients, sources } = chartsOf(caseOfRows(crowd(60), 201, rows), quiet, byChart);
			const requests = sum(rows.map(([, , n]) => n));
			assert.equal(sum(clients.flatMap((client) => [...client.requests])), requests);
			assert.equal(sum(sources.flatMap((source) => [...source.requests])), requests);
			assert.ok(clients.length <= 9 && sources.length <= 31);
		}),
	);
});

test("the strongest have a colour of their own, the rest is one and says how many", () => {
	const rows = Array.from({ length: 40 }, (_, i): HourRow => [i, 0, 1000 - i]);
	const { clients, sources } = chartsOf(caseOfRows(crowd(40), 24, rows), quiet, byChart);
	assert.deepEqual(
		clients.map(({ client }) => client),
		[...Array.from({ length: 8 }, (_, i) => `client/${i}`), null],
	);
	assert.equal(clients.at(-1)?.clients, 32);
	assert.equal(sources.length, 31);
	assert.equal(sources.at(-1)?.sources, 10);
});

test("a source that a finding names is shown first, however few its requests", () => {
	const rows = Array.from({ length: 40 }, (_, i): HourRow => [i, 0, 1000 - i]);
	const findings = [
		about("stray-cluster", ["203.0.113.39"]),
		about("stale-client", ["203.0.113.39", "203.0.113.5"]),
	];
	const { sources } = chartsOf(caseOfRows(crowd(40), 24, rows), { ...quiet, findings }, byChart);
	assert.deepEqual(
		sources.slice(0, 3).map(({ sourceIp, flag }) => [sourceIp, flag]),
		[
			["203.0.113.5", "left behind"],
			["203.0.113.39", "stray"],
			["203.0.113.0", ""],
		],
	);
});

test("each bin of a source knows its strongest client", () => {
	const both = [actor({ client: "old/1" }), actor({ client: "new/2" })];
	const rows: HourRow[] = [
		[0, 0, 9],
		[1, 0, 1],
		[0, 1, 1],
		[1, 1, 3],
		[1, 3, 5],
	];
	const { sources, clients } = chartsOf(caseOfRows(both, 4, rows), quiet, byChart);
	const names = [...(sources[0]?.client ?? [])].map((index) => clients[index]?.client ?? "-");
	assert.deepEqual(names, ["old/1", "new/2", "-", "new/2"]);
});

test("a month is hours in the curve and six hours in the map; ten years still fit", () => {
	const month = chartsOf(caseOfRows(crowd(1), 744, [[0, 700, 1]]), quiet, byChart);
	assert.deepEqual([month.clientBins.count, month.clientBins.hoursPerBin], [744, 1]);
	assert.deepEqual([month.sourceBins.count, month.sourceBins.hoursPerBin], [124, 6]);
	assert.equal(month.clients[0]?.requests[700], 1);
	const decade = chartsOf(caseOfRows(crowd(1), 87_600, [[0, 87_599, 1]]), quiet, byChart);
	assert.ok(decade.clientBins.count <= 750 && decade.sourceBins.count <= 125);
	assert.equal(decade.clients[0]?.requests.at(-1), 1);
});

test("bins begin at full days, and count only hours of the window", () => {
	const late = chartsOf(caseOfRows(crowd(1), 300, [[0, 0, 1]], monthStart + 3600 * 5), quiet, byChart);
	const { startSeconds, hoursPerBin, hours, complete } = late.sourceBins;
	assert.equal(hoursPerBin, 3);
	assert.equal(startSeconds, monthStart + 3600 * 3);
	assert.equal(hours[0], 1);
	assert.equal(sum(hours), 300);
	assert.ok(complete.every((isComplete) => isComplete));
});
