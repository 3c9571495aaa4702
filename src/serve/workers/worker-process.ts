/**
 * One worker process as the owner sees it: alive, ready, asked to do things, and one day gone.
 * In: a forked process with an IPC channel and a socket pair. Out: promises that end with the process, and events.
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ServeConfig } from "../config/config.ts";
import type { Seat } from "./door.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { Sums, WorkerGauges } from "./sums.ts";

/** Forks one: IPC with advanced serialization, and a pipe as its descriptor `linkDescriptor`. Throws or fails later. */
export type Launch = () => ChildProcess;
/** 0 to 2 are stdio, 3 is the IPC channel. */
export const linkDescriptor = 4;

export interface WorkerEvents {
	ready(): void;
	/** Once. `taken`: what it was handed and did not take. */
	gone(why: string, taken: readonly Socket[]): void;
	log(lines: Buffer): void;
	sums(sums: Sums): void;
	said(level: "info" | "warn" | "error", message: string): void;
}

export class WorkerProcess implements Seat {
	readonly #child: ChildProcess | undefined;
	readonly #events: WorkerEvents;
	readonly #waiting = new Map<number, (error: string | undefined) => void>();
	/** Handed, and not yet on their way. */
	readonly #handing = new Set<Socket>();
	#lastId = 0;
	#why: string | undefined;
	#gone = false;
	/** Resolves when the process is gone. */
	readonly ended: Promise<void>;
	#settleEnded: () => void = () => {};
	isReady = false;
	isEnding = false;
	connections = 0;
	/** Since its last message, as the pool counts it. */
	silentMs = 0;
	gauges: WorkerGauges | undefined;

	constructor(launch: Launch, start: { config: ServeConfig; version: string }, events: WorkerEvents) {
		this.ended = new Promise((resolve) => {
			this.#settleEnded = resolve;
		});
		this.#events = events;
		try {
			this.#child = launch();
		} catch (error) {
			// No process can be made now: as if it had died at once.
			setImmediate(() => this.#ended(error instanceof Error ? error.message : String(error)));
			return;
		}
		this.#child.on("message", (message) => this.#hear(message as FromWorker));
		this.#child.on("error", (error) => this.#ended(error.message));
		this.#child.on("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
		this.#child.on("disconnect", () => {
			this.isReady = false;
		});
		this.send({ type: "start", ...start });
	}

	get pid(): number | undefined {
		return this.#child?.pid;
	}

	/** Where it asks for objects; `undefined`: it could not be forked. */
	get link(): Duplex | undefined {
		return this.#child?.stdio?.[linkDescriptor] as Duplex | undefined;
	}

	take(socket: Socket): void {
		this.connections++;
		this.#handing.add(socket);
		// A closed channel throws nothing and calls back with an error: `gone` then gives the socket away again.
		this.#child?.send({ type: "connection" } satisfies ToWorker, socket, (error) => {
			if (error === null) this.#handing.delete(socket);
		});
	}

	send(message: ToWorker): void {
		if (this.#child?.connected === true) this.#child.send(message, () => {});
	}

	/** Resolves with what went wrong; `undefined`: nothing, or the process is gone. */
	ask(message: (id: number) => ToWorker): Promise<string | undefined> {
		if (this.#gone || this.#child?.connected !== true) return Promise.resolve(undefined);
		const id = ++this.#lastId;
		return new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			this.send(message(id));
		});
	}

	kill(): void {
		this.#child?.kill("SIGKILL");
	}

	#hear(message: FromWorker): void {
		this.silentMs = 0;
		switch (message.type) {
			case "ready":
				this.isReady = true;
				this.#events.ready();
				break;
			case "unable":
				this.#why = message.message;
				break;
			case "done":
				this.#waiting.get(message.id)?.(message.error);
				this.#waiting.delete(message.id);
				break;
			case "closed":
				this.connections -= message.count;
				break;
			case "log":
				this.#events.log(bufferOf(message.lines));
				break;
			case "sums":
				this.gauges = message.sums.gauges;
				this.#events.sums(message.sums);
				break;
			case "said":
				this.#events.said(message.level, message.message);
		}
	}

	#ended(why: string): void {
		if (this.#gone) return;
		this.#gone = true;
		this.isReady = false;
		this.link?.destroy();
		this.#settleEnded();
		for (const resolve of this.#waiting.values()) resolve(undefined);
		this.#waiting.clear();
		const untaken = [...this.#handing].filter(
			(socket) => !socket.destroyed && socket.remotePort !== undefined,
		);
		this.#handing.clear();
		this.#events.gone(this.#why ?? why, untaken);
	}
}

/** The same memory. */
function bufferOf(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
