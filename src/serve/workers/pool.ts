/**
 * The worker processes: started, replaced when they die, told what happened, ended. The owner goes on whatever becomes of them: while
 * there is none, it answers itself.
 * In: how to fork one, and what the owner has. Out: connections answered, log lines, sums; one sentence per change of state.
 */
import type { Socket } from "node:net";
import type { PurgeRequest } from "../admin/operated.ts";
import type { Clock } from "../clock.ts";
import type { Address, ServeConfig } from "../config/config.ts";
import { answerWorker, type OwnerSide } from "./answering.ts";
import { type Door, openDoor, type Seat } from "./door.ts";
import type { ToWorker } from "./messages.ts";
import type { Sums, WorkerGauges } from "./sums.ts";
import { type Launch, WorkerProcess } from "./worker-process.ts";

export interface PoolOptions {
	config: ServeConfig;
	version: string;
	clock: Clock;
	launch: Launch;
	side: Omit<OwnerSide, "onChanged" | "onFault">;
	/** The owner's own answering, for when there is no worker. */
	last: Seat;
	log(lines: Buffer): void;
	sums(sums: Sums): void;
	dropped(): void;
	say(level: "info" | "warn" | "error", message: string): void;
}

/** A process that dies so soon after its start will do it again: the next one waits longer. */
const soonMs = 10_000;
const firstDelayMs = 250;
const maxDelayMs = 30_000;
/** Loading takes 0.2 s; on a machine without a free core some seconds. */
const startPatienceMs = 30_000;
/** A worker that does not do what it is told in this time is replaced. */
const askPatienceMs = 5000;
/** As often silence is looked at. */
const tickMs = 1000;
/** Workers report every two seconds, and more often when they have something to do (reporter.ts): five reports are missing then. */
const silenceMs = 10_000;
/** Two are missing: new connections go to others. */
const doubtMs = 4000;
const noAnswer = "it does not answer";

export class WorkerPool {
	readonly #options: PoolOptions;
	readonly #workers = new Set<WorkerProcess>();
	readonly #ended = new AbortController();
	/** Of processes that died, so that counters do not fall. */
	readonly #past = { cpuSeconds: 0, logLinesDropped: 0 };
	#config: ServeConfig;
	#door: Door | undefined;
	#delayMs = 0;
	#isTroubled = false;
	/** Workers that had to be replaced. */
	restarts = 0;
	/** Those of them that lived and did not answer. */
	hung = 0;

	constructor(options: PoolOptions) {
		this.#options = options;
		this.#config = options.config;
	}

	/** Resolves when the port is open and the workers are ready, or as many as became so in time. */
	async start(): Promise<Address> {
		const { clock, config, say } = this.#options;
		const started = Array.from({ length: config.workers }, () => this.#begin());
		void this.#listenForSilence();
		const patience = new AbortController();
		await Promise.race([Promise.all(started), clock.sleep(startPatienceMs, patience.signal).catch(() => {})]);
		patience.abort();
		this.#door = await openDoor({
			...{ listen: config.listen, maxConnections: config.limits.connections, last: this.#options.last },
			seats: () => this.#ready().filter(({ silentMs }) => silentMs <= doubtMs),
			onDropped: this.#options.dropped,
			onError: (message) => say("error", `listener: ${message}`),
		});
		return this.#door.address;
	}

	get readyCount(): number {
		return this.#ready().length;
	}

