/** A fresh index on a plain kept-alive connection is answered without node:http, and just as with it. */
import assert from "node:assert/strict";
import http, { type IncomingHttpHeaders } from "node:http";
import { after, test } from "node:test";
import { indexOf, packages, startTestServe } from "../running.ts";

const { s3, serve, close } = await startTestServe({ flags: { "index-ttl": "1h" } });
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
after(async () => {
	agent.destroy();
	await close();
});

interface Got {
	status: number | undefined;
	headers: IncomingHttpHeaders;
	body: string;
}

/** `keep`: on the connection that stays on the fast path; else on one that node:http has from its first request on. */
function get(keep: boolean, headers: Record<string, string> = {}): Promise<Got> {
	return new Promise((resolve, reject) => {
		const options = { agent: keep ? agent : false, path: "/index.yaml", headers } as const;
		const request = http.get({ host: "127.0.0.1", port: serve.running.data.port, ...options }, (response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.on("end", () =>
				resolve({
					status: response.statusCode,
					headers: response.headers,
					body: Buffer.concat(chunks).toString("latin1"),
				}),
			);
		});
		request.on("error", reject);
	});
}

/** What both ways must say alike: all but what Node says of the connection, and the seconds that have passed. */
function alike({ status, headers, body }: Got): unknown {
	const { connection: _c, "keep-alive": _k, age: _a, "cache-status": status_, ...rest } = headers;
	return [status, rest, body, String(status_).replace(/ttl=\d+/, "ttl")];
}

test("every form, and news of it, is the same on both ways", async () => {
	const { etag = "" } = (await get(false)).headers;
	const zipped = (await get(false, { "accept-encoding": "gzip" })).headers.etag ?? "";
	assert.notEqual(zipped, etag);
	const asked: Record<string, string>[] = [
		...[{}, { "accept-encoding": "gzip" }, { "accept-encoding": "zstd, gzip;q=0.5" }],
		...[{ "if-none-match": etag }, { "if-none-match": zipped }, { "if-none-match": '"another"' }],
		...[{ "if-none-match": zipped, "accept-encoding": "gzip" }, { "if-none-match": "*" }],
	];
	for (const headers of asked)
		assert.deepEqual(alike(await get(true, headers)), alike(await get(false, headers)));
	const fast = await get(true);
	assert.equal(fast.headers.connection, undefined, "node:http has answered");
	assert.match(String(fast.headers["cache-status"]), /^chartcost; hit; ttl=\d+$/);
	assert.equal(s3.count({ key: "index.yaml" }), 1);
});

test("after a purge the next one is from S3, and a new one is sent from then on", async () => {
	const before = await get(true);
	s3.put("charts", "index.yaml", indexOf({ ...packages, "more-1.0.0.tgz": Buffer.from("more") }));
	assert.equal((await get(true)).body, before.body);
	await fetch(`${serve.adminUrl}/cache?all=1`, { method: "DELETE" });
	const next = await get(true);
	assert.match(next.body, /more-1-0-0/);
	assert.match(String(next.headers["cache-status"]), /fwd=uri-miss/);
	const again = await get(true);
	assert.equal(again.body, next.body);
	assert.match(String(again.headers["cache-status"]), /^chartcost; hit/);
	assert.equal((await get(true, { "if-none-match": String(before.headers.etag) })).status, 200);
});
