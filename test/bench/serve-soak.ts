/**
 * A soak: `node --import tsx test/bench/serve-soak.ts [--minutes 30] [--every 10]` after `npm run build`. The real process over the
 * fake S3, every kind of client, faults in phases; memory, descriptors, timers and event-loop lag are read every 10 s. Out: a line for each
 * reading, slopes at the end; exit code 1 when one is above its bound, something is left over, or anything was answered wrongly.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startFakeS3 } from "../support/s3/fake-s3.ts";
import { bucketName } from "./serve/bucket.ts";
import { runJs } from "./serve/contestants.ts";
import { freePort, listening } from "./serve/machine.ts";
import { slopePerMinute } from "./serve/slope.ts";
import { SoakLoad } from "./serve/soak-load.ts";

interface Reading {
	rss: number;
	heapUsed: number;
	external: number;
	fds: number;
	resources: Record<string, number>;
	p99Ms: number;
	maxMs: number;
}

/**
 * What the fitted line may rise from its first to its last reading: noise, and what a minute may add. Heap is read after a
 * collection; RSS moves with what the allocator keeps, buffers with purges: the memory tier is emptied and filled again.
 */
const bounds = {
	"RSS, MB": { noise: 12, perMinute: 0.3, of: ({ rss }: Reading) => rss / 1e6 },
	"heap, MB": { noise: 3, perMinute: 0.05, of: ({ heapUsed }: Reading) => heapUsed / 1e6 },
	"buffers, MB": { noise: 20, perMinute: 0.1, of: ({ external }: Reading) => external / 1e6 },
	descriptors: { noise: 15, perMinute: 0.1, of: ({ fds }: Reading) => fds },
	timers: { noise: 15, perMinute: 0.1, of: ({ resources }: Reading) => resources["Timeout"] ?? 0 },
	"other handles": { noise: 15, perMinute: 0.1, of: ({ resources }: Reading) => handlesOf(resources) },
} as const;
type Measure = keyof typeof bounds;
const measures = Object.keys(bounds) as Measure[];

/** Of the readings, at the beginning: the caches are not full yet, and code is being compiled. */
const warmUpShare = 0.3;
/** Descriptors and handles more than before any load, 8 s after the last client has gone: S3 connections that are kept for a while. */
const mayRemain = 70;

const { values } = parseArgs({
	options: { minutes: { type: "string", default: "30" }, every: { type: "string", default: "10" } },
});
const endMs = performance.now() + Number(values.minutes) * 60_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const s3 = await startFakeS3();
const folder = mkdtempSync(path.join(tmpdir(), "chartcost-soak-"));
const [port, adminPort] = [await freePort(), await freePort()];
const server = startServer();
const started = { child: server, said: () => said, stop: async () => void server.kill() };
let said = "";
server.stderr!.setEncoding("utf8").on("data", (text: string) => {
	said = (said + text).slice(-8000);
});
const load = new SoakLoad({ port, adminPort, s3 });
await listening(port, started);
await wait(2000);
const before = await read();
const startMs = performance.now();
const running = load.run();
const readings: { atMinutes: number; reading: Reading }[] = [];
const problems: string[] = [];
while (performance.now() < endMs && server.exitCode === null) {
	await wait(Number(values.every) * 1000);
	const reading = await read();
	readings.push({ atMinutes: (performance.now() - startMs) / 60_000, reading });
	console.log(lineOf(readings.at(-1)!));
}
load.stop();
await running;
await wait(8000);
if (server.exitCode !== null) problems.push(`the server ended with ${server.exitCode}: ${said}`);
else judge(await read());
console.log(`\nrequests: ${[...load.counts].map(([what, count]) => `${what} ${count}`).join(", ")}`);
for (const wrong of load.wrong) problems.push(`wrong answer: ${wrong}`);
server.kill("SIGTERM");
await Promise.race([new Promise((resolve) => server.once("exit", resolve)), wait(10_000)]);
if (server.exitCode !== 0) problems.push(`SIGTERM ended it with ${server.exitCode}: ${said}`);
server.kill("SIGKILL");
await s3.close();
rmSync(folder, { recursive: true, force: true });
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? "nothing grows, nothing was wrong" : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

function startServer() {
	const probe = fileURLToPath(new URL("serve-probe.js", import.meta.url));
	const words = [
		...["--bucket", bucketName, "--region", "eu-west-1", "--endpoint-url", s3.url, "--path-style"],
		...["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${adminPort}`, "--drain-delay", "0s"],
		...["--cache-dir", path.join(folder, "cache"), "--cache-size", "64MiB", "--memory", "16MiB"],
		...["--not-found-ttl", "1s", "--ttl", "20s", "--access-log-file", path.join(folder, "access.log")],
	];
	return spawn(process.execPath, ["--expose-gc", "--import", probe, runJs, "serve", ...words], {
		stdio: ["ignore", "ignore", "pipe", "ipc"],
		env: {
			...process.env,
			AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
			AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
		},
	});
}

async function read(): Promise<Reading> {
	const answer = new Promise<Reading>((resolve) =>
		server.once("message", (message) => resolve(message as Reading)),
	);
	server.send("read");
	return Promise.race([
		answer,
		wait(10_000).then(() => {
			throw new Error(`the server does not answer: ${said}`);
		}),
	]);
}

function handlesOf(resources: Readonly<Record<string, number>>): number {
	return Object.entries(resources).reduce(
		(sum, [type, count]) => (type === "Timeout" ? sum : sum + count),
		0,
	);
}

function lineOf({ atMinutes, reading }: { atMinutes: number; reading: Reading }): string {
	const numbers = measures.map((measure) => `${measure} ${bounds[measure].of(reading).toFixed(1)}`);
	const lag = `lag p99 ${reading.p99Ms.toFixed(0)} ms, longest ${reading.maxMs.toFixed(0)}`;
	return `${atMinutes.toFixed(1)} min: ${numbers.join(", ")}; ${lag}; wrong ${load.wrong.length}`;
}

function judge(after: Reading): void {
	const kept = readings.slice(Math.floor(readings.length * warmUpShare));
	const minutes = kept.at(-1)!.atMinutes - kept[0]!.atMinutes;
	console.log("");
	for (const measure of measures) {
		const { noise, perMinute, of } = bounds[measure];
		const slope = slopePerMinute(kept.map(({ atMinutes, reading }) => ({ atMinutes, value: of(reading) })));
		const most = noise / minutes + perMinute;
		console.log(
			`${measure}: ${slope.toFixed(3)} per minute, at most ${most.toFixed(3)}; before ${of(before).toFixed(1)}, after ${of(after).toFixed(1)}`,
		);
		if (slope > most) problems.push(`${measure} grows by ${slope.toFixed(3)} per minute`);
	}
	for (const measure of ["descriptors", "timers", "other handles"] as const) {
		const left = bounds[measure].of(after) - bounds[measure].of(before);
		if (left > mayRemain) problems.push(`${left} ${measure} are left over`);
	}
}
