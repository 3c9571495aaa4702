/** Folders and files as they may be found at a start: damaged, foreign, of another version, used by somebody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
	appendFileSync,
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ChartcostError, ExitCode } from "../../../src/model/errors.ts";
import {
	bodyOffset,
	encodeSlot,
	fileName,
	objectPath,
	slotBytes,
} from "../../../src/serve/cache/disk-format.ts";
import { openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import { startChild } from "./disk-child.ts";
import {
	bodyOf,
	filesBelow,
	footprintOnDisk,
	get,
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

const size = 20_000;
const fileOf = (dir: string, key: string) => path.join(dir, objectPath(fileName(idOf(key))));

/** Every way in which the file of "a" may be wrong after a start. */
const damages: Record<string, (file: string, dir: string) => void> = {
	"body: one bit": (file) => overwrite(file, bodyOffset + 777, Buffer.from([0x55])),
	"body: a block of zeros": (file) => overwrite(file, bodyOffset + 4096, Buffer.alloc(4096)),
	"body: cut short": (file) => truncateSync(file, bodyOffset + size - 1),
	"body: missing": (file) => truncateSync(file, bodyOffset),
	"body: longer": (file) => appendFileSync(file, "x"),
	"header: cut": (file) => truncateSync(file, 100),
	"header: empty file": (file) => truncateSync(file, 0),
	"header: zeros": (file) => overwrite(file, 0, Buffer.alloc(bodyOffset)),
	"header: garbage": (file) => overwrite(file, slotBytes, Buffer.from("garbage garbage garbage")),
	"header: one bit of the JSON": (file) => flip(file, slotBytes + 60),
	"header: its length": (file) => overwrite(file, slotBytes + 12, Buffer.from([255, 255, 255, 255])),
	"file: of another key": (file, dir) => renameSync(fileOf(dir, "b"), file),
	"file: a link to another": (file, dir) => {
		renameSync(file, path.join(dir, "..", "outside"));
		symlinkSync(path.join(dir, "..", "outside"), file);
	},
	"file: good head, wrong sha256": (file) => {
		const head = headOf("a", bodyOf("a", size), { sha256: "0".repeat(64) });
		overwrite(file, 0, encodeSlot(head, 7));
	},
};

function overwrite(file: string, at: number, bytes: Buffer): void {
	const content = readFileSync(file);
	bytes.copy(content, at);
	writeFileSync(file, content);
}

function flip(file: string, at: number): void {
	const content = readFileSync(file);
	content[at] = (content[at] ?? 0) ^ 1;
	writeFileSync(file, content);
}

for (const [name, damage] of Object.entries(damages)) {
	for (const when of ["during the walk", "after the walk"]) {
		test(`R-09: ${name}: never served, ${when}`, async (t) => {
			const dir = temporaryFolder(t);
			const first = await openDiskStore(storeOptions(dir));
			for (const key of ["a", "b", "c"]) await put(first, key, bodyOf(key, size));
			await first.close();
			damage(fileOf(dir, "a"), dir);
			const { observer } = rememberingObserver();
			const store = await openDiskStore(storeOptions(dir, { observer }));
			t.after(() => store.close());
			if (when === "after the walk") await store.settled();
			for (const { head } of store.entries()) assert.ok(existsSync(fileOf(dir, head.key)), head.key);
			assert.equal(await store.open(idOf("a")), undefined);
			assert.deepEqual(await get(store, "c"), bodyOf("c", size));
			await store.settled();
			assert.equal(await store.open(idOf("a")), undefined);
			assert.equal(existsSync(fileOf(dir, "a")), false);
			assert.equal(store.usedBytes, footprintOnDisk(dir));
			await put(store, "a", bodyOf("a", size));
			assert.deepEqual(await get(store, "a"), bodyOf("a", size));
		});
	}
}

