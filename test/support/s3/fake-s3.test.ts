/** The fake S3 itself: objects, conditions, ranges, listings, errors and the records of requests. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import { syntheticBody, syntheticBytes } from "./body.ts";
import { type FakeS3, startFakeS3 } from "./fake-s3.ts";
import type { ParsedAnswer } from "./raw-answer.ts";
import { RawClient } from "./raw-client.ts";
import { type SignOptions, signedHead } from "./signed-head.ts";

const s3 = await startFakeS3();
after(() => s3.close());

async function ask(path: string, options: SignOptions = {}, server: FakeS3 = s3): Promise<ParsedAnswer> {
	const host = server.host.startsWith("[::1]") ? "::1" : "127.0.0.1";
	const client = await RawClient.connect(server.port, { host, certificate: server.certificate });
	await client.send(signedHead(server, path, options));
	try {
		return await client.answer(options.method);
	} finally {
		client.close();
	}
}

test("an object with what S3 tells of it", async () => {
	s3.put("charts", "a.tgz", "chart a", {
		lastModifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
		headers: { "content-type": "application/gzip", "x-amz-meta-by": "me" },
	});
	s3.forget();
	const answer = await ask("/charts/a.tgz");
	assert.equal(answer.status, 200);
	assert.equal(answer.body.toString(), "chart a");
	assert.equal(answer.headers["etag"], `"${createHash("md5").update("chart a").digest("hex")}"`);
	assert.equal(answer.headers["last-modified"], "Fri, 02 Jan 2026 03:04:05 GMT");
	assert.equal(answer.headers["content-type"], "application/gzip");
	assert.equal(answer.headers["x-amz-meta-by"], "me");
	assert.equal(answer.headers["content-length"], "7");
	assert.match(answer.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/);
	assert.equal(answer.headers["x-amz-checksum-crc64nvme"], undefined);
	const head = await ask("/charts/a.tgz", { method: "HEAD" });
	assert.equal(head.headers["content-length"], "7");

	await s3.settled();
	assert.equal(s3.count({ method: "GET", key: "a.tgz" }), 1);
	assert.equal(s3.count({ key: "a.tgz" }), 2);
	assert.equal(s3.count({ key: "b.tgz" }), 0);
	const [get] = s3.requests;
	assert.deepEqual(
		[get?.bytesSent, get?.status, get?.aborted, get?.signatureError, get?.rawPath, get?.bucket],
		[7, 200, false, undefined, "/charts/a.tgz", "charts"],
	);
});

test("checksums are told when asked for, and never for a range", async () => {
	// The check values of "123456789" from the CRC catalogue: cbf43926, e3069283, ae8b14860a799888.
	const expected = { crc32: "y/Q5Jg==", crc32c: "4waSgw==", crc64nvme: "rosUhgp5mIg=" } as const;
	for (const [algorithm, value] of Object.entries(expected)) {
		s3.put("charts", "nine", "123456789", { checksum: algorithm as keyof typeof expected });
		const asked = { headers: { "x-amz-checksum-mode": "ENABLED" } };
		const answer = await ask("/charts/nine", asked);
		assert.equal(answer.headers[`x-amz-checksum-${algorithm}`], value);
		assert.equal(answer.headers["x-amz-checksum-type"], "FULL_OBJECT");
		const part = await ask("/charts/nine", { ...asked, unsigned: { range: "bytes=0-3" } });
		assert.equal(part.headers[`x-amz-checksum-${algorithm}`], undefined);
	}
	s3.put("charts", "nine", "123456789", { parts: 3, checksum: "sha256" });
	const composite = await ask("/charts/nine", { headers: { "x-amz-checksum-mode": "ENABLED" } });
	assert.match(composite.headers["x-amz-checksum-sha256"] ?? "", /^[A-Za-z0-9+/]{43}=-3$/);
	assert.match(composite.headers["etag"] ?? "", /-3"$/);
});

test("conditions in the order of RFC 9110", async () => {
	const { etag } = s3.put("charts", "c", "body", { lastModifiedMs: Date.UTC(2026, 0, 1) });
	const [before, same] = ["Wed, 31 Dec 2025 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"];
	const cases: [headers: Record<string, string>, status: number][] = [
		[{ "if-none-match": etag }, 304],
		[{ "if-none-match": `"x", W/${etag}` }, 304],
		[{ "if-none-match": "*" }, 304],
		[{ "if-none-match": '"x"' }, 200],
		[{ "if-none-match": '"x"', "if-modified-since": same }, 200],
		[{ "if-modified-since": same }, 304],
		[{ "if-modified-since": before }, 200],
		[{ "if-match": etag }, 200],
		[{ "if-match": '"x"' }, 412],
		[{ "if-unmodified-since": before }, 412],
		[{ "if-match": etag, "if-unmodified-since": before }, 200],
	];
	for (const [unsigned, status] of cases) {
		const answer = await ask("/charts/c", { unsigned });
		assert.equal(answer.status, status, JSON.stringify(unsigned));
		if (status === 304) assert.equal(answer.headers["etag"], etag);
	}
});

test("ranges", async () => {
	s3.put("charts", "r", "0123456789");
	const cases: [range: string, status: number, body: string, contentRange: string | undefined][] = [
		["bytes=0-3", 206, "0123", "bytes 0-3/10"],
		["bytes=8-", 206, "89", "bytes 8-9/10"],
		["bytes=-2", 206, "89", "bytes 8-9/10"],
		["bytes=5-999", 206, "56789", "bytes 5-9/10"],
		["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
		["bytes=5-2", 200, "0123456789", undefined],
		["items=0-1", 200, "0123456789", undefined],
	];
	for (const [range, status, body, contentRange] of cases) {
		const answer = await ask("/charts/r", { unsigned: { range } });
		assert.deepEqual([answer.status, answer.body.toString()], [status, body], range);
		assert.equal(answer.headers["content-range"], contentRange);
	}
	for (const range of ["bytes=10-", "bytes=-0"]) {
		const answer = await ask("/charts/r", { unsigned: { range } });
		assert.equal(answer.status, 416);
		assert.equal(answer.headers["content-range"], "bytes */10");
		assert.match(answer.body.toString(), /<Code>InvalidRange<\/Code>.*<ActualObjectSize>10</);
	}
	const stale = await ask("/charts/r", { unsigned: { range: "bytes=0-1", "if-range": '"x"' } });
	assert.equal(stale.status, 200);
});

