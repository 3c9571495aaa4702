/**
 * The fast path against node:http: whatever bytes a client sends, in whatever pieces, both give the same answers. Both are the same
 * server: a connection whose first request is simple stays on the fast path, one whose first request is odd is node:http's at once.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { RawClient } from "../../support/s3/raw-client.ts";
import { startTestServe } from "../running.ts";

let { serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ serve, close } = await startTestServe());
	for (const path of ["/app-1.0.0.tgz", "/app-1.1.0+build.7.tgz", "/index.yaml", "/none-1.0.0.tgz"])
		await serve.get(path);
});
after(() => close());

const simpleStart = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
const oddStart = "GET /health HTTP/1.1\r\nHost: x\r\nX-Odd:\tb\r\n\r\n";
/** Of the way an answer came, or of the moment. */
const varying = /\r\n(?:Connection|Keep-Alive|Date|Age|Cache-Status): [^\r\n]*/g;

/** All that comes back for the bytes, cut at the given places, until the server ends the connection. */
async function answersTo(start: string, bytes: Buffer, cuts: readonly number[]): Promise<string> {
	const client = await RawClient.connect(serve.running.data.port);
	await client.send(start);
	await client.answer();
	const places = [
		0,
		...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b),
		bytes.length,
	];
	for (let at = 1; at < places.length; at++) {
		await client.send(bytes.subarray(places[at - 1], places[at]));
		await new Promise((resolve) => setImmediate(resolve));
	}
	client.finish();
	await client.untilClosed();
	const received = client.received.toString("latin1");
	client.close();
	return received.replace(varying, "");
}

/** Where an answer ends the connection while more comes, a reset may overtake it: that is chance, and not the same twice. */
async function same(bytes: Buffer, cuts: readonly number[]): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const [fast, node] = await Promise.all([
			answersTo(simpleStart, bytes, cuts),
			answersTo(oddStart, bytes, []),
		]);
		if (fast === node) return;
		if (attempt === 3) assert.equal(fast, node);
	}
}

const often = <T>(value: T, others: fc.Arbitrary<T>) =>
	fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others });
const text = (...values: string[]) => fc.constantFrom(...values);
const visible = fc.string({
	unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
	maxLength: 8,
});
const anyText = fc.string({
	unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
	maxLength: 8,
});

