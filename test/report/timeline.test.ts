/** The block chart: what is drawn for which hours, and that it fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelinePoint } from "../../src/model/analysis.ts";
import { timelineLines } from "../../src/report/timeline.ts";
import { points } from "./sample.ts";

const style = { width: 80, unicode: true, color: false, top: undefined };
const at = (hour: number, requests: number): TimelinePoint => ({
	time: `${new Date(Date.UTC(2026, 9, 12, hour)).toISOString().slice(0, 19)}Z`,
	requests,
	bytesSent: 0,
	costUsd: 0,
	complete: true,
});

test("three days take one column per hour, and the drop is seen", () => {
	const { heading, chart } = timelineLines(points(), 4, style);
	assert.equal(heading[0], "Requests per hour, peak 94 at 2026-10-12 04:00 UTC, 1 incomplete");
	assert.equal(chart.length, 5);
	assert.equal(chart[0]?.length, "  94  ".length + 40);
	assert.equal(chart[3]?.length, "   0  ".length + 72);
	assert.match(chart[4] ?? "", /^ {6}10-12 {19}10-13 {19}10-14$/);
});

test("hours without a point are drawn as empty, a single request is drawn", () => {
	const bottom = timelineLines([at(0, 1000), at(3, 1), at(4, 1000)], 4, style).chart[3];
	assert.equal(bottom, "    0  █  ▁█");
});

test("a year is drawn as means and fits the line", () => {
	const year = Array.from({ length: 8760 }, (_, hour) => at(hour, hour < 4380 ? 100 : 50));
	const { heading, chart } = timelineLines(year, 4, style);
	assert.match(heading[0] ?? "", /^Requests per hour, mean of 168 hours, peak 100 /);
	for (const line of chart) assert.ok(line.length <= 80, line);
});

test("ASCII has no block characters; no points draw nothing", () => {
	assert.match(timelineLines(points(), 4, { ...style, unicode: false }).chart.join(""), /^[\x20-\x7e]+$/);
	assert.deepEqual(timelineLines([], 4, style), { heading: [], chart: [] });
});
