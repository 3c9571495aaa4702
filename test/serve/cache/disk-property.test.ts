/** The disk tier against a model of a few lines, under random use, restarts and kills. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { DiskObject, DiskWriter } from "../../../src/serve/cache/disk.ts";
import { type DiskStore, openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import { startChild } from "./disk-child.ts";
import {
	bodyOf,
	filesBelow,
	footprintOnDisk,
	get,
	HandClock,
	headOf,
	idOf,
	mebibyte,
	put,
	rememberingObserver,
	storeOptions,
	temporaryFolder,
} from "./disk-fixture.ts";

/** The runner sets it for `npm run fuzz`. */
const fuzzing = process.env["CHARTCOST_FUZZ_SECONDS"] !== undefined;

const limitBytes = mebibyte;
const maxObjectBytes = 300_000;
const keyNames = ["a", "b", "c", "d", "e", "f"];
const anyKey = fc.constantFrom(...keyNames);
const anySize = fc.oneof(fc.constantFrom(0, 1, 4095, 4096, 4097), fc.nat(maxObjectBytes));

const anyStep = fc.oneof(
	{ weight: 5, arbitrary: fc.record({ does: fc.constant("put" as const), key: anyKey, size: anySize }) },
	{ weight: 6, arbitrary: fc.record({ does: fc.constant("get" as const), key: anyKey }) },
	{ weight: 2, arbitrary: fc.record({ does: fc.constant("begin" as const), key: anyKey, size: anySize }) },
	{ weight: 2, arbitrary: fc.record({ does: fc.constant("seal" as const) }) },
	{ weight: 1, arbitrary: fc.record({ does: fc.constant("discard" as const) }) },
	{ weight: 2, arbitrary: fc.record({ does: fc.constant("hold" as const), key: anyKey }) },
	{ weight: 2, arbitrary: fc.record({ does: fc.constant("readHeld" as const) }) },
	{ weight: 2, arbitrary: fc.record({ does: fc.constant("remove" as const), key: anyKey }) },
	{ weight: 1, arbitrary: fc.record({ does: fc.constant("removeSome" as const), key: anyKey }) },
	{ weight: 1, arbitrary: fc.record({ does: fc.constant("revalidate" as const), key: anyKey }) },
	{ weight: 1, arbitrary: fc.record({ does: fc.constant("restart" as const) }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

interface Growing {
	key: string;
	body: Buffer;
	writer: DiskWriter;
	removed: boolean;
}

/** A store, and beside it what must be found there. `undefined` may stand for every object once something was evicted. */
class Run {
	readonly sealed = new Map<string, Buffer>();
	readonly growing: Growing[] = [];
	readonly held: { object: DiskObject; body: Buffer }[] = [];
	readonly clock = new HandClock();
	readonly memory = rememberingObserver();
	readonly dir: string;
	store!: DiskStore;
	largestBytes = 0;

	constructor(dir: string) {
		this.dir = dir;
	}

	async start(): Promise<void> {
		const { clock, memory, dir } = this;
		this.store = await openDiskStore(storeOptions(dir, { limitBytes, clock, observer: memory.observer }));
	}

	async stop(): Promise<void> {
		for (const { object } of this.held.splice(0)) object.close();
		for (const { writer } of this.growing.splice(0)) writer.close();
		await this.store.close();
	}

	async step(step: Step): Promise<void> {
		this.clock.now += 10_000;
		if (step.does === "put") await this.put(step.key, step.size);
		else if (step.does === "get") await this.get(step.key);
		else if (step.does === "begin") await this.begin(step.key, step.size);
		else if (step.does === "seal") await this.seal();
		else if (step.does === "discard") await this.discard();
		else if (step.does === "hold") await this.hold(step.key);
		else if (step.does === "readHeld") await this.readHeld();
		else if (step.does === "remove") await this.remove(step.key);
		else if (step.does === "removeSome") await this.removeSome(step.key);
		else if (step.does === "revalidate") await this.revalidate(step.key);
		else await this.restart();
		assert.ok(footprintOnDisk(this.dir) <= limitBytes + this.largestBytes, "the limit is held on disk");
	}

	body(key: string, size: number): Buffer {
		this.largestBytes = Math.max(this.largestBytes, size + 8192);
		return bodyOf(`${key} at ${this.clock.now}`, size);
	}

	async put(key: string, size: number): Promise<void> {
		const body = this.body(key, size);
		try {
			assert.equal(await put(this.store, key, body), true);
			this.sealed.set(key, body);
		} catch (error) {
			this.mayNotFit(error);
		}
	}

	/** Only beside others that grow. */
	mayNotFit(error: unknown): void {
		assert.equal((error as Error).name, "DiskLimitError", String(error));
		assert.ok(this.growing.length > 0);
	}

	async get(key: string): Promise<void> {
		const found = await get(this.store, key);
		if (found) assert.ok(this.sealed.get(key)?.equals(found), `another body for ${key}`);
		else this.mayBeMissing(key);
	}

	mayBeMissing(key: string): void {
		if (this.memory.evicted.length === 0) assert.equal(this.sealed.has(key), false, `${key} is lost`);
	}

	async begin(key: string, size: number): Promise<void> {
		const body = this.body(key, size);
		let writer: DiskWriter | undefined;
		try {
			writer = await this.store.create(idOf(key), undefined);
			await writer.write(body.subarray(0, body.length >> 1));
			this.growing.push({ key, body, writer, removed: false });
		} catch (error) {
			writer?.close();
			this.mayNotFit(error);
		}
	}

	async seal(): Promise<void> {
		const one = this.growing.shift();
		if (!one) return;
		const { key, body, writer } = one;
		const half = body.length >> 1;
		try {
			await writer.write(body.subarray(half));
			const sealed = await writer.seal(headOf(key, body));
			assert.equal(sealed, !one.removed, "R-14: removed while it grew");
			if (sealed) this.sealed.set(key, body);
			const grown = Buffer.alloc(body.length);
			assert.equal(await writer.read(grown, 0), body.length);
			assert.ok(grown.equals(body));
		} catch (error) {
			if ((error as Error).name === "AssertionError") throw error;
			this.growing.unshift(one);
			this.mayNotFit(error);
			this.growing.shift();
		}
		writer.close();
		await this.store.settled();
	}

	async discard(): Promise<void> {
		const one = this.growing.shift();
		await one?.writer.discard();
		one?.writer.close();
	}

	async hold(key: string): Promise<void> {
		const object = await this.store.open(idOf(key));
		const body = this.sealed.get(key);
		if (!object) return this.mayBeMissing(key);
		assert.ok(body, `${key} should not be there`);
		this.held.push({ object, body });
	}

	/** Replaced, removed or evicted in the meantime: a reader reads on. */
	async readHeld(): Promise<void> {
		const one = this.held.shift();
		if (!one) return;
		const found = await one.object.readVerified();
		one.object.close();
		assert.ok(found?.equals(one.body));
	}

	async remove(key: string): Promise<void> {
		const removed = await this.store.remove(idOf(key));
		if (removed) assert.ok(this.sealed.has(key));
		else this.mayBeMissing(key);
		this.forget((other) => other === key);
		assert.equal(await this.store.open(idOf(key)), undefined);
	}

	async removeSome(upTo: string): Promise<void> {
		await this.store.removeWhere(({ key }) => key <= upTo);
		this.forget((key) => key <= upTo);
		for (const { head } of this.store.entries()) assert.ok(head.key > upTo);
	}

	forget(condition: (key: string) => boolean): void {
		for (const key of [...this.sealed.keys()].filter(condition)) this.sealed.delete(key);
		for (const one of this.growing) if (condition(one.key)) one.removed = true;
	}

	async revalidate(key: string): Promise<void> {
		const body = this.sealed.get(key);
		if (body) await this.store.revalidated(headOf(key, body, { validatedAtMs: this.clock.now }));
	}

	async restart(): Promise<void> {
		await this.stop();
		await this.start();
		await this.store.settled();
		assert.equal(this.store.usedBytes, footprintOnDisk(this.dir), "accounting is what du says");
	}
}

test("R-13: any order of puts, gets, fills, removals, evictions and restarts agrees with a map", async (t) => {
	const dir = temporaryFolder(t);
	await fc.assert(
		fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60 }), async (steps) => {
			const run = new Run(dir);
			await run.start();
			try {
				for (const step of steps) await run.step(step);
				await run.restart();
				for (const key of keyNames) await run.get(key);
			} finally {
				await run.stop();
				rmSync(dir, { recursive: true });
			}
		}),
		fuzzing ? {} : { numRuns: 60 },
	);
});

