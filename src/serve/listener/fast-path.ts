/**
 * Hits from memory without node:http: a simple request for a fresh object in memory is answered with bytes that are ready.
 * In: plain connections. Out: answers; or, at the first request that is anything else, the connection as it is, with what was
 * read of it put back, to node:http, where it stays. Nothing is decided here that the long way would decide otherwise.
 */
import type { Socket } from "node:net";
import type { Answerer } from "../answer/answerer.ts";
import { type Conditions, planAnswer } from "../answer/plan.ts";
import { type ReadyAnswers, readyAnswers } from "../answer/ready.ts";
import { isDoubted } from "../cache/cache.ts";
import type { Ask } from "../cache/found.ts";
import { freshnessOf } from "../cache/freshness.ts";
import type { MemoryObject, MemoryTier } from "../cache/memory-tier.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Repository } from "../repository.ts";
import { type FastRequest, readFastRequest } from "./fast-request.ts";
import type { RequestIds } from "./request-ids.ts";
import type { ObjectType } from "./route.ts";

export interface FastPathOptions {
	clock: Clock;
	observer: Observer;
	requestIds: RequestIds;
	memory: MemoryTier;
	/** Of the settings that hold now. */
	answerer(): Answerer;
	keepAliveTimeoutMs: number;
	headersTimeoutMs: number;
	requestsPerConnection: number;
	draining(): boolean;
}

/** A request whose head was read, and what it asks for: the same bytes mean the same again. */
interface Known {
	request: FastRequest;
	conditions: Conditions;
	repository: Repository;
	type: ObjectType;
	ask: Ask;
}

/** Clients repeat themselves: a few heads make nearly all requests. Forgotten as a whole when there are too many. */
const maxKnown = 4096;
const maxHeadBytes = 4096;
const headEnd = Buffer.from("\r\n\r\n");

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
	known(chunk: Buffer, start: number, end: number): Known | undefined {
		if (end - start > maxHeadBytes) return undefined;
		const head = chunk.toString("latin1", start, end);
		const there = this.#known.get(head);
		if (there !== undefined) return there;
		const request = readFastRequest(head);
		const asked = request === undefined ? undefined : this.options.answerer().simple(request);
		if (request === undefined || asked === undefined) return undefined;
		const known = { request, conditions: conditionsOf(request), ...asked };
		if (this.#known.size >= maxKnown) this.#known.clear();
		this.#known.set(head, known);
		return known;
	}
}

function conditionsOf({ ifNoneMatch }: FastRequest): Conditions {
	return {
		ifMatch: undefined,
		ifUnmodifiedSince: undefined,
		ifNoneMatch,
		ifModifiedSince: undefined,
		range: undefined,
		ifRange: undefined,
	};
}

class FastConnection {
	readonly #socket: Socket;
	readonly #path: FastPath;
	readonly #client: string;
	/** Called once: with the socket when node:http takes it, without when it is closed. */
	readonly #leave: (passed: Socket | undefined) => void;
	#requests = 0;
	/** Read, but not answered while the client does not take what it has asked for. */
	#rest: Buffer | undefined;

	constructor(socket: Socket, path: FastPath, leave: (passed: Socket | undefined) => void) {
		this.#socket = socket;
		this.#path = path;
		this.#leave = leave;
		this.#client = socket.remoteAddress ?? "";
		socket.on("data", this.#onData);
		socket.on("drain", this.#onDrain);
		socket.on("end", this.#onEnd);
		socket.on("timeout", this.#onTimeout);
		socket.on("error", this.#onError);
		socket.on("close", this.#onClose);
		socket.setTimeout(path.options.headersTimeoutMs);
	}

	closeIfIdle(): void {
		if (this.#socket.writableLength === 0 && this.#rest === undefined) this.#socket.end();
	}

	readonly #onData = (chunk: Buffer): void => {
		const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
		this.#rest = undefined;
		this.#answerAll(bytes);
	};

	readonly #onDrain = (): void => {
		const rest = this.#rest;
		this.#rest = undefined;
		this.#socket.resume();
		if (rest !== undefined) this.#answerAll(rest);
	};

	readonly #onEnd = (): void => {
		this.#socket.end();
	};

	readonly #onTimeout = (): void => {
		this.#socket.destroy();
	};

	readonly #onError = (): void => {
		this.#socket.destroy();
	};

	readonly #onClose = (): void => {
		this.#leave(undefined);
	};

	#answerAll(bytes: Buffer): void {
		for (let start = 0; start < bytes.length; ) {
			// One that takes nothing gets nothing more made for it.
			if (this.#socket.writableNeedDrain) {
				this.#rest = bytes.subarray(start);
				this.#socket.pause();
				return;
			}
			const found = bytes.indexOf(headEnd, start);
			const end = found + headEnd.length;
			if (found === -1 || !this.#answer(bytes, start, end)) {
				this.#pass(start === 0 ? bytes : bytes.subarray(start));
				return;
			}
			start = end;
		}
	}

