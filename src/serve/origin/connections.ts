/**
 * Connections to S3: one undici Pool per host, replaced as a whole when it has grown old (so that DNS is asked anew)
 * or when one of its connections failed. What is under way on a replaced pool ends there, undisturbed.
 * TLS is always verified, against the name in the URL; nothing in settings or environment switches that off.
 */
import { type buildConnector, Pool } from "undici";
import type { Clock } from "../clock.ts";
import { OriginError } from "./origin.ts";

export type Dial = buildConnector.connector;

export interface ConnectionOptions {
	connectTimeoutMs: number;
	firstByteTimeoutMs: number;
	idleTimeoutMs: number;
	connections: number;
	connectionMaxAgeMs: number;
	ipFamily: "auto" | "4" | "6";
	/** Certificates to trust instead of the system's, for tests and private endpoints. */
	ca?: string | Buffer | undefined;
	/** In place of DNS, TCP and TLS, for tests: dials elsewhere than the host's name says. */
	dial?: Dial | undefined;
}

export interface Connections {
	/** The pool to ask `url` (scheme, host and port) with, now. */
	poolFor(url: string): Pool;
	/** Later requests to `url` get new connections, unless `pool` has been replaced already. */
	replace(url: string, pool: Pool): void;
	/** Ends all connections, also those in use. */
	close(): Promise<void>;
}

/** The endpoint, the corrected Region's, and some that redirects named. */
const maxHosts = 8;
/** S3 closes idle connections after some seconds; asked sooner, fewer of them break. */
const keepAliveMs = 5000;
/** S3's heads have 1 KB. */
const maxHeadBytes = 32 << 10;

export function createConnections(options: ConnectionOptions, clock: Clock): Connections {
	const hosts = new Map<string, { pool: Pool; bornAtMs: number }>();
	const leaving = new Set<Pool>();
	let isClosed = false;
	function retire(pool: Pool): void {
		leaving.add(pool);
		// Waits for what is under way. Its failures are told to those who asked.
		pool
			.close()
			.catch(() => {})
			.finally(() => leaving.delete(pool));
	}
	function renewed(url: string): Pool {
		const old = hosts.get(url);
		if (old !== undefined) retire(old.pool);
		hosts.delete(url);
		const oldest = hosts.size >= maxHosts ? hosts.entries().next().value : undefined;
		if (oldest !== undefined) {
			hosts.delete(oldest[0]);
			retire(oldest[1].pool);
		}
		const pool = createPool(url, options);
		hosts.set(url, { pool, bornAtMs: clock.monotonicMs() });
		return pool;
	}
	return {
		poolFor: (url) => {
			if (isClosed) throw new OriginError("aborted", "S3 is not asked any more: the server ends");
			const held = hosts.get(url);
			const isFresh = held !== undefined && clock.monotonicMs() - held.bornAtMs < options.connectionMaxAgeMs;
			return isFresh ? held.pool : renewed(url);
		},
		replace: (url, pool) => {
			if (!isClosed && hosts.get(url)?.pool === pool) renewed(url);
		},
		close: async () => {
			isClosed = true;
			const all = [...leaving, ...[...hosts.values()].map(({ pool }) => pool)];
			hosts.clear();
			await Promise.all(all.map((pool) => pool.destroy()));
		},
	};
}

function createPool(url: string, options: ConnectionOptions): Pool {
	const { ca, dial, ipFamily } = options;
	return new Pool(url, {
		connections: options.connections,
		pipelining: 1,
		allowH2: false,
		headersTimeout: options.firstByteTimeoutMs,
		bodyTimeout: options.idleTimeoutMs,
		keepAliveTimeout: keepAliveMs,
		maxHeaderSize: maxHeadBytes,
		connect: dial ?? {
			timeout: options.connectTimeoutMs,
			rejectUnauthorized: true,
			minVersion: "TLSv1.2",
			...(ca === undefined ? {} : { ca }),
			...(ipFamily === "auto"
				? { autoSelectFamily: true }
				: { family: Number(ipFamily), autoSelectFamily: false }),
		},
	});
}
