/**
 * `chartcost serve` as a process over a fake S3: the start line, log-in, SIGHUP (good and bad), the log opened again, SIGTERM
 * once and twice. Needs dist/, which `npm test` builds.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type FakeS3, startFakeS3 } from "../support/s3/fake-s3.ts";
import { ask, publish } from "./running.ts";

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const waitMs = 15_000;

let s3: FakeS3;
let folder: string;

before(async () => {
	s3 = await startFakeS3();
	publish(s3);
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-command-"));
});

after(async () => {
	await s3.close();
	rmSync(folder, { recursive: true, force: true });
});

interface Process {
	child: ChildProcess;
	port: number;
	startLine: string;
	stderr(): string;
	/** Resolves when stderr has the text, counted from what was there before. */
	says(text: string): Promise<void>;
	exit: Promise<number | null>;
}

async function started(args: string[], env: Record<string, string> = {}): Promise<Process> {
	const { accessKeyId, secretAccessKey } = s3.credentials;
	const child = spawn(
		process.execPath,
		[program, "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", ...args],
		{
			cwd: folder,
			env: {
				...{
					PATH: process.env["PATH"],
					HOME: folder,
					AWS_EC2_METADATA_DISABLED: "true",
					CHARTCOST_DRAIN_DELAY: "0s",
				},
				...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
				...env,
			},
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);
	let text = "";
	let from = 0;
	child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		text += chunk;
		child.emit("said");
	});
	child.stdout.resume();
	const exit = once(child, "exit").then(([code]) => {
		clearTimeout(watchdog);
		return code as number | null;
	});
	const says = async (wanted: string) => {
		const signal = AbortSignal.timeout(waitMs);
		while (!text.slice(from).includes(wanted)) {
			await once(child, "said", { signal }).catch(() => assert.fail(`waited for "${wanted}", got: ${text}`));
		}
		from = text.length;
	};
	await says("listening on ");
	const startLine = text.split("\n").find((line) => line.includes("listening on ")) ?? "";
	const port = Number(/listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(startLine)?.[1]);
	return { child, port, startLine, stderr: () => text, says, exit };
}

const place = () => ["--endpoint-url", s3.url, "--region", "eu-west-1"];

test("starts with one line, serves, and SIGTERM ends it with 0", async () => {
	const serve = await started(["--bucket", "charts", ...place(), "--memory", "64MiB"]);
	assert.match(
		serve.startLine,
		/admin http:\/\/127\.0\.0\.1:[1-9]\d*, \/ from s3:\/\/charts\/ \(http:.*\), disk 2GiB in /,
	);
	assert.match(
		serve.startLine,
		/memory 64MiB, .*index 0s, \*-dev-\* 0s, default 1d; 404 30s; stale if S3 fails 7d, access log json/,
	);
	assert.ok(!serve.stderr().includes(s3.credentials.secretAccessKey));
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz")).status, 200);
	serve.child.kill("SIGTERM");
	await serve.says("SIGTERM: no new requests");
	assert.equal(await serve.exit, 0);
});

test("SIGHUP takes over a new file, refuses a wrong one, and opens the log again", async () => {
	const file = path.join(folder, "serve.yaml");
	const log = path.join(folder, "access.log");
	const head = `endpoint-url: ${s3.url}\nregion: eu-west-1\naccess-log-file: access.log\ncache-dir: none\n`;
	writeFileSync(file, `${head}repositories:\n  - { path: /a, bucket: charts }\n`);
	const serve = await started(["--config", "serve.yaml"]);
	assert.equal((await ask(serve.port, "/a/app-1.0.0.tgz")).status, 200);
	assert.equal((await ask(serve.port, "/b/app-1.0.0.tgz")).status, 404);

	writeFileSync(file, `${head}max-connections: 77\nrepositories:\n  - { path: /b, bucket: charts }\n`);
	renameSync(log, `${log}.1`);
	serve.child.kill("SIGHUP");
	await serve.says("SIGHUP: settings read again");
	assert.match(serve.stderr(), /max-connections has changed: it is taken over at the next start/);
	assert.equal((await ask(serve.port, "/a/app-1.0.0.tgz")).status, 404);
	assert.equal((await ask(serve.port, "/b/app-1.0.0.tgz")).status, 200);

	writeFileSync(file, `${head}repositories:\n  - { path: /c, buckt: charts }\n`);
	serve.child.kill("SIGHUP");
	await serve.says("The settings from before stay in force");
	assert.match(serve.stderr(), /serve\.yaml:6: unknown key of a repository "buckt"; did you mean bucket\?/);
	assert.equal((await ask(serve.port, "/b/app-1.0.0.tgz")).status, 200);
	serve.child.kill("SIGINT");
	assert.equal(await serve.exit, 0);
	assert.match(readFileSync(`${log}.1`, "utf8"), /"\/a\/app-1\.0\.0\.tgz"/);
	assert.match(readFileSync(log, "utf8"), /"\/b\/app-1\.0\.0\.tgz"/);
});

test("S-41: asks for a password, never shows it, and cannot be opened by a reload", async () => {
	const users = path.join(folder, "users");
	writeFileSync(users, "alice:correct horse\n", { mode: 0o600 });
	const file = path.join(folder, "auth.yaml");
	const head = `endpoint-url: ${s3.url}\nregion: eu-west-1\nbucket: charts\ncache-dir: none\n`;
	writeFileSync(file, `${head}auth-basic: users\n`);
	const serve = await started(["--config", "auth.yaml"]);
	const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
	const denied = await ask(serve.port, "/app-1.0.0.tgz");
	assert.equal(denied.status, 401);
	assert.equal(denied.headers["www-authenticate"], 'Basic realm="charts", charset="UTF-8"');
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz", basic("alice:correct horse"))).status, 200);
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz", basic("alice:wrong"))).status, 401);

	writeFileSync(users, "bob:battery staple\n", { mode: 0o600 });
	serve.child.kill("SIGHUP");
	await serve.says("SIGHUP: settings read again");
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz", basic("alice:correct horse"))).status, 401);
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz", basic("bob:battery staple"))).status, 200);

	writeFileSync(file, head);
	serve.child.kill("SIGHUP");
	await serve.says("how clients log in cannot be changed while serving");
	assert.equal((await ask(serve.port, "/app-1.0.0.tgz")).status, 401);
	serve.child.kill("SIGTERM");
	assert.equal(await serve.exit, 0);
	assert.doesNotMatch(serve.stderr(), /correct horse|battery staple/);
});

test("a second SIGTERM ends it at once with 130", async () => {
	const serve = await started([
		"--bucket",
		"charts",
		...place(),
		"--cache-dir",
		"none",
		"--drain-delay",
		"1h",
	]);
	serve.child.kill("SIGTERM");
	await serve.says("once more to end at once");
	serve.child.kill("SIGTERM");
	assert.equal(await serve.exit, 130);
});
