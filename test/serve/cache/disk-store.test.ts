/** The disk tier as the cache uses it: put, read while it grows, seal, read, remove, evict, start again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import {
	bodyOf,
	filesBelow,
	footprintOnDisk,
	get,
	HandClock,
	headOf,
	idOf,
	isObject,
	mebibyte,
	put,
	rememberingObserver,
	storeOptions,
	temporaryFolder,
} from "./disk-fixture.ts";
import { faultyFiles, heldWalk } from "./faulty-files.ts";

test("what is sealed is read back, whole and in parts", async (t) => {
	const store = await openDiskStore(storeOptions(temporaryFolder(t)));
	t.after(() => store.close());
	const body = bodyOf("a", 300_000);
	assert.equal(await put(store, "a", body), true);
	assert.deepEqual(await get(store, "a", 1000), body);
	const object = await store.open(idOf("a"));
	assert.ok(object);
	assert.deepEqual(object.head, headOf("a", body));
	const part = Buffer.alloc(100);
	assert.equal(await object.read(part, 299_950), 50);
	assert.deepEqual(part.subarray(0, 50), body.subarray(299_950));
	assert.equal(await object.read(part, 300_000), 0);
	assert.deepEqual(await object.readVerified(), body);
	object.close();
	assert.equal(await store.open(idOf("b")), undefined);
	assert.equal(store.count, 1);
	assert.equal(store.usedBytes, footprintOnDisk(storeDir(store)));
});

test("nobody sees an object before it is sealed, but its own readers", async (t) => {
	const store = await openDiskStore(storeOptions(temporaryFolder(t)));
	t.after(() => store.close());
	const body = bodyOf("a", 100_000);
	const writer = await store.create(idOf("a"), undefined);
	await writer.write(body.subarray(0, 60_000));
	assert.equal(await store.open(idOf("a")), undefined);
	const part = Buffer.alloc(80_000);
	assert.equal(await writer.read(part, 10_000), 50_000);
	assert.deepEqual(part.subarray(0, 50_000), body.subarray(10_000, 60_000));
	assert.equal(await writer.read(part, 60_000), 0);
	await writer.write(body.subarray(60_000));
	assert.equal(await writer.seal(headOf("a", body)), true);
	assert.equal(await writer.read(part, 60_000), 40_000);
	writer.close();
	assert.deepEqual(await get(store, "a"), body);
});

test("fewer or more bytes than the head says are not sealed", async (t) => {
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir));
	t.after(() => store.close());
	for (const written of [99, 101]) {
		const writer = await store.create(idOf("a"), 100);
		await writer.write(bodyOf("a", written));
		await assert.rejects(writer.seal(headOf("a", bodyOf("a", 100))), /bytes were written/);
		await writer.discard();
		writer.close();
	}
	assert.equal(await store.open(idOf("a")), undefined);
	assert.equal(store.usedBytes, 0);
	assert.equal(footprintOnDisk(dir), 0);
});

test("remove: readers read on, the next open finds nothing", async (t) => {
	const store = await openDiskStore(storeOptions(temporaryFolder(t)));
	t.after(() => store.close());
	const body = bodyOf("a", 5000);
	await put(store, "a", body);
	const object = await store.open(idOf("a"));
	assert.equal(await store.remove(idOf("a")), true);
	assert.equal(await store.remove(idOf("a")), false);
	assert.equal(await store.open(idOf("a")), undefined);
	assert.deepEqual(await object?.readVerified(), body);
	object?.close();
	assert.equal(store.usedBytes, 0);
});

test("removeWhere: everything with a prefix", async (t) => {
	const store = await openDiskStore(storeOptions(temporaryFolder(t)));
	t.after(() => store.close());
	for (const key of ["a/1", "a/2", "b/1"]) await put(store, key, bodyOf(key, 10));
	assert.equal(await store.removeWhere(({ key }) => key.startsWith("a/")), 2);
	assert.deepEqual(
		[...store.entries()].map(({ head }) => head.key),
		["b/1"],
	);
});

test("the limit: what was not used for longest goes first, down to nine tenths", async (t) => {
	const { observer, evicted } = rememberingObserver();
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte, observer }));
	t.after(() => store.close());
	const bodyBytes = 92 * 1024; // with its header 100 KiB: ten fit
	for (let number = 0; number < 10; number++) await put(store, `${number}`, bodyOf(`${number}`, bodyBytes));
	assert.equal(evicted.length, 0);
	assert.ok(await get(store, "0"));
	await put(store, "10", bodyOf("10", bodyBytes));
	await store.settled();
	const keys = [...store.entries()].map(({ head }) => head.key);
	assert.deepEqual(keys, ["3", "4", "5", "6", "7", "8", "9", "0", "10"]);
	assert.equal(evicted.length, 2);
	assert.equal(store.usedBytes, footprintOnDisk(dir));
	assert.ok(store.usedBytes <= 0.9 * mebibyte);
});

test("R-20: a restart is warm at once, and the order of use is roughly kept", async (t) => {
	const dir = temporaryFolder(t);
	const clock = new HandClock();
	const options = storeOptions(dir, { clock });
	const first = await openDiskStore(options);
	for (const key of ["a", "b", "c"]) {
		await put(first, key, bodyOf(key, 50_000));
		clock.now += 1000;
	}
	clock.now += 3_600_000;
	assert.ok(await get(first, "a"));
	await first.settled();
	await first.close();

	clock.now += 1000;
	const { files, letGo } = heldWalk(dir);
	const second = await openDiskStore({ ...options, files });
	t.after(() => second.close());
	assert.deepEqual(await get(second, "b"), bodyOf("b", 50_000), "before the walk");
	assert.equal(second.count, 0);
	letGo();
	await second.walked;
	assert.deepEqual(
		[...second.entries()].map(({ head }) => head.key),
		["c", "a", "b"],
	);
	assert.equal(second.usedBytes, footprintOnDisk(dir));
});

for (const change of ["replaced", "removed"] as const) {
	test(`${change} between looking it up and opening it: never the head of one with the body of the other`, async (t) => {
		const files = faultyFiles();
		const store = await openDiskStore(storeOptions(temporaryFolder(t), { files }));
		t.after(() => store.close());
		await put(store, "a", bodyOf("old", 1000));
		const { open } = files;
		const changed = new Promise<void>((resolve) => {
			files.open = async (path, how) => {
				files.open = open;
				if (change === "replaced") await put(store, "a", bodyOf("new", 2000));
				else await store.remove(idOf("a"));
				resolve();
				return await open(path, how);
			};
		});
		const found = await get(store, "a");
		await changed;
		assert.deepEqual(found, change === "replaced" ? bodyOf("new", 2000) : undefined);
	});
}

test("an eviction that waits behind a replacement does not delete the replacement", async (t) => {
	const dir = temporaryFolder(t);
	const files = faultyFiles();
	const { observer, evicted } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte, files, observer }));
	t.after(() => store.close());
	const [old, replacement] = [bodyOf("old", 300_000), bodyOf("new", 300_000)];
	await put(store, "a", old);
	const { open } = files;
	let letGo = () => {};
	const gone = new Promise<void>((resolve) => {
		letGo = resolve;
	});
	files.open = async (where, how) => {
		if (how === "update") await gone;
		return await open(where, how);
	};
	const turns = async () => {
		for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
	};
	// One after the other, all for the same name: a new head (held), the replacement, the eviction of the old one.
	const head = store.revalidated(headOf("a", old, { validatedAtMs: 1e9 }));
	const writer = await store.create(idOf("a"), replacement.length);
	await writer.write(replacement);
	const sealing = writer.seal(headOf("a", replacement));
	await turns();
	const other = put(store, "b", bodyOf("b", 500_000));
	await turns();
	assert.equal(store.count, 0, "the old one is out");
	letGo();
	await Promise.all([head, sealing, other]);
	writer.close();
	await store.settled();
	assert.deepEqual(await get(store, "a"), replacement);
	assert.equal(evicted.length, 1);
	assert.equal(store.usedBytes, footprintOnDisk(dir));
});

test("a new head after 304 survives a restart, the body stays", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	const body = bodyOf("a", 1000);
	await put(first, "a", body);
	for (const validatedAtMs of [60_000, 120_000, 180_000]) {
		await first.revalidated(headOf("a", body, { validatedAtMs }));
	}
	await first.revalidated(headOf("a", bodyOf("other", 10), { validatedAtMs: 999_999_999 }));
	await first.revalidated(headOf("unknown", body));
	await first.close();
	const second = await openDiskStore(storeOptions(dir));
	t.after(() => second.close());
	const object = await second.open(idOf("a"));
	assert.equal(object?.head.validatedAtMs, 180_000);
	assert.deepEqual(await object?.readVerified(), body);
	object?.close();
	assert.equal(filesBelow(dir).filter(({ name }) => isObject(name)).length, 1);
});

function storeDir(store: { dir: string }): string {
	return store.dir;
}
