/** Plans over real folders: arguments of every kind, links, permissions, order, windows. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ChartcostError, ExitCode } from "../../src/model/errors.ts";
import { planSources } from "../../src/sources/plan.ts";

const root = mkdtempSync(join(tmpdir(), "chartcost-plan-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A folder with these files; each holds its own path. */
function folder(name: string, files: string[]): string {
	const cwd = join(root, name);
	mkdirSync(cwd, { recursive: true });
	for (const file of files) {
		mkdirSync(dirname(join(cwd, file)), { recursive: true });
		writeFileSync(join(cwd, file), file);
	}
	return cwd;
}

async function pathsOf(args: string[], cwd: string): Promise<string[]> {
	return (await planSources(args, { cwd })).files.map((file) => file.path);
}

async function refusal(args: string[], cwd: string): Promise<ChartcostError> {
	const thrown = await planSources(args, { cwd }).then(
		() => assert.fail(`${args} was accepted`),
		(error) => error,
	);
	assert.ok(thrown instanceof ChartcostError, String(thrown));
	assert.ok(thrown.hint, thrown.message);
	return thrown;
}

test("folders are read whole without dot files, files as they are, paths as they were typed", async () => {
	const cwd = folder("whole", [
		"logs/b",
		"logs/a/z",
		"logs/a/y",
		"logs/.hidden",
		"logs/.git/x",
		".env",
		"single",
	]);
	assert.deepEqual(await pathsOf(["logs"], cwd), ["logs/a/y", "logs/a/z", "logs/b"]);
	assert.deepEqual(await pathsOf(["logs/"], cwd), ["logs/a/y", "logs/a/z", "logs/b"]);
	assert.deepEqual(await pathsOf(["."], cwd), ["./logs/a/y", "./logs/a/z", "./logs/b", "./single"]);
	assert.deepEqual(await pathsOf([join(cwd, "logs/a")], root), [
		join(cwd, "logs/a/y"),
		join(cwd, "logs/a/z"),
	]);
	assert.deepEqual(await pathsOf(["single", ".env"], cwd), [".env", "single"]);
	assert.deepEqual(await pathsOf(["../whole/single"], cwd), ["../whole/single"]);
});

test("sizes, times and totals", async () => {
	const cwd = folder("sizes", ["a", "bb/cc"]);
	const plan = await planSources(["."], { cwd });
	assert.deepEqual(
		plan.files.map((file) => [file.path, file.absolutePath, file.kind, file.sizeBytes]),
		[
			["./a", join(cwd, "a"), "file", 1],
			["./bb/cc", join(cwd, "bb/cc"), "file", 5],
		],
	);
	assert.equal(plan.totalBytes, 6);
	assert.ok((plan.files[0]?.mtimeMs ?? 0) > Date.UTC(2020, 0));
});

test("no file is listed twice, however often it is named", async () => {
	const cwd = folder("twice", ["logs/a/x", "logs/y"]);
	assert.deepEqual(await pathsOf(["logs/a", "logs", "logs/y", "./logs/y", "logs/*"], cwd), [
		"logs/a/x",
		"logs/y",
	]);
});

test("links: to files and folders are followed, loops end, dangling ones are reported", async () => {
	const cwd = folder("links", ["real/x", "logs/a"]);
	symlinkSync("../real", join(cwd, "logs/linked"));
	symlinkSync("..", join(cwd, "real/up"));
	symlinkSync("../real/x", join(cwd, "logs/file-link"));
	symlinkSync("nowhere", join(cwd, "logs/dangling"));
	const plan = await planSources(["logs"], { cwd });
	assert.deepEqual(
		plan.files.map((file) => file.path),
		["logs/a", "logs/file-link", "logs/linked/x"],
	);
	assert.deepEqual(
		plan.problems.map((problem) => [problem.file, problem.problem]),
		[["logs/dangling", "unreadable"]],
	);
});

test("globs, and names that look like globs", async () => {
	const cwd = folder("globs", [
		"2024-01/a.gz",
		"2024-02/b.gz",
		"2024-02/c.txt",
		"logs[1].txt",
		"logs1.txt",
		".dot.gz",
	]);
	assert.deepEqual(await pathsOf(["2024-*/*.gz"], cwd), ["2024-01/a.gz", "2024-02/b.gz"]);
	assert.deepEqual(await pathsOf(["**/*.gz"], cwd), ["2024-01/a.gz", "2024-02/b.gz"]);
	assert.deepEqual(await pathsOf(["2024-{01,02}"], cwd), ["2024-01/a.gz", "2024-02/b.gz", "2024-02/c.txt"]);
	assert.deepEqual(await pathsOf(["logs[1].txt"], cwd), ["logs[1].txt"]);
	rmSync(join(cwd, "logs[1].txt"));
	assert.deepEqual(await pathsOf(["logs[1].txt"], cwd), ["logs1.txt"]);
	assert.deepEqual(await pathsOf([`${cwd}/2024-01/*`], root), [`${cwd}/2024-01/a.gz`]);
	assert.deepEqual(await pathsOf(["../globs/2024-01/*"], join(root, "whole")), ["../globs/2024-01/a.gz"]);
	const nothing = await refusal(["*.parquet"], cwd);
	assert.equal(nothing.exitCode, ExitCode.usage);
	assert.match(nothing.message, /\*\.parquet/);
});

