/**
 * Counts what the parts of `serve` tell, for /metrics, /stats and the status page. In: the events of observer.ts.
 * Out: counters, read when somebody asks (metrics-text.ts writes them down). Counting a request makes no text and
 * allocates nothing; every set of labels is closed (labels.ts) or comes from the configuration (rule-counters.ts).
 */
import { Histogram, requestBoundsMs, upstreamBoundsMs } from "./histogram.ts";
import {
	methodIndex,
	outcomeIndex,
	outcomes,
	statusIndex,
	upstreamStatusIndex,
	upstreamStatusNames,
	WordCounter,
} from "./labels.ts";
import type { Observer } from "./observer.ts";
import type { RequestRecord } from "./record.ts";
import { type ConfiguredRules, cellOf, RuleTable } from "./rule-counters.ts";

export type UpstreamOp = "GET" | "HEAD";

export class Metrics implements Observer {
	readonly rules: RuleTable;
	/** By outcome. */
	readonly responseBytes = new Float64Array(outcomes.length);
	readonly requestTimes = outcomes.map(() => new Histogram(requestBoundsMs));
	incomplete = 0;
	readonly upstreamRequests: Record<UpstreamOp, Float64Array> = {
		GET: new Float64Array(upstreamStatusNames.length),
		HEAD: new Float64Array(upstreamStatusNames.length),
	};
	readonly upstreamTimes: Record<UpstreamOp, Histogram> = {
		GET: new Histogram(upstreamBoundsMs),
		HEAD: new Histogram(upstreamBoundsMs),
	};
	upstreamBytes = 0;
	readonly retries = new WordCounter();
	readonly revalidations = { "304": 0, "200": 0, error: 0 };
	readonly stale = new WordCounter();
	readonly evictions = { mem: new WordCounter(), disk: new WordCounter() };
	readonly evictedBytes = { mem: 0, disk: 0 };
	readonly diskErrors = new WordCounter();
	readonly integrityFailures = new WordCounter();
	readonly rejections = new WordCounter();
	shedRequests = 0;
	readonly refreshes = { ok: 0, error: 0 };
	/** Of the newest credentials; wall clock. */
	credentialsExpireAtMs: number | undefined;
	clockOffsetSeconds: number | undefined;
	readonly messages = { info: 0, warn: 0, error: 0 };

	constructor(configured: readonly ConfiguredRules[]) {
		this.rules = new RuleTable(configured);
	}

	/** After a reload of the configuration. */
	configure(configured: readonly ConfiguredRules[]): void {
		this.rules.configure(configured);
	}

	answered(record: RequestRecord): void {
		const counters = this.rules.of(record.repository, record.rule);
		const outcome = outcomeIndex(record.cache);
		counters.requests[cellOf(outcome, statusIndex(record.status), methodIndex(record.method))]!++;
		this.responseBytes[outcome]! += record.bodyBytes;
		this.requestTimes[outcome]!.observe(record.durationMs);
		if (!record.complete) this.incomplete++;
		if (record.cache === "-") return;
		counters.saved.add(record);
		counters.top.add(record);
	}

	upstream({ op, status, bytes, durationMs }: Parameters<Observer["upstream"]>[0]): void {
		this.upstreamRequests[op][upstreamStatusIndex(status)]!++;
		this.upstreamTimes[op].observe(durationMs);
		this.upstreamBytes += bytes;
	}

	retried(cause: string): void {
		this.retries.add(cause);
	}

	revalidated(result: "304" | "200" | "error"): void {
		this.revalidations[result]++;
	}

	staleServed(cause: string): void {
		this.stale.add(cause);
	}

	evicted({ tier, cause, bytes }: Parameters<Observer["evicted"]>[0]): void {
		this.evictions[tier].add(cause);
		this.evictedBytes[tier] += bytes;
	}

	diskFailed(errno: string): void {
		this.diskErrors.add(errno);
	}

	integrityFailed(where: string): void {
		this.integrityFailures.add(where);
	}

	refused(reason: string): void {
		this.rejections.add(reason);
	}

	shed(): void {
		this.shedRequests++;
	}

	credentialsRefreshed(result: "ok" | "error", expiresAtMs: number | undefined): void {
		this.refreshes[result]++;
		if (result === "ok") this.credentialsExpireAtMs = expiresAtMs;
	}

	clockOffset(seconds: number): void {
		this.clockOffsetSeconds = seconds;
	}

	said(level: "info" | "warn" | "error", _message: string): void {
		this.messages[level]++;
	}
}
