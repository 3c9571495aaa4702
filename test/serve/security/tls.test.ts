/** The data port with TLS: HTTP/1.1 and HTTP/2 on one port, its limits, broken bodies, versions: S-43, S-50, R-04, R-27. */
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, beforeEach, test } from "node:test";
import tls from "node:tls";
import * as faults from "../../support/s3/faults.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
import { fill, packages, startTestServe, until } from "../running.ts";
import { block, frame, getFields, H2Client, rawHttp2, type } from "./h2-client.ts";
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
