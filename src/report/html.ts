/**
 * The report as a page to look at, to send and to print: the money on top, then what is wrong, when it began, who pays
 * for what, and what the figures stand on. Calls the sections in order. One file, complete without its script.
 */
import type { Analysis, Attribution, Breakdown, TimeWindow } from "../model/analysis.ts";
import { defaultTableRows } from "../model/limits.ts";
import type { Markup } from "../model/markup.ts";
import { type Amounts, amountsOf } from "./amounts.ts";
import { calmSentence } from "./diagnosis-text.ts";
import { eventsOf } from "./events.ts";
import type { Format } from "./format.ts";
import { bars } from "./html/bars.ts";
import { cards } from "./html/cards.ts";
import { html, name, prose } from "./html/escape.ts";
import { billTable, inputCard, priceCard } from "./html/ground.ts";
import { heatMap } from "./html/heat-map.ts";
import { eventList } from "./html/marks.ts";
import { page } from "./html/page.ts";
import { rateChart } from "./html/rate-chart.ts";
import type { Style } from "./style.ts";
import { analysisSentence, attributionSentence } from "./summary.ts";
import { bytes, count, minuteOf, plural, spanOfHours } from "./words.ts";

/** A page has no width of its own and shows every sign. */
const plain = (style: Style): Style => ({
	...style,
	color: false,
	unicode: true,
	width: Number.POSITIVE_INFINITY,
});

function analysisPage(analysis: Analysis, style: Style): string {
	const { diagnosis, charts, prices, total, window } = analysis;
	const amounts = amountsOf(total, prices.currency, plain(style));
	const buckets = charts?.buckets ?? [];
	const events = eventsOf(diagnosis, amounts, false);
	const title = buckets.length === 0 ? "S3 cost" : `S3 cost of ${buckets.join(", ")}`;
	return page(
		title,
		html`${top(title, window)}<main>
${total.requests === 0 ? undefined : moneyOnTop(analysis, amounts)}
${verdict(analysis, amounts, plain(style))}
${diagnosis.findings.length === 0 ? undefined : html`<section><h2>Findings</h2>${cards(diagnosis.findings, amounts, prices.currency)}</section>`}
${
	charts === undefined
		? undefined
		: html`<section class="card"><h2>Requests over time</h2>${rateChart(charts, events)}${eventList(events)}</section>
<section class="card"><h2>Where requests come from</h2>${heatMap(charts, events)}</section>`
}
${costSections(analysis, style.top ?? defaultTableRows, amounts)}
${total.requests === 0 ? undefined : billTable(analysis, amounts)}
${inputCard(analysis, plain(style))}${priceCard(analysis)}</main>
${foot}`,
	);
}

function top(title: string, window: TimeWindow | null): Markup {
	const when =
		window === null
			? undefined
			: html`<p>${minuteOf(window.from)} to ${minuteOf(window.to)} UTC, ${spanOfHours(window.hours)} of server access logs</p>`;
	return html`<header class="top"><p class="brand">chartcost</p><h1>${name(title)}</h1>${when}</header>
`;
}

const foot = html`<footer><p>Made by chartcost from S3 server access logs. AWS delivers these on a best-effort basis: the bill has the last word.</p></footer>`;

/** The month, what can be saved of it, and what was counted. */
function moneyOnTop({ total, diagnosis, window }: Analysis, amounts: Amounts): Markup {
	const month = amounts.perMonth(total);
	// Findings may speak of the same requests: their savings cannot be added up, but the largest can be had.
	const saving = Math.max(0, ...diagnosis.findings.map(({ savingUsdPerMonth }) => savingUsdPerMonth ?? 0));
	const span = window === null ? "" : ` in ${spanOfHours(window.hours)}`;
	const several =
		diagnosis.findings.filter(({ savingUsdPerMonth }) => (savingUsdPerMonth ?? 0) > 0).length > 1;
	return html`<section class="money" aria-label="Cost">
<div class="card"><p class="big">${month === "unknown" ? amounts.cost(total) : month}</p><p>${month === "unknown" ? `so far${span}; no complete hour to project a month from` : `a month at this rate (${amounts.cost(total)}${span})`}</p></div>
${saving > 0 ? html`<div class="card saves"><p class="big">${several ? "≥ " : ""}${amounts.month(saving)}</p><p>a month can be saved${several ? " by acting on one finding alone" : ""}</p></div>` : undefined}
<div class="card"><p class="big">${count(total.requests)}</p><p>requests${span}; ${bytes(total.bytesSent)} sent${total.errors > 0 ? `, ${count(total.errors)} failed` : ""}</p></div>
</section>`;
}

function verdict(analysis: Analysis, amounts: Amounts, style: Style): Markup {
	const { summary } = analysis.diagnosis;
	if (summary !== "") return html`<p class="verdict">${prose(summary)}</p>`;
	const calm = calmSentence(analysis);
	return html`<p class="verdict">${calm === "" ? undefined : html`${calm} `}${analysisSentence(analysis, amounts, style)}</p>`;
}

/** The cost tables in the order of the questions; of each line the first breakdown that there is. */
const shown: readonly { title: string; by: readonly string[] }[] = [
	{ title: "By user", by: ["iam-user"] },
	{ title: "By client", by: ["client,software", "client"] },
	{ title: "By source", by: ["source-ip,cluster,network-path", "source-ip"] },
	{ title: "By cluster", by: ["cluster"] },
	{ title: "By operation", by: ["operation"] },
	{ title: "By chart", by: ["chart", "key"] },
];

function costSections({ breakdowns, charts }: Analysis, limit: number, amounts: Amounts): Markup | undefined {
	const all: Breakdown[] = charts === undefined ? [...breakdowns] : [...breakdowns, charts.byChart];
	const found = shown.flatMap(({ title, by }) => {
		const breakdown = by.flatMap((names) => all.find((one) => one.by.join(",") === names) ?? [])[0];
		return breakdown === undefined || breakdown.rows.length === 0 ? [] : [{ title, breakdown }];
	});
	if (found.length === 0) return undefined;
	return html`<section><h2>Who and what costs</h2><div class="costs">${found.map(({ title, breakdown }) =>
		bars(title, breakdown, limit, amounts),
	)}</div></section>`;
}

function attributionPage(attribution: Attribution, style: Style): string {
	const { breakdown, total, prices, by, window, notes } = attribution;
	const amounts = amountsOf(total, prices.currency, plain(style));
	const title = `S3 cost by ${by.join(", ")}`;
	return page(
		title,
		html`${top(title, window)}<main><p class="verdict">${attributionSentence(attribution, amounts)}</p>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${breakdown.rows.length === 0 ? undefined : bars(plural(breakdown.rows.length, "group"), breakdown, style.top ?? breakdown.rows.length, amounts)}
${priceCard(attribution)}</main>
${foot}`,
	);
}

export const format: Format = { analysis: analysisPage, attribution: attributionPage };
