/** The faulty file system fails at the call that was named, and only there. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { FaultFiles, sweep } from "./fault-files.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-files-"));
after(() => rmSync(folder, { recursive: true }));

const real = {
	open: promisify(fs.open) as (path: string, how: string) => Promise<number>,
	close: promisify(fs.close),
	write: (fd: number, source: Buffer, position: number): Promise<number> =>
		new Promise((resolve, reject) =>
			fs.write(fd, source, 0, source.length, position, (error, bytes) =>
				error ? reject(error) : resolve(bytes),
			),
		),
};

async function writeFile(files: typeof real, name: string, content: Buffer): Promise<void> {
	const fd = await files.open(path.join(folder, name), "w");
	try {
		for (let at = 0; at < content.length; ) at += await files.write(fd, content.subarray(at), at);
	} finally {
		await files.close(fd);
	}
}

test("the n-th call fails, once; the others go to the disk", async () => {
	const disk = new FaultFiles(real);
	disk.failAt(2, "ENOSPC", ["write"]);
	await writeFile(disk.files, "a", Buffer.from("first"));
	await assert.rejects(writeFile(disk.files, "b", Buffer.from("second")), {
		code: "ENOSPC",
		syscall: "write",
	});
	await writeFile(disk.files, "b", Buffer.from("second"));
	assert.equal(readFileSync(path.join(folder, "b"), "utf8"), "second");
	assert.deepEqual([disk.openFiles, disk.faults, disk.calls.length], [0, 1, 9]);
});

test("a short write takes what it was told", async () => {
	const disk = new FaultFiles(real);
	disk.shortWriteAt(1, 2);
	await writeFile(disk.files, "short", Buffer.from("abcdef"));
	assert.equal(readFileSync(path.join(folder, "short"), "utf8"), "abcdef");
	assert.deepEqual(
		disk.calls.map(({ name }) => name),
		["open", "write", "write", "close"],
	);
});

test("lasting faults end when the disk is healthy again, and descriptors are counted", async () => {
	const disk = new FaultFiles(real);
	disk.failAlways("EROFS", ["open"]);
	for (let n = 0; n < 3; n++) await assert.rejects(disk.files.open("x", "w"), { code: "EROFS" });
	disk.healthy();
	const fd = await disk.files.open(path.join(folder, "left-open"), "w");
	assert.equal(disk.openFiles, 1);
	disk.failAt(1, "EIO", ["close"]);
	await assert.rejects(disk.files.close(fd), { code: "EIO" });
	assert.equal(disk.openFiles, 0);
	assert.throws(() => fs.fstatSync(fd), { code: "EBADF" });
});

test("a sweep lets every call fail in turn, and says at which one a check did not hold", async () => {
	const failed: string[] = [];
	const scenario = (files: typeof real) => writeFile(files, "swept", Buffer.from("x")).catch(() => {});
	const runs = await sweep(real, "EIO", scenario, (disk, call) => {
		failed.push(call?.name ?? "none");
		assert.equal(disk.openFiles, 0);
	});
	assert.equal(runs, 3);
	assert.deepEqual(failed, ["none", "open", "write", "close"]);
	const careless = (files: typeof real) => writeFile(files, "swept", Buffer.from("x"));
	await assert.rejects(sweep(real, "EDQUOT", careless), /EDQUOT at call 1 of 3 \(open\)/);
});
