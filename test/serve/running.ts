/**
 * `serve` in this process, over a fake S3: started with flags as typed, on free ports, with everything that it says and logs kept.
 *
 *   const { s3, serve, close } = await startTestServe();        bucket `charts` with an index and two packages
 *   const answer = await serve.get("/app-1.0.0.tgz");           status, headers, body
 *   serve.records                                               what the access log would have said
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import http, { type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundledBook } from "../../src/price/load.ts";
import type { Clock } from "../../src/serve/clock.ts";
import type { ServeConfig } from "../../src/serve/config/config.ts";
import { flagLayer } from "../../src/serve/config/layers.ts";
import { serveConfig } from "../../src/serve/config/read.ts";
import { type RunningServe, startServe } from "../../src/serve.ts";
import { type FakeS3, startFakeS3 } from "../support/s3/fake-s3.ts";

export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
	/** The connection ended before the body did. */
	broken: boolean;
	firstByteMs: number;
}

export interface TestServe {
	running: RunningServe;
	/** As it was started with: for `running.reload`. */
	config: ServeConfig;
	url: string;
	adminUrl: string;
	/** Log lines as objects, as written so far. */
	said: { level: string; message: string }[];
	get(path: string, headers?: Record<string, string>, method?: string): Promise<Answer>;
	stop(): Promise<void>;
}

export const realClock: Clock = {
	nowMs: () => Date.now(),
	monotonicMs: () => performance.now(),
	random: () => Math.random(),
	sleep: (durationMs, signal) =>
		new Promise((resolve, reject) => {
			const timer = setTimeout(resolve, durationMs);
			signal?.addEventListener("abort", () => {
				clearTimeout(timer);
				reject(signal.reason);
			});
		}),
};

export function fill(seed: string, sizeBytes: number): Buffer {
	const block = createHash("sha512").update(seed).digest();
	return Buffer.alloc(sizeBytes, block);
}

export const packages = {
	"app-1.0.0.tgz": fill("app-1.0.0", 40_000),
	"app-1.1.0+build.7.tgz": fill("app-1.1.0", 1_000),
};

export function sha256(body: Buffer): string {
	return createHash("sha256").update(body).digest("hex");
}

/** An index as helm-s3 writes it. */
export function indexOf(files: Readonly<Record<string, Buffer>>): string {
	const entries = Object.entries(files).map(([file, body]) => {
		const [, name, version] = /^(.+?)-(\d.*)\.tgz$/.exec(file)!;
		return `  ${name}-${version!.replace(/\W/g, "-")}:
  - apiVersion: v2
    created: "2026-10-01T10:00:00.123456789Z"
    digest: ${sha256(body)}
    name: ${name}-${version!.replace(/\W/g, "-")}
    urls:
    - s3://charts/${file}
    version: ${version}
`;
	});
	return `apiVersion: v1\nentries:\n${entries.join("")}generated: "2026-10-01T10:00:00Z"\n`;
}

export function publish(s3: FakeS3, files: Readonly<Record<string, Buffer>> = packages, prefix = ""): void {
	for (const [file, body] of Object.entries(files)) s3.put("charts", prefix + file, body);
	s3.put("charts", `${prefix}index.yaml`, indexOf(files));
}

export interface TestServeOptions {
	s3: FakeS3;
	/** Besides the bucket, the endpoint and the ports. `cache-dir` "none": memory only. */
	flags?: Record<string, unknown>;
	clock?: Clock;
	credentials?: Parameters<typeof startServe>[0]["credentials"];
	authorize?: Parameters<typeof startServe>[0]["authorize"];
}

export async function startServeOn(options: TestServeOptions): Promise<TestServe> {
	const { s3, clock = realClock } = options;
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-serve-"));
	const flags = {
		...{ bucket: "charts", region: "eu-west-1", "endpoint-url": s3.url, "path-style": true },
		...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", "access-log": "json", "drain-delay": "0s" },
		...{ "access-log-file": path.join(folder, "access.log"), "cache-dir": path.join(folder, "cache") },
		...options.flags,
	};
	const { config } = serveConfig([flagLayer(flags)], { cacheDir: folder, machineMemoryBytes: 8 * 2 ** 30 });
	const said: TestServe["said"] = [];
	const running = await startServe({
		config,
		clock,
		version: "0.0.0-test",
		prices: bundledBook(),
		credentials:
			options.credentials ??
			(async () => ({ sessionToken: undefined, expiresAtMs: undefined, ...s3.credentials })),
		authorize: options.authorize,
		challenge: ['Basic realm="charts"'],
		say: (level, message) => said.push({ level, message }),
	});
	const url = `http://127.0.0.1:${running.data.port}`;
	return {
		running,
		config,
		url,
		adminUrl: `http://127.0.0.1:${running.admin?.port}`,
		said,
		get: (target, headers = {}, method = "GET") => ask(running.data.port, target, headers, method),
		async stop() {
			await running.drain();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export async function startTestServe(options: Omit<TestServeOptions, "s3"> = {}) {
	const s3 = await startFakeS3();
	publish(s3);
	const serve = await startServeOn({ ...options, s3 });
	const close = async () => {
		await serve.stop();
		await s3.close();
	};
	return { s3, serve, close };
}

/** Looks again and again, for at most 10 s. */
export async function until(condition: () => boolean): Promise<void> {
	const endMs = performance.now() + 10_000;
	while (!condition()) {
		if (performance.now() > endMs) throw new Error(`not in 10 s: ${condition}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

/** One request on a connection of its own, the target untouched. */
export function ask(
	port: number,
	target: string,
	headers: Record<string, string> = {},
	method = "GET",
): Promise<Answer> {
	const startMs = performance.now();
	return new Promise((resolve) => {
		const request = http.request({ host: "127.0.0.1", port, path: target, method, headers, agent: false });
		// A reset before the head is an answer, too: none.
		request.on("error", () =>
			resolve({ status: 0, headers: {}, body: Buffer.alloc(0), broken: true, firstByteMs: 0 }),
		);
		request.on("response", (response) => {
			const chunks: Buffer[] = [];
			let firstByteMs = 0;
			const settle = (broken: boolean) =>
				resolve({
					status: response.statusCode ?? 0,
					headers: response.headers,
					body: Buffer.concat(chunks),
					broken,
					firstByteMs,
				});
			response.on("data", (chunk: Buffer) => {
				if (chunks.length === 0) firstByteMs = performance.now() - startMs;
				chunks.push(chunk);
			});
			response.on("end", () => settle(!response.complete));
			response.on("error", () => settle(true));
		});
		request.end();
	});
}
