/** HTTP that two parsers read in two ways, and clients that are slow on purpose: S-25 to S-27, S-33 to S-37, S-43, S-44, R-27. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as faults from "../../support/s3/faults.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
import { packages, startTestServe, until } from "../running.ts";

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe());
	await serve.get("/app-1.0.0.tgz");
});
after(() => close());
beforeEach(() => s3.forget());

const connect = () => RawClient.connect(serve.running.data.port);
const whole = packages["app-1.0.0.tgz"];
const get = (target: string, fields = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
const hit = get("/app-1.0.0.tgz");

const smuggled = get("/smuggled-1.0.0.tgz");
const malformed: Record<string, string> = {
	"Content-Length and Transfer-Encoding": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
	"two Content-Lengths": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
	"an obscured Transfer-Encoding": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${smuggled}`,
	"a folded Transfer-Encoding": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${smuggled}`,
	"a space before the colon": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nContent-Length : ${smuggled.length}\r\n\r\n${smuggled}`,
	"a bare LF": "GET /app-1.0.0.tgz HTTP/1.1\nHost: x\n\n",
	"a bare CR in a value": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n`,
	"a NUL in a value": `GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n`,
	"no Host": "GET /app-1.0.0.tgz HTTP/1.1\r\n\r\n",
	"two Hosts": "GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	"another version": "GET /app-1.0.0.tgz HTTP/3.7\r\nHost: x\r\n\r\n",
	"no version": "GET /app-1.0.0.tgz\r\n\r\n",
};
for (const [name, bytes] of Object.entries(malformed)) {
	test(`S-25 ${name}: refused or harmless, and nothing hidden is answered`, async () => {
		const client = await connect();
		// Behind a good request, so that the fast path has begun.
		await client.send(Buffer.from(hit + bytes, "latin1"));
		const answers = await client.answers(["GET", "GET"]);
		assert.equal(answers[0]?.status, 200);
		assert.ok([400, 405, 505].includes(answers[1]?.status ?? 0), `${answers[1]?.status}`);
		await client.untilClosed();
		assert.equal(s3.count({ key: "smuggled-1.0.0.tgz" }), 0);
	});
}

test("S-26 chunk extensions without end end the connection", async () => {
	const client = await connect();
	await client.send("GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;");
	await client.send("a".repeat(100_000)).catch(() => {});
	await client.untilClosed();
});

test("S-27 Connection names no header of ours away", async () => {
	const target = "/hop-1.0.0.tgz";
	s3.put("charts", "hop-1.0.0.tgz", "hop");
	const client = await connect();
	await client.send(get(target, "Connection: close, X-Amz-Date, Authorization, Host\r\n"));
	const [answer] = await client.answers(["GET"]);
	assert.equal(answer?.status, 200);
	await client.untilClosed();
	assert.equal(s3.count({ key: "hop-1.0.0.tgz" }), 1);
});

test("R-27 pipelined requests are answered in order, hits and misses mixed", async () => {
	const names = Array.from({ length: 6 }, (_, index) => `pipe-${index}.tgz`);
	for (const name of names) s3.put("charts", name, `body of ${name}`);
	s3.next({ key: "pipe-0.tgz" }, faults.delayed(60));
	const client = await connect();
	const targets = names.flatMap((name) => [`/${name}`, "/app-1.0.0.tgz", "/none-1.tgz"]);
	await client.send(targets.map((target) => get(target)).join(""));
	const answers = await client.answers(targets.map(() => "GET"));
	for (const [index, answer] of answers.entries()) {
		const name = targets[index]!.slice(1);
		if (name === "app-1.0.0.tgz") assert.ok(answer.body.equals(whole));
		else if (name === "none-1.tgz") assert.equal(answer.status, 404);
		else assert.equal(answer.body.toString(), `body of ${name}`);
	}
	client.close();
});

test("R-27 a request in pieces, with other bytes than simple ones, after simple ones", async () => {
	const client = await connect();
	await client.send(hit);
	await client.answers(["GET"]);
	const odd = get("/app-1.0.0.tgz", "X-Odd:\t tab\r\n");
	for (const piece of [odd.slice(0, 7), odd.slice(7, 30), odd.slice(30)]) {
		await client.send(piece);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	const [second] = await client.answers(["GET"]);
	assert.ok(second?.body.equals(whole));
	await client.send(hit);
	const [third] = await client.answers(["GET"]);
	assert.ok(third?.body.equals(whole));
	client.close();
});

test("R-27 Connection: close, HTTP/1.0, HEAD and Expect have the right framing", async () => {
	const cases: [string, string, number][] = [
		[get("/app-1.0.0.tgz", "Connection: close\r\n"), "GET", whole.length],
		["GET /app-1.0.0.tgz HTTP/1.0\r\n\r\n", "GET", whole.length],
		["HEAD /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HEAD", 0],
		["HEAD /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD", 0],
		[get("/app-1.0.0.tgz", "Expect: 100-continue\r\nConnection: close\r\n"), "GET", whole.length],
	];
	for (const [bytes, method, length] of cases) {
		const client = await connect();
		await client.send(bytes);
		const [answer] = await client.answers([method]);
		assert.equal(answer?.status, 200, bytes);
		assert.equal(answer?.body.length, length, bytes);
		assert.equal(answer?.headers["content-length"], String(whole.length));
		client.close();
	}
});

test("R-27 a client that shuts its side still gets what it asked for", async () => {
	s3.put("charts", "half-1.0.0.tgz", "half");
	s3.next({ key: "half-1.0.0.tgz" }, faults.delayed(50));
	const client = await connect();
	client.socket.end(get("/half-1.0.0.tgz"));
	const [answer] = await client.answers(["GET"]);
	assert.equal(answer?.body.toString(), "half");
	await client.untilClosed();
});

const ranges: [string, string, number, number][] = [
	["S-33", "bytes=-17208,-9223372036854758999", 200, whole.length],
	["S-35", "bytes=0-18446744073709551615", 206, whole.length],
	["S-36", "bytes=0--1", 200, whole.length],
	["S-36", "bytes=abc", 200, whole.length],
	["S-36", "bytes=5-2", 200, whole.length],
	["S-36", "items=0-1", 200, whole.length],
	["S-36", "bytes=", 200, whole.length],
	["S-36", "bytes=-", 200, whole.length],
	["S-36", "bytes=0-0", 206, 1],
	["S-36", "bytes=-1", 206, 1],
	["S-36", "bytes=-0", 416, 0],
	["S-36", `bytes=${whole.length}-`, 416, 0],
	["S-36", `bytes=-${whole.length + 5}`, 206, whole.length],
	["S-34", `bytes=${Array.from({ length: 1300 }, (_, index) => `${index}-`).join(",")}`, 200, whole.length],
];
for (const [id, range, status, length] of ranges) {
	test(`${id} Range: ${range.slice(0, 40)} is ${status}`, async () => {
		const answer = await serve.get("/app-1.0.0.tgz", { range });
		assert.equal(answer.status, status);
		assert.equal(answer.body.length, length);
		if (status === 200) assert.ok(answer.body.equals(whole));
		if (status === 416) assert.equal(answer.headers["content-range"], `bytes */${whole.length}`);
		assert.equal(s3.count(), 0);
	});
}

test("S-37 If-Range of another version is everything, of this one the part", async () => {
	const { headers } = await serve.get("/app-1.0.0.tgz", {}, "HEAD");
	const range = "bytes=1-2";
	const matching = { etag: headers.etag as string, date: headers["last-modified"] as string };
	for (const ifRange of [matching.etag, matching.date]) {
		assert.equal((await serve.get("/app-1.0.0.tgz", { range, "if-range": ifRange })).status, 206);
	}
	for (const ifRange of ['"other"', `W/${matching.etag}`, "Wed, 21 Oct 2015 07:28:00 GMT"]) {
		assert.equal((await serve.get("/app-1.0.0.tgz", { range, "if-range": ifRange })).status, 200);
	}
});

test("preconditions go in the order of RFC 9110", async () => {
	const { headers } = await serve.get("/app-1.0.0.tgz", {}, "HEAD");
	const etag = headers.etag as string;
	const modified = headers["last-modified"] as string;
	const past = "Wed, 21 Oct 2015 07:28:00 GMT";
	const cases: [Record<string, string>, number][] = [
		[{ "if-none-match": etag }, 304],
		[{ "if-none-match": `"x", W/${etag}` }, 304],
		[{ "if-none-match": "*" }, 304],
		[{ "if-none-match": '"x"' }, 200],
		[{ "if-none-match": '"x"', "if-modified-since": modified }, 200],
		[{ "if-modified-since": modified }, 304],
		[{ "if-modified-since": past }, 200],
		[{ "if-modified-since": "nonsense" }, 200],
		[{ "if-match": '"x"' }, 412],
		[{ "if-match": `W/${etag}` }, 412],
		[{ "if-match": etag, "if-none-match": etag }, 304],
		[{ "if-match": "*" }, 200],
		[{ "if-unmodified-since": past }, 412],
		[{ "if-unmodified-since": modified, "if-none-match": etag }, 304],
		[{ "if-match": '"x"', "if-none-match": etag }, 412],
	];
	for (const [fields, status] of cases) {
		const answer = await serve.get("/app-1.0.0.tgz", fields);
		assert.equal(answer.status, status, JSON.stringify(fields));
		if (status === 304) {
			assert.equal(answer.headers.etag, etag);
			assert.equal(answer.headers["cache-control"], "max-age=86400");
			assert.equal(answer.headers["content-length"], undefined);
		}
	}
	assert.equal(s3.count(), 0);
});

test("S-43 a head that comes a byte a second is cut off in time", async () => {
	const slow = await startTestServe({ flags: { "headers-timeout": "1s" } });
	const connected = await RawClient.connect(slow.serve.running.data.port);
	const silent = await RawClient.connect(slow.serve.running.data.port);
	await connected.send("GET /app-1.0.0.tgz HTTP/1.1\r\nHost: ");
	const startMs = performance.now();
	const drip = setInterval(() => void connected.send("x").catch(() => {}), 200);
	await Promise.all([connected.untilClosed(), silent.untilClosed()]);
	clearInterval(drip);
	assert.ok(performance.now() - startMs < 5000);
	await slow.close();
});

test("S-44 a client that takes nothing is cut off; a slow one is not", async () => {
	const patient = await startTestServe({ flags: { "write-idle-timeout": "500ms" } });
	patient.s3.put("charts", "big-1.0.0.tgz", Buffer.alloc(30 << 20, 7));
	await patient.serve.get("/big-1.0.0.tgz");
	const stuck = await RawClient.connect(patient.serve.running.data.port);
	stuck.socket.pause();
	await stuck.send(get("/big-1.0.0.tgz"));
	await until(() => patient.serve.running.operated.gauges().connections === 1);
	await until(() => patient.serve.running.operated.gauges().connections === 0);
	stuck.close();
	await patient.close();
});
