/**
 * The metrics: what the exposition must hold to (names, one HELP and TYPE, no series twice, histograms that add up),
 * counters that never fall, and a bounded number of series whatever is thrown at them (S-40: no text of strangers).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { outcomes } from "../../../src/serve/observe/labels.ts";
import { Metrics } from "../../../src/serve/observe/metrics.ts";
import { metricsText } from "../../../src/serve/observe/metrics-text.ts";
import { type LoopDelay, readProcess } from "../../../src/serve/observe/process-numbers.ts";
import { unknownPrices } from "../../../src/serve/observe/savings.ts";
import { gauges, natPrices, nowMs, startedAtMs } from "../admin/world.ts";
import { parseExposition, seriesOf } from "./exposition-check.ts";
import { aRecord, hostileRecord, hostileText } from "./records.ts";

const configured = [
	{ repository: "charts", rules: ["index", "default"] },
	{ repository: 'te"am\\a\n', rules: ["default"] },
];

const textOf = (metrics: Metrics, pricesOf = () => natPrices) =>
	metricsText(metrics, {
		gauges,
		process: readProcess(startedAtMs),
		nowMs,
		logLinesDropped: 3,
		pricesOf,
		version: "0.1.0",
	});

test("every metric of the specification is there, with its value", () => {
	const metrics = new Metrics(configured);
	metrics.answered(aRecord());
	metrics.answered(
		aRecord({ cache: "miss", upstreamStatus: 200, upstreamBytes: 4096, method: "BREW", complete: false }),
	);
	metrics.upstream({ op: "GET", status: 200, bytes: 4096, durationMs: 31 });
	metrics.retried("throttled");
	metrics.revalidated("304");
	metrics.staleServed("unavailable");
	metrics.evicted({ tier: "disk", cause: "size", bytes: 77 });
	metrics.diskFailed("ENOSPC");
	metrics.integrityFailed("length");
	metrics.refused("path");
	metrics.shed();
	metrics.credentialsRefreshed("ok", nowMs + 60_000);
	metrics.clockOffset(-2.5);
	metrics.said("warn", "something");
	const series = seriesOf(parseExposition(textOf(metrics)));
	const expected: Record<string, number> = {
		'requests_total{method="GET",status="200",cache="hit",rule="default",repository="charts"}': 1,
		'requests_total{method="other",status="200",cache="miss",rule="default",repository="charts"}': 1,
		'response_bytes_total{cache="hit"}': 4096,
		'upstream_requests_total{op="GET",status="200"}': 1,
		upstream_bytes_total: 4096,
		'saved_requests_total{repository="charts",rule="default"}': 1,
		'saved_bytes_total{repository="charts",rule="default"}': 4096,
		'request_seconds_count{cache="hit"}': 1,
		'request_seconds_bucket{cache="hit",le="0.0001"}': 0,
		'request_seconds_bucket{cache="hit",le="0.00025"}': 1,
		'upstream_seconds_bucket{op="GET",le="0.025"}': 0,
		'upstream_seconds_bucket{op="GET",le="0.05"}': 1,
		'upstream_seconds_sum{op="GET"}': 0.031,
		'cache_entries{tier="mem"}': gauges.memoryEntries,
		'cache_bytes{tier="disk"}': gauges.diskBytes,
		'cache_limit_bytes{tier="mem"}': gauges.memoryLimitBytes,
		'evictions_total{tier="disk",cause="size"}': 1,
		'evicted_bytes_total{tier="disk"}': 77,
		fills_in_flight: 2,
		coalesced_waiters: 14,
		'stale_served_total{cause="unavailable"}': 1,
		'revalidations_total{result="304"}': 1,
		'retries_total{cause="throttled"}': 1,
		// The gauge of the server is the truth.
		credential_expiry_seconds: 3600,
		'credential_refresh_total{result="ok"}': 1,
		'disk_errors_total{errno="ENOSPC"}': 1,
		'integrity_failures_total{where="length"}': 1,
		'rejected_total{reason="path"}': 1,
		shed_total: 1,
		access_log_dropped_total: 3,
		incomplete_responses_total: 1,
		clock_offset_seconds: -2.5,
		'messages_total{level="warn"}': 1,
	};
	for (const [name, value] of Object.entries(expected))
		assert.equal(series.get(`chartcost_${name}`), value, name);
	const usd = series.get('chartcost_saved_usd_total{repository="charts",rule="default"}');
	assert.equal(usd, 0.000000572);
	for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"])
		assert.ok((series.get(name) ?? 0) > 0, name);
	assert.equal(series.get("process_start_time_seconds"), startedAtMs / 1000);
});

test("an unknown price leaves dollars out and says which price it is", () => {
	const metrics = new Metrics(configured);
	metrics.answered(aRecord());
	const series = seriesOf(parseExposition(textOf(metrics, () => ({ ...natPrices, gbPico: null }))));
	assert.equal(series.get('chartcost_saved_usd_total{repository="charts",rule="default"}'), undefined);
	assert.equal(series.get('chartcost_saving_price_known{repository="charts",of="request"}'), 1);
	assert.equal(series.get('chartcost_saving_price_known{repository="charts",of="transfer"}'), 0);
});

test("names that are not configured are pooled; after a reload they are counted apart, and nothing is lost", () => {
	const metrics = new Metrics(configured);
	const strange = aRecord({ repository: "new", rule: "default" });
	metrics.answered(aRecord({ repository: "", rule: "", cache: "-" }));
	metrics.answered(aRecord({ repository: "charts", rule: "", cache: "-" }));
	metrics.answered(strange);
	metrics.configure([...configured, { repository: "new", rules: ["default"] }]);
	metrics.answered(strange);
	const counts = [...seriesOf(parseExposition(textOf(metrics)))]
		.filter(([name]) => name.startsWith("chartcost_requests_total"))
		.map(([name, value]) => [name.replace(/.*,rule="(.*)",repository="(.*)"}/, "$2/$1"), value]);
	assert.deepEqual(counts.sort(), [
		["charts/none", 1],
		["new/default", 1],
		["none/none", 1],
		["other/other", 1],
	]);
});

test("reloads with ever new names end at a bound", () => {
	const metrics = new Metrics(configured);
	for (let reload = 0; reload < 5000; reload++) {
		const repository = `r${reload}`;
		metrics.configure([{ repository, rules: ["default"] }]);
		metrics.answered(aRecord({ repository }));
	}
	const names = [...seriesOf(parseExposition(textOf(metrics))).keys()].filter((name) =>
		name.includes("requests_total{m"),
	);
	assert.ok(names.length > 900 && names.length <= 2000, String(names.length));
});

/** Everything an observer can be told, with hostile words where words go. */
const event = fc.oneof(
	hostileRecord.chain((record) =>
		fc
			.record({
				cache: fc.constantFrom(...outcomes),
				repository: fc.oneof(fc.constantFrom("charts", 'te"am\\a\n', ""), hostileText),
				rule: fc.oneof(fc.constantFrom("default", "index", ""), hostileText),
				method: fc.constantFrom("GET", "HEAD", "PUT", "x"),
				status: fc.oneof(fc.constantFrom(200, 304, 404), fc.integer({ min: -5, max: 2000 })),
				upstreamStatus: fc.constantFrom(undefined, 200, 304, 0),
				upstreamBytes: fc.nat(1e6),
				durationMs: fc.oneof(fc.double(), fc.double({ min: 0, max: 1e5, noNaN: true })),
			})
			.map((changes) => (metrics: Metrics) => metrics.answered({ ...record, ...changes })),
	),
	fc.tuple(hostileText, fc.nat(1000)).map(([word, number]) => (metrics: Metrics) => {
		metrics.upstream({ op: "GET", status: number, bytes: number, durationMs: number });
		metrics.retried(word);
		metrics.staleServed(word);
		metrics.evicted({ tier: "mem", cause: word, bytes: number });
		metrics.diskFailed(word);
		metrics.integrityFailed(word);
		metrics.refused(`${word}${number}`);
		metrics.said("info", word);
	}),
);

