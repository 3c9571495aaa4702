/**
 * Processes under measurement: started on one core, with what they use read from /proc. Linux only.
 * In: a command and the core it may use. Out: CPU seconds and resident memory of the process and all it started.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";

/** Servers have this core to themselves, load and S3 the other one (chart-proxy 5.4). */
export const serverCore = "0";
export const loadCore = "1";

/** USER_HZ: what /proc counts CPU time in. */
const ticksPerSecond = 100;

export interface Started {
	child: ChildProcess;
	/** What it said, the last of it. */
	said(): string;
	/** SIGTERM, and SIGKILL after 5 s. */
	stop(): Promise<void>;
}

export function startOn(core: string, command: readonly string[], env: Record<string, string> = {}): Started {
	const child = spawn("taskset", ["-c", core, ...command], {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, ...env },
	});
	let said = "";
	const hear = (text: string) => {
		said = (said + text).slice(-4000);
	};
	child.stdout.setEncoding("utf8").on("data", hear);
	child.stderr.setEncoding("utf8").on("data", hear);
	child.on("error", (error) => hear(error.message));
	return { child, said: () => said, stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
	child.kill("SIGTERM");
	const kill = setTimeout(() => child.kill("SIGKILL"), 5000);
	await ended;
	clearTimeout(kill);
}

/** Waits until something listens there; rejects after 20 s with what the process said. */
export async function listening(port: number, started: Started): Promise<void> {
	for (let tries = 0; tries < 200; tries++) {
		if (started.child.exitCode !== null) break;
		if (await accepts(port)) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`nothing listens on port ${port}: ${started.said()}`);
}

function accepts(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = net.connect(port, "127.0.0.1");
		socket.once("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", () => resolve(false));
	});
}

export async function freePort(): Promise<number> {
	const server = net.createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as net.AddressInfo;
	await new Promise<void>((resolve) => server.close(() => resolve()));
	return port;
}

export interface Usage {
	cpuSeconds: number;
	/** Sum over the processes: pages that they share count more than once. */
	rssBytes: number;
}

/** Of these processes and everything below them. */
export function usageOf(roots: readonly number[]): Usage {
	const all = processes();
	const wanted = new Set(roots);
	for (let grew = true; grew; ) {
		grew = false;
		for (const { pid, parent } of all) {
			if (wanted.has(pid) || !wanted.has(parent)) continue;
			wanted.add(pid);
			grew = true;
		}
	}
	let cpuSeconds = 0;
	let rssBytes = 0;
	for (const one of all) {
		if (!wanted.has(one.pid)) continue;
		cpuSeconds += one.ticks / ticksPerSecond;
		rssBytes += one.rssPages * 4096;
	}
	return { cpuSeconds, rssBytes };
}

interface ProcessLine {
	pid: number;
	parent: number;
	ticks: number;
	rssPages: number;
}

function processes(): ProcessLine[] {
	return readdirSync("/proc").flatMap((name) => {
		if (!/^\d+$/.test(name)) return [];
		try {
			const stat = readFileSync(`/proc/${name}/stat`, "latin1");
			// The command's name may hold anything, also spaces and brackets: the fields begin after the last bracket.
			const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
			const [parent, user, system, rssPages] = [fields[1], fields[11], fields[12], fields[21]].map(Number);
			return [{ pid: Number(name), parent: parent!, ticks: user! + system!, rssPages: rssPages! }];
		} catch {
			// It has just ended.
			return [];
		}
	});
}

/** How busy the machine is with other work, for whoever reads the numbers. */
export function loadAverage(): string {
	return readFileSync("/proc/loadavg", "latin1").split(" ").slice(0, 3).join(" ");
}
