/**
 * Runs one command and says how long it took and how much memory it needed at its highest.
 * In: an argument vector. Out: a `Measurement`. Memory comes from GNU time where it is installed, otherwise from
 * the kernel's own high-water mark, read while the command runs; on other systems it stays unknown.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Measurement {
	seconds: number;
	/** `undefined` when the system does not tell. */
	peakRssBytes: number | undefined;
	exitCode: number | null;
	/** Empty unless asked for. */
	stdout: string;
	/** The end of what was said on stderr. */
	stderr: string;
}

const gnuTime = "/usr/bin/time";
const pollMs = 20;
const keptStderrChars = 2000;

export async function measure(command: string[], keepStdout = false): Promise<Measurement> {
	const rssFile = join(tmpdir(), `chartcost-bench-${process.pid}.rss`);
	const isTimed = existsSync(gnuTime);
	const prefix = isTimed ? [gnuTime, "-q", "-f", "%M", "-o", rssFile] : [];
	const [program = "", ...args] = [...prefix, ...command];

	const started = performance.now();
	const child = spawn(program, args, { stdio: ["ignore", keepStdout ? "pipe" : "ignore", "pipe"] });
	let stdout = "";
	let stderr = "";
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		stderr = (stderr + text).slice(-keptStderrChars);
	});
	let polledBytes: number | undefined;
	const poll = setInterval(() => {
		if (!isTimed && child.pid !== undefined) polledBytes = highWaterBytes(child.pid) ?? polledBytes;
	}, pollMs);
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.on("error", reject).on("close", resolve);
	}).finally(() => clearInterval(poll));
	const seconds = (performance.now() - started) / 1000;

	const peakRssBytes = isTimed ? Number(readFileSync(rssFile, "utf8").trim()) * 1024 : polledBytes;
	rmSync(rssFile, { force: true });
	return { seconds, peakRssBytes, exitCode, stdout, stderr };
}

/** VmHWM of a running process, from /proc. */
function highWaterBytes(pid: number): number | undefined {
	try {
		const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
		return match === null ? undefined : Number(match[1]) * 1024;
	} catch {
		// The process has ended, or there is no /proc.
		return undefined;
	}
}

/** The first line of what `command` prints, or `undefined` when it cannot be run. */
export async function firstLine(command: string[]): Promise<string | undefined> {
	try {
		const { exitCode, stdout } = await measure(command, true);
		return exitCode === 0 ? stdout.split("\n")[0] : undefined;
	} catch {
		return undefined;
	}
}

export function median(values: number[]): number {
	const sorted = values.toSorted((left, right) => left - right);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