test("property: whatever happens, the exposition is well formed, counters never fall, series are bounded", () => {
	const metrics = new Metrics(configured);
	let before = new Map<string, number>();
	fc.assert(
		fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
			for (const tell of events) tell(metrics);
			const families = parseExposition(textOf(metrics));
			const now = seriesOf(families.filter(({ type }) => type !== "gauge"));
			for (const [name, value] of before) assert.ok((now.get(name) ?? -1) >= value, `${name} fell`);
			before = now;
			const labelled = [...now.keys()].filter((name) => name.startsWith("chartcost_"));
			assert.ok(labelled.length < 6000, `${labelled.length} series`);
			// The words of strangers are no labels.
			for (const name of labelled) assert.doesNotMatch(name, /script|%0a|status":500/);
		}),
		{ numRuns: 150 },
	);
});

test("a word counter pools what is no word of ours, and what is too much", () => {
	const metrics = new Metrics([]);
	for (let reason = 0; reason < 1000; reason++) metrics.refused(`reason-${reason}`);
	metrics.refused("/etc/passwd?x");
	const rejected = [...metrics.rejections.counts];
	assert.equal(rejected.length, 41);
	assert.equal(metrics.rejections.counts.get("other"), 1000 - 40 + 1);
});

test("the event loop's delay is in seconds, and starts again after each reading", () => {
	let resets = 0;
	const delay: LoopDelay = { mean: 1e6, max: 5e6, percentile: (p) => p * 1e5, reset: () => resets++ };
	const numbers = readProcess(startedAtMs, delay);
	assert.deepEqual(numbers.loopDelaySeconds, { mean: 0.001, p50: 0.005, p99: 0.0099, max: 0.005 });
	assert.equal(resets, 1);
	assert.equal(readProcess(startedAtMs, { ...delay, mean: Number.NaN }).loopDelaySeconds, undefined);
	const text = metricsText(new Metrics([]), {
		...{ gauges, nowMs, logLinesDropped: 0, version: "1", pricesOf: () => unknownPrices },
		process: numbers,
	});
	assert.equal(seriesOf(parseExposition(text)).get("nodejs_eventloop_lag_p99_seconds"), 0.0099);
});
