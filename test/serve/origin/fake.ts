/**
 * Around an S3Origin in tests: a clock moved by hand, an observer that remembers, a small HTTP server that answers as
 * told and remembers what it was asked, and an origin that talks to it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buildConnector } from "undici";
import type { Clock } from "../../../src/serve/clock.ts";
import type { Observer } from "../../../src/serve/observe/observer.ts";
import { createCredentials } from "../../../src/serve/origin/credentials.ts";
import type { CredentialProvider, Credentials } from "../../../src/serve/origin/origin.ts";
import { createS3Origin, type S3OriginOptions } from "../../../src/serve/origin/s3-origin.ts";

export const startMs = Date.parse("2026-01-01T00:00:00Z");

/** Time stands still until `move`. Waits of at most `skipMs` end at once and move it. */
export function handClock(skipMs = 0, random = 0.5) {
	let nowMs = startMs;
	let steadyMs = 0;
	const waits = new Set<{ atMs: number; done: () => void }>();
	const clock: Clock = {
		nowMs: () => nowMs,
		monotonicMs: () => steadyMs,
		random: () => random,
		sleep: (durationMs, signal) =>
			new Promise((resolve, reject) => {
				if (signal?.aborted) return reject(signal.reason);
				if (durationMs <= skipMs) {
					nowMs += durationMs;
					steadyMs += durationMs;
					return resolve();
				}
				const wait = { atMs: steadyMs + durationMs, done: resolve };
				waits.add(wait);
				signal?.addEventListener("abort", () => {
					waits.delete(wait);
					reject(signal.reason);
				});
			}),
	};
	/** Lets everything run that waits no longer. */
	async function move(durationMs: number): Promise<void> {
		const endMs = steadyMs + durationMs;
		for (;;) {
			const next = [...waits].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
			const toMs = Math.max(steadyMs, next?.atMs ?? endMs);
			nowMs += toMs - steadyMs;
			steadyMs = toMs;
			if (next !== undefined) {
				waits.delete(next);
				next.done();
			}
			for (let i = 0; i < 20; i++) await Promise.resolve();
			await new Promise((resolve) => setImmediate(resolve));
			if (next === undefined) return;
		}
	}
	/** Somebody sets the wall clock. */
	function jump(byMs: number): void {
		nowMs += byMs;
	}
	return { clock, move, jump, waiting: () => waits.size };
}

export function listening() {
	const said: string[] = [];
	const retried: string[] = [];
	const upstream: { op: string; status: number; bytes: number }[] = [];
	const refreshed: string[] = [];
	const offsets: number[] = [];
	const observer = new Proxy({} as Observer, {
		get: (_, name) => (value: never) => {
			if (name === "retried") retried.push(value);
			if (name === "upstream") upstream.push(value);
			if (name === "credentialsRefreshed") refreshed.push(value);
			if (name === "clockOffset") offsets.push(value);
		},
	});
	observer.said = (level, message) => void said.push(`${level}: ${message}`);
	// The proxy's `get` would hide it.
	return {
		observer: { ...spread(observer), said: observer.said },
		said,
		retried,
		upstream,
		refreshed,
		offsets,
	};
}

/** The members that the origin calls, out of the proxy. */
function spread(observer: Observer): Observer {
	const names = ["retried", "upstream", "credentialsRefreshed", "clockOffset"] as const;
	return Object.fromEntries(names.map((name) => [name, observer[name]])) as unknown as Observer;
}

export type Answerer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** Answers with `answer`; `seen` has what came, raw. */
export async function fakeS3(answer: Answerer) {
	const seen: { method: string; path: string; headers: NodeJS.Dict<string | string[]>; port: number }[] = [];
	const server = createServer((request, response) => {
		const { method = "", url = "", headers, socket } = request;
		seen.push({ method, path: url, headers, port: socket.remotePort ?? 0 });
		response.sendDate = false;
		answer(request, response, seen.length - 1);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		seen,
		port,
		endpointUrl: `http://127.0.0.1:${port}`,
		close: () => {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

export const keys: Credentials = {
	accessKeyId: "AKIAIOSFODNN7EXAMPLE",
	secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	sessionToken: undefined,
	expiresAtMs: undefined,
};

export const settings: S3OriginOptions["settings"] = {
	connectTimeoutMs: 2000,
	firstByteTimeoutMs: 2000,
	idleTimeoutMs: 2000,
	connections: 16,
	connectionMaxAgeMs: 60_000,
	ipFamily: "auto",
	retries: 3,
};

/** An origin that asks the server at `port`, as if it were AWS or a custom endpoint. */
export function originAt(
	port: number,
	more: {
		place?: Partial<S3OriginOptions["place"]>;
		provider?: CredentialProvider;
		settings?: Partial<S3OriginOptions["settings"]>;
		hand?: ReturnType<typeof handClock>;
	} & Partial<Omit<S3OriginOptions, "place" | "settings">> = {},
) {
	const hand = more.hand ?? handClock(3000);
	const heard = listening();
	const dialled: string[] = [];
	const connect = buildConnector({});
	const { clock } = hand;
	const credentials = createCredentials(more.provider ?? (async () => keys), {
		clock,
		observer: heard.observer,
	});
	const place = {
		...{ bucket: "charts", region: "eu-west-1", endpointUrl: undefined },
		...{ pathStyle: false, dualStack: false, fips: false },
		...more.place,
	};
	const origin = createS3Origin({
		...{ place, credentials, clock, observer: heard.observer, version: "1.2.3" },
		settings: { ...settings, ...more.settings },
		dial: (options, callback) => {
			dialled.push(options.hostname);
			const here = { protocol: "http:", hostname: "127.0.0.1", host: "127.0.0.1", port: String(port) };
			connect({ ...options, ...here }, callback);
		},
		...(more.dial === undefined ? {} : { dial: more.dial }),
	});
	return { origin, credentials, hand, dialled, ...heard };
}

export async function bodyOf(answer: { body: AsyncIterable<Buffer> }): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of answer.body) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

export function xmlError(
	response: ServerResponse,
	status: number,
	code: string,
	more = "",
	headers = {},
): void {
	const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>secret detail</Message>${more}</Error>`;
	response.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": "REQ1", ...headers });
	response.end(xml);
}
