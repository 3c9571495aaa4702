/**
 * What clients get from several processes is what they get from one: one GET for all misses, an index that is asked about every time,
 * no old package once a new index was seen, large and broken bodies, TLS.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { newCertificate } from "../../support/s3/certificate.ts";
import { type FakeS3, startFakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { fill, packages, publish } from "../running.ts";
import { type ServeProcess, startProcess } from "./serve-process.ts";

let s3: FakeS3;
let folder: string;
let serve: ServeProcess;

before(async () => {
	s3 = await startFakeS3();
	publish(s3);
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-workers-"));
	serve = await startProcess(s3, folder, ["--workers", "2", "--memory", "12MiB"]);
});
after(async () => {
	const exitCode = await serve.stop();
	await s3.close();
	rmSync(folder, { recursive: true, force: true });
	assert.equal(exitCode, 0);
});
afterEach(() => {
	s3.healthy();
	s3.forget();
});

/** On a connection each, which the processes take in turns: whatever is asked so often, all of them were asked. */
function fromAll(target: string, headers: Record<string, string> = {}) {
	return Promise.all(Array.from({ length: 6 }, () => serve.get(target, headers)));
}

async function waitersAre(count: number): Promise<void> {
	const endMs = performance.now() + 8000;
	for (;;) {
		const { cache } = (await serve.stats()) as unknown as { cache: { connections: number } };
		if (cache.connections >= count) return;
		assert.ok(performance.now() < endMs, `${cache.connections} of ${count} connections`);
	}
}

test("1,000 clients that miss the same key at once, over all workers, are one GET", async () => {
	const body = fill("storm", 30_000);
	s3.put("charts", "storm-1.0.0.tgz", body);
	const hold = faults.gate();
	s3.next({ key: "storm-1.0.0.tgz" }, { hold });
	const before = await serve.stats();
	const waiting = Array.from({ length: 1000 }, () => serve.get("/storm-1.0.0.tgz"));
	await waitersAre(1000);
	hold.open();
	for (const answer of await Promise.all(waiting)) {
		assert.equal(answer.status, 200);
		assert.ok(answer.body.equals(body));
	}
	assert.equal(s3.count({ key: "storm-1.0.0.tgz" }), 1);
	const { requests, upstream, saved } = await serve.stats();
	const more = (name: string) => (requests.byCache[name] ?? 0) - (before.requests.byCache[name] ?? 0);
	assert.equal(more("miss"), 1);
	assert.equal(more("coalesced"), 999);
	assert.equal(upstream.requests - before.upstream.requests, 1);
	assert.equal(upstream.bytes - before.upstream.bytes, body.length);
	assert.equal(saved.requests - before.saved.requests, 999);
	assert.equal(saved.bytes - before.saved.bytes, 999 * body.length);
});

test("the index is asked about at each use, and a new one is everybody's at once", async () => {
	for (const { status } of await fromAll("/index.yaml")) assert.equal(status, 200);
	s3.forget();
	for (let use = 0; use < 4; use++) assert.equal((await serve.get("/index.yaml")).status, 200);
	assert.equal(s3.count({ key: "index.yaml", status: 304 }), 4);

	publish(s3, { ...packages, "new-1.0.0.tgz": fill("new", 500) });
	for (let use = 0; use < 4; use++) {
		const { body, headers } = await serve.get("/index.yaml", { "accept-encoding": "identity" });
		assert.match(body.toString(), /name: new-1-0-0/);
		const again = await serve.get("/index.yaml", { "if-none-match": headers.etag ?? "" });
		assert.equal(again.status, 304);
	}
	assert.equal(s3.count({ key: "index.yaml", status: 200 }), 1);
	assert.match((await serve.get("/api/charts")).body.toString(), /new-1-0-0/);
	const packed = await fromAll("/index.yaml", { "accept-encoding": "gzip" });
	for (const { headers } of packed) assert.equal(headers["content-encoding"], "gzip");
});

