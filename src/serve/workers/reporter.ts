/**
 * What happens in a worker, on its way to the owner: counts and log lines are collected and sent together, now and then.
 * In: the events of observer.ts. Out: messages. The owner counts S3, disk and credentials itself.
 */
import type { Clock } from "../clock.ts";
import type { ServeConfig } from "../config/config.ts";
import { createAccessLog, type LogFormat } from "../observe/access-log.ts";
import type { LogSink } from "../observe/log-sink.ts";
import { createLogWriter, type LogWriter } from "../observe/log-writer.ts";
import { Metrics } from "../observe/metrics.ts";
import type { Observer } from "../observe/observer.ts";
import type { RequestRecord } from "../observe/record.ts";
import { configuredRules } from "../observe/rule-counters.ts";
import type { ToOwner } from "./messages.ts";
import { sumsOf, type WorkerGauges } from "./sums.ts";

export interface ReporterOptions {
	config: ServeConfig;
	format: LogFormat | "none";
	send: ToOwner;
	clock: Clock;
	gauges(): Omit<WorkerGauges, "logLinesDropped">;
}

/** As often as log lines: who looks at a graph or follows a log does not notice. */
const reportMs = 200;
/** A worker without requests. */
const stillMs = 2000;
/** For the last lines, at the end. */
const lastWordsMs = 2000;

/** Counts each stretch of time with new counters, so that what is sent is only ever added. */
export class Reporter implements Observer {
	readonly #options: ReporterOptions;
	readonly #writer: LogWriter | undefined;
	readonly #log: (record: RequestRecord) => void;
	readonly #closed = new AbortController();
	#config: ServeConfig;
	#counted: Metrics;
	/** Nothing was counted since the last report. */
	#isQuiet = true;

	constructor(options: ReporterOptions) {
		this.#options = options;
		this.#config = options.config;
		this.#counted = new Metrics(configuredRules(options.config));
		const { format, send } = options;
		this.#writer =
			format === "none"
				? undefined
				: createLogWriter({ sink: ownerSink(send), said: (...words) => this.said(...words) });
		this.#log = this.#writer === undefined ? () => {} : createAccessLog(format, this.#writer);
		void this.#reportOnAndOn();
	}

	answered(record: RequestRecord): void {
		this.#isQuiet = false;
		this.#counted.answered(record);
		this.#log(record);
	}

	staleServed(cause: string): void {
		this.#isQuiet = false;
		this.#counted.staleServed(cause);
	}

	evicted(event: Parameters<Observer["evicted"]>[0]): void {
		this.#isQuiet = false;
		this.#counted.evicted(event);
	}

	integrityFailed(where: string): void {
		this.#isQuiet = false;
		this.#counted.integrityFailed(where);
	}

	refused(reason: string): void {
		this.#isQuiet = false;
		this.#counted.refused(reason);
	}

	shed(): void {
		this.#isQuiet = false;
		this.#counted.shed();
	}

	said(level: "info" | "warn" | "error", message: string): void {
		this.#options.send({ type: "said", level, message });
	}

	/** These are the owner's business, and happen there. */
	upstream(): void {}
	retried(): void {}
	revalidated(): void {}
	diskFailed(): void {}
	credentialsRefreshed(): void {}
	clockOffset(): void {}

	configure(config: ServeConfig): void {
		this.#send();
		this.#config = config;
		this.#counted = new Metrics(configuredRules(config));
	}

	/** Everything until now. */
	async flush(): Promise<void> {
		this.#send();
		// Writes what was collected; there is nothing to open.
		await this.#writer?.reopen();
	}

	/** Resolves when the owner can have everything. */
	async close(): Promise<void> {
		this.#closed.abort();
		await this.#writer?.close(lastWordsMs);
		await new Promise<void>((resolve) => this.#send(resolve));
	}

	async #reportOnAndOn(): Promise<void> {
		const { clock } = this.#options;
		let quietMs = 0;
		try {
			for (;;) {
				await clock.sleep(reportMs, this.#closed.signal);
				quietMs = this.#isQuiet ? quietMs + reportMs : 0;
				// Gauges change also when nothing happens.
				if (!this.#isQuiet || quietMs % stillMs === 0) this.#send();
			}
		} catch {
			// Closed.
		}
	}

	#send(done?: () => void): void {
		const { send, gauges } = this.#options;
		const counted = this.#counted;
		if (!this.#isQuiet) this.#counted = new Metrics(configuredRules(this.#config));
		this.#isQuiet = true;
		const logLinesDropped = this.#writer?.dropped ?? 0;
		send({ type: "sums", sums: sumsOf(counted, { ...gauges(), logLinesDropped }) }, done);
	}
}

/** The owner takes lines as fast as it can; until it has, the writer waits and bounds what it keeps. */
function ownerSink(send: ToOwner): LogSink {
	return {
		write: (bytes, done) => send({ type: "log", lines: bytes }, () => done(undefined, bytes.length)),
		reopen: async () => {},
		close: () => {},
	};
}
