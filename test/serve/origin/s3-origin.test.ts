/** The origin against an S3 that checks signatures with another signer: what goes over the wire and what comes back. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import fc from "fast-check";
import * as faults from "../../support/s3/faults.ts";
import { bodyOf, handClock, keys, originAt, s3At, settings, startMs } from "./origin-at.ts";
import { vectors } from "./vectors.ts";

const hand = handClock(3000);
const s3 = await s3At(hand);
const { origin, upstream, dialled } = originAt(s3.port, { hand });
after(() => Promise.all([origin.close(), s3.close()]));
beforeEach(async () => {
	await s3.healthy();
	s3.forget();
});

test("a plain GET: the head as S3 sent it, the body, and nothing but our own fields on the wire", async () => {
	const object = s3.put("charts", "a/app-1.0.0+1.tgz", "hello", {
		...{ lastModifiedMs: startMs, checksum: "crc64nvme" as const },
		headers: { "content-type": "application/gzip", "cache-control": "max-age=60", "x-amz-meta-a": "b" },
	});
	s3.next({}, faults.rawHeaderLine("Set-Cookie: a=b"));
	const answer = await origin.request({ method: "GET", key: "a/app-1.0.0+1.tgz" });
	const { body, cancel, headMs, requestId, ...head } = answer;
	assert.deepEqual(head, {
		...{ status: 200, etag: object.etag, lastModified: "Thu, 01 Jan 2026 00:00:00 GMT" },
		...{ contentType: "application/gzip", contentEncoding: "", contentDisposition: "", contentLanguage: "" },
		...{ cacheControl: "max-age=60", contentRange: "", contentLength: 5, retries: 0 },
		checksum: { algorithm: "crc64nvme", base64: object.checksums.crc64nvme },
	});
	assert.equal(await bodyOf({ body }), "hello");
	assert.match(requestId, /^[0-9A-F]{16}$/);
	const [asked] = s3.requests;
	assert.equal(asked?.signatureError, undefined);
	assert.equal(asked?.target, "/a/app-1.0.0%2B1.tgz");
	const { authorization, ...fields } = asked.headers;
	assert.match(
		authorization ?? "",
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
	assert.deepEqual(dialled, ["charts.s3.eu-west-1.amazonaws.com"]);
});

test("HEAD, 304, 206 and 412", async () => {
	const { etag } = s3.put("charts", "k", "hello");
	const head = await origin.request({ method: "HEAD", key: "k" });
	assert.deepEqual([head.status, head.contentLength, await bodyOf(head)], [200, 5, ""]);
	const same = await origin.request({ method: "GET", key: "k", ifNoneMatch: etag });
	assert.deepEqual([same.status, same.etag, await bodyOf(same)], [304, etag, ""]);
	const other = await origin.request({ method: "GET", key: "k", ifNoneMatch: '"other"' });
	assert.deepEqual([other.status, await bodyOf(other)], [200, "hello"]);
	const part = await origin.request({ method: "GET", key: "k", range: { first: 2, last: 3 } });
	assert.deepEqual([part.status, part.contentRange, await bodyOf(part)], [206, "bytes 2-3/5", "ll"]);
	assert.equal(part.checksum, undefined);
	const rest = { first: 2, last: undefined };
	const resumed = await origin.request({ method: "GET", key: "k", range: rest, ifMatch: etag });
	assert.deepEqual([resumed.status, await bodyOf(resumed)], [206, "llo"]);
	const changed = origin.request({ method: "GET", key: "k", range: rest, ifMatch: '"e0"' });
	await assert.rejects(changed, { name: "OriginError", failure: "changed", status: 412 });
	const beyond = origin.request({ method: "GET", key: "k", range: { first: 9, last: 10 } });
	await assert.rejects(beyond, { failure: "range", status: 416 });
});

test("R-15 an object that was overwritten is not continued", async () => {
	const { etag } = s3.put("charts", "k", "first version");
	s3.put("charts", "k", "second version");
	await assert.rejects(
		origin.request({ method: "GET", key: "k", range: { first: 5, last: undefined }, ifMatch: etag }),
		{ failure: "changed" },
	);
});

test("S-06 the path on the wire is the signed path", async () => {
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
		s3.put("charts", key, key);
		assert.equal(await bodyOf(await origin.request({ method: "GET", key })), key);
		assert.equal(s3.requests.at(-1)?.target, path);
		assert.equal(s3.requests.at(-1)?.signatureError, undefined);
	}
});

test("S-06 any key reaches S3 as itself", async () => {
	await fc.assert(
		fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 }), async (key) => {
			s3.put("charts", key, "x");
			const answer = await origin.request({ method: "GET", key });
			answer.cancel();
			assert.equal(s3.requests.at(-1)?.key, key);
		}),
		{ numRuns: 50 },
	);
});

test("S-08 code points whose low bytes are CR and LF start no second request", async () => {
	const key = "x\u010d\u010aGET /evil HTTP/1.1\u010d\u010a\r\nx";
	await assert.rejects(origin.request({ method: "GET", key }), { failure: "missing" });
	assert.deepEqual(
		s3.requests.map(({ target }) => target),
		["/x%C4%8D%C4%8AGET%20/evil%20HTTP/1.1%C4%8D%C4%8A%0D%0Ax"],
	);
});

test("S-38 the host comes from settings alone; a key that looks like one changes nothing", async () => {
	const before = dialled.length;
	for (const key of ["http://169.254.169.254/latest", "/sts.amazonaws.com/", "@evil.example/x"])
		await assert.rejects(origin.request({ method: "GET", key }), { failure: "missing" });
	assert.deepEqual(new Set(dialled.slice(before)), new Set());
	for (const { headers } of s3.requests) assert.equal(headers["host"], "charts.s3.eu-west-1.amazonaws.com");
});

test("S-30 heads that could split an answer are refused", async () => {
	s3.put("charts", "k", "hello");
	for (const line of [
		"Content-Type: text/html\x01",
		"Content-Type: a\x00b",
		"ETag: a\rX-Evil: 1",
		"Content-Type: a\n\tfolded",
		'ETag: "two"',
		"Content-Language: a\x7f",
		" leading: blank",
	]) {
		s3.always({}, faults.rawHeaderLine(line));
		await assert.rejects(
			origin.request({ method: "GET", key: "k" }),
			{ name: "OriginError", failure: "bad-answer" },
			JSON.stringify(line),
		);
		await s3.healthy();
	}
	const fine = await origin.request({ method: "GET", key: "k" });
	assert.equal(await bodyOf(fine), "hello");
});

test("answers that make no sense are refused", async () => {
	const { etag } = s3.put("charts", "k", "hello");
	for (const [fault, more] of [
		[faults.withoutLength, {}],
		[faults.notModified('"x"'), {}],
		[faults.header("Content-Range", "bytes 1-3/5"), { range: { first: 0, last: 2 } }],
		[faults.header("Content-Range", "bytes 0-2/5"), { range: { first: 0, last: 3 } }],
		[faults.header("ETag", '"x"'), { ifMatch: etag }],
		[faults.hugeHeaders(40_000), {}],
	] as const) {
		s3.always({}, fault);
		await assert.rejects(origin.request({ method: "GET", key: "k", ...more }), { failure: "bad-answer" });
		await s3.healthy();
	}
	s3.next({}, faults.chunked);
	const chunked = await origin.request({ method: "GET", key: "k" });
	assert.deepEqual([chunked.contentLength, await bodyOf(chunked)], [undefined, "hello"]);
	s3.next({}, faults.interim(103));
	assert.equal(await bodyOf(await origin.request({ method: "GET", key: "k" })), "hello");
});

test("a value that cannot stand in a head is refused without asking", async () => {
	await assert.rejects(origin.request({ method: "GET", key: "k", ifNoneMatch: "a\r\nX-Evil: 1" }), {
		...{ failure: "bad-answer", retries: 0 },
	});
	assert.equal(s3.requests.length, 0);
});

test("composite checksums are not for comparing", async () => {
	s3.put("charts", "parts", "hello", { parts: 3, checksum: "sha256" });
	const answer = await origin.request({ method: "GET", key: "parts" });
	answer.cancel();
	assert.equal(answer.checksum, undefined);
});

test("R-04, R-05 a body that does not end as announced is broken, never short", async () => {
	const content = "0123456789".repeat(20_000);
	s3.put("charts", "big", content);
	for (const fault of [
		faults.resetAfter(120_000),
		faults.finAfter(120_000),
		{ ...faults.chunked, ...faults.finAfter(120_000) },
		faults.contentLength(200_001),
	]) {
		s3.next(
			{},
			{
				...fault,
				...("length" in fault && typeof fault.length === "number"
					? { cutAt: 200_000, cut: "fin" as const }
					: {}),
			},
		);
		const answer = await origin.request({ method: "GET", key: "big" });
		await assert.rejects(bodyOf(answer), { name: "OriginError", failure: "broken" });
	}
	s3.next({}, faults.extraBytes(10));
	const longer = await origin
		.request({ method: "GET", key: "big" })
		.then(bodyOf)
		.catch(({ failure }) => failure);
	assert.ok(longer === content || longer === "broken", "the announced bytes, or none");
	assert.equal(await bodyOf(await origin.request({ method: "GET", key: "big" })), content);
});

test("R-05 a body that stalls is broken after the idle time-out", async (t) => {
	const impatient = originAt(s3.port, { hand, settings: { idleTimeoutMs: 200 } });
	t.after(() => impatient.origin.close());
	s3.put("charts", "big", "x".repeat(100_000));
	const until = faults.gate();
	s3.next({}, faults.stallAfter(50_000, until));
	const answer = await impatient.origin.request({ method: "GET", key: "big" });
	await assert.rejects(bodyOf(answer), {
		failure: "broken",
		message: /broke off after 50000 of 100000 bytes/,
	});
	until.open();
});

test("a request that is given up ends at once, before and after its head", async () => {
	const until = faults.gate();
	s3.put("charts", "big", "x".repeat(100_000));
	s3.next({}, faults.stallBeforeHead(until), faults.stallAfter(10, until));
	const early = new AbortController();
	const request = origin.request({ method: "GET", key: "big", signal: early.signal });
	await s3.received({}, 1);
	early.abort();
	await assert.rejects(request, { failure: "aborted" });
	const late = new AbortController();
	const answer = await origin.request({ method: "GET", key: "big", signal: late.signal });
	late.abort();
	await assert.rejects(bodyOf(answer), { failure: "aborted" });
	until.open();
	await assert.rejects(origin.request({ method: "GET", key: "big", signal: AbortSignal.abort() }), {
		failure: "aborted",
	});
});

test("a body nobody reads, or not to its end, gives its connection up", async () => {
	s3.put("charts", "big", "x".repeat(5_000_000));
	const unread = await origin.request({ method: "GET", key: "big" });
	unread.cancel();
	const partly = await origin.request({ method: "GET", key: "big" });
	for await (const chunk of partly.body) if (chunk.length > 0) break;
	await s3.settled();
	assert.equal(s3.count({ where: ({ aborted }) => aborted }), 2);
});

test("connections older than their limit are not used again", async (t) => {
	const aged = originAt(s3.port, { hand, settings: { connectionMaxAgeMs: 60_000 } });
	t.after(() => aged.origin.close());
	const ask = async () => {
		await bodyOf(await aged.origin.request({ method: "GET", key: "k" }));
		// undici takes a connection back one turn later.
		await new Promise((resolve) => setTimeout(resolve, 5));
	};
	await ask();
	await ask();
	assert.equal(aged.dialled.length, 1);
	await hand.move(60_001);
	await ask();
	assert.equal(aged.dialled.length, 2);
});

test("S-50 the certificate is verified, and nothing switches that off", async (t) => {
	const secure = await s3At(hand, { tls: true });
	const place = { endpointUrl: secure.url.replace("127.0.0.1", "localhost") };
	const distrusting = originAt(secure.port, { hand, place, dial: undefined });
	const trusting = originAt(secure.port, { hand, place, dial: undefined, ca: secure.certificate });
	const nameless = originAt(secure.port, {
		...{ hand, dial: undefined, ca: secure.certificate },
		place: { endpointUrl: secure.url.replace("127.0.0.1", "0.0.0.0") },
	});
	const { env } = process;
	env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
	t.after(async () => {
		delete env["NODE_TLS_REJECT_UNAUTHORIZED"];
		for (const { origin } of [distrusting, trusting, nameless]) await origin.close();
		await secure.close();
	});
	await assert.rejects(distrusting.origin.request({ method: "GET", key: "k" }), {
		...{ failure: "unavailable", message: /self-signed certificate/, retries: 0 },
	});
	await assert.rejects(nameless.origin.request({ method: "GET", key: "k" }), {
		message: /altnames|altname/i,
	});
	assert.equal(secure.requests.length, 0);
	assert.equal(await bodyOf(await trusting.origin.request({ method: "GET", key: "k" })), "hello");
	assert.equal(trusting.origin.bucketId, `localhost:${secure.port}/charts`);
});

test("S-40 errors carry no secret, no signature and no token", async () => {
	s3.signers = [{ ...keys, secretAccessKey: "another" }];
	const error = await origin.request({ method: "GET", key: "k" }).catch((reason) => reason);
	s3.signers = [keys];
	assert.equal(error.failure, "signature");
	const shown = JSON.stringify([error.message, error.stack, { ...error }, String(error.cause)]);
	const signature =
		/Signature=([0-9a-f]+)/.exec(s3.requests[0]?.headers["authorization"] ?? "")?.[1] ?? "none";
	for (const secret of [keys.secretAccessKey, signature, "another"]) assert.ok(!shown.includes(secret));
	assert.match(error.message, /S3 answered 403 SignatureDoesNotMatch .* had sha256 [0-9a-f]{64}/);
	assert.equal(s3.requests.length, 1, "asking again would not help");
	assert.equal(settings.retries, 3);
});
