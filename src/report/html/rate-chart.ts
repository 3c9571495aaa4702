/**
 * Requests per hour over time, stacked by client, with changes and roll-outs marked.
 * In: the series of `Charts` and the events. Out: a figure with its legend and all values as a table, from which the
 * script reads what it shows under the pointer.
 */
import type { Bins, ChartClient, Charts } from "../../model/charts.ts";
import type { Markup } from "../../model/markup.ts";
import type { Event } from "../events.ts";
import { count, percent, plural } from "../words.ts";
import { html, name } from "./escape.ts";
import { eventMarks } from "./marks.ts";
import { binTime, binWidth, ticksTo, timeTicks } from "./scale.ts";

/** Pixels: lanes of event numbers, then the curves, then the days. */
const laneHeight = 24;
const plotHeight = 220;
const axisHeight = 24;
/** The curves' own unit: fine enough for any screen, short to write. */
const unitsHigh = 1000;

export function rateChart({ clients, clientBins: bins }: Charts, events: readonly Event[]): Markup {
	const rates = clients.map(({ requests }) => Array.from(requests, (sum, bin) => sum / bins.hours[bin]!));
	const totals = bins.hours.map((_, bin) => rates.reduce((sum, series) => sum + series[bin]!, 0));
	const ticks = ticksTo(Math.max(1, ...totals), 4);
	const top = ticks.at(-1)!;
	const { lanes, lines, badges } = eventMarks(events, bins, laneHeight, plotHeight);
	const above = Math.max(1, lanes) * laneHeight;
	const base = above + plotHeight;
	const peak = totals.indexOf(Math.max(...totals));
	const said = `Requests per hour, stacked by client. The peak is ${rateText(totals[peak]!)} at ${binTime(peak, bins)} UTC. The values follow as a table.`;
	return html`<figure class="chart">
<figcaption>Requests per hour by client${bins.hoursPerBin > 1 ? `, means of ${binWidth(bins)}` : ""}, UTC</figcaption>
${legend(clients)}
<div class="plot" data-kind="rate" data-values="rates" data-label="Requests per hour by client">
<svg class="frame" width="100%" height="${base + axisHeight}" role="img" aria-label="${said}">
${hatchPattern}
${ticks.map((tick) => {
	const y = Number((base - (tick / top) * plotHeight).toFixed(1));
	return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
})}
<svg y="${above}" width="100%" height="${plotHeight}" viewBox="0 0 ${bins.count} ${unitsHigh}" preserveAspectRatio="none">${areas(rates, top)}</svg>
${incompleteParts(bins).map(({ from, width }) => html`<rect class="partial" x="${from}%" width="${width}%" y="${above}" height="${plotHeight}"/>`)}
${lines}${badges}
${ticks.slice(1).map((tick) => html`<text class="tick halo" x="2" y="${Number((base - (tick / top) * plotHeight + 13).toFixed(1))}">${rateText(tick)}</text>`)}
${timeTicks(bins).map(({ percent: x, label }, index) => html`<text class="tick${index % 2 === 1 ? " odd" : ""}" x="${x}%" y="${base + 17}">${label}</text>`)}
</svg></div>
${bins.complete.includes(false) ? html`<p class="note">Hatched: hours that the logs cover only in part, or whose late records may still come.</p>` : undefined}
${valueTable(clients, rates, totals, bins)}
</figure>`;
}

/** The pattern is drawn in pixels, so that it looks the same on every screen. */
const hatchPattern = html`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2" height="6"/></pattern></defs>`;

export function clientLabel({ client, software, clients }: ChartClient): Markup {
	if (client === null) return html`${plural(clients, "other client")}`;
	return software === client || software === ""
		? name(client)
		: html`${name(software)} <small>${name(client)}</small>`;
}

export function legend(clients: readonly ChartClient[]): Markup {
	const sums = clients.map(({ requests }) => requests.reduce((sum, value) => sum + value, 0));
	const total = sums.reduce((sum, value) => sum + value, 0);
	return html`<ul class="legend">${clients.map(
		(client, index) =>
			html`<li><span class="key c${index}"></span><span>${clientLabel(client)} <small class="soft">${percent(total === 0 ? 0 : sums[index]! / total)}</small></span></li>`,
	)}</ul>`;
}

/** Each area reaches down to 0 and is covered by the ones drawn after it: one edge per client is enough. */
function areas(rates: readonly number[][], top: number): Markup[] {
	const stacked = new Array<number>(rates[0]?.length ?? 0).fill(0);
	const paths = rates.map((series, index) => {
		for (const [bin, rate] of series.entries()) stacked[bin]! += rate;
		return html`<path class="c${index}" d="${outline(stacked.map((sum) => Math.round(unitsHigh * (1 - sum / top))))}"/>`;
	});
	return paths.reverse();
}

function outline(heights: readonly number[]): string {
	let path = `M0 ${unitsHigh}`;
	let run = 0;
	for (const [bin, y] of heights.entries()) {
		if (heights[bin - 1] !== y) path += `${run > 0 ? `h${run}` : ""}V${y}`;
		run = heights[bin - 1] === y ? run + 1 : 1;
	}
	return `${path}h${run}V${unitsHigh}Z`;
}

/** Runs of incomplete bins, in per cent. */
export function incompleteParts({ complete, count: bins }: Bins): { from: number; width: number }[] {
	const parts: { first: number; bins: number }[] = [];
	for (const [bin, isComplete] of complete.entries()) {
		const last = parts.at(-1);
		if (isComplete) continue;
		if (last !== undefined && last.first + last.bins === bin) last.bins++;
		else parts.push({ first: bin, bins: 1 });
	}
	const share = (part: number) => Number(((part / bins) * 100).toFixed(2));
	return parts.map(({ first, bins: wide }) => ({ from: share(first), width: share(wide) }));
}

/** End tags of cells are left out, as HTML allows: this is most of the page. */
function valueTable(
	clients: readonly ChartClient[],
	rates: readonly number[][],
	totals: readonly number[],
	bins: Bins,
): Markup {
	return html`<details><summary>Requests per hour as a table</summary><div class="scroll" tabindex="0" role="group" aria-label="Requests per hour"><table class="values" id="rates">
<thead><tr><th scope="col">From (UTC)${clients.map((client) => html`<th scope="col">${clientLabel(client)}`)}<th scope="col">Total</thead><tbody>
${totals.map(
	(
		total,
		bin,
	) => html`<tr><th scope="row">${binTime(bin, bins)}${bins.complete[bin] ? "" : " *"}${rates.map((series) => html`<td>${rateText(series[bin]!)}`)}<td>${rateText(total)}
`,
)}</tbody></table></div>${bins.complete.includes(false) ? html`<p class="note">* incomplete</p>` : undefined}</details>`;
}

/** Means below 10 keep a decimal, so that few requests are not none. */
export function rateText(perHour: number): string {
	if (perHour === 0) return "0";
	if (perHour < 0.05) return "<0.1";
	return perHour < 10 ? String(Number(perHour.toFixed(1))) : count(Math.round(perHour));
}
