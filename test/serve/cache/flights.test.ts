/** Races of the cache, step by step: an S3 and a disk whose every answer waits for the test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Cache } from "../../../src/serve/cache/cache.ts";
import type { DiskTier, DiskWriter } from "../../../src/serve/cache/disk.ts";
import type { Ask, Found } from "../../../src/serve/cache/found.ts";
import { MemoryTier } from "../../../src/serve/cache/memory-tier.ts";
import { Negatives } from "../../../src/serve/cache/negatives.ts";
import { idText, type ObjectHead } from "../../../src/serve/cache/object-head.ts";
import type { Rule } from "../../../src/serve/config/config.ts";
import type { Observer } from "../../../src/serve/observe/observer.ts";
import { type OriginAnswer, OriginError, type OriginRequest } from "../../../src/serve/origin/origin.ts";
import { type Gate, gate } from "../../support/s3/faults.ts";
import { HandClock } from "../../support/s3/hand-clock.ts";
import { fill, sha256 } from "../running.ts";

const observer = new Proxy({}, { get: () => () => {} }) as Observer;
const rule: Rule = {
	...{ name: "default", match: ["**"], ttlMs: 10_000, staleIfErrorMs: 0, staleWhileRevalidateMs: 60_000 },
	...{ notFoundTtlMs: 0, immutable: false, origin: "override", cacheControl: "max-age=10" },
};
const id = { bucketId: "s3/charts", key: "a-1.0.0.tgz" };

/** `bytes` of a body; the rest when `rest` opens, or an error when the request is given up. */
function answerOf(body: Buffer, more: Partial<OriginAnswer> = {}, rest?: { after: number; until: Gate }) {
	const answer = {
		...{ status: 200, etag: `"${sha256(body).slice(0, 8)}"`, lastModified: "", contentType: "" },
		...{ contentEncoding: "", contentDisposition: "", contentLanguage: "", cacheControl: "" },
		...{ contentRange: "", contentLength: body.length, checksum: undefined, requestId: "", headMs: 1 },
		...{ retries: 0, cancelled: 0 },
		body: (async function* () {
			const after = rest?.after ?? body.length;
			for (let at = 0; at < after; at += 1 << 20) yield body.subarray(at, Math.min(after, at + (1 << 20)));
			if (rest === undefined) return;
			await rest.until.opened;
			yield body.subarray(rest.after);
		})(),
		cancel: () => {
			answer.cancelled++;
		},
		...more,
	} as OriginAnswer & { cancelled: number };
	return answer;
}

function cacheWith(options: { disk?: DiskTier; answers: ((request: OriginRequest) => OriginAnswer)[] }) {
	const clock = new HandClock();
	const memory = new MemoryTier({ limitBytes: 1 << 20, observer });
	const requests: OriginRequest[] = [];
	const cache = new Cache({
		...{ memory, negatives: new Negatives(), clock, observer, maxObjectBytes: 1 << 30 },
		...{ disk: () => options.disk, rangeFillMaxBytes: 1 << 26 },
	});
	const origin = {
		bucketId: id.bucketId,
		close: async () => {},
		request: async (request: OriginRequest) => {
			requests.push(request);
			const next = options.answers.shift();
			if (next === undefined) throw new OriginError("unavailable", "one request too many");
			return next(request);
		},
	};
	const ask = (more: Partial<Ask> = {}): Ask => ({
		...{ id, repository: { name: "r", bucket: "charts" }, idText: idText(id), method: "GET", origin, rule },
		...{ revalidate: false, firstByte: 0, lastByte: undefined, listed: false, expectedSha256: undefined },
		...{ expectedSinceMs: 0, maxMemoryBytes: 1 << 19, forbiddenIsMissing: true },
		...more,
	});
	return { cache, memory, clock, requests, ask };
}

async function bodyOf(found: Found): Promise<Buffer> {
	assert.equal(found.kind, "object");
	if (found.kind !== "object") throw new Error();
	const pieces: Buffer[] = [];
	for (let at = 0; at < found.head.sizeBytes; ) {
		const piece = await found.source.next(at, 1 << 20);
		assert.ok(piece.length > 0);
		pieces.push(Buffer.from(piece));
		at += piece.length;
	}
	found.source.close();
	return Buffer.concat(pieces);
}