test("R-13: everything at once: what is read is what its head says, and the books are right afterwards", async (t) => {
	const dir = temporaryFolder(t);
	const anyLane = fc.array(anyStep, { minLength: 10, maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(fc.array(anyLane, { minLength: 2, maxLength: 6 }), async (lanes) => {
			const store = await openDiskStore(storeOptions(dir, { limitBytes }));
			try {
				await Promise.all(lanes.map((lane, number) => useAtOnce(store, lane, number)));
				await store.settled();
				assert.equal(store.usedBytes, footprintOnDisk(dir));
				assert.ok(store.usedBytes <= limitBytes);
				await allRight(store);
			} finally {
				await store.close();
				rmSync(dir, { recursive: true });
			}
		}),
		fuzzing ? {} : { numRuns: 30 },
	);
});

async function useAtOnce(store: DiskStore, lane: Step[], number: number): Promise<void> {
	for (const [at, step] of lane.entries()) {
		if (step.does === "put" || step.does === "begin") {
			const body = bodyOf(`${step.key} ${number} ${at}`, step.size);
			await put(store, step.key, body, 10_000).catch((error: Error) =>
				assert.equal(error.name, "DiskLimitError", String(error)),
			);
		} else if (step.does === "remove") await store.remove(idOf(step.key));
		else if (step.does === "removeSome") await store.removeWhere(({ key }) => key === step.key);
		else if ("key" in step) await readOnce(store, step.key, step.does === "revalidate");
	}
}

async function readOnce(store: DiskStore, key: string, revalidates: boolean): Promise<void> {
	const object = await store.open(idOf(key));
	if (!object) return;
	if (revalidates) {
		await store.revalidated({ ...object.head, validatedAtMs: object.head.validatedAtMs + 10_000 });
	}
	const body = Buffer.alloc(object.head.sizeBytes);
	for (let at = 0; at < body.length; ) at += await object.read(body.subarray(at, at + 50_000), at);
	object.close();
	assert.equal(createHash("sha256").update(body).digest("hex"), object.head.sha256);
}

async function allRight(store: DiskStore): Promise<void> {
	for (const { head } of [...store.entries()]) {
		const object = await store.open(head);
		assert.ok(object, `${head.key} is known and does not open`);
		assert.ok(await object.readVerified(), `${head.key} is damaged`);
		object.close();
	}
}

test("R-14: what is removed while it is written does not appear, whoever comes first", async (t) => {
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir));
	t.after(() => store.close());
	const body = bodyOf("a", 1000);
	for (const turns of Array.from({ length: 60 }, (_, number) => number)) {
		await put(store, "a", bodyOf("old", 500));
		const writer = await store.create(idOf("a"), body.length);
		await writer.write(body);
		const sealing = writer.seal(headOf("a", body));
		// The removal comes in at every moment of the sealing, and after it.
		for (let turn = 0; turn < turns % 30; turn++) await new Promise((resolve) => setImmediate(resolve));
		if (turns < 30) assert.equal(await store.remove(idOf("a")), true);
		else assert.ok((await store.removeWhere(() => true)) <= 1);
		await sealing;
		writer.close();
		await store.settled();
		assert.equal(await store.open(idOf("a")), undefined);
		assert.equal(store.usedBytes, 0);
		assert.equal(footprintOnDisk(dir), 0);
	}
});

