/**
 * How long hits take at half of what a server can do, at a constant rate; and while it fills and evicts at the same time.
 * In: running proxies, the rate. Out: percentiles, counted from when each request was due.
 */
import { median } from "../measure.ts";
import type { BenchBucket } from "./bucket.ts";
import { type HitSize, hitFile } from "./bucket.ts";
import type { Server } from "./contestants.ts";
import { drivePace } from "./drive.ts";
import type { Kind, Latencies } from "./pace.ts";

export interface LatencyRow {
	proxy: string;
	what: string;
	perSecond: number;
	latencies: Latencies;
	ownDelayMs: number;
	unsent: number;
}

const connections = 64;

/** Median of each percentile over the rounds; all proxies get the same rate. */
export async function measureLatency(
	proxies: readonly Server[],
	{ rounds, seconds, size, perSecond }: { rounds: number; seconds: number; size: HitSize; perSecond: number },
): Promise<LatencyRow[]> {
	const kinds = [{ name: "hit", share: 1, paths: [`/${hitFile(size)}`] }];
	const rows: LatencyRow[][] = proxies.map(() => []);
	for (let round = 0; round < rounds; round++) {
		for (const [nth, proxy] of proxies.entries())
			rows[nth]!.push(await paced(proxy, `${size} hits`, { perSecond, seconds, kinds }));
	}
	return rows.map(middle);
}

export async function paced(
	proxy: Server,
	what: string,
	plan: { perSecond: number; seconds: number; kinds: Kind[] },
): Promise<LatencyRow> {
	const { all, kinds, ownDelayMs, unsent } = await drivePace({ ...plan, port: proxy.port, connections });
	const latencies = kinds["hit"] ?? all;
	return { proxy: proxy.name, what, perSecond: plan.perSecond, latencies, ownDelayMs, unsent };
}

function middle(rows: readonly LatencyRow[]): LatencyRow {
	const of = (value: (row: LatencyRow) => number) => median(rows.map(value));
	return {
		...rows[0]!,
		latencies: {
			count: rows.reduce((sum, { latencies }) => sum + latencies.count, 0),
			p50: of(({ latencies }) => latencies.p50),
			p99: of(({ latencies }) => latencies.p99),
			p999: of(({ latencies }) => latencies.p999),
			max: Math.max(...rows.map(({ latencies }) => latencies.max)),
			wrong: rows.reduce((sum, { latencies }) => sum + latencies.wrong, 0),
		},
		ownDelayMs: of(({ ownDelayMs }) => ownDelayMs),
		unsent: rows.reduce((sum, { unsent }) => sum + unsent, 0),
	};
}

/** 4 MB each, ten a second: a cache of 64 MB evicts one for each that comes. */
const fillBytes = 4 << 20;
const fillsPerSecond = 10;

/** Hits of 64 KB, first alone, then while objects are fetched that push others out of the disk cache. */
export async function measureDisturbed(
	proxies: readonly Server[],
	bucket: BenchBucket,
	{ seconds, perSecond }: { seconds: number; perSecond: number },
): Promise<LatencyRow[]> {
	const hit: Kind = { name: "hit", share: 1, paths: [`/${hitFile("64 KB")}`] };
	const fillShare = fillsPerSecond / (perSecond + fillsPerSecond);
	const rows: LatencyRow[] = [];
	for (const proxy of proxies) {
		// Until the cache is full.
		for (const file of bucket.fresh(20, fillBytes))
			await (await fetch(`http://127.0.0.1:${proxy.port}/${file}`)).arrayBuffer();
		rows.push(await paced(proxy, "64 KB hits alone", { perSecond, seconds, kinds: [hit] }));
		const paths = bucket.fresh(fillsPerSecond * seconds + 2, fillBytes).map((file) => `/${file}`);
		const fill: Kind = { name: "fill", share: fillShare, paths, once: true };
		const kinds = [{ ...hit, share: 1 - fillShare }, fill];
		rows.push(
			await paced(proxy, "the same with fills and evictions", {
				perSecond: perSecond + fillsPerSecond,
				seconds,
				kinds,
			}),
		);
	}
	return rows;
}
