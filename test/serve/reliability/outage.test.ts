/** S3 or the credentials are gone for a long time: R-17, R-20 (a restart meanwhile), R-23. The clock is moved by hand. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, test } from "node:test";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { HandClock } from "../../support/s3/hand-clock.ts";
import { fill, packages, publish } from "../running.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const target = "/app-1.0.0.tgz";
const body = packages["app-1.0.0.tgz"];

let world: World;
async function start(options: WorldOptions = {}) {
	world = await startWorld(options);
	return world;
}
afterEach(() => world.close());

const messages = (level: string) =>
	world.serve.said.filter((line) => line.level === level).map(({ message }) => message);

test("R-23 S3 is down for an hour: everything stored is served, one probe a second, said once", async () => {
	const { s3, serve, clock, statusOf } = await start({ flags: { ttl: "10m" } });
	await serve.get("/index.yaml");
	await serve.get(target);
	await clock.advance(10 * minute);
	s3.always({}, faults.internalError());
	s3.forget();
	// The first failures are retried, until it is known that S3 is down.
	for (let n = 0; n < 5; n++) assert.equal((await world.moving(serve.get("/index.yaml"), 10)).status, 200);
	assert.equal(messages("error").length, 1, messages("error").join("\n"));
	assert.match(messages("error")[0] ?? "", /is not reachable: .*It is asked once a second\./);

	let ageS = 0;
	for (let elapsedMs = 0; elapsedMs < hour; elapsedMs += elapsedMs < 20 * second ? second : 5 * minute) {
		await clock.advance(elapsedMs < 20 * second ? second : 5 * minute);
		s3.forget();
		const crowd = Array.from({ length: 10 }, (_, n) => serve.get(n % 2 === 0 ? "/index.yaml" : target));
		for (const answer of await Promise.all(crowd)) {
			assert.equal(answer.status, 200);
			assert.match(statusOf(answer), /^chartcost; fwd=stale; .*detail=unavailable$/);
		}
		assert.ok(s3.count() <= 1, `${s3.count()} probes in one second`);
		const { headers, body: got } = await serve.get(target);
		assert.ok(got.equals(body));
		assert.ok(Number(headers.age) > ageS);
		ageS = Number(headers.age);
	}
	const missing = await serve.get("/none-1.0.0.tgz");
	assert.equal(missing.status, 502);
	assert.equal(missing.headers["retry-after"], "2");
	const ready = await fetch(`${serve.adminUrl}/readyz`);
	assert.equal(ready.status, 200);
	assert.match(await ready.text(), /degraded: repository charts: S3 says unavailable/);
	const stale = await world.metric("chartcost_stale_served_total");
	assert.ok(
		stale.some((line) => /cause="unavailable"\} \d{2,}/.test(line)),
		stale.join("\n"),
	);

	await s3.healthy();
	await clock.advance(second);
	assert.match(statusOf(await serve.get(target)), /fwd-status=304/);
	assert.match(statusOf(await serve.get("/index.yaml")), /fwd-status=304/);
	assert.equal(messages("error").length, 1);
	assert.equal(messages("info").filter((line) => /reachable again/.test(line)).length, 1);
});

test("R-23 stale has an end: a day for the index, seven for a package, an hour for a branch's", async () => {
	const { s3, serve, clock } = await start({ flags: { ttl: "10m", "cache-dir": "none" } });
	s3.put("charts", "app-dev-1.0.0.tgz", fill("dev", 100));
	for (const path of ["/index.yaml", target, "/app-dev-1.0.0.tgz"]) await serve.get(path);
	await s3.refuse();
	const statuses = async () => {
		const answers = [];
		for (const path of ["/index.yaml", target, "/app-dev-1.0.0.tgz"]) {
			answers.push((await world.moving(serve.get(path), 10)).status);
		}
		return answers;
	};
	await clock.advance(59 * minute);
	assert.deepEqual(await statuses(), [200, 200, 200]);
	await clock.advance(2 * minute);
	assert.deepEqual(await statuses(), [200, 200, 502]);
	await clock.advance(23 * hour);
	assert.deepEqual(await statuses(), [502, 200, 502]);
	await clock.advance(6 * 24 * hour + 10 * minute);
	assert.deepEqual(await statuses(), [502, 502, 502]);
});

test("R-23 what is fresh does not notice an outage", async () => {
	const { s3, serve, statusOf } = await start();
	await serve.get(target);
	await s3.refuse();
	const answer = await serve.get(target);
	assert.match(statusOf(answer), /^chartcost; hit; ttl=\d+$/);
});

test("R-23 S3 stalls before its head: the stored object is served, not half of the new one", async () => {
	const { s3, serve, clock, statusOf } = await start({
		flags: { ttl: "10m", "first-byte-timeout": "50ms", retries: 0 },
	});
	await serve.get(target);
	await clock.advance(10 * minute);
	s3.put("charts", target.slice(1), fill("new", 50_000));
	const never = faults.gate();
	s3.always({}, faults.stallBeforeHead(never));
	const stalled = await world.moving(serve.get(target), 10);
	assert.equal(stalled.status, 200);
	assert.ok(stalled.body.equals(body));
	assert.match(statusOf(stalled), /detail=unavailable/);
	never.open();
});

test("R-20 a restart with S3 down: index and packages are served from the disk at once, with a warning", async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-warm-"));
	const clock = new HandClock();
	const s3: FakeS3 = await startFakeS3({ nowMs: () => clock.nowMs() });
	publish(s3);
	const large = fill("large", 3_000_000);
	s3.put("charts", "large-1.0.0.tgz", large);
	const flags = { "cache-dir": path.join(folder, "cache"), "max-memory-object": "1MiB" };
	await start({ s3, clock, flags });
	const first = await world.serve.get("/index.yaml");
	await world.serve.get(target);
	assert.ok((await world.serve.get("/large-1.0.0.tgz")).body.equals(large));
	await world.close();

	await s3.refuse();
	s3.forget();
	await start({ s3, clock, flags });
	assert.match(messages("warn").join("\n"), /S3 says unavailable; the stored index is served meanwhile/);
	const index = await world.moving(world.serve.get("/index.yaml"));
	assert.equal(index.status, 200);
	assert.ok(index.body.equals(first.body));
	const hit = await world.serve.get(target);
	assert.ok(hit.body.equals(body));
	assert.match(world.statusOf(hit), /^chartcost; hit/);
	assert.ok((await world.serve.get("/large-1.0.0.tgz")).body.equals(large));
	assert.equal((await fetch(`${world.serve.adminUrl}/readyz`)).status, 200);
	await world.close();

	// And with S3 there again: the first requests are hits.
	await s3.healthy();
	await start({ s3, clock, flags });
	s3.forget();
	assert.match(world.statusOf(await world.serve.get("/large-1.0.0.tgz")), /; hit/);
	assert.match(world.statusOf(await world.serve.get(target)), /; hit/);
	assert.equal(s3.count(), 0);
	await world.close();
	await s3.close();
	rmSync(folder, { recursive: true, force: true });
	await start();
});

test("R-17 credentials run out while their provider is down: hits go on, misses until S3 refuses, recovery without restart", async () => {
	const clock = new HandClock();
	const s3 = await startFakeS3({ nowMs: () => clock.nowMs() });
	publish(s3);
	const [old, renewed] = ["OLD", "NEW"].map((name) => ({
		accessKeyId: `AKIAFAKE${name}FAKEFAKE`,
		secretAccessKey: `secret of ${name}`,
	})) as [FakeS3["credentials"], FakeS3["credentials"]];
	s3.signers = [old];
	let provider: "old" | "down" | "new" = "old";
	let asked = 0;
	await start({
		s3,
		clock,
		credentials: async () => {
			asked++;
			if (provider === "down") throw new Error("the metadata service does not answer");
			const pair = provider === "old" ? old : renewed;
			return { ...pair, sessionToken: undefined, expiresAtMs: clock.nowMs() + hour };
		},
	});
	const { serve } = world;
	const miss = async (n: number) => {
		s3.put("charts", `miss-1.0.${n}.tgz`, fill(`miss ${n}`, 100));
		return (await world.moving(serve.get(`/miss-1.0.${n}.tgz`), 10)).status;
	};
	assert.equal((await serve.get(target)).status, 200);
	provider = "down";
	await clock.advance(55 * minute);
	assert.equal(await miss(1), 200, "the old ones are still good");
	await clock.advance(10 * minute);
	assert.equal(await miss(2), 200, "past their end they are tried all the same");
	s3.signers = [renewed];
	const before = asked;
	assert.deepEqual([await miss(3), await miss(4), await miss(5)], [502, 502, 502]);
	assert.equal((await serve.get(target)).status, 200, "hits need no credentials");
	assert.equal((await serve.get("/index.yaml")).status, 200, "the index is served stale");
	assert.ok(asked - before <= 2, `${asked - before} questions to a provider that is down`);
	assert.match(
		await (await fetch(`${serve.adminUrl}/readyz`)).text(),
		/degraded: new credentials cannot be had/,
	);
	provider = "new";
	await clock.advance(31 * second);
	assert.equal(await miss(6), 200);
	assert.equal((await serve.get("/index.yaml")).status, 200);
	const all = serve.said.map(({ message }) => message).join("\n");
	assert.doesNotMatch(all, /secret of/);
	await world.close();
	await s3.close();
	await start();
});
