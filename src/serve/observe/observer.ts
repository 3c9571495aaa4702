/**
 * What the parts of `serve` tell: metrics.ts counts it, tests listen. Calls are cheap and never throw.
 * Nothing here carries a path, a key or a header, so that no label set grows with what clients send.
 */
import type { RequestRecord } from "./record.ts";

export interface Observer {
	/** A request was answered, or its client is gone. The record may be reused after the call: copy what is kept. */
	answered(record: RequestRecord): void;
	/** One request that S3 was sent, retries counted apart; `status` 0 when none came. */
	upstream(event: { op: "GET" | "HEAD"; status: number; bytes: number; durationMs: number }): void;
	retried(cause: string): void;
	revalidated(result: "304" | "200" | "error"): void;
	/** Something stored was sent although it was no longer fresh. */
	staleServed(cause: string): void;
	evicted(event: { tier: "mem" | "disk"; cause: string; bytes: number }): void;
	diskFailed(errno: string): void;
	/** A body was not what it should be: `length`, `checksum`, `digest`, `disk`, `etag`. */
	integrityFailed(where: string): void;
	/** Refused before the cache: `path`, `method`, `auth`, `body`, `limit`, … */
	refused(reason: string): void;
	/** A request was turned away because too many were under way. */
	shed(): void;
	credentialsRefreshed(result: "ok" | "error", expiresAtMs: number | undefined): void;
	/** Our clock against S3's. */
	clockOffset(seconds: number): void;
	/** A line for the operator, said once per change of state, never once per request. No secrets. */
	said(level: "info" | "warn" | "error", message: string): void;
}
