/** Keys that are renewed early, once at a time, and an outage of whoever hands them out. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createCredentials } from "../../../src/serve/origin/credentials.ts";
import type { CredentialProvider, Credentials } from "../../../src/serve/origin/origin.ts";
import { bodyOf, handClock, keys, listening, originAt, s3At, startMs } from "./origin-at.ts";

const minute = 60_000;
const hour = 60 * minute;

const named = (n: number) => ({ accessKeyId: `ASIA${n}`, sessionToken: `token-${n}` });

/** A provider whose credentials are valid for an hour; `down` makes it fail. */
function provider(clock: { nowMs(): number }, lifeMs = hour) {
	const state = { asked: 0, down: false, atMs: [] as number[] };
	const ask: CredentialProvider = async () => {
		state.asked++;
		state.atMs.push(clock.nowMs() - startMs);
		if (state.down) throw new Error("connect ETIMEDOUT 169.254.169.254:80");
		return { ...keys, ...named(state.asked), expiresAtMs: clock.nowMs() + lifeMs };
	};
	return { state, ask };
}

function scene(t: TestContext, lifeMs?: number, random?: number) {
	const hand = handClock(0, random);
	const source = provider(hand.clock, lifeMs);
	const heard = listening();
	const credentials = createCredentials(source.ask, { clock: hand.clock, observer: heard.observer });
	t.after(() => credentials.close());
	return { credentials, hand, ...source, ...heard };
}

const isPromise = (value: Credentials | Promise<Credentials>) => value instanceof Promise;

test("asked once for many requests, then kept: a request with valid ones waits for nothing", async (t) => {
	const { credentials, state } = scene(t);
	const all = await Promise.all(Array.from({ length: 100 }, () => credentials.current()));
	assert.equal(new Set(all).size, 1);
	assert.equal(state.asked, 1);
	assert.equal(isPromise(credentials.current()), false);
	assert.deepEqual(credentials.state(), { expiresAtMs: startMs + hour, failing: false });
});

test("renewed ten minutes before their end, give or take one, without a request", async (t) => {
	for (const [random, atMs] of [
		[0, 51 * minute],
		[0.5, 50 * minute],
		[0.999, 49 * minute],
	] as const) {
		const { credentials, hand, state, refreshed } = scene(t, hour, random);
		await credentials.current();
		await hand.move(atMs - 1000);
		assert.equal(state.asked, 1);
		await hand.move(2000);
		assert.equal(state.asked, 2);
		assert.deepEqual(refreshed, ["ok", "ok"]);
		assert.equal((await credentials.current()).sessionToken, "token-2");
	}
});

test("short-lived ones are renewed in the middle of their life; those without an end never", async (t) => {
	const short = scene(t, 2 * minute);
	await short.credentials.current();
	await short.hand.move(61_000);
	assert.equal(short.state.asked, 2);
	const hand = handClock(0);
	let asked = 0;
	const forEver = createCredentials(
		async () => {
			asked++;
			return keys;
		},
		{ clock: hand.clock, observer: listening().observer },
	);
	await forEver.current();
	await hand.move(100 * 24 * hour);
	assert.equal(isPromise(forEver.current()), false);
	assert.deepEqual([asked, hand.waiting()], [1, 0]);
});

