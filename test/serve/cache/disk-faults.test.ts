/** A disk that is full, read-only, dying or gone, at every single call; and a program that is killed at every call. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { ChartcostError } from "../../../src/model/errors.ts";
import type { DiskTier } from "../../../src/serve/cache/disk.ts";
import { DiskOff, type GatedDisk, gateDisk } from "../../../src/serve/cache/disk-gate.ts";
import { openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import { startChild } from "./disk-child.ts";
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
import { type Call, type FaultyFiles, faultyFiles } from "./faulty-files.ts";

const kilobytes = (key: string, size: number) => bodyOf(key, size * 1024);

/** What the cache does with the disk, with every way of calling it. Nothing but `create` and what follows rejects. */
async function useAll(disk: GatedDisk, clock: HandClock): Promise<void> {
	const tried = (step: Promise<unknown>) => step.catch(() => {});
	await tried(put(disk, "a", kilobytes("a", 40)));
	await tried(put(disk, "b", kilobytes("b", 30)));
	await check(disk, "a", 40);
	clock.now += 120_000;
	await disk.revalidated(headOf("a", kilobytes("a", 40), { validatedAtMs: clock.now }));
	await check(disk, "a", 40);
	await tried(put(disk, "a", kilobytes("a", 50)));
	await check(disk, "b", 30);
	await disk.remove(idOf("b"));
	assert.equal(await disk.open(idOf("b")), undefined);
	for (let number = 0; number < 3; number++) {
		await tried(put(disk, `c${number}`, kilobytes(`c${number}`, 400)));
	}
	await disk.removeWhere(({ key }) => key === "c2");
	assert.equal(await disk.open(idOf("c2")), undefined);
}

/** A wrong byte is worse than none. */
async function check(disk: GatedDisk, key: string, size: number): Promise<void> {
	const object = await disk.open(idOf(key));
	if (object === undefined) return;
	try {
		const body = await object.readVerified().catch(() => undefined);
		if (body) assert.deepEqual(body, kilobytes(key, size));
	} finally {
		object.close();
	}
}

async function countCalls(dir: string): Promise<number> {
	const files = faultyFiles();
	const clock = new HandClock();
	const store = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte, files, clock }));
	await useAll(gateDisk(store, { clock, observer: rememberingObserver().observer }), clock);
	await store.close();
	rmSync(dir, { recursive: true });
	return files.calls;
}

/** One run with one plan of faults, then a start without: everything there is right, nothing else is there. */
async function runWith(dir: string, fault: FaultyFiles["fault"], pauses = true): Promise<void> {
	const files = faultyFiles();
	files.fault = fault;
	const clock = new HandClock();
	const { observer } = rememberingObserver();
	const options = storeOptions(dir, { limitBytes: mebibyte, files, clock, observer });
	const store = await openDiskStore(options).catch((error: unknown) => {
		assert.ok(error instanceof ChartcostError, `at start: ${error}`);
		return undefined;
	});
	if (store) {
		const gateClock = new HandClock();
		if (!pauses) gateClock.monotonicMs = () => (gateClock.now += 1e9);
		await useAll(gateDisk(store, { clock: gateClock, observer }), clock);
		await store.close();
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal(files.openFds, 0, "descriptors left open");
	await sound(dir);
}

async function sound(dir: string): Promise<void> {
	const store = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte }));
	try {
		await store.settled();
		assert.equal(store.usedBytes, footprintOnDisk(dir));
		assert.ok(store.usedBytes <= mebibyte);
		assert.deepEqual(
			filesBelow(dir).filter(({ name }) => name.startsWith("tmp/")),
			[],
		);
		for (const { head } of [...store.entries()]) {
			const object = await store.open(head);
			assert.ok(object, `${head.key} is there and does not open`);
			const body = await object.readVerified();
			object.close();
			assert.ok(body?.equals(bodyOf(head.key, head.sizeBytes)), `${head.key} has another body`);
		}
	} finally {
		await store.close();
	}
	rmSync(dir, { recursive: true });
}

for (const errno of ["ENOSPC", "EIO", "EMFILE"]) {
	test(`R-10: ${errno} at the n-th call, for every n`, async (t) => {
		const dir = temporaryFolder(t);
		const calls = await countCalls(dir);
		assert.ok(calls > 60);
		for (let n = 1; n <= calls; n++) {
			// Without pauses, so that everything after the fault is tried too.
			await runWith(dir, (_call, number) => (number === n ? errno : undefined), false);
		}
	});
}

