/** Paths that proxies have been fooled with, sent byte for byte: S-01 to S-07, S-11, S-16 and S-18 of the security list. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { decodeTarget } from "../../../src/serve/listener/target.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
import { packages, publish, startServeOn, startTestServe } from "../running.ts";

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe());
});
after(() => close());
beforeEach(() => s3.forget());

/** Statuses of a request line sent as it is. */
async function statusOf(line: string): Promise<number> {
	const client = await RawClient.connect(serve.running.data.port);
	await client.send(Buffer.from(`${line}\r\nHost: charts\r\n\r\n`, "latin1"));
	const [answer] = await client.answers([line.split(" ")[0] ?? "GET"]);
	client.close();
	return answer?.status ?? 0;
}

const confusing = [
	"/x/..%2findex.yaml",
	"/x/%2e%2e/index.yaml",
	"/x/%2E./index.yaml",
	"/../index.yaml",
	"/./index.yaml",
	"//index.yaml",
	"/charts//index.yaml",
	"/index.yaml%00.tgz",
	"/index.yaml%0d%0aX-A:b",
	"/index.yaml%7f",
	"/secret%2fa.tgz",
	"/secret%5ca.tgz",
	"/secret\\a.tgz",
	"/a%zz.tgz",
	"/a%2.tgz",
	"/%c0%ae%c0%ae/x.tgz",
	"/%ff.tgz",
	"/%ed%a0%80.tgz",
	"/index.yaml#x.tgz",
	`/${"a".repeat(7000)}.tgz`,
	"/a%C2%85.tgz",
	"/a%E2%80%A8.tgz",
];
for (const target of confusing) {
	test(`S-01, S-02, S-03, S-07 ${target.slice(0, 40)} is 400, and S3 hears nothing`, async () => {
		assert.equal(await statusOf(`GET ${target} HTTP/1.1`), 400);
		assert.equal(s3.count(), 0);
		const { body } = await serve.get("/app-1.0.0.tgz");
		assert.deepEqual(body, packages["app-1.0.0.tgz"]);
	});
}

test("S-01 a path that only looks like the index is its own key, and no chart", async () => {
	for (const target of ["/index.yaml%3fx", "/index.yaml;x", "/index.yaml/", "/INDEX.yaml", "/index.yml"]) {
		const status = await statusOf(`GET ${target} HTTP/1.1`);
		assert.ok(status === 404 || status === 400, `${target}: ${status}`);
	}
	assert.equal(s3.count(), 0);
});

test("S-04 what is decoded once is not decoded again", async () => {
	s3.put("charts", "%2e%2e-1.0.0.tgz", "a literal percent sign");
	const { status, body } = await serve.get("/%252e%252e-1.0.0.tgz");
	assert.equal(status, 200);
	assert.equal(body.toString(), "a literal percent sign");
	assert.equal(s3.requests.at(-1)?.rawPath, "/charts/%252e%252e-1.0.0.tgz");
});

test("S-05 only the origin form is a request", async () => {
	const lines = [
		"GET http://evil.example/index.yaml HTTP/1.1",
		"GET //evil.example/index.yaml HTTP/1.1",
		"GET * HTTP/1.1",
		"OPTIONS * HTTP/1.1",
		"CONNECT evil.example:443 HTTP/1.1",
	];
	for (const line of lines) {
		const status = await statusOf(line);
		assert.ok(status === 400 || status === 405, `${line}: ${status}`);
	}
	assert.equal(s3.count(), 0);
});

test("S-10 letter case and Unicode forms are different keys", async () => {
	s3.put("charts", "caf\u00e9-1.0.0.tgz", "composed");
	s3.put("charts", "cafe\u0301-1.0.0.tgz", "decomposed");
	s3.put("charts", "App-1.0.0.tgz", "capital");
	for (const [target, text] of [
		["/caf%C3%A9-1.0.0.tgz", "composed"],
		["/cafe%CC%81-1.0.0.tgz", "decomposed"],
		["/App-1.0.0.tgz", "capital"],
	] as const) {
		assert.equal((await serve.get(target)).body.toString(), text);
		assert.equal((await serve.get(target)).body.toString(), text);
	}
	assert.deepEqual((await serve.get("/app-1.0.0.tgz")).body, packages["app-1.0.0.tgz"]);
});

test("S-11 nothing above the prefix can be reached, and no prefix makes a double slash", async () => {
	publish(s3, packages, "team-a/");
	s3.put("charts", "secret-1.0.0.tgz", "of another team");
	for (const prefix of ["team-a", "team-a/", "/team-a/"]) {
		const other = await startServeOn({ s3, flags: { prefix } }).catch((error: Error) => error);
		if (other instanceof Error) {
			assert.match(other.message, /prefix/);
			continue;
		}
		s3.forget();
		assert.deepEqual((await other.get("/app-1.0.0.tgz")).body, packages["app-1.0.0.tgz"]);
		for (const target of ["/secret-1.0.0.tgz", "/..%2fsecret-1.0.0.tgz", "/../secret-1.0.0.tgz"]) {
			assert.notEqual((await other.get(target)).status, 200);
		}
		for (const { rawPath } of s3.requests) assert.match(rawPath, /^\/charts\/team-a\/[^/]/);
		await other.stop();
	}
});

test("S-18 what follows a delimiter does not make a public class of a private key", async () => {
	for (const target of [
		"/index.yaml/x.tgz",
		"/index.yaml;x.tgz",
		"/index.yaml%3bx.tgz",
		"/index.yaml%23x.tgz",
	]) {
		const { status, headers } = await serve.get(target);
		assert.equal(status, 404, target);
		assert.equal(headers["cache-control"], "no-store");
	}
});

test("targets decode to one path or are refused", () => {
	const good = {
		"/": "/",
		"/a b": undefined,
		"/a%20b.tgz": "/a b.tgz",
		"/a+b.tgz?x=1": "/a+b.tgz",
		"/%E6%97%A5.tgz": "/日.tgz",
		"/a..b/..c/d..": "/a..b/..c/d..",
		"/.hidden": "/.hidden",
		"": undefined,
		"?x": undefined,
		"/a/": undefined,
	};
	for (const [raw, path] of Object.entries(good)) {
		const target = decodeTarget(raw);
		assert.equal("path" in target ? target.path : undefined, path, raw);
	}
});