	/** Of all that live, and counts of those that lived. */
	get gauges(): WorkerGauges {
		const sum: WorkerGauges = {
			...{ memoryBytes: 0, memoryLimitBytes: 0, memoryEntries: 0, waiters: 0, connections: 0 },
			...{ ...this.#past, residentBytes: 0 },
		};
		for (const { gauges } of this.#workers) {
			if (gauges === undefined) continue;
			for (const name of Object.keys(sum) as (keyof WorkerGauges)[]) sum[name] += gauges[name];
		}
		return sum;
	}

	tell(message: ToWorker): void {
		for (const worker of this.#workers) worker.send(message);
	}

	/** Counters and log lines up to now. */
	report(): Promise<void> {
		return this.#askAll(this.#ready(), (id) => ({ type: "report", id }));
	}

	purge(what: PurgeRequest): Promise<void> {
		// One that is not ready yet has nothing.
		return this.#askAll(this.#ready(), (id) => ({ type: "purge", id, what }));
	}

	/** The owner has taken them over already: a worker that cannot is replaced by one that begins with them. */
	reload(config: ServeConfig): Promise<void> {
		// Workers that start later are as those that started first: these do not change while serving.
		const { cache, tls, accessLog } = this.#options.config;
		this.#config = { ...config, cache, tls, accessLog };
		return this.#askAll([...this.#workers], (id) => ({ type: "reload", id, config }));
	}

	beginDrain(): void {
		this.tell({ type: "drain-begins" });
	}

	/** No new connections; resolves when all workers have ended, which they do after their last answer. */
	async drain(timeoutMs: number): Promise<void> {
		this.#ended.abort();
		this.#door?.close();
		const { clock } = this.#options;
		const patience = new AbortController();
		const drained = [...this.#workers].map(async (worker) => {
			worker.isEnding = true;
			worker.send({ type: "drain", timeoutMs });
			await worker.ended;
		});
		// Cutting connections and sending the last lines comes after the time-out.
		const late = clock.sleep(timeoutMs + askPatienceMs, patience.signal).catch(() => {});
		await Promise.race([Promise.all(drained), late]);
		patience.abort();
		for (const worker of this.#workers) worker.kill();
	}

	#ready(): WorkerProcess[] {
		return [...this.#workers].filter(({ isReady, isEnding }) => isReady && !isEnding);
	}

	/** Resolves when it is ready, or gone. */
	#begin(): Promise<void> {
		if (this.#ended.signal.aborted) return Promise.resolve();
		const { clock, launch, version, say, log, sums } = this.#options;
		const startedMs = clock.monotonicMs();
		return new Promise((resolve) => {
			const worker = new WorkerProcess(
				launch,
				{ config: this.#config, version },
				{
					...{ log, sums, said: say },
					ready: () => {
						this.#recovered();
						resolve();
					},
					gone: (why, untaken) => {
						resolve();
						this.#gone(worker, why, clock.monotonicMs() - startedMs, untaken);
					},
				},
			);
			this.#workers.add(worker);
			this.#connect(worker);
		});
	}

	#connect(worker: WorkerProcess): void {
		const { side, say } = this.#options;
		if (worker.link === undefined) return;
		answerWorker(worker.link, {
			...side,
			onChanged: (idText) => {
				for (const other of this.#workers) if (other !== worker) other.send({ type: "changed", idText });
			},
			onFault: (message) => say("error", `a worker process could not be answered: ${message}`),
		});
	}

	#recovered(): void {
		const { clock, config, say } = this.#options;
		if (!this.#isTroubled || this.readyCount < config.workers) return;
		// Only what lasts is said: those that die again and again are one trouble.
		const restarts = this.restarts;
		clock.sleep(soonMs, this.#ended.signal).then(
			() => {
				if (!this.#isTroubled || restarts !== this.restarts) return;
				this.#isTroubled = false;
				say("info", "all worker processes are running again");
			},
			() => {},
		);
	}

	#gone(worker: WorkerProcess, why: string, livedMs: number, untaken: readonly Socket[]): void {
		this.#workers.delete(worker);
		this.#past.cpuSeconds += worker.gauges?.cpuSeconds ?? 0;
		this.#past.logLinesDropped += worker.gauges?.logLinesDropped ?? 0;
		for (const socket of untaken) this.#door?.again(socket);
		if (this.#ended.signal.aborted || worker.isEnding) return;
		this.restarts++;
		const again = livedMs < soonMs;
		this.#delayMs = again ? Math.min(maxDelayMs, Math.max(firstDelayMs, this.#delayMs * 2)) : 0;
		if (!this.#isTroubled) {
			this.#isTroubled = true;
			const alone = this.readyCount === 0 ? "; this process answers until then" : "";
			this.#options.say(
				"error",
				`worker process ${worker.pid ?? "?"} has ended (${why}): another is started${alone}`,
			);
		}
		this.#options.clock.sleep(this.#delayMs, this.#ended.signal).then(
			() => this.#begin(),
			() => {},
		);
	}

	/** Until the drain, which has a time-out of its own. Never rejects. */
	async #listenForSilence(): Promise<void> {
		const { clock } = this.#options;
		try {
			for (;;) {
				await clock.sleep(tickMs, this.#ended.signal);
				for (const worker of this.#workers) {
					const mostMs = worker.isReady ? silenceMs : startPatienceMs;
					// Counted in our own ticks: a process that was stopped itself has not listened either.
					worker.silentMs += tickMs;
					if (worker.silentMs === mostMs) this.#replace(worker, noAnswer);
				}
			}
		} catch {
			// The drain has begun.
		}
	}

	#replace(worker: WorkerProcess, why: string): void {
		if (why === noAnswer) this.hung++;
		this.#options.say("error", `worker process ${worker.pid ?? "?"} is replaced: ${why}`);
		worker.kill();
	}

	async #askAll(workers: readonly WorkerProcess[], message: (id: number) => ToWorker): Promise<void> {
		await Promise.all(workers.map((worker) => this.#ask(worker, message)));
	}

	async #ask(worker: WorkerProcess, message: (id: number) => ToWorker): Promise<void> {
		const patience = new AbortController();
		const late = this.#options.clock
			.sleep(worker.isReady ? askPatienceMs : startPatienceMs, patience.signal)
			.then(() => noAnswer)
			.catch(() => undefined);
		const error = await Promise.race([worker.ask(message), late]);
		patience.abort();
		if (error !== undefined) this.#replace(worker, error);
	}
}
