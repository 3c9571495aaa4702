/**
 * An S3 for tests: a real HTTP server on a free port of 127.0.0.1 that checks every signature with a signer that is not
 * ours, records every request and suffers the faults that a test asks for.
 *
 *   const s3 = await startFakeS3();                        options: Region, credentials, tls, host "::1", clock
 *   s3.put("charts", "index.yaml", "apiVersion: v1\n");    the bucket is made when it is missing
 *   … GET s3.url + "/charts/index.yaml", signed with s3.credentials …
 *   assert.equal(s3.count({ method: "GET", key: "index.yaml" }), 1);
 *   s3.next({ key: "a.tgz" }, faults.resetAfter(1000));    see faults.ts
 *   await s3.close();
 */
import type { Body } from "./body.ts";
import { type Bucket, newBucket, newObject, type PutOptions, type StoredObject } from "./buckets.ts";
import { newExchange, type S3State } from "./exchange.ts";
import { FaultPlan, type FaultScript } from "./fault-plan.ts";
import type { Fault } from "./faults.ts";
import { type ConnectionFault, Listener } from "./listener.ts";
import { type RecordedRequest, type RequestFilter, RequestLog } from "./request-log.ts";
import type { FakeCredentials } from "./signature-check.ts";

export interface FakeS3Options {
	/** Of buckets made by `put`. Default eu-west-1. */
	region?: string;
	/** Default: one pair, see `credentials` of the server. */
	credentials?: readonly FakeCredentials[];
	/** https with a self-signed certificate for localhost, 127.0.0.1 and ::1; see `certificate` of the server. */
	tls?: boolean;
	host?: "127.0.0.1" | "::1";
	/** S3's own clock, for Date, skew and tokens. Default: the real one. */
	nowMs?: () => number;
	/** `false`: signatures are recorded but not insisted on. */
	insistsOnSignatures?: boolean;
}

export const defaultCredentials: FakeCredentials = {
	accessKeyId: "AKIAFAKEFAKEFAKEFAKE",
	secretAccessKey: "fake/secret+of=the+tests/and/nobody/else",
};

export interface FakeS3 {
	/** `http://127.0.0.1:PORT`, for path style. */
	readonly url: string;
	/** `127.0.0.1:PORT`, as in Host. */
	readonly host: string;
	readonly port: number;
	/** PEM, when tls is on. */
	readonly certificate: string | undefined;
	/** The first pair. */
	readonly credentials: FakeCredentials;
	/** Who may sign; may be changed at any time. */
	signers: FakeCredentials[];
	bucket(name: string): Bucket;
	put(bucket: string, key: string, content: Buffer | string | Body, options?: PutOptions): StoredObject;
	remove(bucket: string, key: string): void;
	readonly requests: readonly RecordedRequest[];
	count(filter?: RequestFilter): number;
	/** Resolves when so many matching requests have arrived. Rejects after 10 s. */
	received(filter: RequestFilter, count: number, timeoutMs?: number): Promise<void>;
	/** Resolves when every request that arrived is answered or given up. Rejects after 10 s. */
	settled(timeoutMs?: number): Promise<void>;
	/** Forgets the requests so far. */
	forget(): void;
	/** One fault for each of the next matching requests. */
	next(filter: RequestFilter, ...faults: readonly Fault[]): void;
	/** For every matching request until the returned function, or `healthy`, is called. */
	always(filter: RequestFilter, fault: Fault): () => void;
	script: FaultScript | undefined;
	/** Faults asked for by `next` that have not happened yet. */
	readonly pendingFaults: number;
	/** No faults any more; also listens again, and undoes `onConnection`. */
	healthy(): Promise<void>;
	/** Closes the port: connections are refused, open ones are reset. Until `healthy`. */
	refuse(): Promise<void>;
	/** What new connections meet: reset, silence, or bytes that are no TLS and no HTTP. Until `healthy`. */
	onConnection: ConnectionFault | undefined;
	/** Connections open now, and since the start. */
	readonly openConnections: number;
	readonly connections: number;
	/** Resets connections that are idle between two requests, as S3 does after some time. */
	dropIdle(): void;
	close(): Promise<void>;
}

const waitMs = 10_000;

export async function startFakeS3(options: FakeS3Options = {}): Promise<FakeS3> {
	const nowMs = options.nowMs ?? Date.now;
	const region = options.region ?? "eu-west-1";
	const buckets = new Map<string, Bucket>();
	const signers = [...(options.credentials ?? [defaultCredentials])];
	const log = new RequestLog();
	const plan = new FaultPlan();
	const state: S3State = {
		nowMs,
		region,
		buckets,
		signers,
		insistsOnSignatures: options.insistsOnSignatures ?? true,
		log,
		plan,
	};
	const listener = new Listener(options.host ?? "127.0.0.1", options.tls ?? false, newExchange(state));
	await listener.listen();

	const bucket = (name: string): Bucket => {
		const found = buckets.get(name) ?? newBucket(name, region);
		buckets.set(name, found);
		return found;
	};
	const host = `${options.host === "::1" ? "[::1]" : "127.0.0.1"}:${listener.port}`;
	return {
		url: `${options.tls ? "https" : "http"}://${host}`,
		host,
		port: listener.port,
		certificate: listener.certificate,
		credentials: signers[0] ?? defaultCredentials,
		get signers() {
			return state.signers;
		},
		set signers(value) {
			state.signers = value;
		},
		bucket,
		put(bucketName, key, content, putOptions = {}) {
			const object = newObject(content, putOptions, nowMs());
			bucket(bucketName).objects.set(key, object);
			return object;
		},
		remove: (bucketName, key) => void bucket(bucketName).objects.delete(key),
		requests: log.requests,
		count: (filter) => log.count(filter),
		received: (filter, count, timeoutMs = waitMs) =>
			log.waitUntil(() => log.count(filter) >= count, `${count} requests`, timeoutMs),
		settled: (timeoutMs = waitMs) =>
			log.waitUntil(() => log.requests.every(({ done }) => done), "all answered", timeoutMs),
		forget: () => void log.requests.splice(0),
		next: (filter, ...faults) => plan.next(filter, ...faults),
		always: (filter, fault) => plan.always(filter, fault),
		get script() {
			return plan.script;
		},
		set script(value) {
			plan.script = value;
		},
		get pendingFaults() {
			return plan.pending;
		},
		async healthy() {
			plan.clear();
			listener.onConnection = undefined;
			await listener.listen();
		},
		refuse: () => listener.stop(),
		get onConnection() {
			return listener.onConnection;
		},
		set onConnection(value) {
			listener.onConnection = value;
		},
		get openConnections() {
			return listener.open;
		},
		get connections() {
			return listener.accepted;
		},
		dropIdle: () => listener.dropIdle(),
		close: () => listener.stop(),
	};
}
