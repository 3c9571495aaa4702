/** Many clients, one download: of the reliability list. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, afterEach, before, test } from "node:test";
import * as faults from "../support/s3/faults.ts";
import { fill, startTestServe, until } from "./running.ts";

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe({
		flags: { "max-memory-object": "1MiB" },
	}));
});
after(() => close());
afterEach(() => s3.healthy());

let count = 0;
function newPackage(sizeBytes: number): { target: string; key: string; body: Buffer } {
	const key = `fill-1.0.${++count}.tgz`;
	const body = fill(key, sizeBytes);
	s3.put("charts", key, body);
	return { target: `/${key}`, key, body };
}

/** Starts a request and gives it up when `stop` is called. */
function impatient(target: string, onData: () => void): { stop(): void } {
	const request = http.get(`${serve.url}${target}`, { agent: false }, (response) => {
		response.on("data", onData);
		response.on("error", () => {});
	});
	request.on("error", () => {});
	return { stop: () => request.destroy() };
}

for (const [where, sizeBytes] of [
	["memory", 300_000],
	["disk", 3_000_000],
] as const) {
	test(`R-01 1,000 clients that miss the same key at once are one GET (${where})`, async () => {
		const { target, key, body } = newPackage(sizeBytes);
		const hold = faults.gate();
		s3.next({ key }, { hold });
		const clients = where === "memory" ? 1000 : 200;
		const waiting = Array.from({ length: clients }, () => serve.get(target));
		await until(() => serve.running.operated.gauges().waiters === clients);
		hold.open();
		const answers = await Promise.all(waiting);
		assert.equal(s3.count({ key }), 1);
		for (const answer of answers) {
			assert.equal(answer.status, 200);
			assert.ok(answer.body.equals(body));
		}
		const collapsed = answers.filter(({ headers }) => /collapsed/.test(headers["cache-status"] as string));
		assert.equal(collapsed.length, clients - 1);
	});

	test(`R-02 the client that began a download leaves, the others get it all (${where})`, async () => {
		const { target, key, body } = newPackage(sizeBytes);
		const later = faults.gate();
		s3.next({ key }, { cutAt: Math.floor(sizeBytes / 2), cut: later });
		const first = new Promise<void>((resolve) => {
			const begun = impatient(target, () => {
				begun.stop();
				resolve();
			});
		});
		await first;
		const second = serve.get(target);
		await new Promise((resolve) => setTimeout(resolve, 50));
		later.open();
		assert.ok((await second).body.equals(body));
		assert.equal(s3.count({ key }), 1);
		assert.match((await serve.get(target)).headers["cache-status"] as string, /hit/);
	});

	test(`R-04 S3 breaks off for good: nobody gets a clean end, nothing is kept (${where})`, async () => {
		const { target, key, body } = newPackage(sizeBytes);
		s3.always({ key }, faults.resetAfter(70_000));
		const answers = await Promise.all([serve.get(target), serve.get(target)]);
		for (const { status, broken, body: got } of answers) {
			assert.ok(broken || status === 502, `status ${status}, ${got.length} bytes`);
		}
		await s3.healthy();
		s3.forget();
		assert.ok((await serve.get(target)).body.equals(body));
		assert.ok(s3.count({ key }) >= 1, "it was not kept");
	});

	test(`R-04 S3 breaks off once: the rest is asked for with If-Match, and nobody notices (${where})`, async () => {
		const { target, key, body } = newPackage(sizeBytes);
		s3.next({ key }, faults.resetAfter(Math.floor(sizeBytes * 0.6)));
		const { body: got, broken } = await serve.get(target);
		assert.equal(broken, false);
		assert.ok(got.equals(body));
		assert.equal(s3.count({ key }), 2);
	});
}
