/**
 * The dataset when things go wrong around the real program: killed while it saves, stopped with Ctrl-C, a disk that
 * fills, a folder that cannot be written. The old dataset stays, the report is printed, the next run is right.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
	appendFileSync,
	chmodSync,
	chownSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { attribute } from "../../src/attribute.ts";
import { analysisOptions } from "../support/analysis-options.ts";
import { generateBytes } from "../support/generate.ts";
import { everyQuirk } from "../support/quirks.ts";
import { Random } from "../support/random.ts";

/** `npm run fuzz` kills more often, at moments of its own. */
const fuzzing = fc.readConfigureGlobal()?.numRuns !== undefined;
const rounds = fuzzing ? 30 : 4;

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), "chartcost-crash-"));
after(() => rmSync(root, { recursive: true, force: true }));

const env = { PATH: process.env["PATH"], HOME: path.join(root, "home"), NODE_DISABLE_COMPILE_CACHE: "1" };

interface Result {
	exit: number | null;
	stdout: string;
	stderr: string;
}

function run(folder: string, args: string[], wrapped: string[] = [], identity: object = {}): Result {
	const [command = "", ...rest] = [...wrapped, process.execPath, program, ...args];
	const { status, stdout, stderr } = spawnSync(command, rest, {
		cwd: folder,
		encoding: "utf8",
		timeout: 60_000,
		maxBuffer: 64 << 20,
		env,
		...identity,
	});
	return { exit: status, stdout, stderr };
}

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** What the dataset answers, to the last row; in this process, which is quicker. */
async function answer(folder: string): Promise<unknown> {
	return await attribute({
		...analysisOptions(folder, { region: "us-east-1", top: 100_000 }),
		by: ["user-agent", "status", "key"],
		where: [],
	});
}

/** The segments that the manifest names. */
function segmentsOf(dataset: string): string[] {
	const manifest = parsed(readFileSync(path.join(dataset, "manifest.json"), "utf8"));
	return (manifest["segments"] as { name: string }[]).map(({ name }) => name);
}

/** An answer without what the number of readings may change. */
const input = (stdout: string) => {
	const { lines, records, unparsed, skipped, files } = parsed(stdout)["input"] as Record<string, number>;
	return { lines, records, unparsed, skipped, files };
};

/** A folder with logs whose tables take a while to write: most records have keys and callers of their own. */
function project(name: string): string {
	const folder = path.join(root, name);
	mkdirSync(path.join(folder, "logs"), { recursive: true });
	addLog(folder, 1);
	return folder;
}

function addLog(folder: string, seed: number): void {
	const { bytes } = generateBytes({
		seed,
		size: { lines: 3000 },
		keys: 6000,
		callers: 2000,
		mix: { download: 1, probe: 1 },
		quirks: everyQuirk(0.002),
	});
	writeFileSync(path.join(folder, "logs", `${seed}.log`), bytes);
}

const analyze = ["analyze", "logs/", "--json", "--region", "us-east-1"];

/** Starts the program; resolves when it has ended. `act` gets a look at it every millisecond until it returns true. */
async function watched(
	folder: string,
	args: string[],
	act: (kill: (signal: NodeJS.Signals) => void) => boolean,
): Promise<{ exit: number | null; signal: NodeJS.Signals | null }> {
	const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: "ignore" });
	const ended = new Promise<{ exit: number | null; signal: NodeJS.Signals | null }>((resolve) => {
		child.on("exit", (exit, signal) => resolve({ exit, signal }));
	});
	for (let acted = false; !acted && child.exitCode === null && child.signalCode === null; ) {
		acted = act((signal) => child.kill(signal));
		await wait(1);
	}
	return await ended;
}

