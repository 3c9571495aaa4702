/** Every fault as it looks on the wire. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startFakeS3 } from "./fake-s3.ts";
import * as faults from "./faults.ts";
import { RawClient } from "./raw-client.ts";
import { signedHead } from "./signed-head.ts";

const s3 = await startFakeS3();
after(() => s3.close());
const body = Buffer.from("0123456789".repeat(1000));
s3.put("charts", "a", body);

const connect = () => RawClient.connect(s3.port);
const request = (method = "GET") => signedHead(s3, "/charts/a", { method });

/** What a client gets that asks once: all bytes until the connection ends or is silent. */
async function suffer(fault: faults.Fault, method = "GET") {
	s3.next({}, fault);
	const client = await connect();
	await client.send(request(method));
	return client;
}

async function answered(fault: faults.Fault, method = "GET") {
	const client = await suffer(fault, method);
	const answer = await client.answer(method);
	client.close();
	return answer;
}

const bodyOf = (bytes: Buffer) => bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);

test("connections that end too early", async () => {
	for (const [fault, ending, length] of [
		[faults.resetBeforeHead, "reset", 0],
		[faults.finBeforeHead, "fin", 0],
	] as const) {
		const client = await (await suffer(fault)).untilClosed();
		assert.deepEqual([client.ending, client.received.length], [ending, length]);
	}
	for (const [fault, ending, length] of [
		[faults.resetAfter(3000), "reset", 3000],
		[faults.finAfter(3000), "fin", 3000],
		[faults.finAfter(0), "fin", 0],
	] as const) {
		const client = await (await suffer(fault)).untilClosed();
		assert.deepEqual([client.ending, bodyOf(client.received).length], [ending, length]);
		assert.match(
			client.received.toString("latin1"),
			/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Content-Length: 10000\r\n/,
		);
	}
	await s3.settled();
	assert.equal(s3.requests.at(-3)?.bytesSent, 3000);
});

test("bodies whose length is wrong, missing or chunked", async () => {
	const longer = await suffer(faults.extraBytes(5));
	await longer.untilClosed();
	assert.equal(bodyOf(longer.received).length, 10_005);
	assert.match(longer.received.toString("latin1"), /Content-Length: 10000\r\n/);
	for (const bytes of [9000, 11_000]) {
		const client = await (await suffer(faults.contentLength(bytes))).untilClosed();
		assert.match(client.received.toString("latin1"), new RegExp(`Content-Length: ${bytes}\r\n`));
		assert.equal(bodyOf(client.received).length, 10_000);
	}
	const chunked = await answered(faults.chunked);
	assert.deepEqual(
		[chunked.headers["content-length"], chunked.headers["transfer-encoding"]],
		[undefined, "chunked"],
	);
	assert.ok(chunked.body.equals(body));
	const unsaid = await answered(faults.withoutLength);
	assert.equal(unsaid.headers["content-length"], undefined);
	assert.ok(unsaid.body.equals(body));
	const cutChunks = await (await suffer({ ...faults.chunked, ...faults.finAfter(10) })).untilClosed();
	assert.doesNotMatch(cutChunks.received.toString("latin1"), /\r\n0\r\n\r\n$/);
});

test("stalls last until the test lets go, and then all is well", async () => {
	for (const stall of [
		faults.stallBeforeHead,
		faults.stallAfterHead,
		(until: faults.Gate) => faults.stallAfter(4000, until),
		faults.held,
	]) {
		const gate = faults.gate();
		s3.forget();
		const client = await suffer(stall(gate));
		await s3.received({}, 1);
		assert.ok(await client.isSilentFor(50).then((silent) => silent || client.isSilentFor(50)));
		assert.equal(s3.requests[0]?.done, false);
		gate.open();
		assert.ok((await client.answer()).body.equals(body));
		client.close();
	}
});

test("waiters gather behind one gate", async () => {
	const gate = faults.gate();
	s3.forget();
	s3.always({ key: "a" }, faults.held(gate));
	const clients = await Promise.all(Array.from({ length: 200 }, connect));
	await Promise.all(clients.flatMap((client) => [client.send(request()), client.send("")]));
	await s3.received({ key: "a" }, 200);
	assert.equal(s3.count({ status: 200 }), 0);
	gate.open();
	for (const client of clients) {
		assert.equal((await client.answer()).status, 200);
		client.close();
	}
	await s3.healthy();
	assert.equal(s3.count({ status: 200 }), 200);
});

test("a client that leaves is recorded", async () => {
	s3.forget();
	const client = await suffer(faults.stallAfter(10, faults.gate()));
	await client.bytes(100);
	client.reset();
	await s3.settled();
	assert.deepEqual([s3.requests[0]?.aborted, s3.requests[0]?.bytesSent], [true, 10]);
});

test("a delayed answer comes late", async () => {
	const beganMs = performance.now();
	assert.equal((await answered(faults.delayed(30))).status, 200);
	assert.ok(performance.now() - beganMs >= 29);
});

test("a dripping body comes in pieces", async () => {
	s3.put("charts", "drip", "abcdef");
	s3.next({}, faults.drip(2, 5));
	const client = await connect();
	let pieces = 0;
	client.socket.on("data", () => pieces++);
	await client.send(signedHead(s3, "/charts/drip"));
	assert.equal((await client.answer()).body.toString(), "abcdef");
	assert.ok(pieces >= 3, `${pieces} pieces`);
	client.close();
});

