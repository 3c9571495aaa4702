/** Many clients at once, and clients that differ, R-13 (a crowd and a purge), R-14, R-24, R-25. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { syntheticBody } from "../../support/s3/body.ts";
import * as faults from "../../support/s3/faults.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
import { type Answer, fill, startTestServe, until } from "../running.ts";
import { purge, startWorld } from "./world.ts";

const MiB = 1 << 20;
let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe({ flags: { "max-memory-object": "1MiB" } }));
});
after(() => close());
afterEach(() => s3.healthy());

let count = 0;
function put(sizeBytes: number, options: Parameters<typeof s3.put>[3] = {}) {
	const key = `crowd-1.0.${++count}.tgz`;
	const body = fill(key, sizeBytes);
	s3.put("charts", key, body, options);
	return { key, target: `/${key}`, body };
}
const gauges = () => serve.running.operated.gauges();
const statusOf = ({ headers }: Answer) => String(headers["cache-status"]);

for (const [where, sizeBytes] of [
	["memory", 900_000],
	["disk", 8 * MiB],
] as const) {
	test(`R-03 one waiter reads slowly: the others are not held up, and get it all (${where})`, async () => {
		const { key, target, body } = put(sizeBytes);
		const hold = faults.gate();
		s3.next({ key }, { hold });
		const slow = await RawClient.connect(serve.running.data.port, { timeoutMs: 20_000 });
		slow.pause();
		await slow.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
		await until(() => gauges().waiters === 1);
		const others = Array.from({ length: 8 }, () => serve.get(target));
		await until(() => gauges().waiters === 9);
		hold.open();
		for (const { body: got, broken } of await Promise.all(others)) assert.ok(!broken && got.equals(body));
		assert.equal(slow.received.length, 0, "it has read nothing, and the others are done");
		assert.equal(gauges().fillsInFlight, 0, "and the download is");
		slow.resume();
		assert.ok((await slow.answer()).body.equals(body));
		slow.close();
		assert.equal(s3.count({ key }), 1);
	});
}

test("R-02 nobody is left: a large download that has just begun is given up, a small one is finished and kept", async () => {
	const small = put(3 * MiB);
	const [held, never] = [faults.gate(), faults.gate()];
	s3.put("charts", "large-1.0.0.tgz", syntheticBody(100 * MiB));
	s3.next({ key: small.key }, faults.stallAfter(MiB, held));
	s3.next({ key: "large-1.0.0.tgz" }, faults.stallAfter(MiB, never));
	for (const target of [small.target, "/large-1.0.0.tgz"]) {
		const client = await RawClient.connect(serve.running.data.port);
		await client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
		await client.bytes(1000);
		client.reset();
	}
	await until(() => s3.requests.find(({ key }) => key === "large-1.0.0.tgz")?.aborted === true);
	held.open();
	await until(() => gauges().fillsInFlight === 0);
	assert.match(statusOf(await serve.get(small.target)), /; hit/);
	assert.equal(s3.count({ key: small.key }), 1);
	never.open();
});

for (const [what, fault, status, crowd] of [
	["503 SlowDown", faults.slowDown(), 503, 500],
	["500", faults.internalError(), 502, 100],
	["404", undefined, 404, 500],
	["403", faults.accessDenied(), 404, 100],
] as const) {
	test(`R-06 ${crowd} waiters on a ${what}: one answer for all, S3 is asked as if there were one`, async () => {
		const key = `nobody-${status}-${what.replace(/\W/g, "")}.tgz`;
		const hold = faults.gate();
		if (fault !== undefined) s3.always({ key }, fault);
		s3.next({ key }, { ...fault, hold });
		const waiting = Array.from({ length: crowd }, () => serve.get(`/${key}`));
		await until(() => gauges().waiters === crowd);
		hold.open();
		const answers = await Promise.all(waiting);
		assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [status]);
		assert.ok(s3.count({ key }) <= 4, `${s3.count({ key })} requests: one and its retries`);
		if (status !== 404) assert.equal(answers[0]?.headers["retry-after"], "2");
	});
}

test("R-06 100 HEADs of what is missing, or not stored: S3 is asked once", async () => {
	for (const [key, status] of [
		["no-head-1.0.0.tgz", 404],
		[put(5000).key, 200],
	] as const) {
		const hold = faults.gate();
		s3.next({ key }, { hold });
		const waiting = Array.from({ length: 100 }, () => serve.get(`/${key}`, {}, "HEAD"));
		await until(() => gauges().waiters === 100);
		hold.open();
		const answers = await Promise.all(waiting);
		assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [status]);
		assert.equal(s3.count({ key }), 1);
	}
});

test("R-06 waiters on what may not be kept are let go together, not one after the other", async () => {
	const {
		serve: respecting,
		s3: other,
		close: end,
	} = await startTestServe({
		flags: { origin: "respect-origin" },
	});
	const [key, body] = ["private-1.0.0.tgz", fill("private", 20_000)];
	other.put("charts", key, body, { headers: { "cache-control": "private" } });
	const hold = faults.gate();
	other.next({ key }, { hold });
	const waiting = Array.from({ length: 100 }, () => respecting.get(`/${key}`));
	await until(() => respecting.running.operated.gauges().waiters === 100);
	// All that connections allow are at S3 before the first of them is answered: nobody waits for anybody's body.
	const later = faults.gate();
	other.always({ key }, { hold: later });
	hold.open();
	await other.received({ key }, 60);
	later.open();
	for (const { body: got } of await Promise.all(waiting)) assert.ok(got.equals(body));
	await end();
});

test("R-07 a storm of SlowDown: retries stay within a tenth, stored objects go on, the rest is 503 with Retry-After", async () => {
	const world = await startWorld({ flags: { "stale-if-error": "7d" } });
	const stored = await world.serve.get("/app-1.0.0.tgz");
	await world.clock.advance(86_400_000);
	world.s3.forget();
	world.s3.always({}, faults.slowDown());
	const asked = Array.from({ length: 100 }, (_, n) => world.serve.get(`/storm-1.0.${n}.tgz`));
	const stale = world.serve.get("/app-1.0.0.tgz");
	const answers = await world.moving(Promise.all(asked), 1);
	for (const { status, headers } of answers) {
		assert.equal(status, 503);
		assert.equal(headers["retry-after"], "2");
	}
	const { status, body } = await world.moving(stale);
	assert.equal(status, 200);
	assert.ok(body.equals(stored.body));
	assert.ok(world.s3.count() <= 101 + 20 + 3, `${world.s3.count()} requests for 101`);
	await world.close();
});

test("R-14 purged through the admin port while it is downloaded: who waits gets it, and it is not stored", async () => {
	for (const sizeBytes of [300_000, 3 * MiB]) {
		const { key, target, body } = put(sizeBytes);
		const later = faults.gate();
		s3.next({ key }, faults.stallAfter(1000, later));
		const waiting = serve.get(target);
		await until(() => s3.count({ key, status: 200 }) === 1 && gauges().fillsInFlight === 1);
		await purge(serve, `key=${key}`);
		const next = fill("published after the purge", sizeBytes);
		s3.put("charts", key, next);
		const after = await serve.get(target);
		assert.ok(after.body.equals(next));
		later.open();
		assert.ok((await waiting).body.equals(body));
		await until(() => gauges().fillsInFlight === 0);
		const hit = await serve.get(target);
		assert.ok(hit.body.equals(next));
		assert.match(statusOf(hit), /; hit/);
		assert.equal(s3.count({ key }), 2);
	}
});

test("R-24 expired and in the stale-while-revalidate window: everybody is answered at once, one question per key", async () => {
	const world = await startWorld({ flags: { ttl: "10s", "stale-while-revalidate": "1h" } });
	const { s3: own, clock, serve: proxy } = world;
	const target = "/app-1.0.0.tgz";
	const key = target.slice(1);
	await proxy.get(target);
	await clock.advance(10_000);
	const hold = faults.gate();
	own.next({ key }, { hold });
	const answers = await Promise.all(Array.from({ length: 200 }, () => proxy.get(target)));
	for (const answer of answers) {
		assert.match(statusOf(answer), /^chartcost; hit; ttl=0; detail=revalidating$/);
	}
	assert.equal(own.count({ key }), 2);
	hold.open();
	await own.settled();
	await until(() => proxy.running.operated.gauges().fillsInFlight === 0);
	assert.match(statusOf(await proxy.get(target)), /^chartcost; hit; ttl=10$/);

	// A failure does not make it fresher, and a failing S3 is asked at most once per request that finds nobody asking.
	await clock.advance(10_000);
	own.always({ key }, faults.accessDenied());
	for (let n = 0; n < 3; n++) {
		assert.match(statusOf(await proxy.get(target)), /hit; ttl=0; detail=revalidating/);
		await until(() => proxy.running.operated.gauges().fillsInFlight === 0);
	}
	await own.healthy();
	// Larger than may be kept by now: what the background question brings is given back.
	own.always({ key }, faults.chunked);
	own.put("charts", key, fill("much larger", 8 * MiB));
	await proxy.get(target);
	await until(() => own.requests.at(-1)?.done === true);
	assert.ok((own.requests.at(-1)?.bytesSent ?? 0) < 8 * MiB, "the connection is not held");
	await world.close();
});

test("R-24 what was deleted meanwhile is gone after the one background question", async () => {
	const world = await startWorld({ flags: { ttl: "10s", "stale-while-revalidate": "1h" } });
	await world.serve.get("/app-1.0.0.tgz");
	world.s3.remove("charts", "app-1.0.0.tgz");
	await world.clock.advance(10_000);
	assert.equal((await world.serve.get("/app-1.0.0.tgz")).status, 200);
	await until(() => world.serve.running.operated.gauges().fillsInFlight === 0);
	assert.equal((await world.serve.get("/app-1.0.0.tgz")).status, 404);
	await world.close();
});

for (const [where, sizeBytes] of [
	["memory", 500_000],
	["disk", 3 * MiB],
] as const) {
	test(`R-25 HEAD, ranges and conditions while it is downloaded are answered from what grows (${where})`, async () => {
		const { key, target, body } = put(sizeBytes);
		const later = faults.gate();
		const half = Math.floor(sizeBytes / 2);
		s3.next({ key }, faults.stallAfter(half, later));
		const whole = serve.get(target);
		await until(() => s3.count({ key, status: 200 }) === 1 && gauges().fillsInFlight === 1);
		const head = await serve.get(target, {}, "HEAD");
		assert.equal(head.headers["content-length"], String(sizeBytes));
		const etag = head.headers.etag as string;
		assert.equal((await serve.get(target, { "if-none-match": etag })).status, 304);
		assert.equal((await serve.get(target, { "if-match": '"other"' })).status, 412);
		assert.equal((await serve.get(target, { range: `bytes=${sizeBytes}-` })).status, 416);
		const there = await serve.get(target, { range: "bytes=10-1009" });
		assert.equal(there.headers["content-range"], `bytes 10-1009/${sizeBytes}`);
		assert.ok(there.body.equals(body.subarray(10, 1010)));
		const across = serve.get(target, { range: `bytes=${half - 100}-${half + 99}` });
		const last = serve.get(target, { range: "bytes=-100" });
		const matching = serve.get(target, { range: "bytes=0-9", "if-range": etag });
		assert.ok((await matching).body.equals(body.subarray(0, 10)));
		later.open();
		assert.ok((await across).body.equals(body.subarray(half - 100, half + 100)));
		assert.ok((await last).body.equals(body.subarray(-100)));
		assert.ok((await whole).body.equals(body));
		assert.equal(s3.count({ key }), 1);
	});
}

test("R-25 ranges and HEADs while a download breaks: a reset, never a wrong or clean end", async () => {
	const { key, target } = put(400_000);
	const later = faults.gate();
	s3.next({ key }, faults.stallAfter(1000, later));
	s3.always({ key }, faults.resetAfter(1000));
	const waiting = [
		serve.get(target),
		serve.get(target, { range: "bytes=-100" }),
		serve.get(target, { range: "bytes=500-200000" }),
	];
	await until(() => gauges().fillsInFlight === 1 && s3.count({ key, status: 200 }) === 1);
	await s3.refuse();
	later.open();
	for (const { status, broken } of await Promise.all(waiting))
		assert.ok(broken || status === 502, `${status}`);
});
