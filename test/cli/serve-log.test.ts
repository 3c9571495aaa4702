/**
 * The whole way: clients ask serve, serve asks an S3 that counts, and `attribute` on serve's own log charges exactly
 * what S3 was asked on behalf of clients, to the charts that they pulled.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type FakeS3, startFakeS3 } from "../support/s3/fake-s3.ts";

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const startMs = 15_000;
const index = `apiVersion: v1
entries:
  app: [{ apiVersion: v2, name: app, version: 1.0.0, urls: [app-1.0.0.tgz] }]
  db: [{ apiVersion: v2, name: db, version: 1.0.0+b.1, urls: [db-1.0.0+b.1.tgz] }]
`;

interface Row {
	operation: string;
	chart: string;
	requests: number;
	costUsd: number;
}

function startServe(s3: FakeS3, folder: string): ChildProcess {
	const options = [
		"--region",
		"eu-west-1",
		"--endpoint-url",
		s3.url,
		"--path-style",
		"--admin",
		"none",
		"--drain-delay",
		"0s",
	];
	const files = [
		"--cache-dir",
		path.join(folder, "cache"),
		"--access-log-file",
		path.join(folder, "access.log"),
	];
	const args = [program, "serve", "--bucket", "charts", "--listen", "127.0.0.1:0", ...options, ...files];
	const { accessKeyId, secretAccessKey } = s3.credentials;
	const env = {
		PATH: process.env["PATH"],
		HOME: folder,
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
	};
	return spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The address in serve's start line. */
async function addressOf(serve: ChildProcess): Promise<string> {
	let said = "";
	const signal = AbortSignal.timeout(startMs);
	for (;;) {
		const found = /listening on (http:\S+?),/.exec(said)?.[1];
		if (found !== undefined) return found;
		const streams = [serve.stdout, serve.stderr].flatMap((stream) => (stream === null ? [] : [stream]));
		const [chunk] = await Promise.race(streams.map((stream) => once(stream, "data", { signal })));
		said += String(chunk);
	}
}

/** Without keep-alive: every connection is over when its answer is. */
async function pull(url: string, times: number, status: number): Promise<void> {
	const one = () =>
		new Promise<number>((resolve, reject) => {
			const request = get(url, { agent: false, timeout: startMs }, (answer) => {
				answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
			});
			request.on("error", reject);
		});
	const answers = await Promise.all(Array.from({ length: times }, one));
	assert.deepEqual([...new Set(answers)], [status]);
}

test("serve's own log charges what S3 was asked for clients, to the charts they pulled", async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-serve-cli-"));
	const s3 = await startFakeS3();
	s3.put("charts", "index.yaml", index);
	s3.put("charts", "app-1.0.0.tgz", Buffer.alloc(50_000, "a"));
	s3.put("charts", "db-1.0.0+b.1.tgz", "db");
	const serve = startServe(s3, folder);
	try {
		const url = await addressOf(serve);
		// What serve asks for itself at its start is in nobody's request; with the first answer it is over.
		await pull(`${url}/index.yaml`, 1, 200);
		await s3.settled();
		const ownRequests = s3.count({ key: "index.yaml" }) - 1;
		await pull(`${url}/index.yaml`, 10, 200);
		await pull(`${url}/app-1.0.0.tgz`, 10, 200);
		for (let n = 0; n < 3; n++) await pull(`${url}/db-1.0.0+b.1.tgz`, 1, 200);
		for (let n = 0; n < 2; n++) await pull(`${url}/gone-1.0.0.tgz`, 1, 404);
		const exited = once(serve, "exit");
		serve.kill("SIGTERM");
		assert.deepEqual(await exited, [0, null]);

		const args = ["attribute", path.join(folder, "access.log"), "--no-save", "--region", "us-east-1"];
		const { stdout, stderr, status } = spawnSync(
			process.execPath,
			[program, ...args, "--by", "operation,chart", "--json"],
			{ encoding: "utf8", env: { PATH: process.env["PATH"], HOME: folder } },
		);
		assert.equal(status, 0, stderr);
		const { rows, total } = JSON.parse(stdout) as { rows: Row[]; total: Row };
		assert.equal(total.requests, 1 + 10 + 10 + 3 + 2);
		const priceUsd = 0.0004 / 1000;
		assert.equal(Math.round(total.costUsd / priceUsd), s3.count() - ownRequests);
		const chargedFor = (chart: string) =>
			rows
				.filter((row) => row.chart === chart)
				.reduce((sum, row) => sum + Math.round(row.costUsd / priceUsd), 0);
		for (const [chart, key] of [
			["app", "app-1.0.0.tgz"],
			["db", "db-1.0.0+b.1.tgz"],
			["gone", "gone-1.0.0.tgz"],
		] as const)
			assert.deepEqual([chargedFor(chart), s3.count({ key })], [1, 1], chart);
		assert.equal(s3.count({ where: ({ signatureError }) => signatureError !== undefined }), 0);
		assert.doesNotMatch(readFileSync(path.join(folder, "access.log"), "utf8"), /fake\/secret/);
	} finally {
		serve.kill("SIGKILL");
		await s3.close();
		rmSync(folder, { recursive: true, force: true });
	}
});