test("R-09: damaged while we run: not a clean end, and gone afterwards", async (t) => {
	const dir = temporaryFolder(t);
	const { observer, integrity } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { observer }));
	t.after(() => store.close());
	for (const key of ["a", "b"]) await put(store, key, bodyOf(key, size));
	truncateSync(fileOf(dir, "a"), bodyOffset + 100);
	await assert.rejects(get(store, "a"), { code: "EIO" });
	flip(fileOf(dir, "b"), bodyOffset);
	const object = await store.open(idOf("b"));
	assert.equal(await object?.readVerified(), undefined);
	object?.close();
	for (const key of ["a", "b"]) assert.equal(await store.open(idOf(key)), undefined);
	assert.deepEqual(integrity, ["disk", "disk"]);
	assert.equal(footprintOnDisk(dir), 0);
});

test("R-09: a torn new head leaves the old one in force", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	const body = bodyOf("a", size);
	await put(first, "a", body);
	await first.revalidated(headOf("a", body, { validatedAtMs: 100_000 }));
	await first.close();
	flip(fileOf(dir, "a"), 60);
	const store = await openDiskStore(storeOptions(dir));
	t.after(() => store.close());
	const object = await store.open(idOf("a"));
	assert.equal(object?.head.validatedAtMs, 1);
	assert.deepEqual(await object?.readVerified(), body);
	object?.close();
});

test("R-09: foreign files between the objects and temporary files are removed, one line says so", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	await put(first, "a", bodyOf("a", size));
	await first.close();
	const folder = path.dirname(fileOf(dir, "a"));
	for (const name of ["notes.txt", "0".repeat(64), "A".repeat(64)])
		writeFileSync(path.join(folder, name), "x");
	mkdirSync(path.join(folder, "folder"));
	for (let number = 0; number < 5; number++) writeFileSync(path.join(dir, "tmp", `${number}`), "x");
	const { observer, said } = rememberingObserver();
	const store = await openDiskStore(storeOptions(dir, { observer }));
	t.after(() => store.close());
	await store.settled();
	assert.deepEqual(readdirSync(folder).sort(), [fileName(idOf("a")), "folder"].sort());
	assert.deepEqual(readdirSync(path.join(dir, "tmp")), []);
	assert.equal(said.length, 1);
	assert.match(said[0] ?? "", / 4 files that were damaged or not ours/);
	assert.deepEqual(await get(store, "a"), bodyOf("a", size));
});

for (const version of ["chartcost cache 0\n", "chartcost cache 2\n", ""]) {
	test(`R-09: a cache of version ${JSON.stringify(version)} is set aside, said once`, async (t) => {
		const dir = temporaryFolder(t);
		for (let round = 0; round < 2; round++) {
			const before = await openDiskStore(storeOptions(dir));
			await put(before, "a", bodyOf("a", size));
			await before.close();
			writeFileSync(path.join(dir, "VERSION"), version);
			const { observer, said } = rememberingObserver();
			const store = await openDiskStore(storeOptions(dir, { observer }));
			await store.settled();
			assert.equal(await store.open(idOf("a")), undefined);
			assert.equal(store.count, 0);
			assert.equal(said.length, 1);
			assert.match(said[0] ?? "", /another version.*moved to .*aside/);
			await store.close();
		}
		assert.equal(filesBelow(path.join(dir, "aside")).filter(({ name }) => isObject(name)).length, 1);
	});
}

async function refused(open: Promise<unknown>, message: RegExp): Promise<void> {
	await assert.rejects(open, (error: unknown) => {
		assert.ok(error instanceof ChartcostError, String(error));
		assert.match(error.message, message);
		assert.ok(error.hint);
		assert.equal(error.exitCode, ExitCode.usage);
		return true;
	});
}

test("S-46: private folder and files; a folder everybody may write to is refused", async (t) => {
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir));
	await put(store, "a", bodyOf("a", 10));
	await store.close();
	assert.equal(statSync(dir).mode & 0o777, 0o700);
	assert.equal(statSync(path.dirname(fileOf(dir, "a"))).mode & 0o777, 0o700);
	assert.equal(statSync(fileOf(dir, "a")).mode & 0o777, 0o600);
	chmodSync(dir, 0o777);
	await refused(openDiskStore(storeOptions(dir)), /everybody may write/);
});