test("keys as S3 reads them, and as they must be signed", async () => {
	s3.put("charts", "app-1.0.0+7.tgz", "plus");
	s3.put("charts", "app-1.0.0 7.tgz", "space");
	s3.put("charts", "a/../π@.tgz", "dots");
	assert.equal((await ask("/charts/app-1.0.0%2B7.tgz")).body.toString(), "plus");
	assert.equal((await ask("/charts/app-1.0.0%207.tgz")).body.toString(), "space");
	assert.equal((await ask("/charts/a/../%CF%80%40.tgz")).body.toString(), "dots");
	const literalPlus = await ask("/charts/app-1.0.0+7.tgz", { signedPath: "/charts/app-1.0.0%207.tgz" });
	assert.equal(literalPlus.body.toString(), "space");
	const literalAt = await ask("/charts/a/../%CF%80@.tgz");
	assert.match(literalAt.body.toString(), /<Code>SignatureDoesNotMatch</);
	assert.match((await ask("/charts/%zz")).body.toString(), /<Code>InvalidURI</);
	assert.match((await ask("/charts/%ff")).body.toString(), /<Code>InvalidURI</);
	assert.match((await ask(`/charts/${"k".repeat(1025)}`)).body.toString(), /<Code>KeyTooLongError</);
});

test("what is missing, forbidden, archived or elsewhere", async () => {
	s3.put("cold", "ice", "…", { archived: true });
	Object.assign(s3.bucket("secret"), { mayList: false });
	Object.assign(s3.bucket("closed"), { denied: true });
	Object.assign(s3.bucket("far"), { region: "us-east-2" });
	Object.assign(s3.bucket("old"), { region: "us-east-2", otherRegionStatus: 301 });
	const cases: [path: string, status: number, code: string][] = [
		["/charts/none", 404, "NoSuchKey"],
		["/nothing/none", 404, "NoSuchBucket"],
		["/secret/none", 403, "AccessDenied"],
		["/closed/none", 403, "AccessDenied"],
		["/cold/ice", 403, "InvalidObjectState"],
		["/far/x", 400, "AuthorizationHeaderMalformed"],
		["/old/x", 301, "PermanentRedirect"],
	];
	for (const [path, status, code] of cases) {
		const answer = await ask(path);
		assert.equal(answer.status, status, path);
		assert.match(answer.body.toString(), new RegExp(`^<\\?xml.*\\n<Error><Code>${code}</Code><Message>`));
	}
	assert.match((await ask("/far/x")).body.toString(), /<Region>us-east-2<\/Region>/);
	assert.equal((await ask("/old/x")).headers["x-amz-bucket-region"], "us-east-2");
	assert.equal(
		(await ask("/far", { method: "HEAD", region: "us-east-2" })).headers["x-amz-bucket-region"],
		"us-east-2",
	);
});