	/** `false`: not a fresh object in memory, or not a simple request. */
	#answer(bytes: Buffer, start: number, end: number): boolean {
		const { options } = this.#path;
		const startMs = options.clock.monotonicMs();
		const known = this.#path.known(bytes, start, end);
		if (known === undefined || options.draining()) return false;
		const { ask } = known;
		const object = options.memory.get(ask.idText);
		if (object === undefined) return false;
		const nowMs = options.clock.nowMs();
		const freshness = freshnessOf(object.head, ask.rule, nowMs);
		if (freshness.state !== "fresh" || isDoubted(object.head, ask)) return false;
		if (++this.#requests === 1) this.#socket.setTimeout(options.keepAliveTimeoutMs);
		if (this.#requests > options.requestsPerConnection) return false;
		const ready = readyAnswers(object, ask.rule, known.type, freshness, nowMs);
		const { status } = planAnswer("GET", known.conditions, object.head);
		if (status === 304) this.#socket.write(ready.notModified);
		else this.#write(ready, object, known, nowMs, startMs);
		if (status === 304 || ready.joined) {
			const durationMs = options.clock.monotonicMs() - startMs;
			options.observer.answered(this.#record(known, object, ready, status, nowMs, durationMs, true));
		}
		return true;
	}

	#write(ready: ReadyAnswers, object: MemoryObject, known: Known, nowMs: number, startMs: number): void {
		const socket = this.#socket;
		if (ready.joined) {
			socket.write(ready.ok);
			return;
		}
		socket.cork();
		socket.write(ready.ok);
		// It may take a while, and the client may be gone before the end: said when it is known.
		socket.write(object.body, (error) => {
			const { clock, observer } = this.#path.options;
			const durationMs = clock.monotonicMs() - startMs;
			const complete = error === undefined || error === null;
			observer.answered(this.#record(known, object, ready, 200, nowMs, durationMs, complete));
		});
		socket.uncork();
	}

	#record(
		{ request, repository, ask }: Known,
		{ body }: MemoryObject,
		{ facts }: ReadyAnswers,
		status: number,
		atMs: number,
		durationMs: number,
		complete: boolean,
	): RequestRecord {
		const query = request.target.indexOf("?");
		return {
			atMs,
			method: "GET",
			path: query === -1 ? request.target : request.target.slice(0, query),
			queryDropped: query !== -1,
			status,
			bodyBytes: status === 200 ? body.length : 0,
			durationMs,
			firstByteMs: durationMs,
			client: this.#client,
			userAgent: request.userAgent,
			httpVersion: "1.1",
			requestId: this.#path.options.requestIds.next(),
			repository: repository.config.name,
			bucket: repository.config.bucket,
			key: ask.id.key,
			rule: ask.rule.name,
			cache: "hit",
			tier: "mem",
			reason: "",
			ageS: facts.ageS,
			ttlS: facts.ttlS,
			upstreamStatus: undefined,
			upstreamMs: undefined,
			upstreamBytes: 0,
			s3RequestId: "",
			retries: 0,
			responseFlags: complete ? "RFCF" : "DC",
			complete,
			forwardedFor: request.forwardedFor,
			authority: request.authority,
		};
	}

	/** To node:http, with what was read put back. It is told nothing of what was answered before. */
	#pass(rest: Buffer): void {
		const socket = this.#socket;
		socket.off("data", this.#onData);
		socket.off("drain", this.#onDrain);
		socket.off("end", this.#onEnd);
		socket.off("timeout", this.#onTimeout);
		socket.off("error", this.#onError);
		socket.off("close", this.#onClose);
		socket.setTimeout(0);
		if (rest.length > 0) socket.unshift(rest);
		this.#leave(socket);
	}
}