test("S-46: foreign files, files in place of folders, links out of the folder", async (t) => {
	const dir = temporaryFolder(t);
	mkdirSync(dir);
	writeFileSync(path.join(dir, "thesis.doc"), "irreplaceable");
	await refused(openDiskStore(storeOptions(dir)), /did not put there: "thesis.doc"/);
	assert.deepEqual(readdirSync(dir), ["thesis.doc"], "nothing was made beside it");
	await refused(openDiskStore(storeOptions(path.join(dir, "thesis.doc"))), /not a folder/);
	await refused(openDiskStore(storeOptions(path.join(dir, "thesis.doc", "x"))), /not a folder/);
	const linked = path.join(dir, "..", "linked");
	mkdirSync(linked);
	symlinkSync(dir, path.join(linked, "tmp"));
	await refused(openDiskStore(storeOptions(linked)), /did not put there: "tmp"/);
});

test("S-46: a folder of objects that is a link is not followed", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	await put(first, "a", bodyOf("a", size));
	await first.close();
	const folder = path.dirname(fileOf(dir, "a"));
	const outside = path.join(dir, "..", "outside");
	renameSync(folder, outside);
	symlinkSync(outside, folder);
	const { files, letGo } = heldWalk(dir);
	const store = await openDiskStore(storeOptions(dir, { files }));
	t.after(() => {
		letGo();
		return store.close();
	});
	assert.equal(await store.open(idOf("a")), undefined);
	letGo();
	await store.settled();
	assert.equal(await store.open(idOf("a")), undefined);
	assert.equal(readdirSync(outside).length, 1, "what it pointed to is left alone");
});

for (const [errno, words] of [
	["EROFS", /read-only/],
	["EACCES", /no permission/],
	["ENOSPC", /full/],
] as const) {
	test(`R-12: ${errno} at start is said clearly`, async (t) => {
		const files = faultyFiles();
		files.fault = (call) => (call === "makeFolder" || call === "write" ? errno : undefined);
		await refused(openDiskStore(storeOptions(temporaryFolder(t), { files })), words);
	});
}

test("a limit that holds nothing is refused", async (t) => {
	for (const limitBytes of [0, -1, 1000, Number.NaN]) {
		await refused(openDiskStore(storeOptions(temporaryFolder(t), { limitBytes })), /cannot hold/);
	}
});

test("S-09, S-10: keys never become names of files", async (t) => {
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir));
	t.after(() => store.close());
	const keys = [
		"../../etc/passwd",
		"k".repeat(1024),
		'"'.repeat(1024),
		"π".repeat(512),
		"CON",
		"aux.tgz",
		"a:b",
		"a",
		"A.tgz",
		"a.tgz",
		"\u00e9.tgz",
		"e\u0301.tgz",
		"a/../b",
		"..",
	];
	for (const key of keys) await put(store, key, bodyOf(key, 100));
	for (const key of keys) assert.deepEqual(await get(store, key), bodyOf(key, 100), key);
	assert.equal(store.count, keys.length);
	const objects = filesBelow(dir).filter(({ name }) => !/^(VERSION|lock\/)/.test(name));
	assert.ok(objects.every(({ name }) => isObject(name)));
	assert.equal(objects.length, keys.length);
	assert.deepEqual(readdirSync(path.dirname(dir)), ["cache"]);
	const other = { ...idOf("a"), bucketId: "other/bucket" };
	assert.equal(await store.open(other), undefined);
});

test("R-21: a second store of the same folder is refused, also in the same process, and gets it after close", async (t) => {
	const dir = temporaryFolder(t);
	const first = await openDiskStore(storeOptions(dir));
	await refused(openDiskStore(storeOptions(dir)), /another chartcost serve is using/);
	await put(first, "a", bodyOf("a", 10));
	await first.close();
	const second = await openDiskStore(storeOptions(dir));
	assert.deepEqual(await get(second, "a"), bodyOf("a", 10));
	await second.close();
	assert.deepEqual(readdirSync(path.join(dir, "lock")), []);
});

test("R-21: of ten that start together exactly one gets the folder", async (t) => {
	for (let round = 0; round < 5; round++) {
		const dir = temporaryFolder(t);
		const outcomes = await Promise.allSettled(
			Array.from({ length: 10 }, () => openDiskStore(storeOptions(dir))),
		);
		const stores = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
		for (const store of stores) await store.close();
		assert.equal(stores.length, 1);
	}
});

