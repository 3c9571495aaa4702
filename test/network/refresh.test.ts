/** Refreshing the address ranges: against a local server, with answers whole, packed, broken, huge and slow. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createDownload } from "../../src/network/download.ts";
import { readCachedIpRanges, refreshIpRanges } from "../../src/network/refresh.ts";
import { rangesText } from "../support/ip-ranges.ts";

let server: Server;
let origin: string;
let cacheDir: string;
let answer: RequestListener = (_request, response) => response.end(rangesText);

before(async () => {
	cacheDir = await mkdtemp(join(tmpdir(), "chartcost-ranges-"));
	server = createServer((request, response) => {
		answer(request, response);
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
after(async () => {
	server.closeAllConnections();
	server.close();
	await rm(cacheDir, { recursive: true });
});

const refresh = (download = createDownload({ timeoutMs: 200, maxBytes: 100_000 })) =>
	refreshIpRanges({ cacheDir, download, url: `${origin}/ip-ranges.json` });

test("nothing is cached at first", async () => assert.equal(await readCachedIpRanges(cacheDir), undefined));

test("stores a checked copy, plain or packed without saying so", async () => {
	for (const body of [rangesText, gzipSync(rangesText)]) {
		answer = (_request, response) => response.end(body);
		const result = await refresh();
		assert.deepEqual(result, {
			file: join(cacheDir, "ip-ranges.json"),
			createdAt: "2026-11-20T22:14:35Z",
			prefixes: 9,
		});
		assert.equal((await readCachedIpRanges(cacheDir))?.lookup("3.80.1.2")?.region, "us-east-1");
	}
	assert.deepEqual(await readdir(cacheDir), ["ip-ranges.json"]);
});

const failures: [string, RequestListener, RegExp][] = [
	["an error page", (_request, response) => response.writeHead(403).end("no"), /answered 403/],
	[
		"a redirect",
		(_request, response) => response.writeHead(302, { location: "http://elsewhere.invalid/" }).end(),
		/answered 302/,
	],
	["half a file", (_request, response) => response.end(rangesText.slice(0, 300)), /not readable as JSON/],
	[
		"a file without EC2",
		(_request, response) => response.end(rangesText.replaceAll('"EC2"', '"X"')),
		/names no ranges of EC2/,
	],
	[
		"an endless answer",
		(_request, response) => response.end("x".repeat(200_000)),
		/larger than 100000 bytes/,
	],
	[
		"a packed bomb",
		(_request, response) => response.end(gzipSync("0".repeat(5_000_000))),
		/larger than|100000/,
	],
	["silence", () => {}, /timeout/i],
];
for (const [name, broken, message] of failures) {
	test(`${name} is an error and leaves the cache alone`, async () => {
		answer = broken;
		await assert.rejects(refresh(), { name: "ChartcostError", message });
		assert.deepEqual(await readdir(cacheDir), ["ip-ranges.json"]);
		assert.equal((await readCachedIpRanges(cacheDir))?.prefixes, 9);
	});
}

test("a refused connection says so", async () => {
	const download = createDownload();
	await assert.rejects(download("http://127.0.0.1:1/x"), {
		name: "ChartcostError",
		message: /127\.0\.0\.1:1\/x: .*ECONNREFUSED/,
	});
});

test("goes through the proxy it is given, except where no_proxy says not to", async () => {
	let connects = 0;
	server.on("connect", (_request, socket) => {
		connects += 1;
		socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
	});
	await assert.rejects(createDownload({ httpsProxy: origin })("https://ip-ranges.invalid/"));
	assert.equal(connects, 1);
	answer = (_request, response) => response.end("direct");
	const direct = createDownload({ httpsProxy: origin, httpProxy: origin, noProxy: "127.0.0.1" });
	assert.equal(await direct(`${origin}/direct`), "direct");
	assert.equal(connects, 1);
});

test("a damaged copy is an error that names it", async () => {
	await writeFile(join(cacheDir, "ip-ranges.json"), "{}");
	await assert.rejects(readCachedIpRanges(cacheDir), { message: /ip-ranges\.json: holds no prefixes/ });
});
