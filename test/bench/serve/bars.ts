/**
 * The bars of chart-proxy 5.4 and of the issue, held against what was measured. In: the rows of a run. Out: which are reached.
 */
import type { HerdRow, SlowRow } from "./crowds.ts";
import type { HitKind, HitRow } from "./hits.ts";
import type { LatencyRow } from "./latency.ts";
import { fixed, markdown } from "./tables.ts";

export interface Measured {
	hits: readonly HitRow[];
	latency: readonly LatencyRow[];
	herds: readonly HerdRow[];
	slow: SlowRow | undefined;
}

/** Of the memory tier in this run, and what a process may need beside it. */
const memoryTierBytes = 256 * 2 ** 20;
const besideBytes = 90e6;

export function barsTable({ hits, latency, herds, slow }: Measured): string {
	const ours = (kind: HitKind) => hits.find((row) => row.proxy === "chartcost" && row.kind === kind);
	const rows: [bar: string, measured: number, reached: (value: number) => boolean, digits: number][] = [
		[
			"1 KB, requests per CPU second × nginx: ≥ 1.0",
			ours("1 KB")?.toNginx ?? Number.NaN,
			(value) => value >= 1,
			2,
		],
		["64 KB: ≥ 1.0", ours("64 KB")?.toNginx ?? Number.NaN, (value) => value >= 1, 2],
		["1 MB: ≥ 0.9", ours("1 MB")?.toNginx ?? Number.NaN, (value) => value >= 0.9, 2],
		[
			"304s per CPU second × own 200s of 1 KB: ≥ 1.2",
			ratio(ours("1 KB"), ours("304 of 1 KB")),
			(value) => value >= 1.2,
			2,
		],
		[
			"304s per CPU second × own 200s of 64 KB: ≥ 1.2",
			ratio(ours("64 KB"), ours("304 of 1 KB")),
			(value) => value >= 1.2,
			2,
		],
		...sizes.map((size): (typeof rows)[number] => [
			`${size}, p99 at half load × nginx: ≤ 2`,
			p99(latency, "chartcost", size) / p99(latency, "nginx", size),
			(value) => value <= 2,
			2,
		]),
		[
			"RSS at most, MB: ≤ memory tier + 90",
			Math.max(...hits.filter(({ proxy }) => proxy === "chartcost").map(({ rssBytes }) => rssBytes)) / 1e6,
			(value) => value <= (memoryTierBytes + besideBytes) / 1e6,
			0,
		],
		[
			"1,000 misses of one key, S3 GETs: 1",
			Math.max(...herds.map(({ s3Gets }) => s3Gets)),
			(value) => value === 1,
			0,
		],
		[
			"waiters' first byte behind the first client's, median ms: ≤ 5",
			herds.find(({ clients }) => clients === 1000)?.behindFirstMs.p50 ?? Number.NaN,
			(value) => value <= 5,
			1,
		],
		[
			"the same, the last of 1,000, ms",
			herds.find(({ clients }) => clients === 1000)?.behindFirstMs.max ?? Number.NaN,
			(value) => value <= 5,
			1,
		],
		[
			"20 MB to 200 slow readers, RSS growth per reader, kB: ≤ 64",
			slow === undefined ? Number.NaN : (slow.heldBytes - slow.beforeBytes) / slow.readers / 1000,
			(value) => value <= 64,
			0,
		],
	];
	return markdown(
		["bar", "measured", ""],
		rows.map(([bar, value, reached, digits]) => [
			bar,
			fixed(value, digits),
			Number.isNaN(value) ? "not measured" : reached(value) ? "reached" : "**not reached**",
		]),
	);
}

const sizes = ["1 KB", "64 KB", "1 MB"] as const;

function ratio(whole: HitRow | undefined, notModified: HitRow | undefined): number {
	return whole === undefined || notModified === undefined
		? Number.NaN
		: whole.cpuMicros / notModified.cpuMicros;
}

function p99(rows: readonly LatencyRow[], proxy: string, size: string): number {
	return rows.find((row) => row.proxy === proxy && row.what === `${size} hits`)?.latencies.p99 ?? Number.NaN;
}
