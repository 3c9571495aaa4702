/**
 * `serve` and a real S3 server that checks signatures: what is refused at the start and in which words, names of every
 * kind, one request for many clients, an index that is replaced by nonsense. Nothing here is scripted.
 */
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Finished, type Start, startChild } from "../support/peers/child.ts";
import { withPeers } from "../support/peers/program.ts";
import { type S3Server, startS3Server } from "../support/peers/s3-server.ts";
import { type ServeProcess, startServeProcess } from "../support/peers/serve-process.ts";

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const sha256 = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");

const index = `apiVersion: v1
entries:
  app:
  - apiVersion: v2
    name: app
    urls: [s3://charts/app-1.0.0.tgz]
    version: 1.0.0
`;

/** No two places are alike: a piece at the wrong one is seen. */
function block(sizeBytes: number): Buffer {
	return createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

describe("serve and a real S3 server", withPeers("versitygw"), () => {
	let s3: S3Server;
	let serve: ServeProcess;
	let folder: string;

	before(async () => {
		folder = mkdtempSync(path.join(tmpdir(), "chartcost-peer-s3-"));
		s3 = await startS3Server();
		await s3.put("index.yaml", index);
		await s3.put("app-1.0.0.tgz", "app");
		serve = await startServeProcess(s3, ["--memory", "16MiB"]);
	});
	after(async () => {
		await serve?.end();
		await s3?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Until it ends by itself or says that it listens; then it is ended. */
	async function startWith(given: {
		env?: Record<string, string>;
		bucket?: string;
		region?: string | undefined;
	}): Promise<Finished> {
		const { env = {}, bucket = "charts", region } = { region: s3.region, ...given };
		const start: Start = {
			program: process.execPath,
			args: [
				...[program, "serve", "--bucket", bucket, "--endpoint-url", s3.url, "--path-style"],
				...["--listen", "127.0.0.1:0", "--admin", "none", "--cache-dir", "none", "--drain-delay", "0s"],
				...(region === undefined ? [] : ["--region", region]),
			],
			env: { HOME: folder, ...s3.env, AWS_REGION: "", ...env },
			cwd: folder,
			maxMs: 60_000,
		};
		const child = startChild(start);
		await child.says(/listening on /).catch(() => {});
		await child.stop();
		return { status: await child.exit, output: child.output() };
	}

	test("what S3 refuses is said at the start, and ends it", async () => {
		const cases: [what: string, Promise<Finished>, status: number, words: RegExp][] = [
			[
				"secret",
				startWith({ env: { AWS_SECRET_ACCESS_KEY: "another" } }),
				5,
				/says that the signature is wrong/,
			],
			[
				"access key",
				startWith({ env: { AWS_ACCESS_KEY_ID: "NOBODY" } }),
				5,
				/does not accept the credentials/,
			],
			["token", startWith({ env: { AWS_SESSION_TOKEN: "none" } }), 5, /does not accept the credentials/],
			["bucket", startWith({ bucket: "nothing" }), 2, /there is no such bucket/],
		];
		for (const [what, finished, status, words] of cases) {
			const { status: ended, output } = await finished;
			assert.match(output, words, what);
			assert.equal(ended, status, what);
			assert.doesNotMatch(output, /listening on|secret\/of/, what);
		}
	});

	test("a region that is wrong or not given is found out", async () => {
		const wrong = await startWith({ region: "us-west-2" });
		assert.match(wrong.output, /is in eu-west-1, not in us-west-2[\s\S]*listening on/);
		const none = await startWith({ region: undefined });
		assert.match(none.output, /listening on/);
		assert.doesNotMatch(none.output, /warn/);
	});

	test("names of every kind are signed as S3 reads them", async () => {
		const names = ["x..y-1.tgz", "ü-1.tgz", "a b-1.tgz", "p%41-1.tgz", "=@&$;,:-1.tgz", "1.0.0+b.1-1.tgz"];
		for (const name of [...names, "~_.-1.tgz"]) {
			await s3.put(name, name);
			const answer = await fetch(`${serve.url}/${encodeURIComponent(name)}`);
			assert.equal(await answer.text(), name);
			assert.equal(answer.status, 200);
		}
	});

	test("many clients, one request; then ranges and conditions without any", async () => {
		const body = block(24 << 20);
		await s3.put("large-1.0.0.tgz", body);
		const since = s3.requests().length;
		const url = `${serve.url}/large-1.0.0.tgz`;
		const pull = async () => sha256(new Uint8Array(await (await fetch(url)).arrayBuffer()));
		const digests = await Promise.all(Array.from({ length: 20 }, pull));
		assert.deepEqual(new Set(digests), new Set([sha256(body)]));
		const tail = await fetch(url, { headers: { range: "bytes=-70000" } });
		assert.equal(tail.status, 206);
		assert.deepEqual(Buffer.from(await tail.arrayBuffer()), body.subarray(-70_000));
		const again = await fetch(url, { headers: { "if-none-match": tail.headers.get("etag")! } });
		assert.equal(again.status, 304);
		assert.deepEqual(s3.requests(since), [{ operation: "GetObject", key: "large-1.0.0.tgz", status: 200 }]);
	});

	test("a package that is stored as gzip-encoded is sent as it is", async () => {
		const body = block(5000);
		await s3.put("encoded-1.0.0.tgz", body, { "content-encoding": "gzip" });
		const answer = await fetch(`${serve.url}/encoded-1.0.0.tgz`);
		assert.equal(answer.headers.get("content-encoding"), null);
		assert.deepEqual(Buffer.from(await answer.arrayBuffer()), body);
	});

	test("an index that makes no sense does not replace the good one", async () => {
		const good = await (await fetch(`${serve.url}/index.yaml`)).text();
		assert.match(good, /charts\/app-1\.0\.0\.tgz/);
		await s3.put("index.yaml", "<html>");
		try {
			const meanwhile = await fetch(`${serve.url}/index.yaml`);
			assert.equal(meanwhile.status, 200);
			assert.equal(await meanwhile.text(), good);
		} finally {
			await s3.put("index.yaml", index);
		}
		const since = s3.requests().length;
		assert.equal(await (await fetch(`${serve.url}/index.yaml`)).text(), good);
		assert.equal(s3.requests(since).length, 1);
	});
});