function headOf(body: Buffer, more: Partial<ObjectHead> = {}): ObjectHead {
	return {
		...{ ...id, sizeBytes: body.length, etag: `"${sha256(body).slice(0, 8)}"`, lastModified: "" },
		...{ contentType: "", contentEncoding: "", contentDisposition: "", contentLanguage: "" },
		...{ cacheControl: "", sha256: sha256(body), storedAtMs: 0, validatedAtMs: Date.UTC(2026, 0, 1) },
		...more,
	};
}

/** Holds at most one object; `gates` let its reads and writes go on. */
function slowDisk(held: { head: ObjectHead; body: Buffer } | undefined, gates: { read?: Gate; seal?: Gate }) {
	const state = {
		held,
		opened: 0,
		closed: 0,
		sealed: 0,
		writersClosed: 0,
		failAfter: Number.POSITIVE_INFINITY,
	};
	const disk = {
		...{ usedBytes: 0, limitBytes: 0, count: 0, close: async () => {}, revalidated: async () => {} },
		entries: () => [],
		removeWhere: async () => 0,
		remove: async () => false,
		async open() {
			const { held: there } = state;
			if (there === undefined) return undefined;
			state.opened++;
			return {
				head: there.head,
				read: async (target: Buffer, position: number) => there.body.copy(target, 0, position),
				async readVerified() {
					await gates.read?.opened;
					return there.body;
				},
				close: () => void state.closed++,
			};
		},
		async create(): Promise<DiskWriter> {
			const written: Buffer[] = [];
			const bytes = () => Buffer.concat(written);
			let isClosed = false;
			return {
				async write(chunk) {
					if (bytes().length + chunk.length > state.failAfter)
						throw Object.assign(new Error(), { code: "EIO" });
					written.push(Buffer.from(chunk));
				},
				async read(target, position) {
					if (isClosed) throw new Error("read after close");
					return bytes().copy(target, 0, position);
				},
				async seal() {
					await gates.seal?.opened;
					state.sealed++;
					return true;
				},
				discard: async () => {},
				close() {
					isClosed = true;
					state.writersClosed++;
				},
			};
		},
	} satisfies DiskTier;
	return { disk, state };
}

test("R-02 a download that was given up is begun again once, however many come meanwhile", async () => {
	const body = fill("large", 70 << 20);
	const never = gate();
	const { cache, requests, ask } = cacheWith({
		answers: [() => answerOf(body, {}, { after: 10, until: never }), () => answerOf(body)],
	});
	const wide = { maxMemoryBytes: 1 << 30 };
	const first = await cache.find(ask(wide));
	assert.equal(first.kind, "object");
	if (first.kind === "object") first.source.close();
	assert.equal(requests[0]?.signal?.aborted, true);
	const others = await Promise.all([cache.find(ask(wide)), cache.find(ask(wide)), cache.find(ask(wide))]);
	for (const found of others) assert.equal((await bodyOf(found)).length, body.length);
	assert.equal(requests.length, 2);
});

test("R-24 what a question in the background brings and nobody may keep is given back", async () => {
	const [old, secret] = [fill("old", 100), answerOf(fill("new", 100), { contentLength: undefined })];
	const { cache, clock, requests, ask } = cacheWith({ answers: [() => answerOf(old), () => secret] });
	await bodyOf(await cache.find(ask()));
	await clock.advance(10_000);
	const stale = await cache.find(ask());
	assert.deepEqual(await bodyOf(stale), old);
	assert.equal(stale.facts.refreshStarted, true);
	await cache.settled();
	await setImmediate();
	assert.equal(requests.length, 2);
	assert.equal(secret.cancelled, 1, "its connection would be lost");
});

test("R-14 what is purged while it is read from the disk does not appear in memory", async () => {
	const body = fill("purged", 100);
	const read = gate();
	const { disk, state } = slowDisk({ head: headOf(body), body }, { read });
	const { cache, memory, ask } = cacheWith({ disk, answers: [] });
	const found = cache.find(ask());
	await setImmediate();
	cache.purgeMoving(() => true);
	state.held = undefined;
	read.open();
	assert.deepEqual(await bodyOf(await found), body, "who asked before gets it");
	assert.equal(memory.count, 0);
	assert.equal(state.opened, state.closed);
});