// What holds for one errno holds for its like: every call is tried with the first, every fourth with the others.
for (const [errno, every] of [
	["ENOSPC", 1],
	["EROFS", 4],
	["EDQUOT", 4],
	["EACCES", 4],
] as const) {
	test(`R-10, R-12: ${errno} from the n-th call on, for ${every === 1 ? "every" : "every fourth"} n`, async (t) => {
		const dir = temporaryFolder(t);
		const calls = await countCalls(dir);
		for (let n = 1; n <= calls; n += every) {
			await runWith(dir, (call, number) => (number >= n && changes.has(call) ? errno : undefined));
		}
	});
}

/** `open` too: for a new file. Reading an old one with the same errno only makes it harder. */
const changes = new Set<Call>(["open", "write", "rename", "unlink", "makeFolder", "setModified", "flush"]);

test("R-08: killed at the n-th call, for every n", async (t) => {
	const dir = temporaryFolder(t);
	const calls = await countCalls(dir);
	for (let n = 1; n <= calls; n++) await runWith(dir, (_call, number) => (number >= n ? "EIO" : undefined));
});

test("short writes are no errors", async (t) => {
	const files = faultyFiles();
	files.shortWriteBytes = 1000;
	const store = await openDiskStore(storeOptions(temporaryFolder(t), { files }));
	t.after(() => store.close());
	const body = bodyOf("a", 30_001);
	await put(store, "a", body);
	assert.deepEqual(await get(store, "a"), body);
});

test("R-10: a full disk is given a tenth back, and the write is tried once more", async (t) => {
	const files = faultyFiles();
	const { observer, evicted, errnos } = rememberingObserver();
	const store = await openDiskStore(storeOptions(temporaryFolder(t), { files, observer }));
	t.after(() => store.close());
	for (let number = 0; number < 10; number++) await put(store, `${number}`, kilobytes(`${number}`, 10));
	let full = true;
	files.fault = (call) => {
		if (call === "unlink") full = false;
		return call === "write" && full ? "ENOSPC" : undefined;
	};
	await put(store, "new", kilobytes("new", 10));
	assert.deepEqual(await get(store, "new"), kilobytes("new", 10));
	assert.deepEqual(
		evicted.map(({ cause }) => cause),
		["full"],
	);
	assert.deepEqual(errnos, []);
});

test("R-10: a disk that stays full fails one write once, and what was written can be read to its end", async (t) => {
	const files = faultyFiles();
	const { observer, errnos } = rememberingObserver();
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir, { files, observer }));
	t.after(() => store.close());
	const writer = await store.create(idOf("a"), undefined);
	await writer.write(bodyOf("a", 1000));
	files.fault = (call) => (call === "write" ? "ENOSPC" : undefined);
	await assert.rejects(writer.write(bodyOf("a", 1000)), { code: "ENOSPC" });
	await assert.rejects(writer.write(bodyOf("a", 1000)));
	await assert.rejects(writer.seal(headOf("a", bodyOf("a", 1000))));
	const part = Buffer.alloc(2000);
	assert.equal(await writer.read(part, 0), 1000);
	await writer.discard();
	await writer.discard();
	writer.close();
	assert.deepEqual(errnos, ["ENOSPC"]);
	assert.equal(store.usedBytes, 0);
	assert.equal(footprintOnDisk(dir), 0);
});

test("R-10: the switch: off for 30 s, twice as long each time, said once per change; a full disk is still read", async (t) => {
	const files = faultyFiles();
	const clock = new HandClock();
	const { observer, said } = rememberingObserver();
	const store = await openDiskStore(storeOptions(temporaryFolder(t), { files, clock, observer }));
	t.after(() => store.close());
	const disk = gateDisk(store, { clock, observer });
	await put(disk, "a", kilobytes("a", 10));
	files.fault = (call) => (call === "write" ? "ENOSPC" : undefined);
	await assert.rejects(put(disk, "b", kilobytes("b", 10)), { code: "ENOSPC" });
	assert.equal(disk.usable, false);
	const calls = files.calls;
	await assert.rejects(disk.create(idOf("c"), 10), DiskOff);
	assert.equal(files.calls, calls, "the disk is left alone");
	clock.now += 29_999;
	assert.equal(disk.usable, false);
	clock.now += 1;
	assert.equal(disk.usable, true);
	await assert.rejects(put(disk, "b", kilobytes("b", 10)), { code: "ENOSPC" });
	clock.now += 59_999;
	assert.equal(disk.usable, false);
	clock.now += 1;
	assert.equal(said.length, 1);
	assert.match(said[0] ?? "", /not written for now: ENOSPC/);
	files.fault = () => undefined;
	await put(disk, "d", kilobytes("d", 10));
	assert.deepEqual(await get(disk, "d"), kilobytes("d", 10));
	assert.equal(said.length, 2);
	assert.match(said[1] ?? "", /written again/);
	assert.ok(disk.usable);
});

