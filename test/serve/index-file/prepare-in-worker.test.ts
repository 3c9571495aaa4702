/** The thread that prepares large indexes: same results, buffers handed over, deaths survived, nothing left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { prepareIndex } from "../../../src/serve/index-file/prepare.ts";
import { createIndexPreparer } from "../../../src/serve/index-file/prepare-in-worker.ts";
import { IndexError } from "../../../src/serve/index-file/prepared.ts";
import { largeIndex } from "../../support/chart-index.ts";

const options = { ownHosts: [], rewriteAll: false, maxBytes: 64 << 20 };
const timeout = 60_000;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const preparer = createIndexPreparer({ inlineBytes: 0 });
after(() => preparer.close());

test("the thread gives what prepareIndex gives, and the stored bytes stay the caller's", {
	timeout,
}, async () => {
	const stored = largeIndex(300);
	const copy = Buffer.from(stored);
	const inThread = await preparer.prepare(stored, options);
	assert.deepEqual(stored, copy);
	const { compressed, ...here } = prepareIndex(stored, options);
	const { compressed: arrives, ...there } = inThread;
	assert.deepEqual({ ...there, gzip: undefined, zstd: undefined }, here);
	assert.equal(there.gzip, undefined, "the identity form does not wait for the others");
	await Promise.all([compressed, arrives]);
	assert.deepEqual(gunzipSync(inThread.gzip!), inThread.body);
});

test("unchanged bodies are the caller's own bytes", { timeout }, async () => {
	const stored = largeIndex(3, "charts/");
	assert.equal((await preparer.prepare(stored, options)).body, stored);
	const passedOn = await preparer.prepare(stored, { ...options, maxBytes: 10 });
	await passedOn.compressed;
	assert.equal(passedOn.body, stored);
	assert.equal(passedOn.gzip, undefined);
});

test("a refusal arrives as IndexError with its line, and the next index is prepared", {
	timeout,
}, async () => {
	const broken = Buffer.from("apiVersion: v1\nentries: {a: 1, a: 2}\n");
	const [refused, good] = await Promise.allSettled([
		preparer.prepare(broken, options),
		preparer.prepare(largeIndex(2), options),
	]);
	assert.ok(refused.status === "rejected" && refused.reason instanceof IndexError);
	assert.match(refused.reason.message, /^line 2: duplicated mapping key/);
	assert.equal(good.status === "fulfilled" && good.value.versionCount, 2);
});

test("many at once, each gets its own", { timeout }, async () => {
	const counts = [1, 2, 3, 4, 5, 6, 7, 8];
	const all = await Promise.all(counts.map((count) => preparer.prepare(largeIndex(count), options)));
	assert.deepEqual(
		all.map(({ versionCount }) => versionCount),
		counts,
	);
	await Promise.all(all.map(({ compressed }) => compressed));
	for (const { gzip, body } of all) assert.deepEqual(gunzipSync(gzip!), body);
});

test("an index that needs too much memory is refused, those behind it are prepared", {
	timeout,
}, async () => {
	const tight = createIndexPreparer({ inlineBytes: 0, heapMb: 24 });
	try {
		const [large, small] = await Promise.allSettled([
			tight.prepare(largeIndex(19_000), options),
			tight.prepare(largeIndex(2), options),
		]);
		assert.ok(large.status === "rejected" && large.reason instanceof IndexError, large.status);
		assert.match(large.reason.message, /memory/);
		assert.equal(small.status, "fulfilled");
	} finally {
		await tight.close();
	}
});

test("an index that takes too long is refused, those behind it are prepared", { timeout }, async () => {
	const hasty = createIndexPreparer({ inlineBytes: 0, timeoutMs: 1 });
	try {
		await assert.rejects(hasty.prepare(largeIndex(2_000), options), {
			name: "IndexError",
			message: /too long/,
		});
	} finally {
		await hasty.close();
	}
});

test("small ones are prepared at once, with their compressed forms", async () => {
	const prepared = await createIndexPreparer().prepare(largeIndex(20), options);
	assert.deepEqual(gunzipSync(prepared.gzip!), prepared.body);
	await prepared.compressed;
});

test("close rejects what waits and settles what was under way", { timeout }, async () => {
	const closing = createIndexPreparer({ inlineBytes: 0 });
	const prepared = await closing.prepare(largeIndex(2_000), options);
	const waits = assert.rejects(closing.prepare(largeIndex(2_000), options), IndexError);
	await closing.close();
	await waits;
	await prepared.compressed;
	await assert.rejects(closing.prepare(largeIndex(2), options), IndexError);
});

test("packed indexes go to the thread however small they are", { timeout }, async () => {
	const patient = createIndexPreparer();
	try {
		const prepared = await patient.prepare(gzipSync(largeIndex(20)), options);
		assert.equal(prepared.gzip, undefined, "prepared here, it would have come with its compressed forms");
		await prepared.compressed;
		assert.deepEqual(gunzipSync(prepared.gzip!), prepared.body);
		const bomb = gzipSync(Buffer.alloc(100 << 20, "a"));
		await assert.rejects(patient.prepare(bomb, options), /unpacks to more than/);
	} finally {
		await patient.close();
	}
});

test("the event loop goes on while a large index is prepared", { timeout }, async () => {
	let turns = 0;
	const count = setInterval(() => turns++, 1);
	await (await preparer.prepare(largeIndex(4_000), options)).compressed;
	clearInterval(count);
	assert.ok(turns > 20, `${turns} turns`);
});

test("an idle thread keeps no process alive and ends by itself", { timeout }, async () => {
	// No --input-type: threads inherit the options of the process, and refuse that one.
	const code = `import("./src/serve/index-file/prepare-in-worker.ts").then(async ({ createIndexPreparer }) => {
		const index = Buffer.from("apiVersion: v1\\nentries: {}\\n");
		const options = { ownHosts: [], rewriteAll: false, maxBytes: 1000 };
		const preparer = createIndexPreparer({ inlineBytes: 0, idleMs: 20 });
		await preparer.prepare(index, options);
		await preparer.prepare(index, options);
	})`;
	const child = spawn(process.execPath, ["--import", "tsx", "-e", code], { cwd: root, stdio: "inherit" });
	const [status] = await once(child, "exit");
	assert.equal(status, 0);
});
