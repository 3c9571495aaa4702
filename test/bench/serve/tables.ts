/** Numbers of the benchmark as Markdown. In: rows of the sections. Out: tables; NaN is said as unknown. */
import type { HerdRow, SlowRow } from "./crowds.ts";
import { type HitRow, hitKinds } from "./hits.ts";
import type { LatencyRow } from "./latency.ts";
import type { MixRow } from "./mix.ts";
import type { MuseumRow } from "./museum.ts";
import type { TlsRow } from "./tls.ts";

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
	return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function fixed(value: number, digits = 2): string {
	return Number.isFinite(value) ? value.toFixed(digits) : "unknown";
}

const whole = (value: number) =>
	Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "unknown";
const mega = (bytes: number) => fixed(bytes / 1e6, 0);

export function hitsTable(rows: readonly HitRow[]): string {
	const head = [
		...["hit", "proxy", "requests/s", "CPU µs/request", "fastest to slowest", "requests per CPU second"],
		...["× nginx", "p50, ms", "p99, ms", "RSS, MB"],
	];
	const cells = hitKinds.flatMap((kind) =>
		rows
			.filter((row) => row.kind === kind)
			.map((row) => [
				...[kind, row.proxy, whole(row.perSecond), fixed(row.cpuMicros, 1)],
				`${fixed(row.spread[0], 1)}–${fixed(row.spread[1], 1)}`,
				...[
					whole(1e6 / row.cpuMicros),
					fixed(row.toNginx),
					fixed(row.p50),
					fixed(row.p99),
					mega(row.rssBytes),
				],
			]),
	);
	return markdown(head, cells);
}

export function latencyTable(rows: readonly LatencyRow[]): string {
	return markdown(
		[
			"what",
			"proxy",
			"requests/s",
			"p50, ms",
			"p99, ms",
			"p99.9, ms",
			"longest, ms",
			"wrong",
			"driver late, p99 ms",
		],
		rows.map(({ what, proxy, perSecond, latencies, ownDelayMs, unsent }) => [
			...[what, proxy, whole(perSecond), fixed(latencies.p50), fixed(latencies.p99), fixed(latencies.p999)],
			...[fixed(latencies.max, 1), String(latencies.wrong + unsent), fixed(ownDelayMs)],
		]),
	);
}

export function herdTable(rows: readonly HerdRow[]): string {
	return markdown(
		[
			"clients",
			"body",
			"S3 GETs",
			"first client's first byte, ms",
			"others behind it: p50, ms",
			"p99, ms",
			"last, ms",
			"wrong",
		],
		rows.map(({ clients, bodyBytes, s3Gets, firstMs, behindFirstMs, wrong }) => [
			...[String(clients), `${whole(bodyBytes / 1000)} kB`, String(s3Gets), fixed(firstMs, 1)],
			...[fixed(behindFirstMs.p50), fixed(behindFirstMs.p99), fixed(behindFirstMs.max), String(wrong)],
		]),
	);
}

export function slowTable({
	indexBytes,
	readers,
	beforeBytes,
	heldBytes,
	afterBytes,
	wrong,
}: SlowRow): string {
	return markdown(
		[
			"index",
			"readers",
			"RSS before, MB",
			"while they stand still, MB",
			"after, MB",
			"per reader, kB",
			"wrong",
		],
		[
			[
				...[`${mega(indexBytes)} MB`, String(readers), mega(beforeBytes), mega(heldBytes), mega(afterBytes)],
				...[fixed((heldBytes - beforeBytes) / readers / 1000, 0), String(wrong)],
			],
		],
	);
}

export function mixTable(rows: readonly MixRow[]): string {
	return markdown(
		[
			"proxy",
			"kind",
			"requests",
			"p50, ms",
			"p99, ms",
			"p99.9, ms",
			"wrong",
			"CPU µs/request",
			"S3 requests",
			"RSS, MB",
		],
		rows.flatMap(({ proxy, kinds, cpuMicros, s3Requests, rssBytes }) =>
			Object.entries(kinds).map(([kind, { count, p50, p99, p999, wrong }], nth) => [
				...[nth === 0 ? proxy : "", kind, whole(count), fixed(p50), fixed(p99), fixed(p999), String(wrong)],
				...(nth === 0 ? [fixed(cpuMicros, 0), whole(s3Requests), mega(rssBytes)] : ["", "", ""]),
			]),
		),
	);
}

export function museumTable(rows: readonly MuseumRow[]): string {
	return markdown(
		[
			...["proxy", "index.yaml/s", "CPU µs", "packages/s (20 kB)", "CPU µs"],
			...["S3 requests per 10,000 of clients", "of them listings", "RSS, MB"],
		],
		rows.map((row) => [
			...[row.proxy, whole(row.indexPerSecond), fixed(row.indexMicros, 0), whole(row.packagePerSecond)],
			...[fixed(row.packageMicros, 0), whole(row.s3Per10k), whole(row.s3Lists), mega(row.rssBytes)],
		]),
	);
}

export function tlsTable(rows: readonly TlsRow[]): string {
	return markdown(
		["over TLS", "proxy", "requests/s", "CPU µs/request", "× nginx", "errors"],
		rows.map(({ what, proxy, perSecond, cpuMicros, toNginx, errors }) => [
			...[what, proxy, whole(perSecond), fixed(cpuMicros, 1), fixed(toNginx), String(errors)],
		]),
	);
}

export function workersTable(rows: readonly HitRow[]): string {
	return markdown(
		["hit", "processes", "requests/s", "CPU µs/request", "p99, ms", "RSS, MB", "errors"],
		rows.map(({ kind, proxy, perSecond, cpuMicros, p99, rssBytes, errors }) => [
			...[kind, proxy, whole(perSecond), fixed(cpuMicros, 1), fixed(p99), mega(rssBytes), String(errors)],
		]),
	);
}
