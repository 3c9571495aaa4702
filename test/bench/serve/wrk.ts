/**
 * Load as fast as a server takes it: wrk with 64 connections, h2load where TLS and HTTP/2 are wanted, both on the load's core.
 * In: a proxy and a path. Out: requests, CPU seconds of the server, latencies as wrk saw them.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Server } from "./contestants.ts";
import { loadCore, usageOf } from "./machine.ts";

const run = promisify(execFile);

export interface Load {
	requests: number;
	perSecond: number;
	/** What the server's processes used for it, per request. */
	cpuMicros: number;
	rssBytes: number;
	/** Milliseconds. */
	p50: number;
	p99: number;
	/** Answers that are no success, and connections that broke. */
	errors: number;
}

export interface Asking {
	path: string;
	seconds: number;
	connections?: number;
	headers?: Record<string, string>;
}

export async function wrk(
	proxy: Server,
	{ path, seconds, connections = 64, headers = {} }: Asking,
): Promise<Load> {
	const fields = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
	const words = ["-c", loadCore, "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...fields];
	const before = usageOf(proxy.pids);
	const { stdout } = await run("taskset", [...words, `http://127.0.0.1:${proxy.port}${path}`]);
	const after = usageOf(proxy.pids);
	const [, count = "0", took = "0"] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
	const requests = Number(count);
	const broken =
		/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
	const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
	return {
		requests,
		perSecond: requests / Number(took),
		cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / requests) * 1e6,
		rssBytes: after.rssBytes,
		p50: millis(/ 50%\s+(\S+)/.exec(stdout)?.[1]),
		p99: millis(/ 99%\s+(\S+)/.exec(stdout)?.[1]),
		errors: refused + broken.reduce((sum, text) => sum + Number(text), 0),
	};
}

function millis(text: string | undefined): number {
	const [, value = "NaN", unit = ""] = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? "") ?? [];
	return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
}

/** Over TLS: HTTP/1.1 on 64 connections, or HTTP/2 on 16 with 16 streams each. */
export async function h2load(proxy: Server, { path, seconds }: Asking, version: "h1" | "h2"): Promise<Load> {
	const words = version === "h1" ? ["--h1", "-c64"] : ["-c16", "-m16"];
	const url = `https://127.0.0.1:${proxy.port}${path}`;
	const before = usageOf(proxy.pids);
	const { stdout } = await run("taskset", ["-c", loadCore, "h2load", ...words, "-D", String(seconds), url]);
	const after = usageOf(proxy.pids);
	const [, done = "0", good = "0"] =
		/requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded/.exec(stdout) ?? [];
	const requests = Number(good);
	return {
		requests,
		perSecond: requests / seconds,
		cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / requests) * 1e6,
		rssBytes: after.rssBytes,
		p50: Number.NaN,
		p99: Number.NaN,
		errors: Number(done) - requests,
	};
}
