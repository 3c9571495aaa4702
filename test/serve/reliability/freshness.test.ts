/** How long what is fresh, what S3 is asked afterwards, and what its answers change. The clock is moved by hand (also R-16). */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as faults from "../../support/s3/faults.ts";
import { fill, indexOf, packages, publish, sha256 } from "../running.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const app = { key: "app-1.0.0.tgz", target: "/app-1.0.0.tgz", body: packages["app-1.0.0.tgz"] };

let world: World;
async function start(options: WorldOptions = {}) {
	world = await startWorld(options);
	return world;
}
afterEach(() => world.close());

test("a package is fresh for a day, then S3 is asked with If-None-Match and sends no body", async () => {
	const { s3, serve, clock, statusOf } = await start();
	await serve.get(app.target);
	await clock.advance(day - 1);
	const hit = await serve.get(app.target);
	assert.match(statusOf(hit), /^chartcost; hit; ttl=0$/);
	assert.equal(hit.headers.age, "86399");
	assert.equal(s3.count({ key: app.key }), 1);
	await clock.advance(1);
	const asked = await serve.get(app.target);
	assert.match(statusOf(asked), /fwd=stale; fwd-status=304; ttl=86400$/);
	assert.equal(asked.headers.age, "0");
	assert.equal(Date.parse(asked.headers.date as string), Math.floor(clock.nowMs() / 1000) * 1000);
	assert.ok(asked.body.equals(app.body));
	assert.deepEqual(
		s3.requests.filter(({ key }) => key === app.key).map(({ status }) => status),
		[200, 304],
	);
	const again = await serve.get(app.target);
	assert.match(statusOf(again), /hit; ttl=86400$/);
	assert.equal(again.headers.age, "0", "the head that was made ready before the 304 is not used again");
	assert.equal(s3.count({ key: app.key }), 2);
});

test("the index is asked about at each use, or at most every --index-ttl", async () => {
	const { s3, serve, clock } = await start({ flags: { "index-ttl": "10s" } });
	const asked = () => s3.count({ key: "index.yaml" });
	const before = asked();
	await clock.advance(10 * second);
	await serve.get("/index.yaml");
	assert.equal(asked(), before + 1);
	await clock.advance(9_999);
	await serve.get("/index.yaml");
	assert.equal(asked(), before + 1);
	await clock.advance(1);
	await serve.get("/index.yaml");
	assert.equal(asked(), before + 2);
	await world.close();
	await start();
	const first = world.s3.count({ key: "index.yaml" });
	for (let n = 1; n <= 3; n++) {
		const { status, headers } = await world.serve.get("/index.yaml");
		assert.equal(status, 200);
		assert.equal(headers["cache-control"], "no-cache");
		assert.equal(world.s3.count({ key: "index.yaml" }), first + n);
	}
	assert.equal(world.s3.requests.at(-1)?.status, 304);
});

test("*-dev-* is asked about at each use, and a new build is there at once", async () => {
	const { s3, serve } = await start();
	const key = "app-dev-1.0.0.tgz";
	for (const build of ["one", "two"]) {
		s3.put("charts", key, fill(build, 5000));
		assert.ok((await serve.get(`/${key}`)).body.equals(fill(build, 5000)));
		assert.ok((await serve.get(`/${key}`)).body.equals(fill(build, 5000)));
	}
	assert.deepEqual(
		s3.requests.filter((request) => request.key === key).map(({ status }) => status),
		[200, 304, 200, 304],
	);
});

test("a 404 is remembered for --not-found-ttl, and forgotten when a new index is seen", async () => {
	const { s3, serve, clock, statusOf } = await start({ flags: { "not-found-ttl": "20s" } });
	const key = "late-1.0.0.tgz";
	const statuses = async () => (await serve.get(`/${key}`)).status;
	assert.equal(await statuses(), 404);
	s3.put("charts", key, fill(key, 3000));
	await clock.advance(19_999);
	const known = await serve.get(`/${key}`);
	assert.equal(known.status, 404);
	assert.match(statusOf(known), /^chartcost; hit; ttl=1; detail=known-missing$/);
	await clock.advance(1);
	assert.equal(await statuses(), 200);
	assert.equal(s3.count({ key }), 2);

	const next = "later-1.0.0.tgz";
	assert.equal((await serve.get(`/${next}`)).status, 404);
	publish(s3, { ...packages, [next]: fill(next, 3000) });
	await serve.get("/index.yaml");
	assert.equal((await serve.get(`/${next}`)).status, 200);
});

test("what is immutable is never asked about again", async () => {
	const { s3, serve, clock } = await start({ flags: { immutable: ["*.tgz"] } });
	await serve.get(app.target);
	await clock.advance(3000 * day);
	const { body, headers } = await serve.get(app.target);
	assert.ok(body.equals(app.body));
	assert.equal(headers["cache-control"], "max-age=31536000, immutable");
	assert.equal(s3.count({ key: app.key }), 1);
});

