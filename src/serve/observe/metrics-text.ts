/**
 * The counters as Prometheus text, names with `chartcost_` before them (process_* and nodejs_* as everybody calls them).
 * In: metrics, the gauges of the running server, prices per repository. Out: text of format 0.0.4. What is not known
 * (a price, an expiry, a number this system does not tell) is left out, never 0.
 */
import type { Gauges } from "../admin/operated.ts";
import { Exposition, type Labels } from "./exposition.ts";
import { methods, outcomes, statusNames, upstreamStatusNames, type WordCounter } from "./labels.ts";
import type { Metrics } from "./metrics.ts";
import type { ProcessNumbers } from "./process-numbers.ts";
import { cellOf, type RuleCounters } from "./rule-counters.ts";
import { type SavingPrices, savedAmount } from "./savings.ts";

export interface MetricsReading {
	gauges: Gauges;
	process: ProcessNumbers;
	nowMs: number;
	/** LogWriter.dropped */
	logLinesDropped: number;
	/** Prices by the repository's name. */
	pricesOf: (repository: string) => SavingPrices;
	version: string;
}

const prefix = "chartcost_";

export function metricsText(metrics: Metrics, reading: MetricsReading): string {
	const out = new Exposition();
	out.gauge(`${prefix}build_info`, "Version of the program.").sample(1, { version: reading.version });
	requestFamilies(out, metrics);
	savedFamilies(out, [...metrics.rules.all()], reading.pricesOf);
	upstreamFamilies(out, metrics);
	cacheFamilies(out, metrics, reading.gauges);
	troubleFamilies(out, metrics, reading);
	credentialFamilies(out, metrics, reading);
	processFamilies(out, reading.process);
	if (reading.gauges.workers !== undefined) workerFamilies(out, reading.gauges.workers);
	return out.toString();
}

function requestFamilies(out: Exposition, metrics: Metrics): void {
	out.counter(`${prefix}requests_total`, "Requests of clients that were answered.");
	for (const counters of metrics.rules.all()) requestSamples(out, counters);
	out.counter(`${prefix}response_bytes_total`, "Body bytes sent to clients.");
	for (const [index, cache] of outcomes.entries()) out.sample(metrics.responseBytes[index]!, { cache });
	out.single(
		"counter",
		`${prefix}incomplete_responses_total`,
		"Answers cut because the client went away or the body broke.",
		metrics.incomplete,
	);
	out.histograms(
		`${prefix}request_seconds`,
		"Time from the request's head to the end of the answer.",
		outcomes.map((cache, index) => [{ cache }, metrics.requestTimes[index]!]),
	);
}

/** Only what happened: most combinations never do. */
function requestSamples(out: Exposition, { repository, rule, requests }: RuleCounters): void {
	for (const [outcomeAt, cache] of outcomes.entries())
		for (const [statusAt, status] of statusNames.entries())
			for (const [methodAt, method] of methods.entries()) {
				const count = requests[cellOf(outcomeAt, statusAt, methodAt)]!;
				if (count > 0) out.sample(count, { method, status, cache, rule, repository });
			}
}

function savedFamilies(
	out: Exposition,
	rules: readonly RuleCounters[],
	pricesOf: MetricsReading["pricesOf"],
): void {
	const used = rules.filter(({ saved }) => saved.requests > 0);
	const labels = ({ repository, rule }: RuleCounters): Labels => ({ repository, rule });
	out.counter(`${prefix}saved_requests_total`, "Client requests that caused no request to S3.");
	for (const counters of used) out.sample(counters.saved.savedRequests, labels(counters));
	out.counter(`${prefix}saved_bytes_total`, "Bytes sent to clients less bytes fetched from S3.");
	for (const counters of used) out.sample(counters.saved.savedBytes, labels(counters));
	out.counter(
		`${prefix}saved_usd_total`,
		"Saved requests and bytes at the prices of the price book; left out where a price is unknown.",
	);
	for (const counters of used) {
		const { savedRequests, savedBytes } = counters.saved;
		const amount = savedAmount(pricesOf(counters.repository), savedRequests, savedBytes);
		if (amount !== null) out.sample(amount, labels(counters));
	}
	out.gauge(`${prefix}saving_price_known`, "1 where the price book has the price that savings need.");
	for (const repository of new Set(used.map((counters) => counters.repository))) {
		const { requestPico, gbPico } = pricesOf(repository);
		out.sample(requestPico === null ? 0 : 1, { repository, of: "request" });
		out.sample(gbPico === null ? 0 : 1, { repository, of: "transfer" });
	}
}

function upstreamFamilies(out: Exposition, metrics: Metrics): void {
	out.counter(`${prefix}upstream_requests_total`, "Requests sent to S3; status 0: no answer.");
	for (const op of ["GET", "HEAD"] as const)
		for (const [index, status] of upstreamStatusNames.entries()) {
			const count = metrics.upstreamRequests[op][index]!;
			if (count > 0) out.sample(count, { op, status });
		}
	out.single(
		"counter",
		`${prefix}upstream_bytes_total`,
		"Body bytes fetched from S3.",
		metrics.upstreamBytes,
	);
	out.histograms(`${prefix}upstream_seconds`, "Time of one request to S3.", [
		[{ op: "GET" }, metrics.upstreamTimes.GET],
		[{ op: "HEAD" }, metrics.upstreamTimes.HEAD],
	]);
	words(out, `${prefix}retries_total`, "Requests to S3 that were sent again.", "cause", metrics.retries);
	out.counter(`${prefix}revalidations_total`, "Times that S3 was asked whether an object is still the same.");
	for (const [result, count] of Object.entries(metrics.revalidations)) out.sample(count, { result });
}

