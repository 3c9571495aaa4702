/** The hand clock: sleeps end when the test says so, in order, and only then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HandClock } from "./hand-clock.ts";

test("sleeps end in the order in which they are due, each at its time", async () => {
	const clock = new HandClock(1_000_000);
	const seen: string[] = [];
	const sleeper = async (name: string, ...durations: number[]) => {
		for (const duration of durations) {
			await clock.sleep(duration);
			seen.push(`${name} ${clock.nowMs() - 1_000_000}`);
		}
	};
	const done = [sleeper("long", 100), sleeper("twice", 30, 30), sleeper("later", 101)];
	assert.deepEqual(clock.pending, [100, 30, 101]);
	await clock.advance(29);
	assert.deepEqual(seen, []);
	await clock.advance(71);
	assert.deepEqual(seen, ["twice 30", "twice 60", "long 100"]);
	await clock.advance(1);
	await Promise.all(done);
	assert.deepEqual(seen.at(-1), "later 101");
});

test("an abort ends a sleep with its reason, before and during", async () => {
	const clock = new HandClock();
	const reason = new Error("enough");
	const controller = new AbortController();
	const sleep = clock.sleep(10, controller.signal);
	controller.abort(reason);
	await assert.rejects(sleep, reason);
	await assert.rejects(clock.sleep(10, controller.signal), reason);
	assert.deepEqual(clock.pending, []);
});

test("a jump moves the wall clock alone", async () => {
	const clock = new HandClock();
	const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
	clock.jump(-5000);
	assert.deepEqual([clock.nowMs() - wallMs, clock.monotonicMs() - monotonicMs], [-5000, 0]);
	await clock.advance(7);
	assert.deepEqual([clock.nowMs() - wallMs, clock.monotonicMs() - monotonicMs], [-4993, 7]);
});

test("a test can wait for sleepers, but not for ever", async () => {
	const clock = new HandClock();
	const two = clock.sleeping(2);
	void clock.sleep(1);
	void clock.sleep(2);
	await two;
	await assert.rejects(clock.sleeping(3, 1), /2 sleep, not 3/);
	clock.chances = [0.1, 0.9];
	assert.deepEqual([clock.random(), clock.random(), clock.random()], [0.1, 0.9, 0.9]);
});
