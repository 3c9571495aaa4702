/**
 * The status page: what is saved, how requests are answered, where S3 stands. One file that asks nobody for anything,
 * refreshed by the browser, without a script. In: the same value as /stats. Out: HTML and the policy that goes with it.
 */
import { createHash } from "node:crypto";
import { Markup } from "../../model/markup.ts";
import { html } from "./html.ts";
import type { Stats } from "./stats.ts";
import { statusStyle } from "./status-style.ts";
import { count, duration, money, percent, size } from "./status-words.ts";

const styleHash = createHash("sha256").update(statusStyle).digest("base64");

/** Even a hole in the escaping could run nothing, load nothing and send nothing. */
export const statusPolicy = [
	"default-src 'none'",
	`style-src 'sha256-${styleHash}'`,
	"img-src data:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join("; ");

const refreshSeconds = 10;
/** An icon of its own keeps browsers from asking for one. */
const icon =
	"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 14V8h3v6zm5 0V2h3v12zm5 0v-4h3v4z' fill='%232f6fd0'/%3E%3C/svg%3E";
/** The whole table is in /stats. */
const maxRows = 15;
const maxKeyLength = 160;

export function statusPage(stats: Stats): string {
	const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>chartcost serve: ${stats.ready ? "ready" : "not ready"}</title>
<link rel="icon" href="${icon}">
<style>${new Markup(statusStyle)}</style>
</head>
<body>
<header><h1>chartcost serve</h1>${state(stats)}<span class="quiet">${stats.version}, up ${duration(stats.uptimeS)}</span></header>
<main>
${notes(stats)}
${tiles(stats)}
${repositories(stats)}
${topCharts(stats)}
${cache(stats)}
</main>
<footer><a href="stats">stats</a><a href="metrics">metrics</a><a href="cache">cache</a><span>${stats.time}</span></footer>
</body>
</html>
`;
	return page.text;
}

function state({ ready, degraded }: Stats): Markup {
	if (!ready) return html`<span class="state bad">● not ready</span>`;
	if (degraded.length > 0) return html`<span class="state warn">● degraded</span>`;
	return html`<span class="state good">● ready</span>`;
}

/** What somebody should look at; nothing when all is well. */
function notes({ reasons, degraded, troubles }: Stats): Markup | undefined {
	const counted = (what: string, number: number) => (number > 0 ? [`${what}: ${count(number)}`] : []);
	const listed = (what: string, words: Record<string, number>) =>
		Object.entries(words).map(([word, number]) => `${what}, ${word}: ${count(number)}`);
	const all = [
		...[...reasons, ...degraded],
		...listed("stale answers", troubles.staleServed),
		...listed("disk errors", troubles.diskErrors),
		...listed("wrong bodies", troubles.integrityFailures),
		...counted("requests turned away under load", troubles.shed),
		...counted("access log lines lost", troubles.logLinesDropped),
	];
	if (all.length === 0) return undefined;
	return html`<section class="notes"><ul>${all.map((note) => html`<li>${note}</li>`)}</ul></section>`;
}

function tiles({ saved, requests, upstream, responseBytes }: Stats): Markup {
	const fromCache = Math.min(saved.requests, requests.total);
	const tile = (value: string, what: string, more: string) =>
		html`<section><b>${value}</b>${what}<div class="quiet">${more}</div></section>`;
	return html`<div class="tiles">${[
		tile(
			money(saved.usd, saved.currency),
			"saved",
			saved.usd === null ? "a price is not known" : "since the start",
		),
		tile(count(saved.requests), "S3 requests saved", `${count(upstream.requests)} were sent`),
		tile(
			size(saved.bytes),
			"not fetched from S3",
			`${size(responseBytes)} sent, ${size(upstream.bytes)} fetched`,
		),
		tile(percent(fromCache, requests.total), "without S3", `of ${count(requests.total)} requests`),
	]}</div>`;
}

function repositories({ repositories: all, time }: Stats): Markup {
	const nowS = Date.parse(time) / 1000;
	const since = (at: string) => `${duration(nowS - Date.parse(at) / 1000)} ago`;
	return html`<section><h2>Repositories</h2><div class="scroll"><table>
<thead><tr><th>Path</th><th class="wide">Bucket</th><th>S3</th><th class="number">Charts</th><th class="number wide">Index checked</th></tr></thead>
<tbody>${all.map(
		({ path, bucket, prefix, region, origin, originSince, index }) => html`<tr>
<td class="name">${path === "" ? "/" : path}</td><td class="name wide">${bucket}/${prefix}<div class="quiet">${region ?? "Region not known yet"}</div></td>
<td class="${origin === "ok" ? "good" : "bad"}">${origin}<div class="quiet since">${origin === "ok" ? "" : since(originSince)}</div></td>
<td class="number">${index === null ? "–" : html`${count(index.charts)}<div class="quiet wide">${count(index.versions)} versions</div>`}</td>
<td class="number wide">${index === null ? "–" : since(index.validatedAt)}</td></tr>`,
	)}</tbody></table></div></section>`;
}

function topCharts({ topCharts: all, saved: { currency } }: Stats): Markup | undefined {
	if (all.length === 0) return undefined;
	return html`<section><h2>What saves most</h2><div class="scroll"><table>
<thead><tr><th>Object</th><th class="number">Saved</th><th class="number wide">S3 requests</th><th class="number wide">Bytes</th></tr></thead>
<tbody>${all.slice(0, maxRows).map(
		({ repository, key, saved }) => html`<tr>
<td class="name"><bdi>${shortened(key)}</bdi><div class="quiet wide">${repository}</div></td><td class="number">${
			saved.usd === null ? `${count(saved.requests)} requests` : money(saved.usd, currency)
		}</td>
<td class="number wide">${count(saved.requests)}</td><td class="number wide">${size(saved.bytes)}</td></tr>`,
	)}</tbody></table></div></section>`;
}

/** The two ends tell names apart. */
function shortened(key: string): string {
	const half = maxKeyLength / 2;
	return key.length > maxKeyLength ? `${key.slice(0, half)}…${key.slice(-half)}` : key;
}

function cache({ cache: gauges, upstream, process }: Stats): Markup {
	const tier = (bytes: number, limit: number, entries: number) =>
		html`${size(bytes)} of ${size(limit)}, ${count(entries)} objects<progress max="${Math.max(1, limit)}" value="${Math.min(bytes, limit)}"></progress>`;
	const { revalidations } = upstream;
	return html`<section><h2>Cache</h2><dl>
<dt>Memory</dt><dd>${tier(gauges.memoryBytes, gauges.memoryLimitBytes, gauges.memoryEntries)}</dd>
<dt>Disk</dt><dd>${gauges.diskUsable ? tier(gauges.diskBytes, gauges.diskLimitBytes, gauges.diskEntries) : "not in use"}</dd>
<dt>Under way</dt><dd>${count(gauges.fillsInFlight)} fills, ${count(gauges.waiters)} waiting, ${count(gauges.connections)} connections</dd>
<dt>Checked</dt><dd>${count(revalidations["304"])} unchanged, ${count(revalidations["200"])} new, ${count(revalidations.error)} failed</dd>
<dt>Process</dt><dd>${size(process.residentBytes)}</dd>
</dl></section>`;
}
