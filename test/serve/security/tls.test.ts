/** The data port with TLS: HTTP/1.1 and HTTP/2 on one port, its limits, broken bodies, certificates: S-28, S-29, S-43, S-44, S-50, R-27. */
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, beforeEach, test } from "node:test";
import tls from "node:tls";
import * as faults from "../../support/s3/faults.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
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
const connect = () => RawClient.connect(port(), { certificate: certificatePem, ALPNProtocols: ["http/1.1"] });
const h2 = () => H2Client.connect(port(), certificatePem);
const get = (target: string, fields = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;

test("HTTP/1.1 and HTTP/2 are agreed on by ALPN; without it HTTP/1.1 is spoken", async () => {
	const agreed = async (ALPNProtocols: string[] | undefined) => {
		const options = ALPNProtocols === undefined ? {} : { ALPNProtocols };
		const client = await RawClient.connect(port(), { certificate: certificatePem, ...options });
		const { alpnProtocol } = client.socket as tls.TLSSocket;
		client.close();
		return alpnProtocol;
	};
	assert.equal(await agreed(["h2", "http/1.1"]), "h2");
	assert.equal(await agreed(["http/1.1"]), "http/1.1");
	assert.equal(await agreed(undefined), false);
	await assert.rejects(agreed(["spdy/3"]));
});

test("S-50 nothing older than TLS 1.2 is spoken, before and after a new certificate", async () => {
	const versionOf = (maxVersion: tls.SecureVersion) =>
		new Promise<string | null>((resolve) => {
			const socket = tls.connect(
				{
					port: port(),
					ca: certificatePem,
					servername: "localhost",
					maxVersion,
					minVersion: "TLSv1",
					ciphers: "ALL@SECLEVEL=0",
				},
				() => {
					resolve(socket.getProtocol());
					socket.destroy();
				},
			);
			socket.on("error", () => resolve(null));
		});
	for (const reloaded of [false, true]) {
		if (reloaded) await serve.running.reload(serve.config);
		assert.equal(await versionOf("TLSv1.1"), null);
		assert.equal(await versionOf("TLSv1.2"), "TLSv1.2");
		assert.equal(await versionOf("TLSv1.3"), "TLSv1.3");
	}
});

test("R-27 a thousand pipelined requests over TLS are answered in order and without a stall", async () => {
	await connect().then(async (client) => {
		await client.send(get("/app-1.0.0.tgz"));
		await client.answers(["GET"]);
		client.close();
	});
	const client = await connect();
	const requests = Array.from({ length: 1000 }, (_, index) =>
		index % 10 === 9 ? "/none-1.0.0.tgz" : "/app-1.1.0+build.7.tgz",
	);
	const startMs = performance.now();
	await client.send(requests.map((target) => get(target)).join(""));
	const answers = await client.answers(requests.map(() => "GET"));
	for (const [index, answer] of answers.entries()) {
		assert.equal(answer.status, requests[index]?.startsWith("/none") ? 404 : 200, `answer ${index}`);
	}
	assert.ok(performance.now() - startMs < 8000, `${performance.now() - startMs} ms`);
	client.close();
});

test("HTTP/1.1 over TLS: HEAD, range, 304 and a request line in pieces", async () => {
	const client = await connect();
	await client.send("HEAD /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n");
	const head = await client.answer("HEAD");
	assert.equal(head.headers["content-length"], String(whole.length));
	await client.send(get("/app-1.0.0.tgz", "Range: bytes=10-19\r\n"));
	const part = await client.answer();
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(whole.subarray(10, 20)));
	const conditional = get("/app-1.0.0.tgz", `If-None-Match: ${head.headers["etag"]}\r\n`);
	for (const piece of [conditional.slice(0, 3), conditional.slice(3, 40), conditional.slice(40)])
		await client.send(piece);
	assert.equal((await client.answer()).status, 304);
	client.close();
});

test("R-04 over TLS: a body that breaks ends the connection before its length, and the server goes on", async () => {
	s3.put("charts", "torn-1.0.0.tgz", fill("torn", 300_000));
	s3.always({ key: "torn-1.0.0.tgz" }, faults.resetAfter(40_000));
	const client = await connect();
	await client.send(get("/torn-1.0.0.tgz"));
	await client.untilClosed();
	const received = client.received.toString("latin1");
	assert.match(received, /^HTTP\/1\.1 200 [\s\S]*Content-Length: 300000\r\n/);
	assert.ok(received.length < 300_000);
	s3.healthy();
	const again = await connect();
	await again.send(get("/torn-1.0.0.tgz"));
	assert.ok((await again.answer()).body.equals(fill("torn", 300_000)));
	again.close();
});

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

