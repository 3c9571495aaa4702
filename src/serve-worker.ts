/**
 * A worker process of `serve` from its first message to its last: it answers the connections it is handed, from its memory or by asking
 * the owner (serve/workers/), and sends what it counted and logged. In: the channel to the owner. Out: the process may end.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "./serve/clock.ts";
import type { ServeConfig } from "./serve/config/config.ts";
import { LogIn, unchangedLogIn } from "./serve/config/log-in.ts";
import { operate } from "./serve/operate.ts";
import { Server } from "./serve/server.ts";
import { openOwnerLine } from "./serve/workers/asking.ts";
import type { ToOwner, ToWorker } from "./serve/workers/messages.ts";
import { FromOwner, noCredentials, shareOf } from "./serve/workers/owner.ts";
import { Reporter } from "./serve/workers/reporter.ts";

export type { ToOwner, ToWorker } from "./serve/workers/messages.ts";

export interface WorkerOptions {
	clock: Clock;
	/** The worker's end of the socket pair. */
	link: Duplex;
	send: ToOwner;
	/** What this process has used so far. */
	usage(): { cpuSeconds: number; residentBytes: number };
	/** It has said its last word. */
	end(): void;
}

/** Called for each message, with the connection that came with it. In order: one waits for the one before. */
export function serveWorker(options: WorkerOptions): (message: ToWorker, socket: Socket | undefined) => void {
	let worker: Worker | undefined;
	let before: Promise<void> = Promise.resolve();
	const hear = async (message: Exclude<ToWorker, { type: "connection" }>) => {
		if (message.type !== "start") return worker?.hear(message);
		try {
			worker = await Worker.start(options, message.config, message.version);
			options.send({ type: "ready" });
		} catch (error) {
			options.send({ type: "unable", message: messageOf(error) }, options.end);
		}
	};
	return (message, socket) => {
		if (message.type !== "connection") before = before.then(() => hear(message));
		else if (worker === undefined) socket?.destroy();
		else if (socket !== undefined) worker.take(socket);
	};
}

/** Connections that end together are told together. */
const closedDelayMs = 20;

class Worker {
	readonly #options: WorkerOptions;
	readonly #server: Server;
	readonly #owner: FromOwner;
	readonly #reporter: Reporter;
	readonly #logIn: LogIn | undefined;
	#closed = 0;

	private constructor(
		options: WorkerOptions,
		parts: { server: Server; owner: FromOwner; reporter: Reporter; logIn: LogIn | undefined },
	) {
		this.#options = options;
		this.#server = parts.server;
		this.#owner = parts.owner;
		this.#reporter = parts.reporter;
		this.#logIn = parts.logIn;
	}

	static async start(options: WorkerOptions, config: ServeConfig, version: string): Promise<Worker> {
		const { clock, link, send, usage } = options;
		const say = (level: "info" | "warn" | "error", message: string) => send({ type: "said", level, message });
		const { auth, accessLog } = config;
		// The owner has said the notes on them.
		const logIn = auth === undefined ? undefined : await LogIn.open(auth, clock, quiet(say));
		const reporter = new Reporter({
			...{ config, format: accessLog.format, send, clock },
			gauges: () => ({
				...{ memoryBytes: server.memory.usedBytes, memoryLimitBytes: server.memory.limitBytes },
				...{ memoryEntries: server.memory.count, waiters: server.cache.waiters },
				...{ connections: server.connections, ...usage() },
			}),
		});
		const owner = new FromOwner({ line: openOwnerLine(link), clock, observer: reporter });
		const server: Server = new Server(shareOf(config), {
			...{ credentials: noCredentials, clock, observer: reporter, disk: undefined, version, owner },
			preparer: { prepare: () => Promise.reject(new Error("only the owner process prepares indexes")) },
			authorize: logIn === undefined ? undefined : (header) => logIn.files.authorize(header),
			challenge: logIn?.files.challenge ?? [],
		});
		await server.listen("handed");
		return new Worker(options, { server, owner, reporter, logIn });
	}

	take(socket: Socket): void {
		socket.once("close", () => this.#onClosed());
		this.#server.take(socket);
	}

	async hear(message: Exclude<ToWorker, { type: "start" | "connection" }>): Promise<void> {
		switch (message.type) {
			case "purge":
				return this.#done(message.id, operate(this.#server).purge(message.what));
			case "reload":
				return this.#done(message.id, this.#reload(message.config));
			case "report":
				return this.#done(message.id, this.#reporter.flush());
			case "drain-begins":
				return this.#server.beginDrain();
			case "drain":
				return this.#drain(message.timeoutMs);
			case "changed":
				return this.#owner.changed(message.idText);
			case "index": {
				const repository = this.#server.byName.get(message.repository);
				if (repository !== undefined) this.#owner.newIndex(repository, message.files);
			}
		}
	}

	async #done(id: number, work: Promise<unknown>): Promise<void> {
		const error = await work.then(() => undefined, messageOf);
		this.#options.send({ type: "done", id, error });
	}

	async #reload(config: ServeConfig): Promise<void> {
		const changed = this.#logIn === undefined ? unchangedLogIn(config) : await this.#logIn.next(config.auth);
		try {
			this.#server.reload(shareOf(config));
		} catch (error) {
			changed?.close();
			throw error;
		}
		if (changed !== undefined) this.#logIn?.use(changed);
		this.#reporter.configure(config);
	}

	async #drain(timeoutMs: number): Promise<void> {
		await this.#server.drain(timeoutMs);
		await this.#server.close();
		this.#logIn?.files.close();
		await this.#reporter.close();
		this.#options.end();
	}

	#onClosed(): void {
		if (this.#closed++ > 0) return;
		void this.#options.clock.sleep(closedDelayMs).then(() => {
			this.#options.send({ type: "closed", count: this.#closed });
			this.#closed = 0;
		});
	}
}

function quiet(say: (level: "info" | "error", message: string) => void) {
	return (level: "info" | "warn" | "error", message: string) => {
		if (level === "error") say(level, message);
	};
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