test("the bucket in the Host", async () => {
	s3.put("my.charts", "index.yaml", "dotted");
	s3.put("charts", "index.yaml", "plain");
	for (const [host, body] of [
		["charts.s3.eu-west-1.amazonaws.com", "plain"],
		["my.charts.s3.eu-west-1.amazonaws.com", "dotted"],
		["charts.localhost:9000", "plain"],
		["charts.any.example", "plain"],
	] as const)
		assert.equal((await ask("/index.yaml", { host })).body.toString(), body, host);
	const other = await ask("/index.yaml", { host: "nobody.s3.eu-west-1.amazonaws.com" });
	assert.match(other.body.toString(), /<Code>NoSuchBucket<.*<BucketName>nobody</);
});

test("listings", async () => {
	for (const key of ["a/1", "a/2", "b", "c&d/3", "π"]) s3.put("list", key, key);
	const all = await ask("/list", { query: "list-type=2" });
	assert.deepEqual(
		[...all.body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key),
		["a/1", "a/2", "b", "c&#38;d/3", "π"],
	);
	const folders = await ask("/list", { query: "delimiter=%2F&list-type=2" });
	assert.match(folders.body.toString(), /<KeyCount>4</);
	assert.match(folders.body.toString(), /<Prefix>a\/<\/Prefix>.*<Prefix>c&#38;d\/<\/Prefix>/);
	const first = await ask("/list", { query: "list-type=2&max-keys=2" });
	assert.match(first.body.toString(), /<KeyCount>2<.*<IsTruncated>true</);
	const token = /<NextContinuationToken>(.*?)</.exec(first.body.toString())?.[1] ?? "";
	const rest = await ask("/list", { query: `continuation-token=${token}&list-type=2&prefix=` });
	assert.match(rest.body.toString(), /<KeyCount>3<.*<IsTruncated>false</);
});

test("a huge object costs nothing, and every position has its byte", async () => {
	const sizeBytes = 5 * 1024 ** 3;
	s3.put("charts", "huge", syntheticBody(sizeBytes));
	const head = await ask("/charts/huge", { method: "HEAD" });
	assert.equal(head.headers["content-length"], String(sizeBytes));
	const first = 2 ** 32 + 12_345;
	const part = await ask("/charts/huge", { unsigned: { range: `bytes=${first}-${first + 199_999}` } });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(syntheticBytes(first, first + 200_000)));
	assert.ok(!part.body.equals(syntheticBytes(12_345, 212_345)));
});

test("TLS and IPv6", async () => {
	const secure = await startFakeS3({ tls: true });
	const six = await startFakeS3({ host: "::1" });
	try {
		for (const server of [secure, six]) {
			server.put("charts", "a", "there");
			assert.equal((await ask("/charts/a", {}, server)).body.toString(), "there");
		}
		assert.match(secure.url, /^https:/);
	} finally {
		await secure.close();
		await six.close();
	}
});
