/**
 * Around an S3Origin in tests: a clock moved by hand, an observer that remembers, and an origin whose connections,
 * whatever host they are meant for, lead to one fake S3.
 */
import { buildConnector } from "undici";
import type { Clock } from "../../../src/serve/clock.ts";
import type { Observer } from "../../../src/serve/observe/observer.ts";
import { createCredentials } from "../../../src/serve/origin/credentials.ts";
import type { CredentialProvider, Credentials } from "../../../src/serve/origin/origin.ts";
import { createS3Origin, type S3OriginOptions } from "../../../src/serve/origin/s3-origin.ts";
import { type FakeS3Options, startFakeS3 } from "../../support/s3/fake-s3.ts";

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
				const wait = { atMs: steadyMs + durationMs, done };
				function done(): void {
					signal?.removeEventListener("abort", stop);
					resolve();
				}
				function stop(): void {
					waits.delete(wait);
					reject(signal?.reason);
				}
				waits.add(wait);
				signal?.addEventListener("abort", stop);
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
	const ignored = () => {};
	const observer: Observer = {
		...{
			answered: ignored,
			revalidated: ignored,
			staleServed: ignored,
			evicted: ignored,
			diskFailed: ignored,
		},
		...{ integrityFailed: ignored, refused: ignored, shed: ignored },
		upstream: (event) => void upstream.push(event),
		retried: (cause) => void retried.push(cause),
		credentialsRefreshed: (result) => void refreshed.push(result),
		clockOffset: (seconds) => void offsets.push(seconds),
		said: (level, message) => void said.push(`${level}: ${message}`),
	};
	return { observer, said, retried, upstream, refreshed, offsets };
}

/** AWS's examples use these. */
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

/** A fake S3 whose clock is the hand's. */
export async function s3At({ clock }: { clock: Clock }, options: Partial<FakeS3Options> = {}) {
	const s3 = await startFakeS3({ credentials: [keys], nowMs: () => clock.nowMs(), ...options });
	s3.put("charts", "k", "hello", { headers: { "content-type": "application/gzip" } });
	return s3;
}

/** An origin for bucket `charts` in eu-west-1 of AWS, and whatever host it asks, the server at `port` answers. */
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
	const clock = more.clock ?? hand.clock;
	const credentials =
		more.credentials ??
		createCredentials(more.provider ?? (async () => keys), {
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
		...("dial" in more ? { dial: more.dial } : {}),
		...("ca" in more ? { ca: more.ca } : {}),
	});
	return { origin, credentials, hand, dialled, ...heard };
}

export async function bodyOf(answer: { body: AsyncIterable<Buffer> }): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of answer.body) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}
