/**
 * `chartcost serve --workers N` as a process over a fake S3, with its log in a file: started from dist/, which `npm test` builds.
 *
 *   const serve = await startProcess(s3, folder, ["--workers", "2"]);
 *   await serve.get("/app-1.0.0.tgz");            each on a connection of its own, so the workers take turns
 *   serve.workerPids()                            of the processes that are alive
 *   await serve.stop();                           SIGTERM; the exit code
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FakeS3 } from "../../support/s3/fake-s3.ts";
import { type Answer, ask } from "../running.ts";

const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
const waitMs = 15_000;

export interface ServeProcess {
	child: ChildProcess;
	port: number;
	adminPort: number;
	stderr(): string;
	/** Resolves when stderr has the text after what was waited for before. */
	says(text: string): Promise<void>;
	get(target: string, headers?: Record<string, string>, method?: string): Promise<Answer>;
	/** Text of an answer of the admin port. */
	admin(target: string, method?: string): Promise<string>;
	stats(): Promise<Stats>;
	workerPids(): number[];
	/** Lines of the access log so far. */
	log(): LogLine[];
	stop(): Promise<number | null>;
}

export interface Stats {
	requests: { total: number; byCache: Record<string, number>; byStatus: Record<string, number> };
	upstream: { requests: number; bytes: number };
	saved: { requests: number; bytes: number };
	responseBytes: number;
	workers: { ready: number; restarts: number; hung: number } | null;
	cache: { connections: number; memoryLimitBytes: number; memoryEntries: number };
}

export interface LogLine {
	path: string;
	status: number;
	cache: string;
	[name: string]: unknown;
}

export async function startProcess(
	s3: FakeS3,
	folder: string,
	args: readonly string[],
	bucket: readonly string[] = ["--bucket", "charts"],
): Promise<ServeProcess> {
	const { accessKeyId, secretAccessKey } = s3.credentials;
	const log = path.join(folder, "access.log");
	const child = spawn(
		process.execPath,
		[
			...[program, "serve", ...bucket, "--endpoint-url", s3.url, "--region", "eu-west-1"],
			...["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--cache-dir", path.join(folder, "cache")],
			...["--access-log-file", log, ...args],
		],
		{
			cwd: folder,
			env: {
				...{ PATH: process.env["PATH"], HOME: folder, CHARTCOST_DRAIN_DELAY: "0s" },
				...{ AWS_EC2_METADATA_DISABLED: "true", AWS_ACCESS_KEY_ID: accessKeyId },
				AWS_SECRET_ACCESS_KEY: secretAccessKey,
			},
			stdio: ["ignore", "ignore", "pipe"],
		},
	);
	running.add(child);
	const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);
	let text = "";
	let from = 0;
	child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		text += chunk;
		child.emit("said");
	});
	const exit = once(child, "exit").then(([code]) => {
		clearTimeout(watchdog);
		running.delete(child);
		child.emit("said");
		return code as number | null;
	});
	const says = async (wanted: string) => {
		const signal = AbortSignal.timeout(waitMs);
		while (!text.slice(from).includes(wanted)) {
			if (child.exitCode !== null) assert.fail(`ended without "${wanted}": ${text}`);
			await once(child, "said", { signal }).catch(() => assert.fail(`waited for "${wanted}", got: ${text}`));
		}
		from = text.indexOf(wanted, from) + wanted.length;
	};
	await says("listening on ");
	while (!text.slice(from).includes("\n")) await once(child, "said");
	const port = Number(/listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
	const adminPort = Number(/admin http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
	const admin = async (target: string, method = "GET") =>
		(await ask(adminPort, target, {}, method)).body.toString();
	return {
		...{ child, port, adminPort, says, admin },
		stderr: () => text,
		get: (target, headers = {}, method = "GET") => ask(port, target, headers, method),
		stats: async () => JSON.parse(await admin("/stats")) as Stats,
		workerPids: () => childrenOf(child.pid ?? 0),
		log: () =>
			readFileSync(log, "utf8")
				.split("\n")
				.filter((line) => line !== "")
				.map((line) => JSON.parse(line) as LogLine),
		stop() {
			child.kill("SIGTERM");
			return exit;
		},
	};
}

const running = new Set<ChildProcess>();

/** Those that a failed test left. */
export function killAll(): void {
	for (const child of running) child.kill("SIGKILL");
}

export function childrenOf(pid: number): number[] {
	const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
	return text === "" ? [] : text.split(" ").map(Number);
}

export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** Keeps connections and asks one after the other on each, until told to stop. Answers by status; 0: the connection broke. */
export function load(port: number, connections: number, targets: readonly string[]) {
	const counts = new Map<number, number>();
	let stopped = false;
	let next = 0;
	const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
	const one = () =>
		new Promise<void>((resolve) => {
			const target = targets[next++ % targets.length];
			const count = (status: number) => {
				counts.set(status, (counts.get(status) ?? 0) + 1);
				resolve();
			};
			const request = http.request({ host: "127.0.0.1", port, path: target, agent });
			request.on("error", () => count(0));
			request.on("response", (response) => {
				response.resume();
				response.on("end", () => count(response.complete ? (response.statusCode ?? 0) : 0));
				response.on("error", () => count(0));
			});
			request.end();
		});
	const runner = async () => {
		while (!stopped) {
			const before = counts.get(0) ?? 0;
			await one();
			// Nobody listens any more, or not yet again.
			if ((counts.get(0) ?? 0) > before) await new Promise((resolve) => setTimeout(resolve, 5));
		}
	};
	const running = Promise.all(Array.from({ length: connections }, runner));
	return {
		counts,
		total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
		async stop() {
			stopped = true;
			await running;
			agent.destroy();
		},
	};
}
