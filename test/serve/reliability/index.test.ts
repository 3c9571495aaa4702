/** The index when something is wrong with it: broken, too large, purged while it comes, and the settings read again meanwhile. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { flagLayer } from "../../../src/serve/config/layers.ts";
import { serveConfig } from "../../../src/serve/config/read.ts";
import * as faults from "../../support/s3/faults.ts";
import { fill, indexOf, packages, until } from "../running.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

let world: World;
async function start(options: WorldOptions = {}) {
	world = await startWorld(options);
	return world;
}
afterEach(() => world.close());

test("a broken index never replaces a good one, and that is said once per version", async () => {
	const { s3, serve, statusOf } = await start();
	const good = await serve.get("/index.yaml");
	const errors = () => serve.said.filter(({ level }) => level === "error").map(({ message }) => message);
	for (const [n, broken] of ["entries: [", "apiVersion: v1\nentries: 7\n"].entries()) {
		s3.put("charts", "index.yaml", broken);
		for (let m = 0; m < 3; m++) {
			const answer = await serve.get("/index.yaml");
			assert.equal(answer.status, 200);
			assert.ok(answer.body.equals(good.body));
			assert.equal(answer.headers.etag, good.headers.etag);
			assert.match(statusOf(answer), /fwd=stale; fwd-status=200; .*detail=bad-answer/);
		}
		assert.equal(errors().length, n + 1, errors().join("\n"));
	}
	const more = { ...packages, "new-1.0.0.tgz": fill("new", 100) };
	s3.put("charts", "index.yaml", indexOf(more));
	assert.match((await serve.get("/index.yaml")).body.toString(), /new-1\.0\.0\.tgz/);
});

test("a broken index is no index where there was none", async () => {
	const { s3, serve } = await start({ publish: (s3) => s3.put("charts", "index.yaml", "entries: [") });
	assert.equal((await serve.get("/index.yaml")).status, 502);
	s3.put("charts", "index.yaml", indexOf(packages));
	assert.equal((await serve.get("/index.yaml")).status, 200);
});

for (const where of ["disk", "none"] as const) {
	test(`an index above --max-index is passed on as it is, from the first request on, said once (disk: ${where})`, async () => {
		const large = `${indexOf(packages)}# ${"x".repeat(300_000)}\n`;
		const { s3, serve } = await start({
			flags: { "max-index": "128KiB", ...(where === "none" && { "cache-dir": "none" }) },
		});
		assert.equal((await serve.get("/api/charts")).status, 200);
		s3.put("charts", "index.yaml", large);
		for (let n = 0; n < 3; n++) {
			const { status, body, headers } = await serve.get("/index.yaml");
			assert.equal(status, 200);
			assert.equal(body.toString(), large);
			assert.equal(headers["content-type"], "application/x-yaml");
			const { etag } = s3.bucket("charts").objects.get("index.yaml")!;
			assert.equal(headers.etag, etag);
			assert.equal((await serve.get("/index.yaml", { "if-none-match": etag })).status, 304);
			assert.equal(
				(await serve.get("/index.yaml", {}, "HEAD")).headers["content-length"],
				String(large.length),
			);
			const part = await serve.get("/index.yaml", { range: "bytes=5-9" });
			// What is passed on begins at the start: the whole is an answer, too (RFC 9110 §14.2).
			assert.equal(part.body.toString(), part.status === 206 ? large.slice(5, 10) : large);
		}
		if (where === "disk") {
			assert.equal(s3.count({ key: "index.yaml", status: 200 }), 2, "kept on disk, and asked about");
			assert.equal(serve.said.filter(({ message }) => /max-index/.test(message)).length, 1);
			assert.equal((await serve.get("/api/charts")).status, 500);
		}
		s3.put("charts", "index.yaml", indexOf(packages));
		assert.match((await serve.get("/index.yaml")).body.toString(), /charts\/app-1\.0\.0\.tgz/);
		assert.equal((await serve.get("/api/charts")).status, 200);
	});
}

test("R-14 an index that is purged while it comes is answered with, and not held", async () => {
	const { s3, serve, statusOf } = await start({ flags: { "index-ttl": "1h" } });
	await world.purge();
	const [old, next] = [indexOf(packages), indexOf({ ...packages, "b-1.0.0.tgz": fill("b", 10) })];
	const hold = faults.gate();
	s3.put("charts", "index.yaml", old);
	s3.next({ key: "index.yaml" }, faults.stallAfter(100, hold));
	const before = serve.get("/index.yaml");
	await until(() => serve.running.operated.gauges().fillsInFlight === 1);
	await s3.received({ key: "index.yaml" }, 2);
	await world.purge("key=index.yaml");
	s3.put("charts", "index.yaml", next);
	hold.open();
	assert.doesNotMatch((await before).body.toString(), /b-1\.0\.0/);
	const after = await serve.get("/index.yaml");
	assert.match(after.body.toString(), /b-1\.0\.0/, "what was purged is not used again");
	assert.match(statusOf(after), /fwd=uri-miss/);
	assert.match(statusOf(await serve.get("/index.yaml")), /hit/);
});

test("R-19 the index at hand stays when settings are read again, also from memory alone and with S3 gone", async () => {
	const { s3, serve, clock, statusOf } = await start({ flags: { "cache-dir": "none" } });
	const good = await serve.get("/index.yaml");
	await s3.refuse();
	await serve.running.reload(serve.config);
	await clock.advance(1000);
	const stale = await world.moving(serve.get("/index.yaml"));
	assert.equal(stale.status, 200);
	assert.ok(stale.body.equals(good.body));
	assert.match(statusOf(stale), /detail=unavailable/);
	// Made another way, the old one would be wrong.
	const flags = { bucket: "charts", region: "eu-west-1", "endpoint-url": s3.url, "path-style": true };
	const other = { ...flags, "cache-dir": "none", "rewrite-all-urls": true };
	const { config } = serveConfig([flagLayer(other)], { cacheDir: "/nowhere", machineMemoryBytes: 2 ** 33 });
	await serve.running.reload(config);
	assert.equal((await world.moving(serve.get("/index.yaml"))).status, 502);
});