test("killed at any moment of saving: the old dataset answers, and the next run is right", async () => {
	const folder = project("killed");
	const dataset = path.join(folder, ".chartcost");
	assert.equal(run(folder, analyze).exit, 0);
	const oldAnswer = await answer(folder);
	addLog(folder, 2);
	const complete = path.join(root, "killed-expected");
	cpSync(folder, complete, { recursive: true });
	const expectedRun = run(complete, analyze);
	assert.equal(expectedRun.exit, 0, expectedRun.stderr);
	const newAnswer = await answer(complete);
	assert.notDeepEqual(newAnswer, oldAnswer);

	const before = path.join(root, "killed-before");
	cpSync(dataset, before, { recursive: true, preserveTimestamps: true });
	const random = new Random(fuzzing ? process.pid : 15);
	let killed = 0;
	for (let round = 0; round < rounds; round++) {
		rmSync(dataset, { recursive: true });
		cpSync(before, dataset, { recursive: true, preserveTimestamps: true });
		let delayMs = random.below(25);
		const { signal } = await watched(folder, analyze, (kill) => {
			// The lock is there from the first byte that is saved.
			if (!existsSync(path.join(dataset, "lock")) || delayMs-- > 0) return false;
			kill("SIGKILL");
			return true;
		});
		if (signal === "SIGKILL") killed++;
		const names = readdirSync(dataset).join(", ");
		// Either not committed or completely: a kill behind the commit finds the new one.
		const kept = await answer(folder);
		if (segmentsOf(dataset).length === 1) assert.deepEqual(kept, oldAnswer, names);
		else assert.deepEqual(kept, newAnswer, names);
		const { exit, stdout, stderr } = run(folder, analyze);
		assert.equal(exit, 0, stderr);
		assert.deepEqual(input(stdout), input(expectedRun.stdout));
		assert.deepEqual(await answer(folder), newAnswer);
	}
	assert.ok(killed >= rounds / 2, `killed ${killed} of ${rounds} times`);
	// A run that saves again removes what the dead ones left.
	addLog(folder, 3);
	assert.equal(run(folder, analyze).exit, 0);
	const names = readdirSync(dataset).sort();
	assert.deepEqual(
		names.filter((name) => !name.startsWith("segment-")),
		["manifest.json"],
	);
	assert.deepEqual(
		names.filter((name) => name.startsWith("segment-")),
		segmentsOf(dataset),
	);
});

test("Ctrl-C while two threads read: saved, resumed, and nothing counts twice", async () => {
	const folder = project("interrupted");
	const piece = readFileSync(path.join(folder, "logs", "1.log"));
	// In ranges of 8 MiB, all of which are read within a fraction of a second.
	const big = path.join(folder, "logs", "big.log");
	for (let i = 0; i < 120; i++) appendFileSync(big, piece);
	const args = [...analyze, "--threads", "2", "--top", "100000"];
	run(folder, [...args, "--no-save"]);
	const began = performance.now();
	const expected = run(folder, [...args, "--no-save"]);
	const wholeMs = performance.now() - began;
	// The right moment depends on the machine: early enough in the reading, or there is nothing to resume.
	let interrupted = false;
	for (const share of [0.5, 0.4, 0.6, 0.3, 0.7, 0.45, 0.55, 0.35, 0.65]) {
		rmSync(path.join(folder, ".chartcost"), { recursive: true, force: true });
		const started = performance.now();
		const { exit } = await watched(folder, args, (kill) => {
			if (performance.now() - started < share * wholeMs) return false;
			kill("SIGINT");
			return true;
		});
		interrupted = exit === 130 && existsSync(path.join(folder, ".chartcost", "manifest.json"));
		if (interrupted) break;
	}
	assert.ok(interrupted, "Ctrl-C came while it was reading");
	const { exit, stdout, stderr } = run(folder, args);
	assert.equal(exit, 0, stderr);
	assert.deepEqual(input(stdout), input(expected.stdout));
	assert.deepEqual(parsed(stdout)["total"], parsed(expected.stdout)["total"]);
	assert.deepEqual(parsed(stdout)["breakdowns"], parsed(expected.stdout)["breakdowns"]);
});