test("R-13 a slow read from the disk does not replace what S3 sent meanwhile", async () => {
	const [old, next] = [fill("old", 100), fill("next", 120)];
	const [read, head] = [gate(), gate()];
	const { disk, state } = slowDisk(undefined, { read });
	const { cache, memory, ask } = cacheWith({
		disk,
		answers: [() => answerOf(next, {}, { after: 1, until: head })],
	});
	const downloading = await cache.find(ask());
	// As if the walk after a start had found it just now.
	state.held = { head: headOf(old), body: old };
	const slow = cache.find(ask());
	await setImmediate();
	head.open();
	assert.deepEqual(await bodyOf(downloading), next);
	await cache.settled();
	read.open();
	assert.deepEqual(await bodyOf(await slow), next);
	assert.deepEqual(memory.get(idText(id))?.body, next);
});

test("R-10 who comes when bytes of a failing disk are gone already gets an answer of its own", async () => {
	const body = fill("grows on disk", 24 << 20);
	const rest = gate();
	const { disk, state } = slowDisk(undefined, {});
	const { cache, requests, ask } = cacheWith({
		disk,
		answers: [() => answerOf(body, {}, { after: body.length - 1, until: rest }), () => answerOf(body)],
	});
	state.failAfter = 0;
	const first = await cache.find(ask());
	const read = bodyOf(first);
	for (let n = 0; n < 100; n++) await setImmediate();
	const second = await cache.find(ask());
	rest.open();
	assert.equal((await read).length, body.length);
	assert.equal(second.kind, "pass");
	assert.equal(requests.length, 2);
	await cache.settled();
	assert.equal(state.sealed, 0);
	assert.equal(state.writersClosed, 1);
});

test("a 304 that says no ETag is about the copy that was asked for, not about any other", async () => {
	const [mine, theirs] = [fill("mine", 100), fill("theirs", 110)];
	const hold = gate();
	const { cache, requests, ask } = cacheWith({
		answers: [
			() => answerOf(mine, { status: 304, etag: "", body: answerOf(Buffer.alloc(0)).body }),
			() => answerOf(theirs),
		],
	});
	const heldBy = (body: Buffer) => ({
		held: { head: headOf(body, { validatedAtMs: 0 }), body },
		accept: async () => hold.opened,
	});
	const [first, second] = [cache.find(ask(heldBy(mine))), cache.find(ask(heldBy(fill("other copy", 90))))];
	hold.open();
	assert.deepEqual(await bodyOf(await first), mine);
	assert.deepEqual(await bodyOf(await second), theirs);
	assert.equal(requests.length, 2);
});

test("R-20 the end waits for what is on its way to the disk", async () => {
	const seal = gate();
	const { disk, state } = slowDisk(undefined, { seal });
	const { cache, ask } = cacheWith({ disk, answers: [() => answerOf(fill("small", 100))] });
	await bodyOf(await cache.find(ask()));
	let isSettled = false;
	const settled = cache.settled().then(() => {
		isSettled = true;
	});
	for (let n = 0; n < 5; n++) await setImmediate();
	assert.equal(isSettled, false);
	seal.open();
	await settled;
	assert.equal(state.sealed, 1);
	assert.equal(state.writersClosed, 1);
});

for (const [what, ending] of [
	["longer", "and more"],
	["shorter", undefined],
] as const) {
	test(`R-05 a continued body that is ${what} than announced is not kept, and does not end cleanly`, async () => {
		const body = fill("continued", 1000);
		const broken = answerOf(body);
		broken.body = (async function* () {
			yield body.subarray(0, 500);
			throw new OriginError("broken", "reset");
		})();
		const { etag } = broken;
		const left = body.subarray(500);
		// In chunks: nothing but the first head says how much it should be.
		const rest = ending === undefined ? left.subarray(1) : Buffer.concat([left, Buffer.from(ending)]);
		const more = { status: 206, etag, contentRange: "bytes 500-999/1000", contentLength: undefined } as const;
		const { cache, memory, ask } = cacheWith({ answers: [() => broken, () => answerOf(rest, more)] });
		const found = await cache.find(ask());
		await assert.rejects(bodyOf(found), OriginError);
		assert.equal(memory.count, 0);
	});
}
