/** Bodies that are not what they should be, and objects of odd sizes. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, afterEach, before, test } from "node:test";
import { syntheticBody, syntheticBytes } from "../../support/s3/body.ts";
import * as faults from "../../support/s3/faults.ts";
import { ask, fill, indexOf, packages, startTestServe, until } from "../running.ts";

const MiB = 1 << 20;
const GiB = 1024 * MiB;

let { s3, serve, close } = await (async () => ({}) as Awaited<ReturnType<typeof startTestServe>>)();
before(async () => {
	({ s3, serve, close } = await startTestServe({
		flags: {
			...{ "max-memory-object": "1MiB", "max-object": "6MiB", "range-fill-max": "2MiB" },
			...{ retries: 0, memory: "4MiB" },
		},
	}));
});
after(() => close());
afterEach(() => s3.healthy());

let count = 0;
function put(sizeBytes: number, options: Parameters<typeof s3.put>[3] = {}) {
	const key = `body-1.0.${++count}.tgz`;
	const body = fill(key, sizeBytes);
	s3.put("charts", key, body, options);
	return { key, target: `/${key}`, body };
}
const statusOf = (answer: { headers: http.IncomingHttpHeaders }) => String(answer.headers["cache-status"]);

for (const [tier, sizeBytes] of [
	["memory", 300_000],
	["disk", 3 * MiB],
] as const) {
	const wrongs: [string, faults.Fault, Parameters<typeof s3.put>[3]?][] = [
		["short, with a clean end", faults.finAfter(50_000)],
		["longer than announced", { length: sizeBytes - 10 }],
		["with a byte changed (crc64nvme)", faults.flipByte(sizeBytes - 100), { checksum: "crc64nvme" }],
		["with a byte changed (crc32)", faults.flipByte(1000), { checksum: "crc32" }],
		["with a byte changed (sha256)", faults.flipByte(sizeBytes - 1), { checksum: "sha256" }],
	];
	for (const [what, fault, options] of wrongs) {
		test(`R-05 a body that is ${what}: no clean end for anybody, nothing kept (${tier})`, async () => {
			const { key, target, body } = put(sizeBytes, options);
			s3.always({ key }, fault);
			for (const { status, broken, body: got } of await Promise.all([serve.get(target), serve.get(target)])) {
				assert.ok(
					broken || status === 502,
					`status ${status}, ${got.length} of ${sizeBytes} bytes, not broken`,
				);
				assert.ok(!got.equals(body));
			}
			await s3.healthy();
			s3.forget();
			const { body: got, broken } = await serve.get(target);
			assert.ok(!broken && got.equals(body));
			assert.equal(s3.count({ key, method: "GET" }), 1, "nothing was kept");
			assert.match(statusOf(await serve.get(target)), /; hit/);
		});
	}

	test(`R-05 another body than the index says: passed on, not kept, until both agree (${tier})`, async () => {
		const { key, target, body } = put(sizeBytes);
		s3.put("charts", "index.yaml", indexOf({ ...packages, [key]: fill("as the index says", sizeBytes) }));
		await serve.get("/index.yaml");
		for (let n = 1; n <= 2; n++) {
			assert.ok((await serve.get(target)).body.equals(body));
			assert.equal(s3.count({ key }), n);
		}
		s3.put("charts", "index.yaml", indexOf({ ...packages, [key]: body }));
		await serve.get("/index.yaml");
		await serve.get(target);
		assert.match(statusOf(await serve.get(target)), /; hit/);
		const metrics = await (await fetch(`${serve.adminUrl}/metrics`)).text();
		assert.match(metrics, /integrity_failures_total\{where="digest"\} [1-9]/);
	});

	test(`R-05 a checksum of parts is none of the body (${tier})`, async () => {
		const { target, body } = put(sizeBytes, { parts: 3 });
		assert.ok((await serve.get(target)).body.equals(body));
		assert.match(statusOf(await serve.get(target)), /; hit/);
	});

	test(`R-15 overwritten while it is downloaded: continued only with If-Match, never two versions in one body (${tier})`, async () => {
		const { key, target, body } = put(sizeBytes);
		const next = fill("the next version", sizeBytes);
		const half = Math.floor(sizeBytes / 2);
		s3.next({ key }, { ...faults.resetAfter(half), ...faults.drip(Math.floor(half / 4), 20) });
		const answer = serve.get(target);
		await until(() => s3.count({ key, status: 200 }) === 1);
		s3.put("charts", key, next);
		const mixed = await answer;
		assert.ok(mixed.broken || mixed.status === 502);
		assert.ok(body.subarray(0, mixed.body.length).equals(mixed.body) || mixed.status === 502);
		const asked = s3.requests.find(
			({ key: asked, headers }) => asked === key && headers["range"] !== undefined,
		);
		assert.equal(asked?.status, 412);
		assert.ok((await serve.get(target)).body.equals(next));
	});
}

test("R-28 objects of 0 bytes and of 1 byte: whole, as ranges, from S3 and from the cache", async () => {
	for (const sizeBytes of [0, 1]) {
		const { key, target, body } = put(sizeBytes);
		for (let n = 0; n < 2; n++) {
			const { status, body: got, headers, broken } = await serve.get(target);
			assert.deepEqual([status, got, broken], [200, body, false]);
			assert.equal(headers["content-length"], String(sizeBytes));
			assert.equal((await serve.get(target, {}, "HEAD")).headers["content-length"], String(sizeBytes));
			assert.equal((await serve.get(target, { range: `bytes=${sizeBytes}-` })).status, 416);
		}
		if (sizeBytes === 1) {
			assert.deepEqual((await serve.get(target, { range: "bytes=0-0" })).body, body);
			assert.deepEqual((await serve.get(target, { range: "bytes=-5" })).body, body);
		}
		assert.equal(s3.count({ key }), 1);
	}
});

test("R-28 larger than memory takes it: from the disk, in ranges, with one GET", async () => {
	const { key, target, body } = put(5 * MiB);
	assert.ok((await serve.get(target)).body.equals(body));
	const part = await serve.get(target, { range: `bytes=${4 * MiB}-${4 * MiB + 99}` });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(body.subarray(4 * MiB, 4 * MiB + 100)));
	assert.equal(s3.count({ key }), 1);
	assert.equal(serve.running.operated.gauges().memoryBytes < 4 * MiB, true);
});

test("R-28 larger than --max-object: passed on whole and in ranges, to each for himself, and not kept", async () => {
	const { key, target, body } = put(7 * MiB);
	const before = serve.running.operated.gauges().diskBytes;
	const both = await Promise.all([serve.get(target), serve.get(target)]);
	for (const { body: got, broken } of both) assert.ok(!broken && got.equals(body));
	assert.match(statusOf(both[0]), /fwd=bypass/);
	assert.equal(serve.running.operated.gauges().diskBytes, before);
	const size = body.length;
	const ranges: [string, number, Buffer | undefined][] = [
		["bytes=6000000-6000009", 206, body.subarray(6_000_000, 6_000_010)],
		["bytes=0-9", 206, body.subarray(0, 10)],
		[`bytes=${size - 10}-`, 206, body.subarray(size - 10)],
		[`bytes=${size}-`, 416, undefined],
		["bytes=99999999999-", 416, undefined],
	];
	for (const [range, status, wanted] of ranges) {
		const answer = await serve.get(target, { range });
		assert.equal(answer.status, status, range);
		if (wanted !== undefined) assert.ok(answer.body.equals(wanted), range);
		else assert.equal(answer.headers["content-range"], `bytes */${size}`);
	}
	const { headers } = await serve.get(target, {}, "HEAD");
	assert.equal(headers["content-length"], String(size));
	const known = await serve.get(target, { "if-none-match": headers.etag as string });
	assert.equal(known.status, 304);
	const changed = await serve.get(target, { range: "bytes=6000000-", "if-range": '"another"' });
	assert.equal(changed.status, 200);
	assert.ok(changed.body.equals(body));
	await s3.settled();
	assert.ok(s3.count({ key, method: "GET" }) >= 2);
});

test("R-28 a far range of a large missing object is passed through, a near one begins the download", async () => {
	const far = put(5 * MiB);
	const part = await serve.get(far.target, { range: "bytes=4000000-4000099" });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(far.body.subarray(4_000_000, 4_000_100)));
	assert.equal(s3.requests.filter(({ key, headers }) => key === far.key && headers["range"]).length, 1);
	const near = put(5 * MiB);
	const early = await serve.get(near.target, { range: "bytes=100-199" });
	assert.ok(early.body.equals(near.body.subarray(100, 200)));
	await until(() => serve.running.operated.gauges().fillsInFlight === 0);
	assert.ok((await serve.get(near.target)).body.equals(near.body));
	assert.equal(s3.count({ key: near.key }), 1);
	const beyond = put(2 * MiB);
	assert.equal((await serve.get(beyond.target, { range: "bytes=90000000-" })).status, 416);
	assert.equal(s3.count({ key: beyond.key }), 1);
});

test("R-28 5 GiB pass through: sizes and positions beyond 32 bits, memory flat, nothing kept", async () => {
	const size = 5 * GiB;
	const key = "huge-1.0.0.tgz";
	s3.put("charts", key, syntheticBody(size));
	const head = await serve.get(`/${key}`, {}, "HEAD");
	assert.equal(head.headers["content-length"], String(size));
	const first = 4 * GiB + 12_345;
	const part = await serve.get(`/${key}`, { range: `bytes=${first}-${first + 99_999}` });
	assert.equal(part.status, 206);
	assert.equal(part.headers["content-range"], `bytes ${first}-${first + 99_999}/${size}`);
	assert.ok(part.body.equals(readAt(first, 100_000)));
	const before = process.memoryUsage.rss();
	const { bytes, status, length } = await readSome(`/${key}`, 64 * MiB);
	assert.deepEqual([status, length], [200, String(size)]);
	assert.ok(bytes >= 64 * MiB);
	const grownMiB = (process.memoryUsage.rss() - before) / MiB;
	assert.ok(grownMiB < 100, `grown by ${grownMiB} MiB`);
	await s3.settled();
	assert.equal(serve.running.operated.gauges().fillsInFlight, 0);
	assert.equal((await ask(serve.running.data.port, "/health")).status, 200);
});

function readAt(first: number, bytes: number): Buffer {
	const body = syntheticBody(first + bytes);
	const pieces: Buffer[] = [];
	for (let at = first; at < first + bytes; ) {
		const piece = body.chunk(at, first + bytes);
		pieces.push(piece);
		at += piece.length;
	}
	const read = Buffer.concat(pieces);
	assert.ok(first > MiB || read.equals(syntheticBytes(first, first + bytes)));
	return read;
}

/** Reads so many bytes of the answer, compares them with the pattern, and leaves. */
function readSome(target: string, wantedBytes: number) {
	return new Promise<{ bytes: number; status: number; length: string | undefined }>((resolve, reject) => {
		const request = http.get(`${serve.url}${target}`, { agent: false }, (response) => {
			let bytes = 0;
			const { statusCode: status = 0 } = response;
			const length = response.headers["content-length"];
			response.on("data", (chunk: Buffer) => {
				if (bytes % (16 * MiB) < chunk.length && !chunk.equals(readAt(bytes, chunk.length)))
					reject(new Error(`wrong bytes at ${bytes}`));
				bytes += chunk.length;
				if (bytes < wantedBytes) return;
				request.destroy();
				resolve({ bytes, status, length });
			});
			response.on("error", () => {});
		});
		request.on("error", () => {});
	});
}