test("R-17 an outage of ten minutes: the old ones are used, the provider is asked with back-off, both ends are said once", async (t) => {
	const { credentials, hand, state, said, refreshed } = scene(t);
	await credentials.current();
	await hand.move(49 * minute);
	state.down = true;
	await hand.move(10 * minute);
	assert.equal(isPromise(credentials.current()), false);
	assert.equal((await credentials.current()).sessionToken, "token-1");
	assert.ok(credentials.state().failing);
	const triesMs = state.atMs.slice(1).map((atMs, i, all) => (i === 0 ? 0 : atMs - all[i - 1]!));
	assert.deepEqual(triesMs.slice(0, 8), [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
	assert.ok(
		triesMs.slice(-3).every((gapMs) => gapMs === 5000),
		"soon again when the end is near",
	);
	assert.equal(said.length, 1);
	assert.match(
		said[0]!,
		/^warn: AWS credentials cannot be renewed; the present ones are used until 2026-01-01T01:00:00/,
	);
	state.down = false;
	await hand.move(minute);
	assert.notEqual((await credentials.current()).sessionToken, "token-1");
	assert.deepEqual(said.slice(1), ["info: AWS credentials are renewed again."]);
	assert.ok(refreshed.includes("error"));
});

test("R-17 past their end the old ones are still tried while the provider fails, and that is said once", async (t) => {
	const { credentials, hand, state, said } = scene(t);
	await credentials.current();
	state.down = true;
	await hand.move(3 * hour);
	const current = credentials.current();
	assert.equal(isPromise(current), false);
	assert.equal((await current).sessionToken, "token-1");
	assert.deepEqual(
		said.map((line) => line.slice(0, 5)),
		["warn:", "error"],
	);
	state.down = false;
	await hand.move(10_000);
	assert.match(said[2]!, /^info/);
});

test("expired ones whose provider has not failed yet (a machine that slept) are renewed before use", async (t) => {
	const { credentials, hand } = scene(t);
	await credentials.current();
	hand.jump(2 * hour);
	const current = credentials.current();
	assert.ok(isPromise(current));
	assert.equal((await current).sessionToken, "token-2");
});

test("none at the start: each request fails at once with the reason, the provider is asked with back-off, then it works", async (t) => {
	const { credentials, hand, state, said } = scene(t);
	state.down = true;
	for (let i = 0; i < 20; i++)
		await assert.rejects(async () => credentials.current(), {
			...{ name: "OriginError", failure: "credentials", message: /No AWS credentials: connect ETIMEDOUT/ },
		});
	assert.equal(state.asked, 1);
	state.down = false;
	await hand.move(1000);
	assert.equal((await credentials.current()).sessionToken, "token-2");
	assert.equal(said.length, 2);
});

test("a provider that hangs is given up, and the next try works", async (t) => {
	const hand = handClock(0);
	let asked = 0;
	const { observer, said } = listening();
	const credentials = createCredentials(
		() => (++asked === 1 ? new Promise(() => {}) : Promise.resolve(keys)),
		{ clock: hand.clock, observer },
	);
	t.after(() => credentials.close());
	const first = assert.rejects(async () => credentials.current(), { message: /no answer within 30 s/ });
	await hand.move(30_000);
	await first;
	await hand.move(2000);
	assert.deepEqual(await credentials.current(), keys);
	assert.equal(said.length, 2);
});

test("a provider that throws at once, or rejects with no error, is an outage like others", async (t) => {
	for (const bad of [
		() => {
			throw new Error("boom");
		},
		() => Promise.reject(undefined),
		() => Promise.reject("text"),
	]) {
		const hand = handClock(0);
		const credentials = createCredentials(bad, { clock: hand.clock, observer: listening().observer });
		t.after(() => credentials.close());
		await assert.rejects(async () => credentials.current(), { failure: "credentials" });
	}
});

test("the same ones again, or expired ones, are no reason to ask all the time", async (t) => {
	const hand = handClock(0);
	let asked = 0;
	const credentials = createCredentials(
		async () => {
			asked++;
			return { ...keys, expiresAtMs: startMs + hour };
		},
		{ clock: hand.clock, observer: listening().observer },
	);
	t.after(() => credentials.close());
	await credentials.current();
	await hand.move(59 * minute);
	assert.ok(asked > 2 && asked < 15, `${asked} times`);
	await hand.move(2 * minute);
	asked = 0;
	await hand.move(10 * minute);
	assert.ok(asked > 10 && asked < 25, `${asked} times`);
});

test("renew: one question for all who were refused; nothing new is told as such", async (t) => {
	const { credentials, state } = scene(t);
	const old = await credentials.current();
	const renewed = await Promise.all(Array.from({ length: 10 }, () => credentials.renew(old)));
	assert.deepEqual([renewed.every(Boolean), state.asked], [true, 2]);
	assert.equal(await credentials.renew(old), true, "somebody else has renewed them");
	assert.equal(state.asked, 2);
	state.down = true;
	assert.equal(await credentials.renew(await credentials.current()), false);
});

test("close ends all waiting, also in an outage", async (t) => {
	const { credentials, hand, state } = scene(t);
	await credentials.current();
	credentials.close();
	assert.equal(hand.waiting(), 0);
	await hand.move(2 * hour);
	assert.equal(state.asked, 1);
});

test("R-17 through the origin: an hour's token, ten minutes of outage, and S3 never refuses", async (t) => {
	const hand = handClock(0);
	const { state, ask } = provider(hand.clock);
	const s3 = await s3At(hand);
	s3.signers = [];
	const { origin, credentials, said } = originAt(s3.port, { hand, provider: ask });
	t.after(async () => {
		credentials.close();
		await Promise.all([origin.close(), s3.close()]);
	});
	for (let i = 0; i < 75; i++) {
		state.down = i >= 48 && i < 58;
		s3.signers.push(await credentials.current());
		assert.equal(await bodyOf(await origin.request({ method: "GET", key: "k" })), "hello");
		await hand.move(minute);
	}
	assert.ok(s3.requests.every(({ status }) => status === 200));
	assert.equal(said.length, 2);
});
