/**
 * Threads that enter the same strings at the same time get the same ids. In code of the baseline compiler, which is
 * what short scans run: there `atomic.wait` once made a thread forget its hash, and a key got two ids.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { Kind } from "../../src/scan/layout.ts";
import { prepareScan } from "../../src/scan/scan.ts";

/** A worker that has the kernel and nothing else: it starts when the other one is there, and sends its ids. */
const script = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, memory, region, count, kind, ready } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.start(region.address);
const bytes = new Uint8Array(memory.buffer);
const texts = Array.from({ length: count }, (_, i) => Buffer.from("some-key-" + ((i * 7919) % count) + ".tgz"));
const arrived = new Int32Array(ready);
Atomics.add(arrived, 0, 1);
while (Atomics.load(arrived, 0) < 2) {}
parentPort.postMessage(texts.map((text) => {
	bytes.set(text, region.bufferAddress);
	return exports.internString(kind, region.bufferAddress, text.length);
}));
`;

test("two threads, the same new keys, one id each", async () => {
	// More than one slot table holds, so that it grows while both look things up.
	const count = 2300;
	for (let round = 0; round < 25; round++) {
		const { layout, module, dictionary } = prepareScan({ scanners: 2, files: 1 });
		// Preparing turns the baseline compiler off, which is no reason to depend on it.
		setFlagsFromString("--liftoff");
		setFlagsFromString("--liftoff-only");
		const ready = new SharedArrayBuffer(4);
		const workers = layout.regions.map(
			(region) =>
				new Worker(script, {
					eval: true,
					workerData: { module, memory: layout.memory, region, count, kind: Kind.key, ready },
				}),
		);
		const [[first], [second]] = (await Promise.all(workers.map((worker) => once(worker, "message")))) as [
			[number[]],
			[number[]],
		];
		await Promise.all(workers.map((worker) => worker.terminate()));
		assert.deepEqual(first, second);
		assert.equal(new Set(first).size, count);
		// And the pooled one.
		assert.equal(dictionary.keyCount, count + 1);
		const keys = new Set(first.map((id) => dictionary.rawKey(id)));
		assert.equal(keys.size, count);
	}
});

test("the kernel never sleeps", () => {
	// The race above needs luck to show; its cause does not.
	const folder = new URL("../../src/scan/kernel/assembly/", import.meta.url);
	for (const name of readdirSync(folder))
		assert.doesNotMatch(readFileSync(new URL(name, folder), "utf8"), /atomic\.wait</, name);
});
