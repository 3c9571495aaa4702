/**
 * What the owner and its worker processes tell each other over the IPC channel, in order, besides objects (wire.ts).
 * The owner listens, holds disk, credentials and S3; workers answer the connections that they are handed.
 */
import type { PurgeRequest } from "../admin/operated.ts";
import type { ServeConfig } from "../config/config.ts";
import type { Sums } from "./sums.ts";

export type ToWorker =
	/** First of all. */
	| { type: "start"; config: ServeConfig; version: string }
	/** With the socket as handle. */
	| { type: "connection" }
	/** Answered with `done`, like all that have an id. */
	| { type: "purge"; id: number; what: PurgeRequest }
	| { type: "reload"; id: number; config: ServeConfig }
	/** Counters and log lines are to be sent now. */
	| { type: "report"; id: number }
	/** After the last answer and the last report the process ends. */
	| { type: "drain"; timeoutMs: number }
	| { type: "drain-begins" }
	/** S3 has another version of this object now, or none. */
	| { type: "changed"; idText: string }
	/** A new index: `files` have another digest than before. */
	| { type: "index"; repository: string; files: readonly string[] };

export type FromWorker =
	/** Connections may come. */
	| { type: "ready" }
	/** It cannot start; it ends. */
	| { type: "unable"; message: string }
	| { type: "done"; id: number; error: string | undefined }
	/** So many connections have ended. */
	| { type: "closed"; count: number }
	/** Whole lines of the access log, with their ends. */
	| { type: "log"; lines: Uint8Array }
	/** What was counted since the last one. */
	| { type: "sums"; sums: Sums }
	| { type: "said"; level: "info" | "warn" | "error"; message: string };

type Sent<Message> = (message: Message, done?: () => void) => void;

/** A worker's end of the channel. Sending never throws; after the other end is gone it does nothing. */
export type ToOwner = Sent<FromWorker>;