/** The smallest disk that holds the first dataset, a small tmpfs where that is allowed. */
test("a disk that fills: the old dataset is intact, the report is printed, exit 1", (context) => {
	const folder = project("full");
	const disk = path.join(folder, "disk");
	mkdirSync(disk);
	const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1200k", "none", disk]).status === 0;
	context.after(() => {
		if (mounted) spawnSync("umount", [disk]);
	});
	const args = [...analyze, "--dataset", "disk/set"];
	const first = run(folder, args);
	assert.equal(first.exit, 0, first.stderr);
	const ask = ["attribute", "--by", "source-ip", "--json", "--dataset", "disk/set"];
	const before = run(folder, ask);
	const segments = readdirSync(path.join(folder, "disk/set")).sort();
	for (const seed of [2, 3, 4, 5]) addLog(folder, seed);
	// Without the right to mount, a limit on file sizes is the disk that fills.
	const limit = mounted ? [] : ["bash", "-c", 'ulimit -f 300; exec "$@"', "bash"];
	const { exit, stdout, stderr } = run(folder, args, limit);
	assert.equal(exit, 1, stderr);
	assert.equal(input(stdout).files, 5);
	assert.match(stderr, /no space left.*What was there before is unchanged/);
	assert.deepEqual(run(folder, ask), before);
	assert.deepEqual(readdirSync(path.join(folder, "disk/set")).sort(), segments, "nothing half-written stays");
});

test("a dataset folder that is read-only: the report is printed, exit 5", async (context) => {
	const folder = project("read-only");
	const dataset = path.join(folder, ".chartcost");
	assert.equal(run(folder, analyze).exit, 0);
	const before = await answer(folder);
	addLog(folder, 2);
	chmodSync(dataset, 0o555);
	context.after(() => chmodSync(dataset, 0o755));
	let identity = {};
	if (process.getuid?.() === 0) {
		// Root writes everywhere; nobody may read this repository, or not.
		identity = { uid: 65534, gid: 65534 };
		chmodSync(root, 0o755);
		chownSync(dataset, 0, 0);
		if (run(folder, ["--version"], [], identity).exit !== 0) return context.skip("nobody cannot read this");
	}
	const { exit, stdout, stderr } = run(folder, analyze, [], identity);
	assert.equal(exit, 5, stderr);
	assert.equal(input(stdout).files, 2);
	assert.match(stderr, /was not saved/);
	assert.deepEqual(await answer(folder), before);
});

test("a dataset that another one is writing: the report is printed, the other one is left alone", () => {
	const folder = project("locked");
	const lock = path.join(folder, ".chartcost", "lock");
	assert.equal(run(folder, analyze).exit, 0);
	addLog(folder, 2);
	writeFileSync(lock, `${process.pid}\n`);
	const { exit, stdout, stderr } = run(folder, analyze);
	assert.equal(exit, 1, stderr);
	assert.equal(input(stdout).files, 2);
	assert.match(stderr, new RegExp(`being written by another chartcost \\(process ${process.pid}\\)`));
	assert.equal(readFileSync(lock, "utf8"), `${process.pid}\n`);
});

test("a damaged or newer dataset stops every command, and stays as it is", () => {
	const folder = project("damaged");
	const manifest = path.join(folder, ".chartcost", "manifest.json");
	assert.equal(run(folder, analyze).exit, 0);
	const good = readFileSync(manifest, "utf8");
	for (const [text, message] of [
		["{", /damaged.*not JSON/],
		[good.replace(/dataset@\d+/, "dataset@99"), /newer version.*dataset@99/],
	] as const) {
		writeFileSync(manifest, text);
		for (const args of [analyze, ["attribute", "--by", "key"]]) {
			const { exit, stderr } = run(folder, args);
			assert.equal(exit, 1, stderr);
			assert.match(stderr, message);
			assert.equal(readFileSync(manifest, "utf8"), text);
		}
	}
	writeFileSync(manifest, good);
	rmSync(path.join(folder, ".chartcost", "segment-000001", "keys.parquet"));
	const { exit, stderr } = run(folder, analyze);
	assert.equal(exit, 1);
	assert.match(stderr, /damaged.*keys\.parquet/);
});
