/** Cost by any dimensions as a table with bars. In: a breakdown. Out: a card; the bars are the share of the cost. */
import type { Breakdown } from "../../model/analysis.ts";
import type { Markup } from "../../model/markup.ts";
import type { Amounts } from "../amounts.ts";
import { displayName, limited } from "../breakdowns.ts";
import { bytes, count, percent, plural } from "../words.ts";
import { html, name } from "./escape.ts";

type Figures = ReturnType<typeof limited>["rows"][number] | NonNullable<ReturnType<typeof limited>["other"]>;

export function bars(title: string, breakdown: Breakdown, limit: number, amounts: Amounts): Markup {
	const { by } = breakdown;
	const { rows, other } = limited(breakdown, limit);
	const line = (names: Markup, row: Figures) =>
		html`<tr><th scope="row">${names}<svg class="bar" width="100%" height="6" aria-hidden="true"><rect width="${Number((row.share * 100).toFixed(2))}%" height="6" rx="3"/></svg></th><td class="wide">${count(row.requests)}</td><td class="wide sent">${bytes(row.bytesSent)}</td><td>${amounts.cost(row)}</td><td>${percent(row.share)}</td></tr>
`;
	return html`<section class="card cost"><h3>${title}</h3><table class="bars"><thead><tr><th scope="col">${by.join(", ")}</th><th scope="col" class="wide">Requests</th><th scope="col" class="wide sent">Sent</th><th scope="col">Cost</th><th scope="col">Share</th></tr></thead><tbody>
${rows.map((row) => {
	const [first = "", ...more] = by.map((dimension) => displayName(dimension, row.group[dimension]));
	const rest = more.filter((text) => text !== first && text !== "unmapped");
	return line(
		html`${name(first)}${rest.length === 0 ? undefined : html` <small>${rest.map((text) => html`${name(text)} `)}</small>`}`,
		row,
	);
})}${other === undefined ? undefined : line(html`<span class="soft">${plural(other.groups, "other")}</span>`, other)}</tbody></table></section>
`;
}