test("errors, once each and in order, then healthy again", async () => {
	const cases: [faults.Fault, status: number, code: string][] = [
		[faults.slowDown(), 503, "SlowDown"],
		[faults.slowDown(), 503, "SlowDown"],
		[faults.serviceUnavailable(), 503, "ServiceUnavailable"],
		[faults.internalError(), 500, "InternalError"],
		[faults.tooManyRequests(), 429, "TooManyRequestsException"],
		[faults.accessDenied(), 403, "AccessDenied"],
		[faults.expiredToken(), 403, "ExpiredToken"],
		[faults.expiredToken(400), 400, "ExpiredToken"],
		[faults.timeTooSkewed(0), 403, "RequestTimeTooSkewed"],
		[faults.permanentRedirect("us-east-2"), 301, "PermanentRedirect"],
		[faults.temporaryRedirect("http://127.0.0.1:1/x"), 307, "TemporaryRedirect"],
		[faults.authorizationMalformed("us-west-1"), 400, "AuthorizationHeaderMalformed"],
	];
	s3.next({ method: "GET" }, ...cases.map(([fault]) => fault));
	const client = await connect();
	for (const [, status, code] of cases) {
		await client.send(request());
		const answer = await client.answer();
		assert.equal(answer.status, status);
		assert.match(answer.body.toString(), new RegExp(`<Code>${code}</Code>`));
		if (status === 301) assert.equal(answer.headers["x-amz-bucket-region"], "us-east-2");
		if (status === 307) assert.equal(answer.headers["location"], "http://127.0.0.1:1/x");
		if (code === "RequestTimeTooSkewed")
			assert.equal(answer.headers["date"], "Thu, 01 Jan 1970 00:00:00 GMT");
		if (code.startsWith("Auth")) assert.match(answer.body.toString(), /<Region>us-west-1</);
	}
	assert.equal(s3.pendingFaults, 0);
	await client.send(request());
	assert.equal((await client.answer()).status, 200);
	client.close();
});

test("heads that lie or are not fit", async () => {
	assert.equal((await answered(faults.notModified('"unknown"'))).headers["etag"], '"unknown"');
	assert.equal((await answered(faults.notModified(undefined))).headers["etag"], undefined);
	const unnamed = await answered(faults.header("ETag", undefined));
	assert.deepEqual([unnamed.status, unnamed.headers["etag"]], [200, undefined]);
	assert.equal((await answered(faults.header("ETag", '"other"'))).headers["etag"], '"other"');
	const wrongSum = await answered(faults.header("x-amz-checksum-crc32", "AAAAAA=="));
	assert.equal(wrongSum.headers["x-amz-checksum-crc32"], "AAAAAA==");
	assert.ok((await answered(faults.hugeHeaders(100_000))).headerLines.length > 90);
	const raw = await suffer(faults.rawHeaderLine("x-amz-meta-a: b\x00c\rd"));
	await raw.bytes(10_000);
	assert.match(raw.received.toString("latin1"), /\r\nx-amz-meta-a: b\x00c\rd\r\n/);
	raw.close();
	assert.deepEqual((await answered(faults.interim(100, 103))).interim, [100, 103]);
	assert.equal((await answered(faults.flipByte(7777))).body[7777], body[7777]! ^ 1);
	const half = await answered(faults.truncatedObject);
	assert.deepEqual([half.body.length, half.headers["content-length"]], [5000, "5000"]);
});

test("a script decides by request, and only then the queues", async () => {
	s3.script = ({ nthOnConnection }, n) => (n > 1 && nthOnConnection > 1 ? faults.resetBeforeHead : undefined);
	const client = await connect();
	await client.send(request());
	assert.equal((await client.answer()).status, 200);
	await client.send(request());
	await client.untilClosed();
	assert.equal(client.ending, "reset");
	await s3.healthy();
});

test("refused, reset, silent and mad connections, until S3 is healthy again", async () => {
	const open = await connect();
	await s3.refuse();
	await open.untilClosed();
	await assert.rejects(connect(), /ECONNREFUSED/);
	await s3.healthy();
	s3.onConnection = "reset";
	const reset = await RawClient.connect(s3.port).catch(() => undefined);
	await reset?.untilClosed();
	s3.onConnection = "garbage";
	await assert.rejects((await suffer(faults.none)).answer(), /not a status line|ended/);
	s3.onConnection = "silence";
	const silent = await suffer(faults.none);
	assert.ok(await silent.isSilentFor(30));
	silent.close();
	await s3.healthy();
	assert.equal((await answered(faults.none)).status, 200);
});

test("idle connections are dropped, busy ones are not", async () => {
	const [idle, busy, hold] = [await connect(), await connect(), faults.gate()];
	await idle.send(request());
	await idle.answer();
	s3.forget();
	s3.next({}, faults.held(hold));
	await busy.send(request());
	await s3.received({}, 1);
	s3.dropIdle();
	assert.equal((await idle.untilClosed()).ending, "reset");
	hold.open();
	assert.equal((await busy.answer()).status, 200);
	busy.close();
});

test("pipelined requests are answered in order; malformed ones end the connection", async () => {
	const client = await connect();
	await client.send(request() + request("HEAD") + request());
	const answers = await client.answers(["GET", "HEAD", "GET"]);
	assert.deepEqual(
		answers.map((answer) => answer.body.length),
		[10_000, 0, 10_000],
	);
	await client.send("GET /charts/a HTTP/1.1\r\nHost : x\r\n\r\n");
	assert.equal((await client.answer()).status, 400);
	assert.equal((await client.untilClosed()).ending, "fin");
});