test("stdin and pipes have no size and keep their place", async () => {
	const cwd = folder("pipes", ["a", "in/b"]);
	execFileSync("mkfifo", [join(cwd, "in/pipe"), join(cwd, "named-pipe")]);
	const plan = await planSources(["-", "a", "-", "named-pipe", "in"], { cwd });
	assert.deepEqual(
		plan.files.map((file) => [file.path, file.kind, file.sizeBytes]),
		[
			["-", "stdin", undefined],
			["a", "file", 1],
			["in/b", "file", 4],
			["named-pipe", "fifo", undefined],
		],
	);
	assert.equal(plan.totalBytes, 5);
});

test("arguments that cannot be a source are usage errors that say what to do", async () => {
	const cwd = folder("usage", ["a"]);
	const cases: [args: string[], message: RegExp, hint: RegExp][] = [
		[[], /no source/, /files, folders/],
		[[""], /empty path/, /-/],
		[["a", "missing"], /missing/, /spelling/],
		[["a/b"], /a\/b/, /spelling/],
		[["s3://bucket/logs/"], /s3:\/\/bucket\/logs\//, /aws s3 sync s3:\/\/bucket\/logs\//],
		[["athena:db.table"], /athena:db\.table/, /aws s3 sync/],
		[["/dev/null"], /device/, /stdin/],
	];
	for (const [args, message, hint] of cases) {
		const error = await refusal(args, cwd);
		assert.equal(error.exitCode, ExitCode.usage, String(args));
		assert.match(error.message, message);
		assert.match(error.hint ?? "", hint);
	}
});

test("an empty folder is an error alone and a problem beside others", async () => {
	const cwd = folder("empty", ["full/a", "dots/.a"]);
	mkdirSync(join(cwd, "void/deep"), { recursive: true });
	for (const name of ["void", "dots"]) {
		const error = await refusal([name], cwd);
		assert.equal(error.exitCode, ExitCode.incomplete);
		assert.match(error.message, new RegExp(`${name}: the folder holds no files`));
	}
	const plan = await planSources(["void", "full"], { cwd });
	assert.equal(plan.files.length, 1);
	assert.deepEqual(
		plan.problems.map((problem) => [problem.file, problem.problem]),
		[["void", "unreadable"]],
	);
});

test("files that may not be read are problems; nothing readable at all is a permission error", () => {
	const cwd = folder("locked", ["open/a", "closed/b", "closed-file"]);
	chmodSync(root, 0o755);
	chmodSync(join(cwd, "closed-file"), 0o000);
	chmodSync(join(cwd, "closed"), 0o000);
	const program = `
		const { planSources } = await import(${JSON.stringify(new URL("../../src/sources/plan.ts", import.meta.url).href)});
		if (process.getuid() === 0) process.setuid(65534);
		const plan = await planSources(["."], { cwd: ${JSON.stringify(cwd)} });
		const error = await planSources(["closed", "closed-file"], { cwd: ${JSON.stringify(cwd)} }).catch((e) => e);
		console.log(JSON.stringify([plan.files.map((f) => f.path), plan.problems, error.exitCode, error.message]));`;
	const run = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
		encoding: "utf8",
	});
	chmodSync(join(cwd, "closed"), 0o755);
	assert.equal(run.status, 0, run.stderr);
	const [files, problems, exitCode, message] = JSON.parse(run.stdout);
	assert.deepEqual(files, ["./open/a"]);
	assert.deepEqual(
		problems.map((problem: { file: string; problem: string }) => [problem.file, problem.problem]).sort(),
		[
			["./closed", "permission"],
			["./closed-file", "permission"],
		],
	);
	assert.equal(exitCode, ExitCode.permission);
	assert.match(message, /closed.*and 1 more/);
});

test("order is by the bytes of the path", async () => {
	const cwd = folder("order", ["a/b", "a.b", "a-b", "B", "ä", "\u{1f600}", "\uffee", "10", "9"]);
	const paths = await pathsOf(["."], cwd);
	const bytes = paths.map((path) => Buffer.from(path).toString("hex"));
	assert.deepEqual(bytes, bytes.toSorted());
	assert.deepEqual(paths.slice(-2), ["./\uffee", "./\u{1f600}"]);
});

test("log objects outside the window are left out by name and counted", async () => {
	const cwd = folder("window", [
		"2024-01-01-10-00-00-00000000000000AA",
		"2024-02-01-10-00-00-00000000000000BB",
		"other.log",
	]);
	const from = Date.UTC(2024, 0, 15) / 1000;
	const plan = await planSources(["."], { cwd, from });
	assert.deepEqual(
		plan.files.map((file) => [file.path, file.name?.unique]),
		[
			["./2024-02-01-10-00-00-00000000000000BB", "00000000000000BB"],
			["./other.log", undefined],
		],
	);
	assert.equal(plan.skippedByName, 1);
	const empty = await planSources(["2024-01-01-10-00-00-00000000000000AA"], { cwd, from });
	assert.deepEqual([empty.files, empty.skippedByName], [[], 1]);
});

test("progress counts up to all files", async () => {
	const cwd = folder("progress", ["a/1", "a/2", "b/3"]);
	const seen: number[] = [];
	await planSources(["."], { cwd, onProgress: (files) => seen.push(files) });
	assert.equal(seen.at(-1), 3);
	assert.deepEqual(seen, seen.toSorted());
});