test("S-43 over TLS and HTTP/2: whoever shakes no hands, asks nothing, asks slowly or idles is cut off in time", async () => {
	const flags = {
		...files.flags,
		"headers-timeout": "1s",
		"request-timeout": "2s",
		"keep-alive-timeout": "1s",
	};
	const strict = await startTestServe({ flags });
	const at = strict.serve.running.data.port;
	const h1 = { certificate: certificatePem, ALPNProtocols: ["http/1.1"] };
	const plain = net
		.connect(at, "127.0.0.1")
		.on("error", () => {})
		.resume();
	const [silent, slow, idle] = await Promise.all([1, 2, 3].map(() => RawClient.connect(at, h1)));
	const [quiet, pinging, half] = await Promise.all([1, 2, 3].map(() => rawHttp2(at, certificatePem)));
	const asked = await H2Client.connect(at, certificatePem);
	await slow!.send("GET /app-1.0.0.tgz HTTP/1.1\r\nHost: ");
	await idle!.send(get("/app-1.0.0.tgz"));
	// A head of which bytes come, but no end.
	await half!.send(frame(type.headers, 0, 1, block(getFields("/app-1.0.0.tgz"))).subarray(0, 30));
	const drip = setInterval(() => {
		void slow!.send("x");
		void half!.send("a");
		void pinging!.send(frame(type.ping, 0, 0, Buffer.alloc(8)));
	}, 150);
	const startMs = performance.now();
	assert.equal((await asked.get("/app-1.0.0.tgz")).status, 200);
	await Promise.all(
		[silent, slow, idle, quiet, pinging, half].map(async (client) => (await client!.untilClosed()).close()),
	);
	await until(() => asked.session.destroyed);
	await until(() => plain.destroyed);
	clearInterval(drip);
	assert.ok(performance.now() - startMs < 5000, `${performance.now() - startMs} ms`);
	assert.match(slow!.received.toString("latin1"), /^HTTP\/1\.1 408/);
	await until(() => strict.serve.running.operated.gauges().connections === 0);
	await strict.close();
});

test("S-43 more connections, requests per connection and fields than allowed are refused, with TLS as without", async () => {
	for (const tlsFlags of [{}, files.flags]) {
		const isTls = "tls-cert" in tlsFlags;
		const flags = { ...tlsFlags, "max-connections": "3", "max-requests-per-connection": "4" };
		const strict = await startTestServe({
			flags: { ...flags, "max-header-count": "6", "max-header-size": "2KiB" },
		});
		const at = strict.serve.running.data.port;
		const options = isTls ? { certificate: certificatePem, ALPNProtocols: ["http/1.1"] } : {};
		const first = await RawClient.connect(at, options);
		await first.send(get("/app-1.0.0.tgz").repeat(6));
		const answers = await first.answers(["GET", "GET", "GET", "GET"]);
		assert.deepEqual(
			answers.map(({ status, headers }) => [status, headers["connection"]]),
			[
				[200, undefined],
				[200, undefined],
				[200, undefined],
				[200, "close"],
			],
		);
		await first.untilClosed();
		assert.equal(first.received.length, 0);
		first.close();
		// Simple ones, and one for node:http.
		for (const odd of ["", "X-Odd:\tb\r\n"]) {
			const count = await RawClient.connect(at, options);
			const five = Array.from({ length: 5 - (odd === "" ? 0 : 1) }, (_, index) => `X-${index}: 1\r\n`).join(
				"",
			);
			await count.send(get("/app-1.0.0.tgz", five + odd));
			assert.equal((await count.answer()).status, 200);
			await count.send(get("/app-1.0.0.tgz", `${five}X-More: 1\r\n${odd}`));
			assert.equal((await count.answer()).status, 431);
			await count.untilClosed();
			count.close();
			const size = await RawClient.connect(at, options);
			await size.send(get("/app-1.0.0.tgz", `X-Big: ${"b".repeat(2100)}\r\n${odd}`));
			assert.equal((await size.answer()).status, 431);
			size.close();
		}
		await until(() => strict.serve.running.operated.gauges().connections === 0);
		const held = await Promise.all([1, 2, 3].map(() => RawClient.connect(at, options)));
		const tooMany = await RawClient.connect(at, options).then(
			async (client) => (await client.untilClosed()).ending,
			() => "refused",
		);
		assert.notEqual(tooMany, "open");
		for (const client of held) client.close();
		await strict.close();
	}
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
