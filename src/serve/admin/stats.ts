/**
 * Everything the running server knows of itself as one value, for /stats (JSON, `chartcost/serve-stats@1`) and the
 * status page. In: counters, states, prices. Out: plain data; `null` is not known. Sizes in bytes, times ISO 8601.
 */
import { methods, outcomes, statusNames, upstreamStatusNames } from "../observe/labels.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { ProcessNumbers } from "../observe/process-numbers.ts";
import { cellOf, type RuleCounters } from "../observe/rule-counters.ts";
import { type SavingLedger, type SavingPrices, savedAmount } from "../observe/savings.ts";
import type { Gauges, Operated, RepositoryState } from "./operated.ts";

export interface StatsSources {
	operated: Operated;
	metrics: Metrics;
	pricesOf: (repository: string) => SavingPrices;
	process: ProcessNumbers;
	nowMs: number;
	logLinesDropped: number;
	version: string;
}

interface Saved {
	requests: number;
	bytes: number;
	/** In the price book's currency. */
	usd: number | null;
}

export type Stats = ReturnType<typeof statsOf>;

/** Rows of the table of charts. */
const maxTopCharts = 50;

export function statsOf({
	operated,
	metrics,
	pricesOf,
	process,
	nowMs,
	logLinesDropped,
	version,
}: StatsSources) {
	const rules = [...metrics.rules.all()].filter(({ requests }) => requests.some((count) => count > 0));
	const savedByRule = rules
		.filter(({ saved }) => saved.requests > 0)
		.map(({ repository, rule, saved }) => ({ repository, rule, ...savedOf(saved, pricesOf(repository)) }));
	const { credentialsExpireAtMs, workers, ...gauges } = operated.gauges();
	return {
		schema: "chartcost/serve-stats@1",
		version,
		time: iso(nowMs),
		startedAt: iso(process.startedAtMs),
		uptimeS: Math.max(0, Math.round((nowMs - process.startedAtMs) / 1000)),
		...operated.readiness(),
		requests: requestNumbers(rules),
		responseBytes: sumOf(metrics.responseBytes),
		incompleteResponses: metrics.incomplete,
		saved: {
			...totalOf(savedByRule),
			currency: pricesOf(rules[0]?.repository ?? "").currency,
			byRule: savedByRule,
		},
		upstream: {
			requests: sumOf(metrics.upstreamRequests.GET) + sumOf(metrics.upstreamRequests.HEAD),
			bytes: metrics.upstreamBytes,
			byStatus: named(
				upstreamStatusNames,
				(index) => metrics.upstreamRequests.GET[index]! + metrics.upstreamRequests.HEAD[index]!,
			),
			retries: Object.fromEntries(metrics.retries.counts),
			revalidations: metrics.revalidations,
		},
		cache: gauges satisfies Omit<Gauges, "credentialsExpireAtMs" | "workers">,
		credentialsExpireAt: isoOrNull(credentialsExpireAtMs),
		troubles: troublesOf(metrics, logLinesDropped),
		repositories: operated.repositories().map(repositoryOf),
		topCharts: topCharts(rules, pricesOf),
		process: {
			cpuSeconds: process.cpuSeconds,
			residentBytes: process.residentBytes,
			openFds: process.openFds ?? null,
		},
		/** Beside the process above; `null`: there are none. */
		workers: workers ?? null,
	};
}

function repositoryOf({ originSinceMs, region, index, ...state }: RepositoryState) {
	return {
		...state,
		region: region ?? null,
		originSince: iso(originSinceMs),
		index: index === undefined ? null : indexState(index),
	};
}

function indexState({ validatedAtMs, ...numbers }: NonNullable<RepositoryState["index"]>) {
	return { ...numbers, validatedAt: iso(validatedAtMs) };
}

function requestNumbers(rules: readonly RuleCounters[]) {
	const sum = (holds: (outcome: number, status: number) => boolean) => {
		let total = 0;
		for (const { requests } of rules)
			for (let outcome = 0; outcome < outcomes.length; outcome++)
				for (let status = 0; status < statusNames.length; status++)
					if (holds(outcome, status))
						for (let method = 0; method < methods.length; method++)
							total += requests[cellOf(outcome, status, method)]!;
		return total;
	};
	return {
		total: sum(() => true),
		byCache: named(outcomes, (index) => sum((outcome) => outcome === index)),
		byStatus: named(statusNames, (index) => sum((_, status) => status === index)),
	};
}

/** Only what happened. */
function named(names: readonly string[], countOf: (index: number) => number): Record<string, number> {
	const entries = names.map((name, index) => [name, countOf(index)] as const);
	return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

function savedOf(ledger: SavingLedger, prices: SavingPrices): Saved {
	const { savedRequests, savedBytes } = ledger;
	return { requests: savedRequests, bytes: savedBytes, usd: savedAmount(prices, savedRequests, savedBytes) };
}

/** Unknown as soon as one part is. */
function totalOf(parts: readonly Saved[]): Saved {
	const total: Saved = { requests: 0, bytes: 0, usd: 0 };
	for (const { requests, bytes, usd } of parts) {
		total.requests += requests;
		total.bytes += bytes;
		total.usd = total.usd === null || usd === null ? null : total.usd + usd;
	}
	return total;
}

/** By dollars; by requests where a price is unknown, since then amounts cannot be compared. */
function topCharts(rules: readonly RuleCounters[], pricesOf: StatsSources["pricesOf"]) {
	const tables = [...new Map(rules.map(({ repository, top }) => [repository, top]))];
	const isPriced = tables.every(([repository]) => {
		const { requestPico, gbPico } = pricesOf(repository);
		return requestPico !== null && gbPico !== null;
	});
	const ranked = tables.flatMap(([repository, top]) => {
		const prices = pricesOf(repository);
		const worth = (ledger: SavingLedger) =>
			(isPriced ? savedOf(ledger, prices).usd : null) ?? ledger.savedRequests;
		return top.best(maxTopCharts, worth).map(({ key, ledger, unseenRequests }) => ({
			rank: worth(ledger),
			/** `unseenRequests`: so many more at most may have been saved before the key was counted apart. */
			row: { repository, key, requests: ledger.requests, saved: savedOf(ledger, prices), unseenRequests },
		}));
	});
	return ranked
		.sort((a, b) => b.rank - a.rank)
		.slice(0, maxTopCharts)
		.map(({ row }) => row);
}

function troublesOf(metrics: Metrics, logLinesDropped: number) {
	return {
		staleServed: Object.fromEntries(metrics.stale.counts),
		diskErrors: Object.fromEntries(metrics.diskErrors.counts),
		integrityFailures: Object.fromEntries(metrics.integrityFailures.counts),
		rejected: Object.fromEntries(metrics.rejections.counts),
		shed: metrics.shedRequests,
		logLinesDropped,
	};
}

function sumOf(counts: Float64Array): number {
	return counts.reduce((sum, count) => sum + count, 0);
}

function iso(atMs: number): string {
	return new Date(Number.isFinite(atMs) ? atMs : 0).toISOString();
}

function isoOrNull(atMs: number | undefined): string | null {
	return atMs === undefined ? null : iso(atMs);
}
