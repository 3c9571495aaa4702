/** Evidence in words: labels, units, lists with an end, and nothing that acts on a terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf } from "../../src/report/evidence.ts";

const rowsOf = (evidence: Record<string, unknown>) =>
	factsOf(evidence, "USD").map(({ label, rows }) => [
		label,
		rows.map((cells) => cells.join(" | ")).join(", "),
	]);

test("keys become labels, values get their units", () => {
	const evidence = {
		...{ sourceIps: ["192.0.2.10"], sweepsPerDay: 47.96, wastedBytes: 3 << 20, wastedRequests: 1_234_567 },
		...{
			firstSeen: "2026-10-12T00:00:11Z",
			relative: -0.664,
			costUsdPerMonth: 12.4,
			isNat: true,
			rise: { relative: 4.5 },
			confidence: 0.999999,
		},
	};
	assert.deepEqual(rowsOf(evidence), [
		["Source IPs", "192.0.2.10"],
		["Sweeps per day", "48"],
		["Wasted bytes", "3.00 MiB"],
		["Wasted requests", "1,234,567"],
		["First seen", "2026-10-12 00:00 UTC"],
		["Relative", "-66.4%"],
		["Cost USD per month", "$12.40"],
		["Is NAT", "yes"],
		["Rise", "relative 450%"],
		["Confidence", ">99.9%"],
	]);
});

test("what is unknown or empty is left out of a list, and a dash in a table", () => {
	assert.deepEqual(rowsOf({ a: null, b: [], c: undefined }), []);
	const [fact] = factsOf(
		{
			sources: [
				{ sourceIp: "a", switchedAt: null },
				{ sourceIp: "b", cluster: "x" },
			],
		},
		"USD",
	);
	assert.deepEqual(fact?.columns, ["Source IP", "Switched at", "Cluster"]);
	assert.deepEqual(fact?.rows, [
		["a", "–", "–"],
		["b", "–", "x"],
	]);
});

test("long lists end, and say how much they hide", () => {
	const [keys, nested] = factsOf(
		{ keys: Array.from({ length: 100 }, (_, i) => `k${i}`), sets: { of: [1, 2, 3, 4, 5, 6] } },
		"USD",
	);
	assert.equal(keys?.rows.length, 12);
	assert.equal(keys?.hidden, 88);
	assert.deepEqual(nested?.rows, [["of 1, 2, 3, 4 and 2 more"]]);
});

test("text and names of keys are made safe", () => {
	const text = JSON.stringify(factsOf({ "a\u202eb": "x\u001by", list: [{ "k\u0007": "\u009b" }] }, "USD"));
	assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]|\\u00/u);
});