test("respect-origin: S3's Cache-Control counts where there is one, and what a 304 says replaces it", async () => {
	const { s3, serve, clock } = await start({ flags: { origin: "respect-origin" } });
	const [key, body] = ["own-1.0.0.tgz", fill("own", 4000)];
	s3.put("charts", key, body, { headers: { "cache-control": "max-age=60" } });
	assert.equal((await serve.get(`/${key}`)).headers["cache-control"], "max-age=60");
	await clock.advance(59_999);
	await serve.get(`/${key}`);
	assert.equal(s3.count({ key }), 1);
	// New metadata, same bytes and so the same ETag: RFC 9111 §4.3.4.
	s3.next({ key }, faults.header("Cache-Control", "max-age=600"));
	await clock.advance(1);
	const confirmed = await serve.get(`/${key}`);
	assert.equal(s3.requests.at(-1)?.status, 304);
	assert.equal(confirmed.headers["cache-control"], "max-age=600");
	await clock.advance(599_999);
	const hit = await serve.get(`/${key}`);
	assert.equal(hit.headers["cache-control"], "max-age=600");
	assert.equal(s3.count({ key }), 2);

	const secret = "private-1.0.0.tgz";
	s3.put("charts", secret, body, { headers: { "cache-control": "private" } });
	for (let n = 1; n <= 2; n++) {
		assert.ok((await serve.get(`/${secret}`)).body.equals(body));
		assert.equal(s3.count({ key: secret }), n, "passed on, not kept");
	}
	const plain = await serve.get(app.target);
	assert.equal(plain.headers["cache-control"], "max-age=86400");
});

test("a digest that changed in the index: the package is asked about once, and a package that stays behind, too", async () => {
	const { s3, serve, clock } = await start();
	await serve.get(app.target);
	await clock.advance(hour);
	const pushed = fill("pushed again", 45_000);
	publish(s3, { ...packages, [app.key]: pushed });
	await serve.get("/index.yaml");
	assert.ok((await serve.get(app.target)).body.equals(pushed));
	assert.ok((await serve.get(app.target)).body.equals(pushed));
	assert.equal(s3.count({ key: app.key }), 2);

	await clock.advance(hour);
	// The index is ahead: S3 still has the old package.
	s3.put("charts", "index.yaml", indexOf({ ...packages, [app.key]: fill("not there yet", 100) }));
	await serve.get("/index.yaml");
	assert.equal((await serve.get(app.target)).status, 200);
	assert.equal(s3.requests.at(-1)?.status, 304);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 3, "S3 was asked since the index says so");
});

test("403: missing where S3 may not say 404; trouble where the index names the key, or with --missing-403-as 403", async () => {
	const { s3, serve } = await start();
	await serve.get("/index.yaml");
	s3.bucket("charts").mayList = false;
	assert.equal((await serve.get("/nobody-1.0.0.tgz")).status, 404);
	assert.equal((await serve.get("/nobody-1.0.0.tgz")).status, 404);
	assert.equal(s3.count({ key: "nobody-1.0.0.tgz" }), 1, "remembered as missing");
	s3.bucket("charts").denied = true;
	assert.equal((await serve.get(app.target)).status, 403, "named in the index");
	s3.bucket("charts").denied = false;
	assert.equal((await serve.get(app.target)).status, 200, "and not remembered");
	await world.close();
	await start({ flags: { "missing-403-as": "403" } });
	world.s3.bucket("charts").mayList = false;
	assert.equal((await world.serve.get("/nobody-1.0.0.tgz")).status, 403);
});

for (const [tier, sizeBytes] of [
	["memory", 20_000],
	["disk", 2_000_000],
] as const) {
	test(`an object that was deleted at S3 is 404 after its time, and forgotten (${tier})`, async () => {
		const { s3, serve, clock } = await start({ flags: { "max-memory-object": "1MiB" } });
		const key = "gone-1.0.0.tgz";
		s3.put("charts", key, fill(key, sizeBytes));
		assert.equal((await serve.get(`/${key}`)).status, 200);
		s3.remove("charts", key);
		assert.equal((await serve.get(`/${key}`)).status, 200);
		await clock.advance(day);
		assert.equal((await serve.get(`/${key}`)).status, 404);
		await s3.refuse();
		await clock.advance(31 * second);
		const { status } = await world.moving(serve.get(`/${key}`));
		assert.equal(status, 502, "nothing is left that could stand in");
	});
}

