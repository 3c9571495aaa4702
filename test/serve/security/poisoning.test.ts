/** What clients send must not change what others get: S-12 to S-17, S-20 to S-24 of the security list. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { RawClient } from "../../support/s3/raw-client.ts";
import { type Answer, fill, indexOf, packages, startServeOn, startTestServe } from "../running.ts";

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe());
});
after(() => close());
beforeEach(() => s3.forget());

let count = 0;
function newPackage(): { target: string; key: string; body: Buffer } {
	const key = `poison-1.0.${++count}.tgz`;
	const body = fill(key, 5000);
	s3.put("charts", key, body);
	return { target: `/${key}`, key, body };
}

const changing = new Set(["date", "age", "cache-status", "connection", "keep-alive"]);
function comparable({ status, headers }: Answer): string {
	return JSON.stringify([status, Object.entries(headers).filter(([name]) => !changing.has(name))]);
}

test("S-12 headers that no key has change nothing and do not reach S3", async () => {
	const { target, key, body } = newPackage();
	const evil = {
		Host: "evil.example",
		"X-Forwarded-Host": "evil.example",
		"X-Forwarded-Proto": "gopher",
		"X-Original-URL": "/secret",
		"X-Rewrite-URL": "/secret",
		Forwarded: "host=evil.example",
		"X-HTTP-Method-Override": "DELETE",
		"x-amz-request-payer": "requester",
		"x-amz-server-side-encryption-customer-key": "AAAA",
		Cookie: "a=b",
		"Content-Type": "text/html",
		"x-envoy-original-path": "/secret",
		"x-amzn-trace-id": "Root=1",
	};
	const first = await serve.get(target, evil);
	const second = await serve.get(target);
	assert.ok(first.body.equals(body) && second.body.equals(body));
	assert.equal(comparable(first), comparable(second));
	assert.equal(s3.count({ key }), 1);
	const names = Object.keys(s3.requests.find((request) => request.key === key)?.headers ?? {});
	const allowed = new Set([
		..."host authorization x-amz-date x-amz-content-sha256 x-amz-checksum-mode accept-encoding".split(" "),
		..."user-agent connection".split(" "),
	]);
	assert.deepEqual(
		names.filter((name) => !allowed.has(name)),
		[],
	);
});

test("S-13 a query is dropped: no override, no other key, nothing of it at S3", async () => {
	const { target, key, body } = newPackage();
	const queries = [
		"?response-content-type=text/html",
		"?response-cache-control=no-store",
		"?versionId=1",
		"?acl",
	];
	for (const query of queries) {
		const { status, headers, body: got } = await serve.get(target + query);
		assert.equal(status, 200);
		assert.equal(headers["content-type"], "application/gzip");
		assert.ok(got.equals(body));
	}
	assert.equal(s3.count({ key }), 1);
	for (const { rawPath } of s3.requests) assert.doesNotMatch(rawPath, /\?/);
});

test("S-14 a Content-Type of the request never comes back", async () => {
	const { target } = newPackage();
	const { headers } = await serve.get(target, { "Content-Type": "text/html" });
	assert.equal(headers["content-type"], "application/gzip");
	assert.equal((await serve.get(target)).headers["content-type"], "application/gzip");
});

test("S-15 a GET with a body is refused and its connection ended", async () => {
	const { target, key } = newPackage();
	for (const framing of [
		"Content-Length: 5\r\n\r\nhello",
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	]) {
		const client = await RawClient.connect(serve.running.data.port);
		await client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n${framing}`);
		const [answer] = await client.answers(["GET"]);
		assert.equal(answer?.status, 400);
		await client.untilClosed();
	}
	assert.equal(s3.count({ key }), 0);
});

test("S-16 refusals that a client causes are not kept for others", async () => {
	const { target, body } = newPackage();
	const client = await RawClient.connect(serve.running.data.port);
	await client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nX-Big: ${"b".repeat(40_000)}\r\n\r\n`);
	const [big] = await client.answers(["GET"]);
	assert.equal(big?.status, 431);
	assert.equal((await serve.get(target, {}, "DELETE")).status, 405);
	assert.equal((await serve.get(target, { "X-HTTP-Method-Override": "POST" })).status, 200);
	assert.ok((await serve.get(target)).body.equals(body));
});

test("S-17 a chart that is published after it was missing is there with the new index at once", async () => {
	const file = "late-1.0.0.tgz";
	const body = fill(file, 3000);
	assert.equal((await serve.get(`/${file}`)).status, 404);
	s3.put("charts", file, body);
	assert.equal((await serve.get(`/${file}`)).status, 404, "remembered");
	s3.put("charts", "index.yaml", indexOf({ ...packages, [file]: body }));
	assert.match((await serve.get("/index.yaml")).body.toString(), /late-1\.0\.0/);
	assert.ok((await serve.get(`/${file}`)).body.equals(body));
});

test("S-20 who may not read gets nothing of what others have read", async () => {
	const { target, body } = newPackage();
	const guarded = await startServeOn({ s3, authorize: (header) => header === "Basic good" });
	const good = { authorization: "Basic good" };
	assert.ok((await guarded.get(target, good)).body.equals(body));
	const { headers } = await guarded.get(target, good);
	const bad: [Record<string, string>, string][] = [
		[{}, "GET"],
		[{}, "HEAD"],
		[{ authorization: "Basic bad" }, "GET"],
		[{ "if-none-match": headers.etag as string }, "GET"],
		[{ range: "bytes=0-1" }, "GET"],
	];
	for (const [fields, method] of bad) {
		const answer = await guarded.get(target, fields, method);
		assert.equal(answer.status, 401);
		assert.equal(answer.headers["www-authenticate"], 'Basic realm="charts"');
		assert.equal(answer.headers["cache-control"], "no-store");
		assert.equal(answer.headers.etag, undefined);
	}
	for (const path of ["/index.yaml", "/none-1.0.0.tgz", "/api/charts", "/nothing"]) {
		assert.equal((await guarded.get(path)).status, 401, path);
	}
	assert.equal((await guarded.get("/health")).status, 200);
	assert.ok((await guarded.get(target, good)).body.equals(body));
	await guarded.stop();
});

test("S-21 errors repeat nothing of the request, and are no HTML", async () => {
	const { status, headers, body } = await serve.get("/%3Cscript%3Ealert(1)%3C/script%3E-1.tgz");
	assert.equal(status, 404);
	assert.match(headers["content-type"] as string, /^application\/json/);
	assert.equal(headers["x-content-type-options"], "nosniff");
	assert.doesNotMatch(body.toString(), /script/);
});

test("S-22 nothing of S3's own fields reaches a client", async () => {
	const { target, key } = newPackage();
	s3.next({ key }, { rawHeaderLines: ["Set-Cookie: a=b", "x-amz-meta-secret: s", "Server: AmazonS3"] });
	for (let round = 0; round < 2; round++) {
		const { headers } = await serve.get(target);
		for (const name of Object.keys(headers)) assert.doesNotMatch(name, /^(set-cookie|x-amz|server)/);
	}
});

test("S-23 whatever is accepted, there are three forms at most", async () => {
	const etags = new Set<unknown>();
	for (const accepted of [
		"",
		"gzip",
		"GZIP;q=0.5",
		"zstd",
		"br",
		"*",
		"gzip;q=0",
		"a".repeat(2000),
		"identity, gzip",
	]) {
		const { headers, status } = await serve.get("/index.yaml", { "accept-encoding": accepted });
		assert.equal(status, 200);
		assert.equal(headers.vary, "Accept-Encoding");
		etags.add(headers.etag);
		const { headers: of } = await serve.get("/app-1.0.0.tgz", { "accept-encoding": accepted });
		assert.equal(of["content-encoding"], undefined, "never on packages");
	}
	assert.ok(etags.size <= 3);
});

test("S-24 a flood of made-up names pushes nothing out and grows nothing without end", async () => {
	const { target, key } = newPackage();
	await serve.get(target);
	const names = Array.from({ length: 300 }, (_, index) => `/flood-${index}.tgz`);
	await Promise.all(names.map((name) => serve.get(name)));
	await Promise.all(names.map((name) => serve.get(name)));
	assert.equal(s3.requests.filter((request) => request.key?.startsWith("flood-")).length, 300);
	assert.match((await serve.get(target)).headers["cache-status"] as string, /hit/);
	assert.equal(s3.count({ key }), 1);
	assert.ok(serve.running.operated.gauges().negativeEntries <= 10_000);
});
