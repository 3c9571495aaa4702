/**
 * What a worker counted in a short while, on its way to the owner, who adds it to its own counters: so metrics, stats and savings are
 * whole. In: a Metrics that counted only that while. Out: plain data without zeros, and its sum.
 */
import type { Histogram } from "../observe/histogram.ts";
import type { WordCounter } from "../observe/labels.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { SavingLedger } from "../observe/savings.ts";

/** Index, amount, index, amount. */
type Sparse = number[];
type Ledger = Pick<SavingLedger, "requests" | "savedRequests" | "sentBytes" | "fetchedBytes">;

export interface Sums {
	rules: { repository: string; rule: string; requests: Sparse; saved: Ledger }[];
	charts: { repository: string; key: string; ledger: Ledger }[];
	responseBytes: Sparse;
	/** By outcome. */
	times: { outcome: number; counts: Sparse; sumMs: number }[];
	incomplete: number;
	shed: number;
	stale: [string, number][];
	evictions: [string, number][];
	evictedBytes: number;
	integrityFailures: [string, number][];
	rejections: [string, number][];
	/** States of this moment, not counts. */
	gauges: WorkerGauges;
}

export interface WorkerGauges {
	memoryBytes: number;
	memoryLimitBytes: number;
	memoryEntries: number;
	waiters: number;
	connections: number;
	cpuSeconds: number;
	residentBytes: number;
	/** Lost before they could be sent to the owner, since the worker's start. */
	logLinesDropped: number;
}

export function sumsOf(counted: Metrics, gauges: WorkerGauges): Sums {
	const rules = [...counted.rules.all()].filter(({ requests }) => requests.some((count) => count > 0));
	const tops = new Map(rules.map(({ repository, top }) => [repository, top]));
	return {
		rules: rules.map(({ repository, rule, requests, saved }) => ({
			...{ repository, rule, requests: sparse(requests), saved: ledgerOf(saved) },
		})),
		charts: [...tops].flatMap(([repository, top]) =>
			top
				.best(Number.POSITIVE_INFINITY, () => 0)
				.map(({ key, ledger }) => ({ repository, key, ledger: ledgerOf(ledger) })),
		),
		responseBytes: sparse(counted.responseBytes),
		times: counted.requestTimes.flatMap(({ counts, sumMs, total }, outcome) =>
			total === 0 ? [] : [{ outcome, counts: sparse(counts), sumMs }],
		),
		incomplete: counted.incomplete,
		shed: counted.shedRequests,
		stale: [...counted.stale.counts],
		evictions: [...counted.evictions.mem.counts],
		evictedBytes: counted.evictedBytes.mem,
		integrityFailures: [...counted.integrityFailures.counts],
		rejections: [...counted.rejections.counts],
		gauges,
	};
}

/** S3, disk and credentials are the owner's: a worker counts nothing of them. */
export function addSums(metrics: Metrics, sums: Sums): void {
	for (const { repository, rule, requests, saved } of sums.rules) {
		const counters = metrics.rules.of(repository, rule);
		addSparse(counters.requests, requests);
		counters.saved.absorb(saved);
	}
	for (const { repository, key, ledger } of sums.charts)
		metrics.rules.of(repository, "").top.absorb(key, ledger);
	addSparse(metrics.responseBytes, sums.responseBytes);
	for (const { outcome, counts, sumMs } of sums.times) {
		const histogram: Histogram | undefined = metrics.requestTimes[outcome];
		if (histogram === undefined) continue;
		addSparse(histogram.counts, counts);
		histogram.sumMs += sumMs;
	}
	metrics.incomplete += sums.incomplete;
	metrics.shedRequests += sums.shed;
	metrics.evictedBytes.mem += sums.evictedBytes;
	addWords(metrics.stale, sums.stale);
	addWords(metrics.evictions.mem, sums.evictions);
	addWords(metrics.integrityFailures, sums.integrityFailures);
	addWords(metrics.rejections, sums.rejections);
}

function sparse(numbers: Float64Array): Sparse {
	const result: number[] = [];
	for (const [index, amount] of numbers.entries()) if (amount !== 0) result.push(index, amount);
	return result;
}

function addSparse(numbers: Float64Array, amounts: Sparse): void {
	for (let at = 0; at + 1 < amounts.length; at += 2) numbers[amounts[at]!]! += amounts[at + 1]!;
}

function addWords(counter: WordCounter, words: readonly [string, number][]): void {
	for (const [word, amount] of words) counter.add(word, amount);
}

function ledgerOf({ requests, savedRequests, sentBytes, fetchedBytes }: SavingLedger): Ledger {
	return { requests, savedRequests, sentBytes, fetchedBytes };
}
