/** The rhythm of listings: timers with their interval and replicas, and listings that people cause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countBefore, listTimes, rhythmOf } from "../../src/findings/ticks.ts";
import type { Block } from "../../src/model/flow.ts";
import { Random } from "../support/random.ts";

const day = 86_400;

function timer(interval: number, phase: number, until = 2 * day): number[] {
	return Array.from({ length: Math.ceil((until - phase) / interval) }, (_, i) => phase + i * interval);
}

const sorted = (...parts: number[][]) => Float64Array.from(parts.flat()).sort();

function summary(times: Float64Array): unknown[] {
	const { mode, intervalSeconds, replicas } = rhythmOf(times);
	return [mode, intervalSeconds, replicas];
}

test("one timer, and replicas at any phase", () => {
	assert.deepEqual(summary(sorted(timer(300, 17))), ["timer", 300, 1]);
	assert.deepEqual(summary(sorted(timer(300, 17), timer(300, 80), timer(300, 290))), ["timer", 300, 3]);
	assert.deepEqual(summary(sorted(timer(60, 0), timer(60, 20))), ["timer", 60, 2]);
});

test("a second lost here and there, lost records and a restart do not hide it", () => {
	const random = new Random(1);
	const shaken = timer(300, 5).map((time) => time + random.below(3) - 1);
	const kept = [...shaken.filter(() => random.below(20) > 0), day + 133];
	assert.deepEqual(summary(sorted(kept)).slice(0, 1), ["timer"]);
	assert.ok(Math.abs(Number(summary(sorted(kept))[1]) - 300) <= 2);
});

test("parts of a repository, listed one after the other at each tick, are one tick", () => {
	const parts = Array.from({ length: 40 }, (_, part) => timer(300, 17 + Math.floor(part / 10)));
	assert.deepEqual(summary(sorted(...parts)), ["timer", 300, 1]);
});

test("people make no timer, two timers of different intervals do", () => {
	const random = new Random(2);
	const people = Array.from({ length: 600 }, () => random.below(2 * day));
	assert.equal(rhythmOf(sorted(people)).mode, "irregular");
	assert.equal(rhythmOf(sorted(timer(300, 1), timer(420, 2), timer(1000, 3))).mode, "timer");
});

test("a few listings say nothing", () => {
	assert.equal(rhythmOf(sorted(timer(3600, 0, day / 3))).mode, "unknown");
	assert.equal(rhythmOf(new Float64Array()).mode, "unknown");
});

test("times of one minute lie between its first and its last", () => {
	const block: Block = {
		grain: "minute",
		rows: 3,
		flow: Int32Array.of(0, 0, 0),
		time: Int32Array.of(10, 2, 5),
		key: new Int32Array(0),
		requests: Int32Array.of(1, 3, 2),
		bytesSent: new Float64Array(3),
		objectBytes: new Float64Array(3),
		first: Int32Array.of(7, 10, 1),
		last: Int32Array.of(7, 30, 59),
	};
	assert.deepEqual([...listTimes(block, [0, 1])], [130, 140, 150, 607]);
	assert.deepEqual([...listTimes(block, [2])], [301, 359]);
});

test("counting what lies before a time", () => {
	const times = Float64Array.of(1, 3, 3, 8);
	for (const [time, count] of [
		[0, 0],
		[1, 0],
		[3, 1],
		[4, 3],
		[9, 4],
	] as const)
		assert.equal(countBefore(times, time), count);
});