function cacheFamilies(out: Exposition, metrics: Metrics, gauges: Gauges): void {
	const tiers = (help: string, name: string, mem: number, disk: number) =>
		out
			.gauge(prefix + name, help)
			.sample(mem, { tier: "mem" })
			.sample(disk, { tier: "disk" });
	tiers("Objects stored.", "cache_entries", gauges.memoryEntries, gauges.diskEntries);
	tiers("Bytes stored.", "cache_bytes", gauges.memoryBytes, gauges.diskBytes);
	tiers("Bytes that may be stored.", "cache_limit_bytes", gauges.memoryLimitBytes, gauges.diskLimitBytes);
	const gauge = (name: string, help: string, value: number) =>
		out.single("gauge", prefix + name, help, value);
	gauge("cache_disk_usable", "0: no disk tier, or switched off after errors.", gauges.diskUsable ? 1 : 0);
	gauge("cache_negative_entries", "Missing keys that are remembered.", gauges.negativeEntries);
	out.counter(`${prefix}evictions_total`, "Objects removed from a tier.");
	for (const tier of ["mem", "disk"] as const)
		for (const [cause, count] of metrics.evictions[tier].counts) out.sample(count, { tier, cause });
	out.counter(`${prefix}evicted_bytes_total`, "Bytes removed from a tier.");
	for (const tier of ["mem", "disk"] as const) out.sample(metrics.evictedBytes[tier], { tier });
	gauge("fills_in_flight", "Objects being fetched from S3.", gauges.fillsInFlight);
	gauge("coalesced_waiters", "Requests that share the fill of another.", gauges.waiters);
	gauge("connections", "Open connections of clients.", gauges.connections);
	words(out, `${prefix}stale_served_total`, "Stale answers that were sent.", "cause", metrics.stale);
}

function troubleFamilies(out: Exposition, metrics: Metrics, { logLinesDropped }: MetricsReading): void {
	const { diskErrors, integrityFailures, rejections, shedRequests, messages } = metrics;
	words(out, `${prefix}disk_errors_total`, "Errors of the cache's file system.", "errno", diskErrors);
	words(
		out,
		`${prefix}integrity_failures_total`,
		"Bodies that were not what they should be.",
		"where",
		integrityFailures,
	);
	words(out, `${prefix}rejected_total`, "Requests refused before the cache.", "reason", rejections);
	out.single("counter", `${prefix}shed_total`, "Requests turned away under load.", shedRequests);
	out.single(
		"counter",
		`${prefix}access_log_dropped_total`,
		"Lines of the access log lost.",
		logLinesDropped,
	);
	out.counter(`${prefix}messages_total`, "Messages for the operator.");
	for (const [level, count] of Object.entries(messages)) out.sample(count, { level });
}

function credentialFamilies(out: Exposition, metrics: Metrics, { gauges, nowMs }: MetricsReading): void {
	const expiresAtMs = gauges.credentialsExpireAtMs ?? metrics.credentialsExpireAtMs;
	const leftSeconds = expiresAtMs === undefined ? undefined : (expiresAtMs - nowMs) / 1000;
	out.single("gauge", `${prefix}credential_expiry_seconds`, "Until the credentials expire.", leftSeconds);
	out.counter(`${prefix}credential_refresh_total`, "Times that credentials were asked for.");
	for (const [result, count] of Object.entries(metrics.refreshes)) out.sample(count, { result });
	out.single("gauge", `${prefix}clock_offset_seconds`, "S3's clock less ours.", metrics.clockOffsetSeconds);
}

function processFamilies(out: Exposition, numbers: ProcessNumbers): void {
	out.single("counter", "process_cpu_seconds_total", "User and system CPU time.", numbers.cpuSeconds);
	out.single("gauge", "process_resident_memory_bytes", "Resident memory.", numbers.residentBytes);
	out.single("gauge", "process_open_fds", "Open file descriptors.", numbers.openFds);
	out.single("gauge", "process_start_time_seconds", "Start, since 1970.", numbers.startedAtMs / 1000);
	if (numbers.loopDelaySeconds === undefined) return;
	for (const [name, value] of Object.entries(numbers.loopDelaySeconds))
		out.single(
			"gauge",
			`nodejs_eventloop_lag_${name}_seconds`,
			`Event loop delay, ${name}, since last asked.`,
			value,
		);
}

function words(out: Exposition, name: string, help: string, label: string, { counts }: WordCounter): void {
	out.counter(name, help);
	for (const [word, count] of counts) out.sample(count, { [label]: word });
}

/** process_* are this process's; those that answer are beside it. */
function workerFamilies(out: Exposition, workers: NonNullable<Gauges["workers"]>): void {
	const family = (type: "counter" | "gauge", name: string, help: string, value: number) =>
		out.single(type, `${prefix}${name}`, help, value);
	family("gauge", "workers_ready", "Worker processes that take connections.", workers.ready);
	family(
		"counter",
		"worker_restarts_total",
		"Worker processes that died and were replaced.",
		workers.restarts,
	);
	family(
		"counter",
		"worker_hangs_total",
		"Worker processes that no longer answered and were ended; they are among the restarts.",
		workers.hung,
	);
	family("counter", "worker_cpu_seconds_total", "CPU time of all worker processes.", workers.cpuSeconds);
	family(
		"gauge",
		"worker_resident_memory_bytes",
		"Resident memory of all worker processes.",
		workers.residentBytes,
	);
}
