/** The origin against a small server: what goes over the wire, what comes back, and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, fakeS3, originAt, xmlError } from "./fake.ts";
import { vectors } from "./vectors.ts";

test("a plain GET: the head as S3 sent it, the body, and nothing but our own fields on the wire", async (t) => {
	const s3 = await fakeS3((_, response) => {
		response.writeHead(200, {
			etag: '"e1"',
			"content-length": 5,
			"content-type": "application/gzip",
			"last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
			"x-amz-request-id": "R1",
			"x-amz-checksum-crc64nvme": "AAAAAAAAAAA=",
			"set-cookie": "a=b",
		});
		response.end("hello");
	});
	const { origin, upstream } = originAt(s3.port);
	t.after(() => Promise.all([origin.close(), s3.close()]));
	const answer = await origin.request({ method: "GET", key: "a/app-1.0.0+1.tgz" });
	const { body, cancel, headMs, ...head } = answer;
	assert.deepEqual(head, {
		status: 200,
		etag: '"e1"',
		lastModified: "Thu, 01 Jan 2026 00:00:00 GMT",
		contentType: "application/gzip",
		contentEncoding: "",
		contentDisposition: "",
		contentLanguage: "",
		cacheControl: "",
		contentRange: "",
		contentLength: 5,
		checksum: { algorithm: "crc64nvme", base64: "AAAAAAAAAAA=" },
		requestId: "R1",
		retries: 0,
	});
	assert.equal(await bodyOf({ body }), "hello");
	assert.equal(s3.seen[0]?.path, "/a/app-1.0.0%2B1.tgz");
	const { authorization, ...fields } = s3.seen[0].headers;
	assert.match(
		String(authorization),
		/SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date,/,
	);
	assert.deepEqual(fields, {
		host: "charts.s3.eu-west-1.amazonaws.com",
		"x-amz-checksum-mode": "ENABLED",
		"x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"x-amz-date": "20260101T000000Z",
		"accept-encoding": "identity",
		"user-agent": "chartcost/1.2.3",
		connection: "keep-alive",
	});
	assert.deepEqual(
		upstream.map(({ op, status, bytes }) => [op, status, bytes]),
		[["GET", 200, 5]],
	);
	assert.equal(origin.bucketId, "s3.amazonaws.com/charts");
	assert.equal(headMs >= 0 && typeof cancel, "function");
});

test("HEAD, 304, 206 and 412", async (t) => {
	const s3 = await fakeS3((request, response) => {
		if (request.headers["if-none-match"] === '"e1"') response.writeHead(304, { etag: '"e1"' }).end();
		else if (request.headers["if-match"] !== undefined) xmlError(response, 412, "PreconditionFailed");
		else if (request.headers.range === "bytes=2-3")
			response.writeHead(206, { "content-range": "bytes 2-3/5", "content-length": 2 }).end("ll");
		else response.writeHead(200, { etag: '"e2"', "content-length": 5 }).end("hello");
	});
	const { origin } = originAt(s3.port);
	t.after(() => Promise.all([origin.close(), s3.close()]));
	const head = await origin.request({ method: "HEAD", key: "k" });
	assert.deepEqual([head.status, head.contentLength, await bodyOf(head)], [200, 5, ""]);
	const same = await origin.request({ method: "GET", key: "k", ifNoneMatch: '"e1"' });
	assert.deepEqual([same.status, same.etag, await bodyOf(same)], [304, '"e1"', ""]);
	const part = await origin.request({ method: "GET", key: "k", range: { first: 2, last: 3 } });
	assert.deepEqual([part.status, part.contentRange, await bodyOf(part)], [206, "bytes 2-3/5", "ll"]);
	assert.equal(s3.seen.at(-1)?.headers["x-amz-checksum-mode"], undefined);
	await assert.rejects(origin.request({ method: "GET", key: "k", ifMatch: '"e0"' }), {
		...{
			name: "OriginError",
			failure: "changed",
			status: 412,
			code: "PreconditionFailed",
			requestId: "REQ1",
		},
	});
});

test("S-06 the path on the wire is the signed path", async (t) => {
	const s3 = await fakeS3((_, response) => response.writeHead(200, { "content-length": 0 }).end());
	const { origin } = originAt(s3.port);
	t.after(() => Promise.all([origin.close(), s3.close()]));
	const more = [
		["a{b}.tgz", "/a%7Bb%7D.tgz"],
		["a`b", "/a%60b"],
		["a\\b", "/a%5Cb"],
		["a^b", "/a%5Eb"],
		["a|b", "/a%7Cb"],
		["%2e%2e/x", "/%252e%252e/x"],
		["/lead//trail/", "//lead//trail/"],
		["what?x#y", "/what%3Fx%23y"],
	] as const;
	for (const [key, path] of [...vectors.map(({ key, path }) => [key, path] as const), ...more]) {
		await origin.request({ method: "GET", key });
		assert.equal(s3.seen.at(-1)?.path, path);
	}
});

test("S-08 code points whose low bytes are CR and LF start no second request", async (t) => {
	const s3 = await fakeS3((_, response) => response.writeHead(200, { "content-length": 0 }).end());
	const { origin } = originAt(s3.port);
	t.after(() => Promise.all([origin.close(), s3.close()]));
	await origin.request({ method: "GET", key: "x\u010d\u010aGET /evil HTTP/1.1\u010d\u010a\r\nx" });
	assert.deepEqual(
		s3.seen.map(({ path }) => path),
		["/x%C4%8D%C4%8AGET%20/evil%20HTTP/1.1%C4%8D%C4%8A%0D%0Ax"],
	);
});