test("R-10: a real disk of 4 MiB under a limit of 64: every object is stored, older ones make room", async (t) => {
	const dir = temporaryFolder(t);
	mkdirSync(dir, { mode: 0o700 });
	const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0700", "none", dir]).status === 0;
	if (!mounted) return t.skip("mounting a small disk needs root");
	const { observer, evicted, errnos } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { observer }));
	try {
		for (let number = 0; number < 40; number++) {
			const body = kilobytes(`${number}`, 100 + number);
			await put(store, `${number}`, body);
			assert.deepEqual(await get(store, `${number}`), body);
		}
		assert.ok(evicted.length >= 10 && evicted.every(({ cause }) => cause === "full"));
		assert.deepEqual(errnos, []);
		await assert.rejects(put(store, "too large", kilobytes("too large", 5000)), { code: "ENOSPC" });
		await put(store, "after it", kilobytes("after it", 10));
		assert.equal(store.usedBytes, footprintOnDisk(dir));
	} finally {
		await store.close();
		spawnSync("umount", [dir]);
	}
});

test("a new head on a disk that fails is known all the same, and is not a write per request", async (t) => {
	const files = faultyFiles();
	const clock = new HandClock();
	const { observer } = rememberingObserver();
	const store = await openDiskStore(storeOptions(temporaryFolder(t), { files, clock, observer }));
	t.after(() => store.close());
	const disk = gateDisk(store, { clock, observer });
	const body = kilobytes("a", 10);
	await put(disk, "a", body);
	let writes = 0;
	files.fault = (call) => (call === "write" && ++writes > 0 ? "ENOSPC" : undefined);
	for (let second = 100; second < 105; second++) {
		await disk.revalidated(headOf("a", body, { validatedAtMs: second * 1000 }));
	}
	assert.equal(writes, 1);
	assert.equal([...disk.entries()][0]?.head.validatedAtMs, 104_000);
	files.fault = () => undefined;
	await disk.revalidated(headOf("a", body, { validatedAtMs: 200_000 }));
	assert.deepEqual(await get(disk, "a"), body);
});

test("a head that no slot holds is refused, and the disk is not to blame", async (t) => {
	const dir = temporaryFolder(t);
	const clock = new HandClock();
	const { observer, errnos, said } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { clock, observer }));
	t.after(() => store.close());
	const disk = gateDisk(store, { clock, observer });
	const body = bodyOf("a", 100);
	const writer = await disk.create(idOf("a"), 100);
	await writer.write(body);
	const head = headOf("a", body, { contentDisposition: "x".repeat(5000) });
	await assert.rejects(writer.seal(head), { name: "HeadTooLarge" });
	await writer.discard();
	writer.close();
	assert.deepEqual([disk.usable, errnos, said, footprintOnDisk(dir)], [true, [], [], 0]);
});

test("a new version that cannot take its place leaves the old one", async (t) => {
	const dir = temporaryFolder(t);
	const files = faultyFiles();
	const store = await openDiskStore(storeOptions(dir, { files }));
	t.after(() => store.close());
	await put(store, "a", kilobytes("a", 10));
	files.fault = (call) => (call === "rename" ? "EIO" : undefined);
	await assert.rejects(put(store, "a", kilobytes("a", 20)), { code: "EIO" });
	assert.deepEqual(await get(store, "a"), kilobytes("a", 10));
	assert.equal(store.usedBytes, footprintOnDisk(dir));
});

test("a removal finds what the walk after a start could not look at", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	for (const key of ["a", "b", "c"]) await put(first, key, kilobytes(key, 10));
	await first.close();
	const files = faultyFiles();
	let failing: Call = "list";
	files.fault = (call, _number, where) =>
		call === failing && /\/[0-9a-f]{2}(\/[0-9a-f]{64})?$/.test(where ?? "") ? "EMFILE" : undefined;
	for (const [call, remove] of [
		["list", (store: DiskTier) => store.remove(idOf("a"))],
		["open", (store: DiskTier) => store.removeWhere(({ key }) => key === "b")],
	] as const) {
		failing = call;
		const store = await openDiskStore(storeOptions(dir, { files }));
		await store.settled();
		failing = "flushFolder";
		assert.equal(Number(await remove(store)), 1);
		await store.close();
	}
	const last = await openDiskStore(storeOptions(dir));
	t.after(() => last.close());
	await last.settled();
	assert.deepEqual(
		[...last.entries()].map(({ head }) => head.key),
		["c"],
	);
});

test("a removal by condition takes what cannot be read: it may be what is meant", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	await put(first, "a", kilobytes("a", 10));
	await first.close();
	const files = faultyFiles();
	files.fault = (call, _number, where) =>
		call === "open" && where?.endsWith("VERSION") === false ? "EIO" : undefined;
	const store = await openDiskStore(storeOptions(dir, { files }));
	t.after(() => store.close());
	assert.equal(await store.removeWhere(({ key }) => key === "a"), 1);
	assert.equal(footprintOnDisk(dir), 0);
});

