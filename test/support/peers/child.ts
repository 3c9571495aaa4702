/**
 * Other programs as children: servers that are waited for and surely ended, commands that end by themselves.
 * Nothing here runs longer than its time, nor longer than this process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";

/** How a program is started. Of the environment only PATH is passed on. */
export interface Start {
	program: string;
	args: readonly string[];
	env?: Readonly<Record<string, string>>;
	cwd?: string;
	/** Killed when it is still there. */
	maxMs?: number;
}

export interface Child {
	readonly pid: number;
	/** stdout and stderr so far. */
	output(): string;
	/** Resolves with the match when the output has it. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
	signal(name: NodeJS.Signals): void;
	/** SIGTERM, SIGKILL after 10 s. */
	stop(): Promise<void>;
	readonly exit: Promise<number | null>;
}

const startMs = 20_000;
const running = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});

export function startChild({ program, args, env = {}, cwd, maxMs = 300_000 }: Start): Child {
	const child = spawn(program, args, {
		cwd,
		env: { PATH: process.env["PATH"], ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	running.add(child);
	const watchdog = setTimeout(() => child.kill("SIGKILL"), maxMs);
	watchdog.unref();
	let text = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (chunk: string) => {
			text += chunk;
			child.emit("said");
		});
	}
	const exit = new Promise<number | null>((resolve) => {
		child.once("error", (error) => {
			text += String(error);
			resolve(null);
		});
		child.once("close", resolve);
	}).finally(() => {
		clearTimeout(watchdog);
		running.delete(child);
		child.emit("said");
	});
	return {
		pid: child.pid ?? 0,
		output: () => text,
		async says(pattern) {
			const signal = AbortSignal.timeout(startMs);
			for (;;) {
				const match = pattern.exec(text);
				if (match !== null) return match;
				const isOver = !running.has(child) || signal.aborted;
				if (isOver) throw new Error(`${program}: waited for ${pattern}, got: ${text}`);
				await once(child, "said", { signal }).catch(() => {});
			}
		},
		signal: (name) => void child.kill(name),
		async stop() {
			const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
			child.kill("SIGTERM");
			await exit;
			clearTimeout(kill);
		},
		exit,
	};
}

export interface Finished {
	status: number | null;
	/** stdout and stderr, as a person sees them. */
	output: string;
}

export async function run(start: Start): Promise<Finished> {
	const child = startChild({ maxMs: 60_000, ...start });
	const status = await child.exit;
	return { status, output: child.output() };
}

/** Free at this moment: for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
	const server = net.createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as net.AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

/** Resolves when the port takes connections; rejects with what the child said when it ends first. */
export async function listening(child: Child, port: number): Promise<void> {
	let ended = false;
	void child.exit.then(() => {
		ended = true;
	});
	const endMs = performance.now() + startMs;
	while (!(await connects(port))) {
		if (ended || performance.now() > endMs) {
			throw new Error(`nobody listens on port ${port}: ${child.output()}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

async function connects(port: number): Promise<boolean> {
	const socket = net.connect(port, "127.0.0.1");
	try {
		await once(socket, "connect");
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