test("a package that was pushed again is nobody's old one after one client has seen the new index", async () => {
	publish(s3);
	await serve.get("/index.yaml");
	for (const { body } of await fromAll("/app-1.0.0.tgz")) assert.ok(body.equals(packages["app-1.0.0.tgz"]));
	const next = fill("pushed again", 40_000);
	publish(s3, { ...packages, "app-1.0.0.tgz": next });
	s3.forget();
	await serve.get("/index.yaml");
	for (const { body } of await fromAll("/app-1.0.0.tgz")) assert.ok(body.equals(next));
	assert.equal(s3.count({ key: "app-1.0.0.tgz" }), 1);
	publish(s3);
});

test("a 404 is asked for once, and ends with the index that names the chart", async () => {
	for (const { status } of await fromAll("/late-1.0.0.tgz")) assert.equal(status, 404);
	assert.equal(s3.count({ key: "late-1.0.0.tgz" }), 1);
	publish(s3, { ...packages, "late-1.0.0.tgz": fill("late", 700) });
	await serve.get("/index.yaml");
	for (const { status } of await fromAll("/late-1.0.0.tgz")) assert.equal(status, 200);
	publish(s3);
});

test("a body larger than a worker's memory comes through, whole and in parts, from one GET", async () => {
	const body = fill("large", 6_000_000);
	s3.put("charts", "large-1.0.0.tgz", body);
	for (const answer of await fromAll("/large-1.0.0.tgz")) assert.ok(answer.body.equals(body));
	const part = await serve.get("/large-1.0.0.tgz", { range: "bytes=5000000-5000099" });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(body.subarray(5_000_000, 5_000_100)));
	const head = await serve.get("/large-1.0.0.tgz", {}, "HEAD");
	assert.equal(head.headers["content-length"], "6000000");
	const { etag = "" } = head.headers;
	assert.equal((await serve.get("/large-1.0.0.tgz", { "if-none-match": etag })).status, 304);
	assert.equal(s3.count({ key: "large-1.0.0.tgz" }), 1);
});

for (const sizeBytes of [900_000, 6_000_000]) {
	test(`a body of ${sizeBytes} bytes that breaks at S3 never ends cleanly, and is not kept`, async () => {
		const key = `broken-1.0.${sizeBytes}.tgz`;
		const body = fill(key, sizeBytes);
		s3.put("charts", key, body);
		const end = s3.always({ key }, faults.resetAfter(200_000));
		for (const answer of await fromAll(`/${key}`)) {
			assert.ok(answer.broken || answer.status === 502, `${answer.status}, ${answer.body.length} bytes`);
			assert.ok(answer.body.length < sizeBytes);
		}
		end();
		assert.ok((await serve.get(`/${key}`)).body.equals(body));
	});
}

test("stale if S3 fails: all workers send what the owner has", async () => {
	await serve.get("/index.yaml");
	const end = s3.always({}, faults.internalError());
	const answers = await fromAll("/index.yaml");
	end();
	for (const { status, headers } of answers) {
		assert.equal(status, 200);
		assert.match(String(headers["cache-status"]), /fwd=stale.*detail=unavailable/);
	}
});

test("TLS and its certificate are the workers' own business", async () => {
	const own = path.join(folder, "tls");
	mkdirSync(own);
	const { certificatePem, keyPem } = newCertificate("first");
	writeFileSync(path.join(own, "cert.pem"), certificatePem);
	writeFileSync(path.join(own, "key.pem"), keyPem);
	const flags = ["--workers", "2", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
	const secure = await startProcess(s3, own, flags);
	const statuses = await Promise.all(Array.from({ length: 4 }, () => secureStatus(secure.port)));
	assert.deepEqual(statuses, [200, 200, 200, 200]);
	assert.equal(await secure.stop(), 0);
	assert.equal(secure.log().length, 4);
});

function secureStatus(port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const request = https.get(
			{ host: "127.0.0.1", port, path: "/app-1.0.0.tgz", rejectUnauthorized: false, agent: false },
			(response) => {
				response.resume();
				response.on("end", () => resolve(response.statusCode ?? 0));
			},
		);
		request.setTimeout(8000, () => request.destroy(new Error("no TLS in 8 s")));
		request.on("error", reject);
	});
}