const method = often("GET", text("HEAD", "POST", "get", "OPTIONS", "PRI", "CONNECT", "G", "GETT", ""));
const path = text(
	"/app-1.0.0.tgz",
	"/app-1.1.0+build.7.tgz",
	"/none-1.0.0.tgz",
	"/charts/app-1.0.0.tgz",
	"/index.yaml",
	"/",
);
const target = fc.oneof(
	{ weight: 8, arbitrary: path },
	fc
		.tuple(
			path,
			text("?", "#", "?a=b", ";", "%20", "%2e", "%00", "%zz", "\\", "é", "\x00", "\x7f", "?#?", '"<>^`{|}'),
		)
		.map(([a, b]) => a + b),
	text(
		"*",
		"",
		"//",
		"/../index.yaml",
		"http://x/index.yaml",
		"x:443",
		`/${"a".repeat(2100)}`,
		`/${"%41".repeat(1500)}`,
	),
	anyText.map((rest) => `/${rest}`),
);
const version = often(
	"HTTP/1.1",
	text("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "http/1.1", "HTTP/1.1 ", "", "HTTP/1.1\r"),
);
const lineEnd = fc.oneof(
	{ weight: 30, arbitrary: fc.constant("\r\n") },
	text("\n", "\r", "\r\r\n", "\n\r\n"),
);
const separator = often(": ", text(":", " : ", ":\t", ":  ", " ", ":\r\n "));
const field = fc.oneof(
	text(
		...[
			"Host",
			"host",
			"Connection",
			"Content-Length",
			"Transfer-Encoding",
			"Expect",
			"Upgrade",
			"TE",
			"Trailer",
			"Range",
		],
		...[
			"If-None-Match",
			"If-Range",
			"If-Match",
			"If-Modified-Since",
			"Accept-Encoding",
			"Authorization",
			"Cache-Control",
		],
		...[
			"X-Request-Id",
			"Cookie",
			"Via",
			"User-Agent",
			"Keep-Alive",
			"Proxy-Connection",
			"Content-Type",
			"X_Y",
			"X.Y",
		],
		...[
			"__proto__",
			"constructor",
			"toString",
			"Set-Cookie",
			"X-Forwarded-For",
			"HTTP2-Settings",
			"",
			"1",
			"X\x00",
		],
	),
	visible,
);
const value = fc.oneof(
	text(
		...[
			"x",
			"",
			"close",
			"keep-alive",
			"Keep-Alive, close",
			"upgrade",
			"0",
			"5",
			"00",
			"-1",
			"+1",
			"1e1",
			"5, 5",
			"chunked",
			"identity",
		],
		...[
			"gzip, chunked",
			"xchunked",
			"100-continue",
			"bytes=0-9",
			"bytes=-1",
			"bytes=9-",
			"bytes=0-1,3-4",
			"*",
			'"x"',
			"gzip",
		],
		...[
			"h2c",
			"trailers",
			"Thu, 01 Jan 1970 00:00:00 GMT",
			"no-cache",
			"é",
			"a\tb",
			"a\x7fb",
			"a\x01b",
			"x ",
			" x",
			"a".repeat(5000),
		],
	),
	visible,
	anyText,
);
const head = fc
	.tuple(
		method,
		target,
		version,
		fc.array(fc.tuple(field, separator, value, lineEnd), { maxLength: 4 }),
		often(true, fc.boolean()),
		lineEnd,
		lineEnd,
	)
	.map(([verb, where, how, fields, hasHost, firstEnd, lastEnd]) => {
		const lines = fields.map(([name, between, content, end]) => name + between + content + end).join("");
		return `${verb} ${where} ${how}${firstEnd}${hasHost ? "Host: x\r\n" : ""}${lines}${lastEnd}`;
	});
const simple = path.map((where) => `GET ${where} HTTP/1.1\r\nHost: x\r\n\r\n`);
const rest = fc.oneof(
	text(
		"",
		"",
		"\r\n",
		"hello",
		"0\r\n\r\n",
		"5\r\nhello\r\n0\r\n\r\n",
		"5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n",
	),
	anyText,
);
const stream = fc
	.array(
		fc.oneof(
			{ weight: 2, arbitrary: simple },
			{ weight: 3, arbitrary: head },
			{ weight: 1, arbitrary: rest },
		),
		{ minLength: 1, maxLength: 5 },
	)
	.map((parts) => Buffer.from(parts.join(""), "latin1"));

test("any bytes in any pieces: the fast path answers as node:http does", async () => {
	await fc.assert(fc.asyncProperty(stream, fc.array(fc.nat(), { maxLength: 4 }), same), {
		numRuns: 200,
		interruptAfterTimeLimit: 4000,
	});
});

test("a request cut at any byte, between others", async () => {
	const one = "GET /app-1.1.0+build.7.tgz HTTP/1.1\r\nHost: x\r\n\r\n";
	const bytes = Buffer.from(
		`${one}HEAD /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n${one}`,
		"latin1",
	);
	const expected = await answersTo(oddStart, bytes, []);
	for (let cut = 0; cut <= bytes.length; cut++)
		assert.equal(await answersTo(simpleStart, bytes, [cut]), expected, `cut at ${cut}`);
});

test("many pipelined requests, simple ones and others mixed, and the end of the client behind them", async () => {
	const odd = "GET /none-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nX-Odd:\tb\r\n\r\n";
	const miss = (index: number) => `GET /miss-${index}.tgz HTTP/1.1\r\nHost: x\r\n\r\n`;
	const hit = "GET /app-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n";
	for (const parts of [
		[hit.repeat(200)],
		[hit.repeat(40), odd, hit.repeat(40)],
		[miss(1), odd, hit],
		[miss(2), hit.repeat(50), odd.repeat(3), hit.repeat(50)],
		[miss(3), hit.slice(0, 20)],
		[hit.repeat(100), miss(4), miss(5), "\r\n", hit],
	]) {
		await same(Buffer.from(parts.join("")), [100, 1000]);
	}
});

const framing =
	"Content-Length Transfer-Encoding Connection Expect Upgrade Trailer TE HTTP2-Settings Proxy-Connection Keep-Alive".split(
		" ",
	);
const framed = [
	"0",
	"5",
	"close",
	"keep-alive",
	"upgrade",
	"chunked",
	"gzip, chunked",
	"100-continue",
	"x",
	"",
];
test("every field that changes framing or connection, with a body behind it", async () => {
	const cases = framing.flatMap((name) =>
		framed.map((content) =>
			Buffer.from(
				`GET /app-1.1.0+build.7.tgz HTTP/1.1\r\nHost: x\r\n${name}: ${content}\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /none-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n`,
			),
		),
	);
	for (let at = 0; at < cases.length; at += 10) {
		await Promise.all(cases.slice(at, at + 10).map((bytes) => same(bytes, [])));
	}
});
