/**
 * Processes that end: a drain under load loses no answer and no log line, a killed worker is replaced and costs its connections only,
 * without any worker the owner answers, without the owner no worker stays.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { fill, publish, until } from "../running.ts";
import { isAlive, killAll, load, type ServeProcess, startProcess } from "./serve-process.ts";

let s3: FakeS3;
let folder: string;

before(async () => {
	s3 = await startFakeS3();
	publish(s3);
});
after(async () => {
	killAll();
	await s3.close();
});
beforeEach((context) => {
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-workers-"));
	const own = folder;
	(context as import("node:test").TestContext).after(() => rmSync(own, { recursive: true, force: true }));
});

const targets = ["/app-1.0.0.tgz", "/app-1.1.0%2Bbuild.7.tgz", "/index.yaml"];

async function untilStats(
	serve: ServeProcess,
	holds: (stats: Awaited<ReturnType<ServeProcess["stats"]>>) => boolean,
) {
	const endMs = performance.now() + 20_000;
	while (!holds(await serve.stats())) {
		assert.ok(performance.now() < endMs, serve.stderr());
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

test("SIGTERM under load: no answer is lost, and no log line", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	const slow = fill("slow", 200_000);
	s3.put("charts", "slow-1.0.0.tgz", slow);
	const hold = faults.gate();
	s3.next({ key: "slow-1.0.0.tgz" }, { cutAt: 100_000, cut: hold });
	const waiting = Promise.all([serve.get("/slow-1.0.0.tgz"), serve.get("/slow-1.0.0.tgz")]);
	const clients = load(serve.port, 8, targets);
	await until(() => clients.total() > 500);
	const ended = serve.stop();
	// All others are gone: the line of the last answer is written a moment before the process ends.
	await until(() => (clients.counts.get(0) ?? 0) >= 8);
	hold.open();
	const exitCode = await ended;
	await clients.stop();
	for (const answer of await waiting) assert.ok(answer.body.equals(slow));
	assert.equal(exitCode, 0);
	const lines = serve.log();
	// A request that comes when its connection is being closed is not answered; if it was read, the log says so.
	const cut = lines.filter(({ complete }) => complete === false);
	assert.equal(lines.length - cut.length, (clients.counts.get(200) ?? 0) + 2);
	assert.ok(cut.length <= 8, `${cut.length} cut`);
});

test("kill -9 of a worker under load: its connections break, it is replaced, the rest goes on", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	const clients = load(serve.port, 8, targets);
	await until(() => clients.total() > 300);
	const [victim = 0] = serve.workerPids();
	process.kill(victim, "SIGKILL");
	await serve.says(`worker process ${victim} has ended (SIGKILL): another is started`);
	await untilStats(serve, ({ workers }) => workers?.ready === 2 && workers.restarts === 1);
	const before = clients.total();
	await until(() => clients.total() > before + 300);
	await clients.stop();
	// At most the connections that it had, and each once.
	assert.ok((clients.counts.get(0) ?? 0) <= 8, `${clients.counts.get(0)} broken`);
	assert.deepEqual(
		[...clients.counts.keys()].filter((status) => status !== 0 && status !== 200),
		[],
	);
	assert.ok(!serve.workerPids().includes(victim));
	assert.equal(await serve.stop(), 0);
});

test("a worker that hangs is noticed, counted and replaced; after a stop of the owner nobody is", async () => {
	mkdirSync(path.join(folder, "rested"));
	const rested = await startProcess(s3, path.join(folder, "rested"), ["--workers", "2"]);
	const pids = rested.workerPids();
	rested.child.kill("SIGSTOP");
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	const clients = load(serve.port, 8, targets);
	await until(() => clients.total() > 300);
	const [victim = 0] = serve.workerPids();
	process.kill(victim, "SIGSTOP");
	// Longer than it is allowed to be silent.
	await serve.says(`worker process ${victim} is replaced: it does not answer`);
	await untilStats(serve, ({ workers }) => workers?.ready === 2 && workers.restarts === 1);
	await until(() => !isAlive(victim));
	assert.match(await serve.admin("/metrics"), /^chartcost_worker_hangs_total 1$/m);
	const before = clients.total();
	await until(() => clients.total() > before + 300);
	await clients.stop();
	// Those that it had, and no new ones.
	assert.ok((clients.counts.get(0) ?? 0) <= 8, `${clients.counts.get(0)} broken`);
	assert.equal(await serve.stop(), 0);
	rested.child.kill("SIGCONT");
	assert.equal((await rested.get("/app-1.0.0.tgz")).status, 200);
	// Some looks at their silence later.
	await new Promise((resolve) => setTimeout(resolve, 2500));
	assert.deepEqual(rested.workerPids(), pids);
	assert.deepEqual((await rested.stats()).workers?.hung, 0);
	assert.equal(await rested.stop(), 0);
});

test("while there is no worker the owner answers itself, and says so once", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	for (let round = 0; round < 2; round++) {
		for (const pid of serve.workerPids()) process.kill(pid, "SIGKILL");
		const restarts = (round + 1) * 2;
		// Their deaths are known; the next ones wait 0.25 s and more before they start.
		await untilStats(serve, ({ workers }) => workers?.restarts === restarts);
		assert.equal((await serve.get("/app-1.0.0.tgz")).status, 200);
		await untilStats(serve, ({ workers }) => workers?.ready === 2);
	}
	assert.equal(serve.stderr().match(/has ended/g)?.length, 1);
	assert.equal((await serve.stats()).requests.total, 2);
	assert.equal(await serve.stop(), 0);
});

test("workers end with their owner, however it ends, and have no credentials", async () => {
	const serve = await startProcess(s3, folder, ["--workers", "2"]);
	const pids = serve.workerPids();
	assert.equal(pids.length, 2);
	for (const pid of pids) assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, "utf8"), /AWS_SECRET/);
	serve.child.kill("SIGKILL");
	await until(() => pids.every((pid) => !isAlive(pid)));
});

test("requests per second with one process and with two workers (reported, not judged)", async (context) => {
	for (const workers of ["1", "2"]) {
		const serve = await startProcess(s3, folder, ["--workers", workers]);
		const clients = load(serve.port, 16, ["/app-1.0.0.tgz"]);
		const startMs = performance.now();
		await until(() => clients.total() > 3000);
		const perSecond = Math.round((clients.total() * 1000) / (performance.now() - startMs));
		context.diagnostic(`--workers ${workers}: ${perSecond} requests/s of 40 kB, client in this process`);
		await clients.stop();
		assert.equal(await serve.stop(), 0);
	}
});
