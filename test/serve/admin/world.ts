/**
 * A made-up running server for the tests of the admin port and for looking at the status page: counters filled with real
 * records, entries with hostile names, prices of us-east-1.
 */
import type { CacheEntryView, Gauges, Operated, PurgeRequest } from "../../../src/serve/admin/operated.ts";
import { Metrics } from "../../../src/serve/observe/metrics.ts";
import type { SavingPrices } from "../../../src/serve/observe/savings.ts";
import { aRecord } from "../observe/records.ts";

export const startedAtMs = Date.UTC(2026, 10, 25, 5, 0, 0);
export const nowMs = Date.UTC(2026, 10, 25, 7, 20, 0);

/** GET 0.0000004 USD, NAT 0.045 USD per GB. */
export const natPrices: SavingPrices = { requestPico: 400_000n, gbPico: 45_000_000_000n, currency: "USD" };

export const hostileKey = 'x"><script>alert(1)</script>\u202e\n\x1b[31m.tgz';

export const gauges: Gauges = {
	memoryBytes: 87_031_808,
	memoryLimitBytes: 256 << 20,
	memoryEntries: 412,
	diskBytes: 1_503_238_553,
	diskLimitBytes: 2 ** 31,
	diskEntries: 2310,
	diskUsable: true,
	negativeEntries: 3,
	fillsInFlight: 2,
	waiters: 14,
	connections: 57,
	credentialsExpireAtMs: nowMs + 3_600_000,
};

export function world() {
	const purges: PurgeRequest[] = [];
	const state = {
		purges,
		ready: { ready: true, reasons: [] as string[], degraded: [] as string[] },
		entries: Array.from(
			{ length: 250 },
			(_, number): CacheEntryView => ({
				repository: number % 2 === 0 ? "charts" : "team-a",
				key: number === 0 ? hostileKey : `stable/app-1.${number}.0+build.tgz`,
				sizeBytes: 1000 + number,
				tiers: number < 10 ? ["mem", "disk"] : ["disk"],
				etag: `"${number}"`,
				storedAtMs: startedAtMs,
				validatedAtMs: nowMs - number * 1000,
			}),
		),
	};
	const operated: Operated = {
		readiness: () => state.ready,
		gauges: () => gauges,
		repositories: () => [
			{
				...{ name: "charts", path: "", bucket: "team-charts", prefix: "stable/", region: "us-east-1" },
				...{ origin: "ok", originSinceMs: startedAtMs },
				index: { charts: 214, versions: 9120, bytes: 8_400_000, validatedAtMs: nowMs - 12_000 },
			},
			{
				...{ name: "team-a", path: "/team-a", bucket: "team-a-with-a-very-long-bucket-name", prefix: "" },
				...{ region: undefined, origin: "throttled", originSinceMs: nowMs - 90_000, index: undefined },
			},
		],
		*entries(limit) {
			yield* state.entries.slice(0, limit);
		},
		purge: async (what) => {
			purges.push(what);
			return 7;
		},
	};
	const metrics = new Metrics([
		{ repository: "charts", rules: ["index", "default"] },
		{ repository: "team-a", rules: ["default"] },
	]);
	fill(metrics);
	return { operated, metrics, state };
}

function fill(metrics: Metrics): void {
	for (let chart = 0; chart < 40; chart++)
		for (let request = 0; request < 400 / (chart + 1) + 1; request++) {
			const isFirst = request === 0;
			metrics.answered(
				aRecord({
					key:
						chart === 3
							? hostileKey
							: chart === 0
								? "index.yaml"
								: `stable/service-${chart}-2.${chart}.0+build.7.tgz`,
					rule: chart === 0 ? "index" : "default",
					repository: chart % 5 === 4 ? "team-a" : "charts",
					bodyBytes: chart === 0 ? 8_400_000 : 61_000 + chart,
					durationMs: isFirst ? 34 : 0.09,
					...(isFirst && { cache: "miss", tier: "-", upstreamStatus: 200, upstreamBytes: 61_000 }),
				}),
			);
			if (isFirst) metrics.upstream({ op: "GET", status: 200, bytes: 61_000, durationMs: 31 });
		}
	metrics.answered(
		aRecord({ path: "/<script>alert(1)</script>", key: "", status: 404, cache: "-", rule: "" }),
	);
	metrics.revalidated("304");
	metrics.credentialsRefreshed("ok", nowMs + 3_600_000);
}
