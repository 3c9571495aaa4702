/**
 * One connection of the fast path: requests in the order they come, one answer at a time.
 * In: bytes. Out: bytes. What the client does not take holds back what is read of it; what is no simple request ends this life
 * and goes to node:http.
 */
import type { Socket } from "node:net";
import type { Simple } from "../answer/answerer.ts";
import { planAnswer } from "../answer/plan.ts";
import type { ReadyAnswers, ReadyObject } from "../answer/ready.ts";
import { isDoubted } from "../cache/cache.ts";
import { freshnessOf } from "../cache/freshness.ts";
import type { RequestRecord } from "../observe/record.ts";
import { exchange, type Visit } from "./exchange.ts";
import type { FastPath, Known } from "./fast-path.ts";
import { hitRecord } from "./hit-record.ts";
import { type RawOutlet, rawOutlet } from "./raw-outlet.ts";

const headEnd = Buffer.from("\r\n\r\n");
/** After our last answer a client has so long to take it and to hang up; a reset at once could overtake the answer. */
const lingerMs = 2000;

export class FastConnection {
	readonly #socket: Socket;
	readonly #path: FastPath;
	readonly #client: string;
	/** Called once: with the socket when node:http takes it, without when it is closed. */
	readonly #leave: (passed: Socket | undefined) => void;
	/** Of the answer that is on its way. */
	#outlet: RawOutlet | undefined;
	#requests = 0;
	/** An answer is on its way that needs time: the client is not read meanwhile, so that its end waits its turn, too. */
	#busy = false;
	/** The client has shut its side, behind the request that is being answered. */
	#ended = false;
	/** Nothing more is answered. */
	#over = false;

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
		socket.setTimeout(path.options.limits.headersTimeoutMs);
	}

	closeIfIdle(): void {
		const { writableLength, readableLength } = this.#socket;
		if (!this.#busy && writableLength === 0 && readableLength === 0) this.#end();
	}

	readonly #onData = (chunk: Buffer): void => {
		if (!this.#over) this.#answerAll(chunk);
	};

	readonly #onDrain = (): void => {
		if (!this.#busy) this.#socket.resume();
	};

	/** Half-closed: what was asked is still answered. */
	readonly #onEnd = (): void => {
		this.#ended = true;
		if (!this.#busy) this.#end();
	};

	/** Slow to send, slow to take, or idle. node:net goes on waiting while a write makes progress. */
	readonly #onTimeout = (): void => {
		if (this.#busy && this.#socket.writableLength === 0) return;
		this.#socket.destroy();
	};

	readonly #onError = (): void => {
		this.#socket.destroy();
	};

	readonly #onClose = (): void => {
		this.#outlet?.gone();
		this.#leave(undefined);
	};

	/** Until all is taken the time-out for clients that take nothing holds; then what still comes is thrown away. */
	#end(): void {
		if (this.#over) return;
		this.#over = true;
		const socket = this.#socket;
		socket.pause();
		socket.end(() => {
			if (socket.destroyed) return;
			socket.resume();
			const linger = setTimeout(() => socket.destroy(), lingerMs);
			socket.once("close", () => clearTimeout(linger));
		});
	}

	#answerAll(bytes: Buffer): void {
		for (let start = 0; start < bytes.length; ) {
			// One that takes nothing gets nothing more made for it.
			if (this.#busy || this.#socket.writableNeedDrain) {
				this.#keep(start === 0 ? bytes : bytes.subarray(start));
				return;
			}
			const found = bytes.indexOf(headEnd, start);
			const end = found + headEnd.length;
			const known = found === -1 ? undefined : this.#path.known(bytes, start, end);
			if (known === undefined) {
				this.#pass(start === 0 ? bytes : bytes.subarray(start));
				return;
			}
			const { closing, limits } = this.#path.options;
			const { keepAliveTimeoutMs, requestsPerConnection } = limits;
			if (++this.#requests === 1) this.#socket.setTimeout(keepAliveTimeoutMs);
			const isLast = closing() || this.#requests >= requestsPerConnection;
			const answered = !isLast && known.simple !== undefined && this.#fromMemory(known, known.simple);
			if (!answered) void this.#answer(known.visit, isLast);
			start = end;
		}
	}

	/** Back into the stream, so that the client's end stays behind it. */
	#keep(rest: Buffer): void {
		this.#socket.pause();
		this.#socket.unshift(rest);
	}

	/** `false`: there is no fresh object in memory. */
	#fromMemory(known: Known, { ask, type, index }: Simple): boolean {
		const { options } = this.#path;
		// An index that S3 is asked about each time: it is not looked for.
		if (index !== undefined && ask.rule.ttlMs === 0) return false;
		const object = index === undefined ? options.memory.get(ask.idText) : index();
		if (object === undefined) return false;
		const startMs = options.clock.monotonicMs();
		const nowMs = options.clock.nowMs();
		const freshness = freshnessOf(object.head, ask.rule, nowMs);
		if (freshness.state !== "fresh" || isDoubted(object.head, ask)) return false;
		const ready = this.#path.shelf.answers(object, ask, type, freshness, nowMs);
		const { status } = planAnswer("GET", known.visit.view.conditions, ready.entity);
		const record = this.#recordOf(known, object, ready, status, nowMs);
		if (status === 200 && !ready.joined) {
			// Others get their answers meanwhile: this one's record is its own.
			const own = { ...record };
			this.#writeLarge(ready.ok, object.body, (complete) => this.#answered(own, startMs, complete));
			return true;
		}
		this.#socket.write(status === 304 ? ready.notModified : ready.ok);
		this.#answered(record, startMs, true);
		return true;
	}

	/** The same object again while nothing but time, client and id differ. */
	#recordOf(
		known: Known,
		object: ReadyObject,
		ready: ReadyAnswers,
		status: number,
		nowMs: number,
	): RequestRecord {
		let hit = known.hit;
		if (hit === undefined || hit.facts !== ready.facts || hit.status !== status) {
			hit = known.hit = hitRecord(known.visit, object, ready, status);
		}
		const { record } = hit;
		record.atMs = nowMs;
		record.client = this.#client;
		record.requestId = this.#path.options.requestIds.next();
		return record;
	}

	#answered(record: RequestRecord, startMs: number, complete: boolean): void {
		const { clock, observer } = this.#path.options;
		record.durationMs = record.firstByteMs = clock.monotonicMs() - startMs;
		if (!complete) {
			record.complete = false;
			record.responseFlags = "DC";
			record.alike = undefined;
		}
		observer.answered(record);
	}

	/** It may take a while, and the client may be gone before the end. */
	#writeLarge(head: Buffer, body: Buffer, onEnd: (complete: boolean) => void): void {
		const socket = this.#socket;
		const { keepAliveTimeoutMs, writeIdleTimeoutMs } = this.#path.options.limits;
		let waits = false;
		socket.cork();
		socket.write(head);
		socket.write(body, (error) => {
			if (waits) socket.setTimeout(keepAliveTimeoutMs);
			onEnd(error === undefined || error === null);
		});
		socket.uncork();
		waits = socket.writableLength > 0;
		if (waits) socket.setTimeout(writeIdleTimeoutMs);
	}

	/** The long way: disk, S3, refusals. */
	async #answer(visit: Omit<Visit, "client">, isLast: boolean): Promise<void> {
		const { options } = this.#path;
		const socket = this.#socket;
		this.#busy = true;
		socket.pause();
		socket.setTimeout(options.limits.writeIdleTimeoutMs);
		const outlet = rawOutlet(socket, () => options.clock.nowMs());
		this.#outlet = outlet;
		const closing = () => isLast || options.closing();
		await exchange({ ...visit, client: this.#client }, outlet, { ...options, closing });
		this.#busy = false;
		if (socket.destroyed) return;
		socket.setTimeout(options.limits.keepAliveTimeoutMs);
		if (outlet.closes || this.#ended) this.#end();
		else if (!socket.writableNeedDrain) socket.resume();
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