test("a close in the middle of things leaves nothing open and nothing growing", async (t) => {
	const dir = temporaryFolder(t);
	const files = faultyFiles();
	const store = await openDiskStore(storeOptions(dir, { files }));
	await store.settled();
	const writer = await store.create(idOf("a"), 10);
	await writer.write(bodyOf("a", 5));
	const { open } = files;
	let letGo = () => {};
	const opening = new Promise<void>((called) => {
		files.open = async (where, how) => {
			files.open = open;
			called();
			await new Promise<void>((resolve) => {
				letGo = resolve;
			});
			return await open(where, how);
		};
	});
	const made = assert.rejects(store.create(idOf("b"), 10), /closed/);
	await opening;
	const beginning = assert.rejects(store.create(idOf("d"), 10), /closed/);
	const closing = store.close();
	letGo();
	await Promise.all([made, beginning, closing]);
	await assert.rejects(writer.write(bodyOf("a", 5)));
	writer.close();
	assert.equal(await store.open(idOf("a")), undefined);
	await assert.rejects(store.create(idOf("c"), 10), /closed/);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(files.openFds, 0);
	assert.equal(footprintOnDisk(dir), 0);
});

test("R-11: out of descriptors: nothing is found, nothing breaks, and it comes back", async (t) => {
	const files = faultyFiles();
	const clock = new HandClock();
	const { observer, said, errnos } = rememberingObserver();
	const store = await openDiskStore(storeOptions(temporaryFolder(t), { files, clock, observer }));
	t.after(() => store.close());
	const disk = gateDisk(store, { clock, observer });
	await put(disk, "a", kilobytes("a", 10));
	files.fault = (call) => (call === "open" ? "EMFILE" : undefined);
	assert.equal(await disk.open(idOf("a")), undefined);
	assert.equal(await disk.open(idOf("a")), undefined);
	await assert.rejects(disk.create(idOf("b"), 10), { code: "EMFILE" });
	files.fault = () => undefined;
	assert.equal(await disk.open(idOf("a")), undefined);
	clock.now += 30_000;
	assert.deepEqual(await get(disk, "a"), kilobytes("a", 10));
	await put(disk, "b", kilobytes("b", 10));
	assert.deepEqual(errnos, ["EMFILE", "EMFILE"]);
	assert.equal(said.length, 4);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(files.openFds, 0);
});

test("R-11: a process with 64 descriptors", { skip: !existsSync("/proc/self/fd") }, async (t) => {
	const child = startChild(["crowd", temporaryFolder(t)], "ulimit -n 64");
	t.after(() => child.kill("SIGKILL"));
	const { asked, opened, refused, before, after } = JSON.parse(await text(child.stdout));
	assert.ok(opened > 10 && opened < asked, `${opened} of ${asked}`);
	assert.equal(refused, "EMFILE");
	assert.ok(after <= before, `${after} descriptors, ${before} before`);
});

test("R-12: the folder vanishes while we run", async (t) => {
	const dir = temporaryFolder(t);
	const clock = new HandClock();
	const { observer } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { clock, observer }));
	const disk = gateDisk(store, { clock, observer });
	await put(disk, "a", kilobytes("a", 10));
	const object = await disk.open(idOf("a"));
	rmSync(dir, { recursive: true });
	assert.deepEqual(await object?.readVerified(), kilobytes("a", 10));
	object?.close();
	assert.equal(await disk.open(idOf("a")), undefined);
	assert.equal(store.usedBytes, 0);
	await assert.rejects(put(disk, "b", kilobytes("b", 10)), { code: "ENOENT" });
	assert.equal(disk.usable, false);
	assert.equal(await disk.remove(idOf("a")), false);
	await store.close();
});

test("a removed object whose file cannot be deleted does not come back with the next start", async (t) => {
	const dir = temporaryFolder(t);
	const files = faultyFiles();
	const store = await openDiskStore(storeOptions(dir, { files }));
	for (const key of ["a", "b"]) await put(store, key, kilobytes(key, 10));
	files.fault = (call) => (call === "unlink" ? "EIO" : undefined);
	await assert.rejects(
		store.removeWhere(() => true),
		{ code: "EIO" },
	);
	for (const key of ["a", "b"]) assert.equal(await store.open(idOf(key)), undefined);
	assert.equal(store.usedBytes, footprintOnDisk(dir));
	files.fault = () => undefined;
	await put(store, "a", kilobytes("a", 20));
	await store.close();
	assert.equal(filesBelow(dir).filter(({ name }) => isObject(name)).length, 1);
	const second = await openDiskStore(storeOptions(dir));
	t.after(() => second.close());
	assert.deepEqual(await get(second, "a"), kilobytes("a", 20));
});
