/** What the origin does when S3 fails for a while: waits, new connections, the budget, the breaker. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Trouble } from "../../../src/serve/origin/failures.ts";
import { createRetryBudget, nextStep } from "../../../src/serve/origin/retry.ts";
import * as faults from "../../support/s3/faults.ts";
import { bodyOf, handClock, originAt, s3At } from "./origin-at.ts";

async function scene(t: TestContext, more: Parameters<typeof originAt>[1] = {}) {
	const hand = more.hand ?? handClock(3000);
	const s3 = await s3At(hand);
	const at = originAt(s3.port, { hand, ...more });
	t.after(() => Promise.all([at.origin.close(), s3.close()]));
	return { s3, ...at, hand, get: () => at.origin.request({ method: "GET", key: "k" }) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

test("R-07 SlowDown is tried again with jitter, and told as throttled when that does not help", async (t) => {
	const { s3, get, hand, retried } = await scene(t);
	s3.next({}, faults.slowDown(), faults.internalError(), faults.tooManyRequests());
	const startMs = hand.clock.monotonicMs();
	const answer = await get();
	assert.deepEqual([await bodyOf(answer), answer.retries], ["hello", 3]);
	assert.deepEqual(retried, ["throttled", "unavailable", "throttled"]);
	// Half of 50, 100 and 200 ms.
	assert.equal(hand.clock.monotonicMs() - startMs, 175);
	s3.always({}, faults.slowDown());
	s3.forget();
	await assert.rejects(get(), { failure: "throttled", status: 503, code: "SlowDown", retries: 3 });
	assert.equal(s3.requests.length, 4);
});

test("R-07 retries of all requests together stay within a tenth of them and a small burst", async (t) => {
	const { s3, get } = await scene(t);
	// An answer now and then keeps the breaker out of it.
	s3.script = (_, n) => (n % 4 === 0 ? undefined : faults.slowDown());
	for (let i = 0; i < 100; i++) await get().then(bodyOf, () => {});
	assert.ok(s3.requests.length <= 100 + 10 + 10, `${s3.requests.length} requests`);
	assert.ok(s3.requests.length >= 100 + 15, `${s3.requests.length} requests`);
});

test("the second try goes over a new connection, although the first has been free for long", async (t) => {
	const { s3, get, hand, retried } = await scene(t, { hand: handClock(0) });
	s3.next({}, faults.slowDown());
	const answer = get();
	while (retried.length < 1) await turn();
	await turn();
	await hand.move(3000);
	await bodyOf(await answer);
	assert.deepEqual(
		s3.requests.map(({ connection }) => connection),
		[1, 2],
	);
});

test("Retry-After is kept to when it is short, and is no reason to wait when it is long", async (t) => {
	const { s3, get, hand } = await scene(t);
	const after = (seconds: string) => ({
		reply: () => ({
			...faults.slowDown().reply!(undefined as never),
			headers: [["Retry-After", seconds] as [string, string]],
		}),
	});
	s3.next({}, after("2"));
	const startMs = hand.clock.monotonicMs();
	await bodyOf(await get());
	assert.equal(hand.clock.monotonicMs() - startMs, 2000);
	s3.next({}, after("60"));
	await assert.rejects(get(), { failure: "throttled", retries: 0 });
});

test("R-18 an idle connection that S3 has closed costs one new connection, no wait and no failure", async (t) => {
	const { s3, get, hand, retried } = await scene(t);
	for (const fault of [faults.resetBeforeHead, faults.finBeforeHead]) {
		await bodyOf(await get());
		await turn();
		s3.next({}, fault);
		const startMs = hand.clock.monotonicMs();
		const answer = await get();
		assert.deepEqual([await bodyOf(answer), answer.retries], ["hello", 1]);
		assert.equal(hand.clock.monotonicMs(), startMs);
	}
	s3.dropIdle();
	assert.equal(await bodyOf(await get()), "hello");
	assert.deepEqual(new Set(retried), new Set(["reconnect"]));
});

test("R-18 a host that moves is found again: each new connection asks DNS", async (t) => {
	const hand = handClock(3000);
	const [before, after] = [await s3At(hand), await s3At(hand)];
	const { buildConnector } = await import("undici");
	const connect = buildConnector({});
	let port = before.port;
	const { origin } = originAt(0, {
		hand,
		dial: (options, callback) =>
			connect({ ...options, protocol: "http:", hostname: "127.0.0.1", port: String(port) }, callback),
	});
	t.after(() => Promise.all([origin.close(), before.close(), after.close()]));
	await bodyOf(await origin.request({ method: "GET", key: "k" }));
	port = after.port;
	await before.refuse();
	assert.equal(await bodyOf(await origin.request({ method: "GET", key: "k" })), "hello");
	assert.equal(after.requests.length, 1);
});

test("no connection, no answer, no time: unavailable, after retries", async (t) => {
	const { s3, get } = await scene(t, { settings: { firstByteTimeoutMs: 150, retries: 1 } });
	const until = faults.gate();
	s3.always({}, faults.stallBeforeHead(until));
	await assert.rejects(get(), { failure: "unavailable", status: undefined, retries: 1 });
	until.open();
	await s3.refuse();
	await assert.rejects(get(), { failure: "unavailable", message: /ECONNREFUSED/ });
	await s3.healthy();
	assert.equal(await bodyOf(await get()), "hello");
});

test("a request that is given up while it waits for its next try ends at once", async (t) => {
	const { s3, origin, retried } = await scene(t, { hand: handClock(0) });
	s3.always({}, faults.slowDown());
	const stop = new AbortController();
	const request = origin.request({ method: "GET", key: "k", signal: stop.signal });
	while (retried.length < 1) await turn();
	stop.abort();
	await assert.rejects(request, { failure: "aborted" });
});

test("R-23 S3 down: after five failures one probe a second, and back with the first answer", async (t) => {
	const { s3, get, hand, said, origin } = await scene(t, { settings: { retries: 0 } });
	s3.always({}, faults.internalError());
	for (let i = 0; i < 50; i++) await assert.rejects(get(), { failure: "unavailable" });
	assert.equal(s3.requests.length, 5);
	assert.equal(origin.state().isDown, true);
	for (let second = 0; second < 10; second++) {
		await hand.move(1000);
		const asked = await Promise.allSettled(Array.from({ length: 20 }, get));
		assert.ok(asked.every(({ status }) => status === "rejected"));
	}
	assert.equal(s3.requests.length, 15);
	assert.equal(said.length, 1, said.join("\n"));
	await s3.healthy();
	await assert.rejects(get(), { message: /is not reachable since 2026-01-01T00:00:00/ });
	await hand.move(1000);
	assert.equal(await bodyOf(await get()), "hello");
	assert.equal(await bodyOf(await get()), "hello");
	assert.deepEqual(
		said.map((line) => line.replace(/: S3 answered.*\. It/, ". It")),
		[
			"error: s3.amazonaws.com/charts is not reachable. It is asked once a second.",
			"info: s3.amazonaws.com/charts is reachable again.",
		],
	);
	assert.deepEqual([origin.state().isDown, origin.state().status], [false, "ok"]);
});

test("R-23 a probe is one request, whatever the retries", async (t) => {
	const { s3, get, hand, origin } = await scene(t);
	s3.always({}, faults.internalError());
	while (!origin.state().isDown) await assert.rejects(get());
	s3.forget();
	// The budget has had time to recover.
	for (let i = 0; i < 100; i++) await assert.rejects(get(), { failure: "unavailable", retries: 0 });
	await hand.move(1000);
	await assert.rejects(get(), { failure: "unavailable", status: 500, retries: 0 });
	assert.equal(s3.requests.length, 1);
});

test("R-23 a probe that is given up lets the next one through; a missing key counts as an answer", async (t) => {
	const { s3, get, hand, origin } = await scene(t, { settings: { retries: 0 } });
	s3.always({}, faults.internalError());
	for (let i = 0; i < 5; i++) await assert.rejects(get());
	await s3.healthy();
	await hand.move(1000);
	await assert.rejects(origin.request({ method: "GET", key: "k", signal: AbortSignal.abort() }), {
		failure: "aborted",
	});
	await hand.move(1000);
	await assert.rejects(origin.request({ method: "GET", key: "none" }), { failure: "missing" });
	assert.equal(origin.state().isDown, false);
});

const trouble: Trouble = {
	...{ failure: "throttled", remedy: "wait", message: "", status: 503, code: "", requestId: "" },
};

test("waits: full jitter of 50 ms doubled each time, 2 s at most, and never more than there is to spend", () => {
	fc.assert(
		fc.property(fc.nat({ max: 20 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (waits, random) => {
			const spent = { retries: waits, waits, repairs: new Set<Trouble["remedy"]>() };
			const step = nextStep(trouble, spent, { retries: 21, random, spend: () => true });
			assert.deepEqual(step, { do: "wait", delayMs: random * Math.min(2000, 50 * 2 ** waits) });
			assert.deepEqual(nextStep(trouble, spent, { retries: waits, random, spend: () => true }), {
				do: "give-up",
			});
			assert.deepEqual(nextStep(trouble, spent, { retries: 21, random, spend: () => false }), {
				do: "give-up",
			});
		}),
	);
});

test("the budget: a burst of ten, and one more for ten requests", () => {
	const budget = createRetryBudget();
	const spendAll = () => {
		let spent = 0;
		while (budget.spend()) spent++;
		return spent;
	};
	assert.equal(spendAll(), 10);
	for (let i = 0; i < 55; i++) budget.earn();
	assert.equal(spendAll(), 5);
	for (let i = 0; i < 10_000; i++) budget.earn();
	assert.equal(spendAll(), 10);
});
