/** What only a process shows: with its files, R-19 signals under load, R-21 two of them, R-26 its pipe. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { ask, fill, packages, publish, until } from "../running.ts";
import { type ServeProcess, startProcess } from "./serve-process.ts";

let s3: FakeS3;
let folder: string;
const running: ServeProcess[] = [];
before(async () => {
	s3 = await startFakeS3();
	publish(s3);
});
after(() => s3.close());
afterEach(async () => {
	for (const { child, exit } of running.splice(0)) {
		child.kill("SIGKILL");
		await exit;
	}
	await s3.healthy();
	rmSync(folder, { recursive: true, force: true });
});

async function start(flags: string[] = ["--cache-dir", "cache"], sameFolder = false): Promise<ServeProcess> {
	if (!sameFolder) folder = mkdtempSync(path.join(tmpdir(), "chartcost-process-"));
	const serve = await startProcess(s3, folder, flags);
	serve.child.stdout.resume();
	running.push(serve);
	return serve;
}
const target = "/app-1.0.0.tgz";
const body = packages["app-1.0.0.tgz"];
const getAdmin = async ({ adminUrl }: ServeProcess, route: string) => {
	const response = await fetch(adminUrl + route);
	return { status: response.status, text: await response.text() };
};

test("R-19 SIGTERM under load: not ready at once, answers under way are finished, the log has all of them, exit 0", async () => {
	const large = fill("slow", 2_000_000);
	s3.put("charts", "slow-1.0.0.tgz", large);
	const hold = faults.gate();
	const serve = await start([
		"--cache-dir",
		"cache",
		"--access-log-file",
		"access.log",
		"--drain-delay",
		"1500ms",
	]);
	s3.next({ key: "slow-1.0.0.tgz" }, faults.stallAfter(1_000_000, hold));
	const slow = ask(serve.port, "/slow-1.0.0.tgz");
	await until(() => s3.count({ key: "slow-1.0.0.tgz", status: 200 }) === 1);
	const crowd = Promise.all(Array.from({ length: 100 }, () => ask(serve.port, target)));
	serve.child.kill("SIGTERM");
	await serve.says("SIGTERM: no new requests");
	const { status, text } = await getAdmin(serve, "/readyz");
	assert.equal(status, 503);
	assert.match(text, /draining/);
	// Load balancers go on for a moment: they are answered.
	const late = await ask(serve.port, target);
	assert.equal(late.status, 200);
	assert.equal(late.headers.connection, "close");
	for (const { status, body: got } of await crowd) assert.ok(status === 200 && got.equals(body));
	await untilTrue(async () => (await ask(serve.port, target)).status === 0);
	hold.open();
	const finished = await slow;
	assert.ok(!finished.broken && finished.body.equals(large));
	assert.deepEqual(await serve.exit, { code: 0, signal: null });
	const lines = readFileSync(path.join(folder, "access.log"), "utf8").trim().split("\n");
	assert.ok(lines.length >= 102, `${lines.length} lines`);
	for (const line of lines) JSON.parse(line);
	assert.equal(lines.filter((line) => /slow-1\.0\.0/.test(line)).length, 1);
});

test("R-19 what does not finish within --drain-timeout is cut, and the end is still 0", async () => {
	const never = faults.gate();
	s3.put("charts", "never-1.0.0.tgz", fill("never", 100_000));
	const serve = await start(["--cache-dir", "none", "--drain-timeout", "300ms"]);
	s3.always({ key: "never-1.0.0.tgz" }, faults.stallAfter(10_000, never));
	const stuck = ask(serve.port, "/never-1.0.0.tgz");
	await until(() => s3.count({ key: "never-1.0.0.tgz", status: 200 }) === 1);
	const startMs = performance.now();
	serve.child.kill("SIGTERM");
	assert.deepEqual(await serve.exit, { code: 0, signal: null });
	assert.ok(performance.now() - startMs < 8000);
	assert.equal((await stuck).broken, true);
	never.open();
});

test("R-19 a second SIGTERM ends it at once, answers under way or not", async () => {
	const never = faults.gate();
	s3.put("charts", "never-1.0.0.tgz", fill("never", 100_000));
	const serve = await start(["--cache-dir", "none"]);
	s3.always({ key: "never-1.0.0.tgz" }, faults.stallAfter(10_000, never));
	const stuck = ask(serve.port, "/never-1.0.0.tgz");
	await until(() => s3.count({ key: "never-1.0.0.tgz", status: 200 }) === 1);
	serve.child.kill("SIGTERM");
	await serve.says("once more to end at once");
	serve.child.kill("SIGTERM");
	assert.equal((await serve.exit).code, 130);
	assert.equal((await stuck).broken, true);
	never.open();
});

test("R-19 SIGHUP under load: no request is lost to a good file or a bad one", async () => {
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-process-"));
	const file = path.join(folder, "serve.yaml");
	writeFileSync(file, "ttl: 1h\n");
	const serve = await start(["--cache-dir", "cache", "--config", "serve.yaml"], true);
	let isOver = false;
	const wrong: number[] = [];
	const load = Array.from({ length: 4 }, async () => {
		while (!isOver) {
			const { status, body: got } = await ask(serve.port, target);
			if (status !== 200 || !got.equals(body)) wrong.push(status);
			if ((await ask(serve.port, "/index.yaml")).status !== 200) wrong.push(0);
		}
	});
	for (const [text, said] of [
		["ttl: 2h\n", "SIGHUP: settings read again"],
		["ttl: forever\n", "The settings from before stay in force"],
	] as const) {
		writeFileSync(file, text);
		serve.child.kill("SIGHUP");
		await serve.says(said);
		const { headers } = await ask(serve.port, target);
		assert.equal(headers["cache-control"], "max-age=7200", "all or nothing");
	}
	isOver = true;
	await Promise.all(load);
	assert.deepEqual(wrong, []);
	assert.match(serve.stderr(), /serve\.yaml:1: .*ttl/);
});

test("R-20 a process that was ended, or killed, starts warm", async () => {
	const first = await start();
	await ask(first.port, target);
	await ask(first.port, "/app-1.1.0+build.7.tgz");
	first.child.kill("SIGTERM");
	assert.equal((await first.exit).code, 0);
	const second = await start(undefined, true);
	s3.forget();
	assert.match(String((await ask(second.port, target)).headers["cache-status"]), /^chartcost; hit/);
	assert.equal(s3.count(), 0);
	second.child.kill("SIGKILL");
	await second.exit;
	const third = await start(undefined, true);
	s3.forget();
	const { headers, body: got } = await ask(third.port, "/app-1.1.0+build.7.tgz");
	assert.match(String(headers["cache-status"]), /^chartcost; hit/);
	assert.ok(got.equals(packages["app-1.1.0+build.7.tgz"]));
	assert.equal(s3.count(), 0);
});

test("R-21 a second process on one cache folder is refused with a sentence and 2; the first one goes on", async () => {
	const first = await start();
	const second = await start(undefined, true);
	const { code } = await second.exit;
	assert.equal(code, 2, second.stderr());
	assert.match(second.stderr(), /cache/);
	assert.match(second.stderr(), /in use|another|used by/i);
	assert.doesNotMatch(second.stderr(), /\n\s+at /);
	assert.equal((await ask(first.port, target)).status, 200);
	const optional = await start(["--cache-dir", "cache", "--cache-optional"], true);
	assert.equal((await ask(optional.port, target)).status, 200);
	assert.match(optional.stderr(), /going on with memory alone/);
});

test("R-12 a cache folder that vanishes, or may not be written to any more: everything is answered, said once", async () => {
	const serve = await start();
	await ask(serve.port, target);
	renameSync(path.join(folder, "cache"), path.join(folder, "elsewhere"));
	for (let n = 0; n < 20; n++) {
		const key = `later-1.0.${n}.tgz`;
		s3.put("charts", key, fill(key, 50_000 + n));
		const { status, body: got } = await ask(serve.port, `/${key}`);
		assert.ok(status === 200 && got.equals(fill(key, 50_000 + n)));
	}
	assert.match(String((await ask(serve.port, target)).headers["cache-status"]), /hit/, "memory goes on");
	const lines = serve
		.stderr()
		.split("\n")
		.filter((line) => /disk cache/.test(line));
	assert.ok(lines.length <= 2, lines.join("\n"));
	serve.child.kill("SIGTERM");
	assert.equal((await serve.exit).code, 0);
});

test("R-12 a cache folder that cannot be made is an error at the start", async () => {
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-process-"));
	writeFileSync(path.join(folder, "cache"), "a file");
	const refused = await start(undefined, true);
	assert.equal((await refused.exit).code, 2, refused.stderr());
	assert.match(refused.stderr(), /cache/);
	if (process.getuid?.() === 0) return;
	chmodSync(folder, 0o500);
	assert.notEqual((await (await start(["--cache-dir", "other"], true)).exit).code, 0);
});

test("R-26 whoever reads stdout goes away: requests are answered, lost lines are counted, the end is 0", async () => {
	const serve = await start();
	await ask(serve.port, target);
	serve.child.stdout.destroy();
	for (let n = 0; n < 50; n++) {
		const { status, body: got } = await ask(serve.port, target);
		assert.ok(status === 200 && got.equals(body));
	}
	await serve.says("The access log cannot be written");
	for (let n = 0; n < 50; n++) assert.equal((await ask(serve.port, target)).status, 200);
	serve.child.kill("SIGTERM");
	assert.equal((await serve.exit).code, 0);
	assert.match(serve.stderr(), /\d+ lines of the access log could not be written before the end/);
	assert.equal(serve.stderr().split("The access log cannot be written").length, 2, "said once");
});

test("R-26 whoever reads stdout stands still: requests are answered, memory stays bounded", async () => {
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-process-"));
	const serve = await startProcess(s3, folder, ["--cache-dir", "none"]);
	running.push(serve);
	// Nobody reads: the pipe is full after 64 KiB.
	const longName = `/${"x".repeat(600)}-1.0.0.tgz`;
	for (let n = 0; n < 20; n++) {
		const answers = await Promise.all(Array.from({ length: 50 }, () => ask(serve.port, longName)));
		for (const { status } of answers) assert.equal(status, 404);
	}
	assert.equal((await ask(serve.port, target)).status, 200);
	const rssKb = Number(execFileSync("ps", ["-o", "rss=", "-p", String(serve.child.pid)]).toString());
	assert.ok(rssKb < 400_000, `${rssKb} kB`);
	serve.child.stdout.resume();
});

/** As `until`, for what must be asked. */
async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
	const endMs = performance.now() + 10_000;
	while (!(await condition())) {
		if (performance.now() > endMs) throw new Error(`not in 10 s: ${condition}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
