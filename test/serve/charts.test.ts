/** What Helm and its like get: index, packages, provenance files; from S3 once, then from the cache. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { indexOf, packages, startTestServe } from "./running.ts";

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe());
});
after(() => close());

test("a package comes from S3 once, and from memory from then on", async () => {
	const first = await serve.get("/app-1.0.0.tgz");
	assert.equal(first.status, 200);
	assert.deepEqual(first.body, packages["app-1.0.0.tgz"]);
	assert.match(first.headers["cache-status"] as string, /fwd=uri-miss; fwd-status=200; .*stored/);
	const second = await serve.get("/charts/app-1.0.0.tgz");
	assert.deepEqual(second.body, packages["app-1.0.0.tgz"]);
	assert.match(second.headers["cache-status"] as string, /^chartcost; hit; ttl=\d+$/);
	assert.equal(second.headers["content-type"], "application/gzip");
	assert.equal(second.headers.etag, first.headers.etag);
	assert.equal(second.headers["cache-control"], "max-age=86400");
	assert.match(second.headers.age as string, /^\d+$/);
	assert.equal(s3.count({ method: "GET", key: "app-1.0.0.tgz" }), 1);
});

test("the index names our own URLs, and everything else is as stored", async () => {
	const { status, body, headers } = await serve.get("/index.yaml");
	assert.equal(status, 200);
	assert.equal(headers["content-type"], "application/x-yaml");
	const expected = indexOf(packages).replaceAll("s3://charts/", "charts/").replace("+build", "%2Bbuild");
	// The version keeps its plus.
	assert.equal(
		body.toString().replace("version: 1.1.0+build.7", ""),
		expected.replace("version: 1.1.0%2Bbuild.7", "").replace("version: 1.1.0+build.7", ""),
	);
	const again = await serve.get("/index.yaml", { "if-none-match": headers.etag as string });
	assert.equal(again.status, 304);
	assert.equal(again.body.length, 0);
});

test("a plus in a name is a plus", async () => {
	for (const target of ["/app-1.1.0+build.7.tgz", "/charts/app-1.1.0%2Bbuild.7.tgz"]) {
		assert.deepEqual((await serve.get(target)).body, packages["app-1.1.0+build.7.tgz"]);
	}
	assert.equal(s3.count({ method: "GET", key: "app-1.1.0+build.7.tgz" }), 1);
});

test("what is missing is 404, remembered for a moment", async () => {
	assert.equal((await serve.get("/none-1.0.0.tgz")).status, 404);
	const { status, body } = await serve.get("/none-1.0.0.tgz");
	assert.equal(status, 404);
	assert.equal(body.toString(), '{"error":"object not found"}');
	assert.equal(s3.count({ key: "none-1.0.0.tgz" }), 1);
});

test("HEAD, ranges and conditions are answered from the stored object", async () => {
	const whole = packages["app-1.0.0.tgz"];
	const head = await serve.get("/app-1.0.0.tgz", {}, "HEAD");
	assert.equal(head.status, 200);
	assert.equal(head.headers["content-length"], String(whole.length));
	const part = await serve.get("/app-1.0.0.tgz", { range: "bytes=10-19" });
	assert.equal(part.status, 206);
	assert.deepEqual(part.body, whole.subarray(10, 20));
	assert.equal(part.headers["content-range"], `bytes 10-19/${whole.length}`);
	const known = await serve.get("/app-1.0.0.tgz", { "if-none-match": head.headers.etag as string });
	assert.equal(known.status, 304);
	const beyond = await serve.get("/app-1.0.0.tgz", { range: "bytes=40000-" });
	assert.equal(beyond.status, 416);
	assert.equal(s3.count({ key: "app-1.0.0.tgz" }), 1);
});

test("only charts, only to read", async () => {
	assert.equal((await serve.get("/secret.txt")).status, 404);
	assert.equal((await serve.get("/?list-type=2")).status, 404);
	const put = await serve.get("/app-1.0.0.tgz", {}, "PUT");
	assert.equal(put.status, 405);
	assert.equal(put.headers.allow, "GET, HEAD");
	assert.equal((await serve.get("/health")).body.toString(), '{"healthy":true}');
	assert.equal((await serve.get("/api/charts")).status, 200);
});
