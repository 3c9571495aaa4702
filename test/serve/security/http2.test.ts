/** HTTP/2 as clients speak it, and as they should not: bodies, limits, floods and malformed heads: S-28, S-29, S-43, S-44. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as faults from "../../support/s3/faults.ts";
import { fill, packages, startTestServe, until } from "../running.ts";
import { block, flag, frame, framesIn, getFields, H2Client, rawHttp2, type } from "./h2-client.ts";
import { tlsFiles } from "./tls-files.ts";

const files = tlsFiles();
const { certificatePem } = files.certificate;
const big = fill("big", 12 << 20);
const whole = packages["app-1.0.0.tgz"];

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe({ flags: files.flags }));
	s3.put("charts", "big-1.0.0.tgz", big);
});
after(async () => {
	await close();
	files.remove();
});
beforeEach(() => {
	s3.forget();
	s3.healthy();
});

const port = () => serve.running.data.port;
const h2 = () => H2Client.connect(port(), certificatePem);

test("HTTP/2: whole bodies, large ones, HEAD, ranges and 304, many at once", async () => {
	const client = await h2();
	const first = await client.get("/app-1.0.0.tgz");
	assert.equal(first.status, 200);
	assert.ok(first.body.equals(whole));
	assert.equal(first.headers["content-length"], String(whole.length));
	assert.equal(first.headers.connection, undefined);
	const head = await client.get("/app-1.0.0.tgz", {}, "HEAD");
	assert.equal(head.headers["content-length"], String(whole.length));
	assert.equal(head.body.length, 0);
	const part = await client.get("/app-1.0.0.tgz", { range: "bytes=10-19" });
	assert.equal(part.status, 206);
	assert.equal(part.headers["content-range"], `bytes 10-19/${whole.length}`);
	assert.ok(part.body.equals(whole.subarray(10, 20)));
	const same = await client.get("/app-1.0.0.tgz", { "if-none-match": first.headers.etag });
	assert.equal(same.status, 304);
	assert.equal(same.headers.etag, first.headers.etag);
	assert.equal((await client.get("/app-1.0.0.tgz", { range: "bytes=99999999-" })).status, 416);
	const bodies = await Promise.all(
		Array.from({ length: 30 }, (_, index) => client.get(index % 3 === 0 ? "/big-1.0.0.tgz" : "/index.yaml")),
	);
	for (const [index, { body, error, status }] of bodies.entries()) {
		assert.equal(error, undefined);
		assert.equal(status, 200);
		if (index % 3 === 0) assert.ok(body.equals(big));
	}
	assert.equal(s3.count({ key: "big-1.0.0.tgz" }), 1);
	await client.close();
});

test("HTTP/2: a body that breaks is a stream error, never an end, and the session goes on", async () => {
	s3.put("charts", "torn-2.0.0.tgz", fill("torn", 300_000));
	s3.always({ key: "torn-2.0.0.tgz" }, faults.resetAfter(40_000));
	const client = await h2();
	const torn = await client.get("/torn-2.0.0.tgz");
	assert.equal(torn.status, 200);
	assert.ok(torn.error !== undefined);
	assert.ok(torn.body.length < 300_000);
	assert.equal((await client.get("/app-1.0.0.tgz")).status, 200);
	await client.close();
});

test("HTTP/2: other methods, bodies, CONNECT and too many or too large fields are refused, and counted whole", async () => {
	const client = await h2();
	for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH"]) {
		assert.equal((await client.get("/app-1.0.0.tgz", {}, method)).status, 405, method);
	}
	assert.ok((await client.get("/app-1.0.0.tgz", { "content-length": "5" })).error !== undefined);
	assert.equal((await client.get("/app-1.0.0.tgz", { expect: "100-continue" })).status, 200);
	assert.ok((await client.get("/app-1.0.0.tgz", { "x-big": "b".repeat(20_000) })).error !== undefined);
	const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, "1"]));
	assert.equal((await client.get("/app-1.0.0.tgz", many)).status, 431);
	assert.equal((await client.get("/app-1.0.0.tgz")).status, 200);
	await client.close();
	const raw = await rawHttp2(port(), certificatePem);
	const connectBlock = block([
		[":method", "CONNECT"],
		[":authority", "evil.example:443"],
	]);
	await raw.send(frame(type.headers, flag.endHeaders | flag.endStream, 1, connectBlock));
	await until(() => framesIn(raw.received).some(({ kind, stream }) => kind === type.headers && stream === 1));
	const answer = framesIn(raw.received).find(({ kind }) => kind === type.headers);
	// Static table index 8 to 14 are :status; 405 is none of them: a literal behind 0x48 or 0x08.
	assert.match(answer?.payload.toString("latin1") ?? "", /405|y\x05?/);
	assert.equal(s3.count(), 0);
	raw.close();
});

test("S-43 over HTTP/2 a session ends after so many requests, and all of them are answered", async () => {
	const strict = await startTestServe({ flags: { ...files.flags, "max-requests-per-connection": "4" } });
	const client = await H2Client.connect(strict.serve.running.data.port, certificatePem);
	const answers = await Promise.all([1, 2, 3, 4].map(() => client.get("/app-1.0.0.tgz")));
	assert.deepEqual(
		answers.map(({ status }) => status),
		[200, 200, 200, 200],
	);
	await until(() => client.session.destroyed);
	await strict.close();
});

test("S-44 over HTTP/2 a stream that takes nothing is cut off", async () => {
	const patient = await startTestServe({ flags: { ...files.flags, "write-idle-timeout": "700ms" } });
	patient.s3.put("charts", "big-1.0.0.tgz", big);
	const at = patient.serve.running.data.port;
	await H2Client.connect(at, certificatePem).then(async (client) => {
		assert.equal((await client.get("/big-1.0.0.tgz")).body.length, big.length);
		await client.close();
	});
	const raw = await rawHttp2(at, certificatePem);
	await raw.send(
		frame(type.headers, flag.endHeaders | flag.endStream, 1, block(getFields("/big-1.0.0.tgz"))),
	);
	await until(() => framesIn(raw.received).some(({ kind, stream }) => kind === type.rst && stream === 1));
	raw.close();
	await patient.close();
});

test("S-28 ten thousand streams that are reset at once end the session and leave no memory behind", async () => {
	const fields = block(getFields("/app-1.0.0.tgz"));
	const cancel = Buffer.from([0, 0, 0, 8]);
	await serve.get("/app-1.0.0.tgz").catch(() => {});
	const before = process.memoryUsage().rss;
	for (let round = 0; round < 3; round++) {
		const raw = await rawHttp2(port(), certificatePem);
		const frames: Buffer[] = [];
		for (let stream = 1; stream < 20_000; stream += 2) {
			frames.push(
				frame(type.headers, flag.endHeaders | flag.endStream, stream, fields),
				frame(type.rst, 0, stream, cancel),
			);
		}
		await raw.send(Buffer.concat(frames));
		await raw.untilClosed();
		raw.close();
	}
	await until(() => serve.running.operated.gauges().connections === 0);
	const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
	assert.ok(grownMiB < 120, `${grownMiB} MiB`);
	assert.equal((await h2().then((client) => client.get("/app-1.0.0.tgz"))).status, 200);
});

test("S-28 CONTINUATION without end ends the session", async () => {
	const raw = await rawHttp2(port(), certificatePem);
	await raw.send(frame(type.headers, 0, 1, block(getFields("/app-1.0.0.tgz"))));
	const more = frame(type.continuation, 0, 1, block([["x-a", "b".repeat(100)]]));
	await raw.send(Buffer.concat(Array.from({ length: 10_000 }, () => more)));
	await raw.untilClosed();
	assert.equal(
		framesIn(raw.received).some(({ kind }) => kind === type.headers),
		false,
	);
	raw.close();
});

const wrongHeads: Record<string, [string, string][]> = {
	"an upper-case name": [...getFields("/app-1.0.0.tgz"), ["X-Upper", "1"]],
	"two paths": [...getFields("/app-1.0.0.tgz"), [":path", "/index.yaml"]],
	"an unknown pseudo field": [...getFields("/app-1.0.0.tgz"), [":evil", "1"]],
	"a pseudo field behind others": [["x-a", "1"], ...getFields("/app-1.0.0.tgz")],
	"no path": getFields("/app-1.0.0.tgz").slice(0, 3),
	"an empty path": getFields(""),
	Connection: [...getFields("/app-1.0.0.tgz"), ["connection", "x"]],
	"Transfer-Encoding": [...getFields("/app-1.0.0.tgz"), ["transfer-encoding", "chunked"]],
};
for (const [name, fields] of Object.entries(wrongHeads)) {
	test(`S-29 HTTP/2 with ${name} is an error of the stream`, async () => {
		const raw = await rawHttp2(port(), certificatePem);
		await raw.send(frame(type.headers, flag.endHeaders | flag.endStream, 1, block(fields)));
		await until(() =>
			framesIn(raw.received).some(
				({ kind, stream }) => (kind === type.rst && stream === 1) || kind === type.goaway,
			),
		);
		assert.equal(
			framesIn(raw.received).some(({ kind }) => kind === type.headers || kind === type.data),
			false,
		);
		raw.close();
	});
}

test("S-29 a line end in a field of HTTP/2 gets no further", async () => {
	const raw = await rawHttp2(port(), certificatePem);
	const fields: [string, string][] = [
		...getFields("/none-1.0.0.tgz"),
		["user-agent", "a\r\nb: c"],
		["x-request-id", "a\nb"],
	];
	await raw.send(frame(type.headers, flag.endHeaders | flag.endStream, 1, block(fields)));
	await until(() => framesIn(raw.received).some(({ stream }) => stream === 1));
	assert.doesNotMatch(raw.received.toString("latin1"), /a\nb/);
	for (const { headers } of s3.requests) assert.equal(headers["b"], undefined);
	raw.close();
});

test("S-29 HTTP/2 paths are refused as those of HTTP/1.1, or before", async () => {
	const client = await h2();
	for (const path of ["app-1.0.0.tgz", "*", "https://evil.example/app-1.0.0.tgz"]) {
		const { status, error } = await client.get(path);
		assert.ok(status === 400 || error !== undefined, path);
	}
	for (const path of ["//app-1.0.0.tgz", "/../index.yaml", "/x%2findex.yaml", "/index.yaml%00"]) {
		assert.equal((await client.get(path)).status, 400, path);
	}
	assert.equal((await client.get("/app-1.0.0.tgz?x=1", { ":authority": "evil.example" })).status, 200);
	assert.equal(s3.count(), 0);
	await client.close();
});
