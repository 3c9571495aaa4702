/**
 * What is done to the server is done to all its processes: purge, reload, passwords; and what they count is one sum, in metrics, stats
 * and the log.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import { fill, packages, publish } from "../running.ts";
import { killAll, type ServeProcess, startProcess } from "./serve-process.ts";

let s3: FakeS3;
let folder: string;

before(async () => {
	s3 = await startFakeS3();
});
after(async () => {
	killAll();
	await s3.close();
});
beforeEach((context) => {
	publish(s3);
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-workers-"));
	const own = folder;
	(context as import("node:test").TestContext).after(() => rmSync(own, { recursive: true, force: true }));
});

/** On a connection each, which the processes take in turns. */
function fromAll(serve: ServeProcess, target: string, headers: Record<string, string> = {}) {
	return Promise.all(Array.from({ length: 6 }, () => serve.get(target, headers)));
}

test("a purge reaches the memory of every worker, and the index", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	await fromAll(serve, "/app-1.0.0.tgz");
	await serve.get("/index.yaml");
	const next = fill("another", 41_000);
	s3.put("charts", "app-1.0.0.tgz", next);
	for (const { body } of await fromAll(serve, "/app-1.0.0.tgz"))
		assert.ok(body.equals(packages["app-1.0.0.tgz"]), "fresh for a day");
	s3.forget();
	assert.match(await serve.admin("/cache?key=app-1.0.0.tgz", "DELETE"), /"removed": 1/);
	for (const { body } of await fromAll(serve, "/app-1.0.0.tgz")) assert.ok(body.equals(next));
	assert.ok(s3.count({ key: "app-1.0.0.tgz" }) >= 1);
	s3.forget();
	await serve.admin("/cache?all=1", "DELETE");
	for (const { status } of await fromAll(serve, "/index.yaml")) assert.equal(status, 200);
	assert.equal(s3.count({ key: "index.yaml", status: 200 }), 1);
	assert.equal(await serve.stop(), 0);
});

test("SIGHUP changes the settings of every worker; wrong ones change none", async () => {
	const file = path.join(folder, "serve.yaml");
	const write = (place: string, name = "bucket") =>
		writeFileSync(file, `repositories:\n  - { path: ${place}, ${name}: charts }\n`);
	write("/a");
	const serve = await startProcess(s3, folder, ["--workers", "2"], ["--config", "serve.yaml"]);
	const statuses = async (target: string) => (await fromAll(serve, target)).map(({ status }) => status);
	assert.deepEqual(new Set(await statuses("/a/app-1.0.0.tgz")), new Set([200]));
	write("/b");
	serve.child.kill("SIGHUP");
	await serve.says("SIGHUP: settings read again");
	assert.deepEqual(new Set(await statuses("/a/app-1.0.0.tgz")), new Set([404]));
	assert.deepEqual(new Set(await statuses("/b/app-1.0.0.tgz")), new Set([200]));
	write("/c", "buckt");
	serve.child.kill("SIGHUP");
	await serve.says("The settings from before stay in force");
	assert.deepEqual(new Set(await statuses("/b/app-1.0.0.tgz")), new Set([200]));
	assert.equal((await serve.stats()).workers?.restarts, 0);
	assert.equal(await serve.stop(), 0);
});

test("every worker asks for the password, and takes the new one after SIGHUP", async () => {
	const users = path.join(folder, "users");
	writeFileSync(users, "alice:correct horse\n", { mode: 0o600 });
	const serve = await startProcess(s3, folder, ["--workers", "2", "--auth-basic", "users"]);
	const as = async (pair: string | undefined) => {
		const headers: Record<string, string> =
			pair === undefined ? {} : { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
		return new Set((await fromAll(serve, "/app-1.0.0.tgz", headers)).map(({ status }) => status));
	};
	assert.deepEqual(await as(undefined), new Set([401]));
	assert.deepEqual(await as("alice:correct horse"), new Set([200]));
	writeFileSync(users, "bob:battery staple\n", { mode: 0o600 });
	serve.child.kill("SIGHUP");
	await serve.says("SIGHUP: settings read again");
	assert.deepEqual(await as("alice:correct horse"), new Set([401]));
	assert.deepEqual(await as("bob:battery staple"), new Set([200]));
	assert.equal(await serve.stop(), 0);
});

test("metrics, stats and log have every request once, at once", async () => {
	s3.forget();
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	const targets = ["/app-1.0.0.tgz", "/index.yaml", "/nope-1.0.0.tgz", "/api/charts", "/..", "/health"];
	const sent = [];
	for (let round = 0; round < 10; round++)
		sent.push(...(await Promise.all(targets.map((at) => serve.get(at)))));
	const bodyBytes = sent.reduce((sum, { body }) => sum + body.length, 0);
	const stats = await serve.stats();
	assert.equal(stats.requests.total, sent.length);
	assert.equal(stats.responseBytes, bodyBytes);
	for (const status of [200, 400, 404])
		assert.equal(stats.requests.byStatus[status], sent.filter((answer) => answer.status === status).length);
	assert.equal(stats.upstream.requests, s3.count());
	assert.equal(stats.workers?.ready, 2);
	const metrics = await serve.admin("/metrics");
	const sum = (name: string) =>
		[...metrics.matchAll(new RegExp(`^chartcost_${name}(?:\\{.*\\})? (\\S+)$`, "gm"))]
			.map(([, value]) => Number(value))
			.reduce((total, value) => total + value, 0);
	assert.equal(sum("requests_total"), sent.length);
	assert.equal(sum("response_bytes_total"), bodyBytes);
	assert.equal(sum("request_seconds_count"), sent.length);
	assert.equal(sum("workers_ready"), 2);
	assert.equal(await serve.stop(), 0);
	const log = serve.log();
	assert.equal(log.length, sent.length);
	for (const target of targets) assert.equal(log.filter(({ path }) => path === target).length, 10);
});

test("memory is divided: all processes together keep to the limit", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "3", "--memory", "64MiB"]);
	await fromAll(serve, "/app-1.0.0.tgz");
	const { cache } = await serve.stats();
	assert.ok(cache.memoryLimitBytes <= 64 << 20 && cache.memoryLimitBytes > 63 << 20);
	assert.ok(cache.memoryEntries >= 2);
	assert.equal(await serve.stop(), 0);
});

test("one worker is this process alone: nothing is forked", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "1"]);
	assert.deepEqual(serve.workerPids(), []);
	assert.equal((await serve.get("/app-1.0.0.tgz")).status, 200);
	assert.equal((await serve.stats()).workers, null);
	assert.doesNotMatch(await serve.admin("/metrics"), /worker/);
	assert.equal(await serve.stop(), 0);
});
