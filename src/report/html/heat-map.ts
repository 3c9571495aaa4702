/**
 * Which source sent how much when: one row per source, coloured by the client that sent most, so that a source that
 * still runs an old client, or should not be there, stands out. In: rows of `Charts`. Out: a figure and its table.
 */
import type { Bins, ChartClient, ChartSource, Charts } from "../../model/charts.ts";
import type { Markup } from "../../model/markup.ts";
import type { Event } from "../events.ts";
import { count, plural } from "../words.ts";
import { html, name } from "./escape.ts";
import { rateText } from "./rate-chart.ts";
import { binTime, binWidth, percentOf, timeTicks } from "./scale.ts";

/** Shades of one colour that can be told apart. */
const shades = 4;

export function heatMap({ clients, sources, sourceBins: bins }: Charts, events: readonly Event[]): Markup {
	const rates = sources.map(({ requests }) => Array.from(requests, (sum, bin) => sum / bins.hours[bin]!));
	const most = Math.max(1, ...rates.slice(0, sources.at(-1)?.sourceIp === null ? -1 : undefined).flat());
	const hasMap = sources.some(({ cluster }) => cluster !== "" && cluster !== "unmapped");
	const marks = events.map((event) => {
		const x = Number(((percentOf(Date.parse(event.time) / 1000, bins) / 100) * bins.count).toFixed(2));
		return html`<path class="mark ${event.direction}" d="M${x} 0v1"/>`;
	});
	return html`<figure class="chart">
<figcaption>Requests by source, per ${binWidth(bins)}, UTC. The colour is the client that sent most; the stronger, the more requests.</figcaption>
<div class="plot heat" data-kind="heat" data-values="heat" data-label="Requests by source over time">
${sources.map((source, row) => sourceRow(source, rates[row]!, { bins, most, clients, marks, hasMap }))}
<div class="source axis"><div class="who"></div><svg width="100%" height="20" aria-hidden="true">${timeTicks(
		bins,
	).map(
		({ percent, label }, index) =>
			html`<text class="tick${index % 2 === 1 ? " odd" : ""}" x="${percent}%" y="14">${label}</text>`,
	)}</svg></div>
</div>
${valueTable(sources, rates, bins)}
</figure>`;
}

interface Scene {
	bins: Bins;
	/** Requests per hour of the darkest shade. */
	most: number;
	clients: readonly ChartClient[];
	marks: readonly Markup[];
	/** Without a cluster map "unmapped" would say nothing. */
	hasMap: boolean;
}

function sourceRow(
	source: ChartSource,
	rates: readonly number[],
	{ bins, most, clients, marks, hasMap }: Scene,
): Markup {
	const total = source.requests.reduce((sum, value) => sum + value, 0);
	const [first, last] = [source.client.findIndex((c) => c >= 0), source.client.findLastIndex((c) => c >= 0)];
	const said =
		first < 0
			? "No requests"
			: `${plural(total, "request")} from ${binTime(first, bins)} to ${binTime(last + 1, bins)} UTC`;
	return html`<div class="source${source.flag === "" ? "" : " flagged"}"><div class="who">${sourceLabel(source)} <small class="soft">${placeOf(source, hasMap)}${clientsIn(source, clients)}</small></div><svg class="strip" viewBox="0 0 ${bins.count} 1" preserveAspectRatio="none" width="100%" height="26" role="img" aria-label="${said}">${cells(source, rates, most)}${marks}</svg></div>
`;
}

function sourceLabel({ sourceIp, sources, flag }: ChartSource): Markup {
	const text =
		sourceIp === null ? plural(sources, "other source") : sourceIp === "-" ? "- (inside AWS)" : sourceIp;
	return html`<b>${name(text)}</b>${flag === "" ? undefined : html` <span class="tag">${flag}</span>`}`;
}

function placeOf({ sourceIp, cluster, networkPath }: ChartSource, hasMap: boolean): Markup {
	if (sourceIp === null) return html``;
	return html`${hasMap ? html`${name(cluster)}, ` : ""}${name(networkPath)}`;
}

/** Programs by first sight: `ChartMuseum 0.13.1, then ChartMuseum 0.16.1`. */
const maxClientsInRow = 3;

function clientsIn({ sourceIp, client }: ChartSource, clients: readonly ChartClient[]): Markup {
	const seen = [...new Set(client)].filter((index) => index >= 0);
	if (sourceIp === null || seen.length === 0) return html``;
	const names = seen.slice(0, maxClientsInRow).map((index) => {
		const { client: of, software } = clients[index]!;
		return name(of === null ? "others" : software === "" ? of : software);
	});
	const more = seen.length - names.length;
	return html`; ${names.map((text, index) => html`${index === 0 ? "" : ", "}${text}`)}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

/** One path per colour and shade, neighbours in one piece. */
function cells({ client }: ChartSource, rates: readonly number[], most: number): Markup[] {
	const paths = new Map<string, string>();
	let start = 0;
	const kind = (bin: number) => (client[bin]! < 0 ? "" : `c${client[bin]!} l${shadeOf(rates[bin]!, most)}`);
	for (let bin = 1; bin <= rates.length; bin++) {
		if (bin < rates.length && kind(bin) === kind(start)) continue;
		const width = bin - start;
		if (kind(start) !== "")
			paths.set(kind(start), `${paths.get(kind(start)) ?? ""}M${start} 0h${width}v1h-${width}z`);
		start = bin;
	}
	return [...paths].map(([classes, path]) => html`<path class="${classes}" d="${path}"/>`);
}

/** By orders of magnitude: a source with few requests is seen beside one with many. */
function shadeOf(rate: number, most: number): number {
	return Math.min(shades, 1 + Math.floor((Math.log1p(rate) / Math.log1p(most)) * (shades - 0.01)));
}

function valueTable(sources: readonly ChartSource[], rates: readonly number[][], bins: Bins): Markup {
	const times = rates[0] ?? [];
	return html`<details><summary>Requests per hour by source as a table</summary><div class="scroll" tabindex="0" role="group" aria-label="Requests per hour by source"><table class="values" id="heat">
<thead><tr><th scope="col">Source${times.map((_, bin) => html`<th scope="col">${binTime(bin, bins)}`)}</thead><tbody>
${sources.map(
	(
		source,
		row,
	) => html`<tr data-c="${clientMarks(source)}"><th scope="row">${rowName(source)}${rates[row]!.map((rate) => html`<td>${rateText(rate)}`)}
`,
)}</tbody></table></div></details>`;
}

/** One sign per bin: the number of the client, or `-`. */
function clientMarks({ client }: ChartSource): string {
	return Array.from(client, (index) => (index < 0 ? "-" : String(index))).join("");
}

function rowName(source: ChartSource): Markup {
	const { sourceIp, cluster, sources } = source;
	if (sourceIp === null) return html`${plural(sources, "other source")}`;
	return html`${name(sourceIp)}${cluster === "" ? "" : html` (${name(cluster)})`}`;
}
