/**
 * `chartcost serve` as its users start it: bin/run.js over a real S3 server, ports chosen by the system.
 * Needs dist/, which `npm test` builds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import type { S3Server } from "./s3-server.ts";

export interface ServeProcess {
	readonly url: string;
	readonly port: number;
	readonly adminUrl: string;
	readonly pid: number;
	/** What it said on stdout (the access log) and stderr. */
	output(): string;
	/** Ends the process; the same cache folder is used by the next `start`. */
	stop(): Promise<void>;
	start(): Promise<void>;
	/** Ends it, and removes the cache folder. */
	end(): Promise<void>;
}

const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

export async function startServeProcess(s3: S3Server, args: readonly string[] = []): Promise<ServeProcess> {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-peer-serve-"));
	let child: Child;
	let ports: { data: number; admin: number };
	// A file of settings names its repositories itself.
	const repository = args.includes("--config")
		? []
		: ["--bucket", s3.bucket, "--endpoint-url", s3.url, "--path-style", "--region", s3.region];
	const scheme = args.includes("--tls-cert") ? "https" : "http";
	const start = async () => {
		child = startChild({
			program: process.execPath,
			args: [
				...[program, "serve", ...repository, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
				...["--cache-dir", path.join(folder, "cache"), "--drain-delay", "0s", ...args],
			],
			env: { HOME: folder, ...s3.env },
			cwd: folder,
			maxMs: 3_600_000,
		});
		ports = await startLinePorts(child);
	};
	await start();
	return {
		get url() {
			return `${scheme}://127.0.0.1:${ports.data}`;
		},
		get port() {
			return ports.data;
		},
		get adminUrl() {
			return `http://127.0.0.1:${ports.admin}`;
		},
		get pid() {
			return child.pid;
		},
		output: () => child.output(),
		stop: () => child.stop(),
		start,
		async end() {
			await child.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** `listening on http://127.0.0.1:PORT, admin http://127.0.0.1:PORT, …` */
async function startLinePorts(child: Child): Promise<{ data: number; admin: number }> {
	const [, data, admin] = await child.says(/listening on \w+:\/\/\S+?:(\d+), admin \w+:\/\/\S+?:(\d+),/);
	return { data: Number(data), admin: Number(admin) };
}
