/** Items of the security list through the whole server in this process: S-02, S-08, S-18, S-28, S-31, S-32, S-44, S-47, S-49. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { FakeS3 } from "../../support/s3/fake-s3.ts";
import { RawClient } from "../../support/s3/raw-client.ts";
import { ask, fill, startServeOn, startTestServe, until } from "../running.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("S-02, S-18 no spelling of a path takes a chart out of its rule, or past the log-in", async () => {
	const { s3, serve, close } = await startTestServe({
		flags: { revalidate: ["*-dev-*", "secret*"] },
		authorize: (header) => header === "Basic good",
	});
	for (const key of ["app-dev-1.0.0.tgz", "secret-1.0.0.tgz"]) s3.put("charts", key, fill(key, 3000));
	const good = { authorization: "Basic good" };
	const spellings: Record<string, string[]> = {
		"app-dev-1.0.0.tgz": [
			"/app-dev-1.0.0.tgz",
			"/%61pp-dev-1.0.0.tgz",
			"/app%2Ddev%2d1.0.0.tgz",
			"/app-dev-1.0.0.t%67z?x=/a.tgz",
		],
		"secret-1.0.0.tgz": [
			"/secret-1.0.0.tgz",
			"/%73ecret-1.0.0.tgz",
			"/charts/%73ecret-1.0.0.tgz",
			"/%63harts/secret-1.0.0.tgz",
		],
	};
	for (const [key, targets] of Object.entries(spellings)) {
		for (const target of targets) {
			assert.equal((await serve.get(target)).status, 401, target);
			s3.forget();
			for (let round = 0; round < 2; round++) {
				const { body, headers } = await serve.get(target, good);
				assert.ok(body.equals(fill(key, 3000)), target);
				assert.equal(headers["cache-control"], "no-cache", target);
			}
			assert.equal(s3.count({ key }), 2, `${target}: S3 is asked every time`);
		}
	}
	for (const target of [
		"/secret%2f-1.0.0.tgz",
		"/secret%5c-1.0.0.tgz",
		"//secret-1.0.0.tgz",
		"/x-dev-1/..%2fapp-dev-1.0.0.tgz",
		"/x/../secret-1.0.0.tgz",
	]) {
		assert.equal((await serve.get(target, good)).status, 400, target);
	}
	await close();
});

test("S-08 code points whose low bytes are CR and LF start no second request, through the whole server", async () => {
	const { s3, serve, close } = await startTestServe();
	const key = "a\u010d\u010aGET \u010d\u010a-1.0.0.tgz";
	s3.put("charts", key, "odd");
	s3.forget();
	const target = `/${encodeURIComponent(key)}`;
	for (let round = 0; round < 2; round++) assert.equal((await serve.get(target)).body.toString(), "odd");
	assert.deepEqual(
		s3.requests.map(({ rawPath }) => rawPath),
		[`/charts${target}`],
	);
	// Raw, they are no request target at all.
	const client = await RawClient.connect(serve.running.data.port);
	await client.send(Buffer.from("GET /a\u010d\u010aHost: y-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n", "utf8"));
	assert.equal((await client.answer()).status, 400);
	client.close();
	await close();
});

test("S-31 trailers, of clients or of S3, become no fields and are not kept", async () => {
	const body = fill("trailers", 1000);
	const upstream = http.createServer((request, response) => {
		if (request.url?.includes("trailers") !== true) return void response.writeHead(404).end();
		response.writeHead(200, {
			ETag: '"true"',
			Trailer: "ETag, Set-Cookie, X-Evil",
			"Content-Type": "text/plain",
		});
		response.write(body);
		response.addTrailers({
			ETag: '"evil"',
			"Set-Cookie": "a=b",
			"X-Evil": "1",
			"Content-Disposition": "evil",
		});
		response.end();
	});
	await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
	const credentials = { accessKeyId: "A", secretAccessKey: "B" };
	const serve = await startServeOn({ s3: { url, credentials } as FakeS3 });
	for (let round = 0; round < 2; round++) {
		const answer = await ask(serve.running.data.port, "/trailers-1.0.0.tgz");
		assert.ok(answer.body.equals(body));
		assert.equal(answer.headers.etag, '"true"');
		for (const name of ["set-cookie", "x-evil", "content-disposition", "trailer"])
			assert.equal(answer.headers[name], undefined);
	}
	const client = await RawClient.connect(serve.running.data.port);
	await client.send(
		"GET /trailers-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Range\r\n\r\n0\r\nRange: bytes=0-1\r\n\r\n",
	);
	assert.equal((await client.answer()).status, 400);
	client.close();
	await serve.stop();
	upstream.closeAllConnections();
	upstream.close();
});

test("S-28, S-32 what is run is pinned: Node without the known HTTP/2 faults, exact versions of packages", () => {
	const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
	const manifest = read("package.json") as {
		engines: { node: string };
		dependencies: Record<string, string>;
	};
	const lock = read("package-lock.json") as {
		packages: Record<string, { version: string; integrity?: string }>;
	};
	// CVE-2023-44487, CVE-2024-27983 and CVE-2024-22019 are mended in 20.12.1.
	assert.equal(manifest.engines.node, ">=20.19.0");
	assert.match(
		readFileSync(path.join(root, "bin/run.js"), "utf8"),
		/major < 20 \|\| \(major === 20 && minor < 19\)/,
	);
	for (const [name, version] of Object.entries(manifest.dependencies)) {
		assert.match(version, /^\d+\.\d+\.\d+$/, name);
		assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
		assert.ok(lock.packages[`node_modules/${name}`]?.integrity !== undefined, name);
	}
	// CVE-2026-9679 and CVE-2026-11525.
	const [major = 0, minor = 0] = manifest.dependencies["undici"]!.split(".").map(Number);
	assert.ok(major === 7 && minor >= 30);
});

test("S-49 serve starts no program but its own workers, and runs no text", () => {
	const source = path.join(root, "src");
	const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
		(name) => /^(serve|aws|commands\/serve)/.test(name) && name.endsWith(".ts"),
	);
	assert.ok(files.length > 80);
	for (const name of files) {
		const text = readFileSync(path.join(source, name), "utf8");
		assert.doesNotMatch(text, /node:cluster|node:vm|\beval\(|new Function\(/, name);
		// Its own workers are all that is ever started.
		const started = /import (.*) from "node:child_process"/.exec(text)?.[1];
		if (started === "{ fork }") assert.equal(name, "commands/serve-launch.ts");
		else assert.match(started ?? "", /^(type .*)?$/, name);
	}
});

for (const [where, flags] of [
	["in memory", {}],
	["on disk", { "max-memory-object": "1MiB" }],
] as const) {
	test(`S-44 three hundred clients that do not read an object ${where} cost little memory, and are cut off`, async () => {
		const { s3, serve, close } = await startTestServe({
			flags: { ...flags, "write-idle-timeout": "1500ms" },
		});
		s3.put("charts", "big-1.0.0.tgz", Buffer.alloc(20 << 20, 7));
		assert.equal((await serve.get("/big-1.0.0.tgz")).body.length, 20 << 20);
		const connections = () => serve.running.operated.gauges().connections;
		await until(() => connections() === 0);
		globalThis.gc?.();
		const before = process.memoryUsage().rss;
		const clients = await Promise.all(
			Array.from({ length: 300 }, () => RawClient.connect(serve.running.data.port)),
		);
		for (const client of clients) {
			client.pause();
			void client.send("GET /big-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n");
		}
		let [most, held] = [0, 0];
		await until(() => {
			most = Math.max(most, process.memoryUsage().rss - before);
			held = Math.max(held, connections());
			return held > 200 && connections() === 0;
		});
		assert.ok(most < 150 << 20, `${most >> 20} MiB`);
		for (const client of clients) client.close();
		assert.equal((await serve.get("/big-1.0.0.tgz")).body.length, 20 << 20);
		assert.equal(s3.count({ key: "big-1.0.0.tgz" }), 1);
		await close();
	});
}

test("S-47 names of the prototype are names like others: fields, keys, charts, queries", async () => {
	const { s3, serve, close } = await startTestServe();
	const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
	for (const name of names) {
		const { status } = await serve.get("/app-1.0.0.tgz", { [name]: "polluted", "x-request-id": name });
		assert.equal(status, 200, name);
		assert.equal((await serve.get(`/${name}`)).status, 404);
		assert.equal((await serve.get(`/${name}.tgz`)).status, 404);
		s3.put("charts", `${name}-1.0.0.tgz`, name);
		assert.equal((await serve.get(`/${name}-1.0.0.tgz?${name}=1`)).body.toString(), name);
		assert.equal((await serve.get(`/api/charts/${name}`)).status, 404);
		assert.equal((await serve.get(`/api/charts/app-1-0-0/${name}`)).status, 404);
		const admin = Number(new URL(serve.adminUrl).port);
		assert.equal((await ask(admin, `/${name}`)).status, 404);
		assert.equal((await ask(admin, `/cache?${name}=1`)).status, 400);
		assert.equal((await ask(admin, `/cache?all=1&repository=${name}`, {}, "DELETE")).status, 404);
	}
	assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
	assert.equal((await ask(Number(new URL(serve.adminUrl).port), "/metrics")).status, 200);
	await close();
});