test("a 304 with another ETag is not about what we hold: S3 is asked for the whole object", async () => {
	const { s3, serve, clock } = await start();
	await serve.get(app.target);
	await clock.advance(day);
	const changed = fill("changed meanwhile", 30_000);
	s3.put("charts", app.key, changed);
	s3.next({ key: app.key }, faults.notModified('"of-another-object"'));
	const answer = await serve.get(app.target);
	assert.equal(answer.status, 200);
	assert.ok(answer.body.equals(changed));
	assert.deepEqual(
		s3.requests.filter(({ key }) => key === app.key).map(({ status }) => status),
		[200, 304, 200],
	);
	assert.equal(s3.requests.at(-1)?.headers["if-none-match"], undefined);
});

test("a 304 without an ETag, and one with the weak form of ours, confirm what was asked about", async () => {
	const { s3, serve, clock } = await start();
	const { headers } = await serve.get(app.target);
	for (const etag of [undefined, `W/${headers.etag}`]) {
		await clock.advance(day);
		s3.next({ key: app.key }, faults.notModified(etag));
		const { body, headers } = await serve.get(app.target);
		assert.ok(body.equals(app.body));
		assert.equal(headers.age, "0");
	}
	assert.equal(s3.count({ key: app.key }), 3);
});

test("an object without an ETag is kept, and fetched anew after its time", async () => {
	const { s3, serve, clock } = await start();
	s3.always({ key: app.key }, faults.header("ETag", undefined));
	const first = await serve.get(app.target);
	assert.equal(first.headers.etag, undefined);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 1);
	await clock.advance(day);
	assert.ok((await serve.get(app.target)).body.equals(app.body));
	assert.equal(s3.requests.at(-1)?.headers["if-none-match"], undefined);
	assert.equal(s3.requests.at(-1)?.status, 200);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 2);
});

test("an answer in chunks, without a length, is passed on whole, and not kept", async () => {
	const { s3, serve, statusOf } = await start();
	s3.always({ key: app.key }, faults.chunked);
	for (let n = 1; n <= 2; n++) {
		const answer = await serve.get(app.target);
		assert.ok(answer.body.equals(app.body));
		assert.equal(answer.broken, false);
		assert.match(statusOf(answer), /fwd=bypass; fwd-status=200$/);
		assert.equal(s3.count({ key: app.key }), n);
	}
	s3.always({ key: "chunky-1.0.0.tgz" }, { ...faults.chunked, cutAt: 5000, cut: "fin" });
	s3.put("charts", "chunky-1.0.0.tgz", fill("chunky", 40_000));
	assert.equal((await serve.get("/chunky-1.0.0.tgz")).broken, true);
});

test("R-16 the clock is set back a day: S3 is asked once, ages are never negative, fresh is not for ever", async () => {
	const { s3, serve, clock } = await start();
	await serve.get(app.target);
	clock.jump(-day);
	const back = await serve.get(app.target);
	assert.equal(back.headers.age, "0");
	assert.equal(s3.requests.at(-1)?.status, 304);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 2);
	await clock.advance(day);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 3);
	clock.jump(-30 * second);
	const little = await serve.get(app.target);
	assert.equal(little.headers.age, "0", "a clock that is corrected by seconds costs nothing");
	assert.equal(s3.count({ key: app.key }), 3);
});

test("R-16 the clock is set forward, and an hour back and forth (DST told as wall time): at most one question each", async () => {
	const { s3, serve, clock } = await start();
	await serve.get(app.target);
	clock.jump(2 * day);
	assert.equal((await serve.get(app.target)).status, 200);
	assert.equal(s3.count({ key: app.key }), 2);
	for (const jump of [-hour, hour, hour, -hour]) {
		clock.jump(jump);
		const { status, headers } = await serve.get(app.target);
		assert.equal(status, 200);
		assert.ok(Number(headers.age) >= 0);
	}
	assert.ok(s3.count({ key: app.key }) <= 4, `${s3.count({ key: app.key })} questions`);
});

test("R-16 a known 404 does not outlive a clock that was set back", async () => {
	const { s3, serve, clock } = await start();
	assert.equal((await serve.get("/none-1.0.0.tgz")).status, 404);
	s3.put("charts", "none-1.0.0.tgz", fill("none", 100));
	clock.jump(-day);
	assert.equal((await serve.get("/none-1.0.0.tgz")).status, 200);
});

test("a warm package whose digest the index never had right is kept no less after a restart", async () => {
	const { s3, serve } = await start();
	// What S3 has and what the index says differ: passed on, and not kept, until both agree.
	const wrong = fill("another body", 9000);
	s3.put("charts", app.key, wrong);
	for (let n = 1; n <= 2; n++) {
		assert.equal(sha256((await serve.get(app.target)).body), sha256(wrong));
		assert.equal(s3.count({ key: app.key }), n);
	}
	s3.put("charts", app.key, app.body);
	await serve.get(app.target);
	await serve.get(app.target);
	assert.equal(s3.count({ key: app.key }), 3);
});
