/**
 * HTTP/1.1 connections, answered without node:http as long as their requests are simple (fast-request.ts): what the same bytes
 * meant before they mean again, and a fresh object in memory is one write of bytes that are ready.
 * In: connections. Out: answers; or, at the first request that is anything else, the connection as it is, with what was read of it
 * put back, to node:http, where it stays. Nothing is decided here that the long way would decide otherwise.
 */
import type { Socket } from "node:net";
import type { Simple } from "../answer/answerer.ts";
import type { MemoryTier } from "../cache/memory-tier.ts";
import type { LimitConfig } from "../config/config.ts";
import type { ExchangeOptions, Visit } from "./exchange.ts";
import { FastConnection } from "./fast-connection.ts";
import { readFastRequest } from "./fast-request.ts";
import type { HitRecord } from "./hit-record.ts";

export interface FastPathOptions extends ExchangeOptions {
	memory: MemoryTier;
	limits: LimitConfig;
}

/** A request whose head was read. */
export interface Known {
	visit: Omit<Visit, "client">;
	/** What it asks for, if that may be answered from memory without further questions. */
	simple: Simple | undefined;
	/** Of its last answer from memory. */
	hit: HitRecord | undefined;
}

/** Clients repeat themselves: a few heads make nearly all requests. Forgotten as a whole when there are too many. */
const maxKnown = 4096;
const maxHeadBytes = 4096;

export class FastPath {
	readonly options: FastPathOptions;
	readonly #connections = new Set<FastConnection>();
	/** By the whole head, as latin1. */
	readonly #known = new Map<string, Known>();

	constructor(options: FastPathOptions) {
		this.options = options;
	}

	accept(socket: Socket, pass: (socket: Socket) => void): void {
		const connection = new FastConnection(socket, this, (passed) => {
			this.#connections.delete(connection);
			if (passed !== undefined) pass(passed);
		});
		this.#connections.add(connection);
	}

	/** Settings or an index changed: what heads mean is worked out anew. */
	forget(): void {
		this.#known.clear();
	}

	closeIdle(): void {
		for (const connection of this.#connections) connection.closeIfIdle();
	}

	/** `undefined`: not for the fast path. */
	known(bytes: Buffer, start: number, end: number): Known | undefined {
		const { limits } = this.options;
		if (end - start > Math.min(maxHeadBytes, limits.headerBytes)) return undefined;
		const head = bytes.toString("latin1", start, end);
		const there = this.#known.get(head);
		if (there !== undefined) return there;
		const visit = readFastRequest(head, limits.headerCount, this.options.requestIds);
		if (visit === undefined) return undefined;
		const asked = visit.sentId === undefined ? this.options.answerer().simple(visit.view) : undefined;
		const known = { visit, simple: asked, hit: undefined };
		if (this.#known.size >= maxKnown) this.#known.clear();
		this.#known.set(head, known);
		return known;
	}
}