test("R-14: what is removed while its file is being made does not appear", async (t) => {
	const store = await openDiskStore(storeOptions(temporaryFolder(t)));
	t.after(() => store.close());
	for (const remove of [() => store.remove(idOf("a")), () => store.removeWhere(() => true)]) {
		const creating = store.create(idOf("a"), 10);
		await remove();
		const writer = await creating;
		await writer.write(bodyOf("a", 10));
		assert.equal(await writer.seal(headOf("a", bodyOf("a", 10))), false);
		writer.close();
		assert.equal(await store.open(idOf("a")), undefined);
	}
});

test("R-08: killed at random while it writes, removes and evicts: what is left is right", async (t) => {
	const dir = temporaryFolder(t);
	const rounds = fuzzing ? 200 : 4;
	for (let round = 0; round < rounds; round++) {
		const child = startChild(["work", dir]);
		await once(child.stdout, "data");
		await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
		child.kill("SIGKILL");
		await once(child, "exit");
		const store = await openDiskStore(storeOptions(dir, { limitBytes: 2 * mebibyte }));
		assert.deepEqual(
			filesBelow(dir).filter(({ name }) => name.startsWith("tmp/")),
			[],
		);
		await store.settled();
		assert.equal(store.usedBytes, footprintOnDisk(dir));
		assert.ok(store.usedBytes <= 2 * mebibyte);
		await allRight(store);
		await store.close();
	}
});
