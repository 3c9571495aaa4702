/** Duplicates: which copy is kept, what is not a copy, and which files are never opened. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { readHead } from "../../src/scan/head.ts";
import { type DecodedHead, leaveOutDuplicates } from "../../src/sources/duplicates.ts";
import { planSources } from "../../src/sources/plan.ts";

const root = mkdtempSync(join(tmpdir(), "chartcost-duplicates-"));
after(() => rmSync(root, { recursive: true, force: true }));

const name = "2024-01-01-10-00-00-00000000000000AA";
const log = Buffer.from("79a59df9 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - line\n".repeat(200));
const mib = 1 << 20;

interface Outcome {
	kept: string[];
	/** `copy = kept` */
	copies: string[];
	opened: string[];
}

async function deduplicate(title: string, files: Record<string, Uint8Array>): Promise<Outcome> {
	const cwd = join(root, title);
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(cwd, path)), { recursive: true });
		writeFileSync(join(cwd, path), content);
	}
	const plan = await planSources(Object.keys(files), { cwd });
	const opened: string[] = [];
	const head: DecodedHead = async (file, maxBytes) => {
		opened.push(file.path);
		const { bytes, encoding } = await readHead(file.absolutePath, maxBytes);
		return { bytes, compressed: encoding !== "plain" };
	};
	const result = await leaveOutDuplicates(plan.files, head);
	for (const problem of result.problems) assert.equal(problem.problem, "duplicate");
	return {
		kept: result.files.map((file) => file.path),
		copies: result.problems.map((problem) => `${problem.file} = ${problem.sameAs}`),
		opened: opened.sort(),
	};
}

test("one log object in two folders is read once", async () => {
	const found = await deduplicate("folders", { [`a/${name}`]: log, [`b/${name}`]: log, "c/other": log });
	assert.deepEqual(found.kept, [`a/${name}`, "c/other"]);
	assert.deepEqual(found.copies, [`b/${name} = a/${name}`]);
	assert.deepEqual(found.opened, [`a/${name}`, `b/${name}`]);
});

test("plain before compressed, whole before cut off", async () => {
	const packed = gzipSync(log);
	const found = await deduplicate("packed", { [`a/${name}.gz`]: packed, [`a/${name}`]: log });
	assert.deepEqual(found.copies, [`a/${name}.gz = a/${name}`]);
	const cut = await deduplicate("cut", { [`a/${name}`]: log.subarray(0, 6000), [`b/${name}`]: log });
	assert.deepEqual(cut.kept, [`b/${name}`]);
	const short = await deduplicate("short", {
		[`a/${name}`]: log.subarray(0, 100),
		[`b/${name}.gz`]: packed,
		[`c/${name}`]: Buffer.alloc(0),
	});
	assert.deepEqual(short.kept, [`b/${name}.gz`]);
	assert.deepEqual(short.copies, [`a/${name} = b/${name}.gz`, `c/${name} = b/${name}.gz`]);
	const cutPacked = await deduplicate("cut-packed", {
		[`a/${name}.gz`]: packed.subarray(0, -20),
		[`b/${name}.gz`]: packed,
	});
	assert.deepEqual(cutPacked.kept, [`b/${name}.gz`]);
});

test("the same name with other content is kept", async () => {
	const other = Buffer.from(log);
	other[3]! ^= 1;
	const found = await deduplicate("content", {
		[`a/${name}`]: log,
		[`b/${name}`]: other,
		[`c/${name}`]: other,
	});
	assert.deepEqual(found.kept, [`a/${name}`, `b/${name}`]);
	assert.deepEqual(found.copies, [`c/${name} = b/${name}`]);
});

test("large files of equal size are compared from start to end", async () => {
	const large = Buffer.alloc(2 * mib, "x");
	const differsInside = Buffer.from(large);
	differsInside[mib]! = 0;
	const differsAtEnd = Buffer.from(large);
	differsAtEnd[2 * mib - 1]! = 0;
	const found = await deduplicate("large", {
		a: large,
		b: differsInside,
		c: large,
		d: differsAtEnd,
		e: large.subarray(1),
		f: differsInside,
	});
	assert.deepEqual(found.kept, ["a", "b", "d", "e"]);
	assert.deepEqual(found.copies, ["c = a", "f = b"]);
	assert.deepEqual(found.opened, []);
});

test("small files of equal content and files that stand alone are not opened", async () => {
	const found = await deduplicate("small", {
		a: log,
		b: log,
		c: Buffer.alloc(mib),
		d: Buffer.alloc(mib),
		[name]: log,
	});
	assert.equal(found.kept.length, 5);
	assert.deepEqual(found.opened, []);
});

test("a chain of copies names the file that is read", async () => {
	const large = Buffer.alloc(mib + 1, "x");
	const found = await deduplicate("chain", { [`a/${name}`]: large, "0-copy": large, [`b/${name}`]: large });
	assert.deepEqual(found.kept, ["0-copy"]);
	assert.deepEqual(found.copies, [`a/${name} = 0-copy`, `b/${name} = 0-copy`]);
});

test("files that cannot be compared stay, for the scanner to report", async () => {
	const cwd = join(root, "gone");
	mkdirSync(cwd);
	for (const file of ["a", "b"]) writeFileSync(join(cwd, file), Buffer.alloc(2 * mib));
	const plan = await planSources(["a", "b"], { cwd });
	truncateSync(join(cwd, "a"), 10);
	const noHead: DecodedHead = async () => undefined;
	assert.equal((await leaveOutDuplicates(plan.files, noHead)).files.length, 2);
	rmSync(join(cwd, "b"));
	assert.equal((await leaveOutDuplicates(plan.files, noHead)).files.length, 2);
	const named = plan.files.map((file) => ({ ...file, sizeBytes: 1, name: { id: "same" } as never }));
	assert.equal((await leaveOutDuplicates(named, noHead)).files.length, 2);
});

test("heads: decoded, at most the bytes asked for, damage is told", async () => {
	const path = join(root, "head.gz");
	writeFileSync(path, gzipSync(log));
	assert.deepEqual(await readHead(path, 100), {
		encoding: "gzip",
		bytes: log.subarray(0, 100),
		damage: undefined,
	});
	const packed = readFileSync(path);
	writeFileSync(path, packed.subarray(0, -8));
	const cut = await readHead(path, 1 << 20);
	assert.deepEqual([Buffer.compare(cut.bytes, log), cut.damage?.problem], [0, "truncated"]);
	writeFileSync(path, "");
	assert.deepEqual(await readHead(path, 100), {
		encoding: "plain",
		bytes: Buffer.alloc(0),
		damage: undefined,
	});
	await assert.rejects(readHead(join(root, "missing"), 1), { code: "ENOENT" });
});
