/** Findings as cards: what, how much, why, the evidence, and what to do, ready to copy. In: findings. Out: articles. */
import type { Finding } from "../../model/diagnosis.ts";
import type { Amounts } from "../amounts.ts";
import { type Fact, factsOf } from "../evidence.ts";
import { isCommand } from "../next.ts";
import { count, plural } from "../words.ts";
import { html, type Markup, name } from "./escape.ts";

/** More cards than anybody reads would only make the page slow; JSON has all. */
const maxCards = 100;

export function cards(findings: readonly Finding[], amounts: Amounts, currency: string): Markup {
	const hidden = findings.length - maxCards;
	return html`<div class="cards">${findings
		.slice(0, maxCards)
		.map((finding, index) => card(finding, index + 1, amounts, currency))}</div>
${hidden > 0 ? html`<p class="note">And ${plural(hidden, "more finding")} in --json.</p>` : undefined}`;
}

function card(finding: Finding, number: number, amounts: Amounts, currency: string): Markup {
	const { severity, title, why, next, id } = finding;
	const facts = factsOf(finding.evidence, currency);
	return html`<article class="card finding ${severity}" aria-labelledby="finding-${number}">
<header><div class="head"><span class="severity">${severity}</span><h3 id="finding-${number}">${number}. ${title}</h3></div>${sums(finding, amounts)}</header>
<p>${why}</p>
${facts.length === 0 ? undefined : html`<table class="facts"><caption>Evidence (${id}, ${plural(finding.requests, "request")})</caption><tbody>${facts.map(factRow)}</tbody></table>`}
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

function factRow({ label, columns, rows, hidden }: Fact): Markup {
	const rest = hidden > 0 ? html` <span class="soft">and ${count(hidden)} more in --json</span>` : undefined;
	if (columns.length === 0) {
		const values = rows.map(([cell = ""], index) => html`${index === 0 ? "" : ", "}${name(cell)}`);
		return html`<tr><th scope="row">${label}</th><td>${values}${rest}</td></tr>`;
	}
	return html`<tr><th scope="row">${label}</th><td><div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="inner"><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead><tbody>${rows.map(
		(cells) => html`<tr>${cells.map((cell) => html`<td>${name(cell)}</td>`)}</tr>`,
	)}</tbody></table></div>${rest}</td></tr>`;
}

/** The button comes to life with the script; without it the command can be selected. */
function advice(text: string): Markup {
	if (!isCommand(text)) return html`<li>${text}</li>`;
	return html`<li class="command"><code>${text}</code><button type="button" class="copy" aria-label="Copy: ${text}" hidden>Copy</button></li>`;
}