test("R-21: a folder of another process is refused; after kill -9 it is taken over", async (t) => {
	const dir = temporaryFolder(t);
	const child = startChild(["hold", dir]);
	t.after(() => child.kill("SIGKILL"));
	await once(child.stdout, "data");
	await refused(openDiskStore(storeOptions(dir)), /another chartcost serve is using/);
	child.kill("SIGSTOP");
	await refused(openDiskStore(storeOptions(dir)), /another chartcost serve is using/);
	child.kill("SIGKILL");
	await once(child, "exit");
	assert.equal(readdirSync(path.join(dir, "lock")).length, 1, "it could not clean up");
	const store = await openDiskStore(storeOptions(dir));
	await store.close();
	assert.deepEqual(readdirSync(path.join(dir, "lock")), []);
});

test("R-21: the path of the folder may be longer than a socket's", async (t) => {
	const dir = path.join(temporaryFolder(t), "long".repeat(40));
	const store = await openDiskStore(storeOptions(dir));
	await refused(openDiskStore(storeOptions(dir)), /another chartcost serve is using/);
	await store.close();
});

test("R-28: objects of 0 and 1 bytes, and of more than the limit", async (t) => {
	const dir = temporaryFolder(t);
	const store = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte }));
	for (const bytes of [0, 1]) {
		await put(store, `${bytes}`, bodyOf(`${bytes}`, bytes));
		assert.deepEqual(await get(store, `${bytes}`), bodyOf(`${bytes}`, bytes));
		const object = await store.open(idOf(`${bytes}`));
		assert.equal((await object?.readVerified())?.length, bytes);
		object?.close();
	}
	await assert.rejects(store.create(idOf("large"), 2 * mebibyte), { name: "DiskLimitError" });
	const writer = await store.create(idOf("unknown size"), undefined);
	await writer.write(Buffer.alloc(mebibyte / 2));
	await assert.rejects(writer.write(Buffer.alloc(mebibyte)), { name: "DiskLimitError" });
	await writer.discard();
	writer.close();
	await store.close();
	const second = await openDiskStore(storeOptions(dir, { limitBytes: mebibyte }));
	t.after(() => second.close());
	await second.settled();
	assert.equal(second.usedBytes, footprintOnDisk(dir));
});

test("R-28: 5 GiB: sizes and positions beyond 32 bits", async (t) => {
	const dir = temporaryFolder(t);
	const gibibyte = 1 << 30;
	const zeros = Buffer.alloc(256 << 20);
	const files = faultyFiles();
	const { write } = files;
	// Leaves holes: of a chunk of zeros only the last byte is written.
	files.write = async (fd, source, position) => {
		if (source.length < zeros.length) return await write(fd, source, position);
		await write(fd, source.subarray(-1), position + source.length - 1);
		return source.length;
	};
	const limitBytes = 8 * gibibyte;
	const store = await openDiskStore(storeOptions(dir, { limitBytes, files }));
	const sizeBytes = 5 * gibibyte + 4;
	const writer = await store.create(idOf("huge"), sizeBytes);
	assert.ok(store.usedBytes > 5 * gibibyte);
	for (let number = 0; number < 20; number++) await writer.write(zeros);
	await writer.write(Buffer.from("tail"));
	const part = Buffer.alloc(10);
	assert.equal(await writer.read(part, sizeBytes - 4), 4);
	assert.equal(await writer.seal(headOf("huge", Buffer.alloc(0), { sizeBytes })), true);
	writer.close();
	const object = await store.open(idOf("huge"));
	assert.equal(await object?.read(part, sizeBytes - 4), 4);
	assert.equal(part.toString("latin1", 0, 4), "tail");
	object?.close();
	await store.close();

	const second = await openDiskStore(storeOptions(dir, { limitBytes }));
	await second.settled();
	assert.deepEqual(
		[...second.entries()].map(({ head }) => head.sizeBytes),
		[sizeBytes],
	);
	assert.equal(second.usedBytes, footprintOnDisk(dir));
	await second.close();
	const third = await openDiskStore(storeOptions(dir, { limitBytes: gibibyte }));
	await third.settled();
	assert.equal(third.count, 0, "a lower limit than last time evicts at start");
	await third.close();
});
