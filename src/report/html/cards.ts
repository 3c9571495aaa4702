/** Findings as cards: what, how much, why, the evidence, and what to do, ready to copy. In: findings. Out: articles. */
import type { Finding } from "../../model/diagnosis.ts";
import type { Markup } from "../../model/markup.ts";
import type { Amounts } from "../amounts.ts";
import { type Fact, factsOf } from "../evidence.ts";
import { isCommand } from "../next.ts";
import { count, plural } from "../words.ts";
import { html, name, prose } from "./escape.ts";

/** More than anybody reads with all evidence; what follows is told in a line each, and in full in JSON. */
const maxCards = 40;
const maxLines = 200;

export function cards(findings: readonly Finding[], amounts: Amounts, currency: string): Markup {
	const lines = findings.slice(maxCards, maxCards + maxLines);
	const hidden = findings.length - maxCards - lines.length;
	return html`<div class="cards">${findings
		.slice(0, maxCards)
		.map((finding, index) => card(finding, index + 1, amounts, currency))}</div>
${lines.length === 0 ? undefined : html`<ol class="card more" start="${maxCards + 1}">${lines.map((finding) => html`<li>${name(finding.title)} ${sums(finding, amounts)}</li>`)}</ol>`}
${hidden > 0 ? html`<p class="note">And ${plural(hidden, "more finding")} in --json.</p>` : undefined}`;
}

function card(finding: Finding, number: number, amounts: Amounts, currency: string): Markup {
	const { severity, title, why, next } = finding;
	const facts = factsOf(finding.evidence, currency);
	return html`<article class="card finding ${severity}" aria-labelledby="finding-${number}">
<header><div class="head"><span class="severity">${severity}</span><h3 id="finding-${number}">${number}. ${title}</h3></div>${sums(finding, amounts)}</header>
<p>${prose(why)}</p>
${facts.length === 0 ? undefined : evidence(finding, facts)}
${next.length === 0 ? undefined : html`<h4>What to do</h4><ol class="next">${next.map(advice)}</ol>`}
</article>
`;
}

function sums({ costUsdPerMonth, savingUsdPerMonth }: Finding, amounts: Amounts): Markup {
	const saves = savingUsdPerMonth !== null && savingUsdPerMonth > 0;
	if (costUsdPerMonth === null && !saves) return html``;
	return html`<p class="sums">${costUsdPerMonth === null ? undefined : html`<span><b>${amounts.month(costUsdPerMonth)}</b> a month</span>`}${
		saves ? html`<span class="saves">saves <b>${amounts.month(savingUsdPerMonth)}</b></span>` : undefined
	}</p>`;
}

/** Of what is for information only, the evidence waits behind its heading. */
function evidence({ id, requests, severity }: Finding, facts: readonly Fact[]): Markup {
	const heading = html`Evidence <span class="soft">${id}, ${plural(requests, "request")}</span>`;
	const list = html`<dl class="facts">${facts.map(factRow)}</dl>`;
	return severity === "info"
		? html`<details class="evidence"><summary>${heading}</summary>${list}</details>`
		: html`<h4>${heading}</h4>${list}`;
}

/** Values this short stand beside each other, like figures on a dashboard; longer ones take two places, or a line. */
const shortValue = 26;
const middleValue = 56;

function factRow({ label, columns, rows, hidden }: Fact): Markup {
	const rest = hidden > 0 ? html` <span class="soft">and ${count(hidden)} more in --json</span>` : undefined;
	if (columns.length > 0) {
		return html`<div class="long"><dt>${label}</dt><dd><div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="inner"><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead><tbody>${rows.map(
			(cells) => html`<tr>${cells.map((cell) => html`<td>${name(cell)}</td>`)}</tr>`,
		)}</tbody></table></div>${rest}</dd></div>`;
	}
	const length = rows.reduce((sum, [cell = ""]) => sum + cell.length + 2, -2);
	const values = rows.map(([cell = ""], index) => html`${index === 0 ? "" : ", "}${name(cell)}`);
	return html`<div class="${length > middleValue ? "long" : length > shortValue ? "middle" : "short"}"><dt>${label}</dt><dd>${values}${rest}</dd></div>`;
}

/** The button comes to life with the script; without it the command can be selected. */
function advice(text: string): Markup {
	if (!isCommand(text)) return html`<li>${prose(text)}</li>`;
	return html`<li class="command"><code>${text}</code><button type="button" class="copy" aria-label="Copy: ${text}" hidden>Copy</button></li>`;
}
