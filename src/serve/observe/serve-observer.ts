/**
 * The observer of a running server: everything is counted, requests go to the access log, sentences to the operator.
 */
import { Metrics } from "./metrics.ts";
import type { RequestRecord } from "./record.ts";
import type { ConfiguredRules } from "./rule-counters.ts";

export interface ServeObserverOptions {
	configured: readonly ConfiguredRules[];
	log(record: RequestRecord): void;
	say(level: "info" | "warn" | "error", message: string): void;
}

export class ServeObserver extends Metrics {
	readonly #log: ServeObserverOptions["log"];
	readonly #say: ServeObserverOptions["say"];

	constructor({ configured, log, say }: ServeObserverOptions) {
		super(configured);
		this.#log = log;
		this.#say = say;
	}

	override answered(record: RequestRecord): void {
		super.answered(record);
		this.#log(record);
	}

	override said(level: "info" | "warn" | "error", message: string): void {
		super.said(level, message);
		this.#say(level, message);
	}
}
