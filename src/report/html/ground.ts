/** What the figures stand on: the lines of the bill, the quality of the input, what was assumed. Out: cards. */
import type { Analysis } from "../../model/analysis.ts";
import type { Markup } from "../../model/markup.ts";
import type { Amounts } from "../amounts.ts";
import { inputLines } from "../quality.ts";
import type { Style } from "../style.ts";
import { quantity, unitPrice } from "../words.ts";
import { html } from "./escape.ts";

export function billTable({ costLines, total, prices }: Analysis, amounts: Amounts): Markup {
	const regions = new Set(costLines.map(({ region }) => region));
	const outside = costLines.some(({ outsideS3 }) => outsideS3);
	const notes = [...new Set(costLines.filter(({ costUsd }) => costUsd === null).map(({ note }) => note))];
	return html`<section class="card"><h2>The bill</h2><table class="bill"><thead><tr><th scope="col">Line of the AWS bill</th><th scope="col" class="wide">Quantity</th><th scope="col" class="wide">Unit price</th><th scope="col">Cost</th></tr></thead><tbody>
${costLines.map(
	(
		line,
	) => html`<tr><th scope="row">${line.name}${regions.size > 1 ? ` (${line.region})` : ""}${line.outsideS3 ? "*" : ""}</th><td class="wide">${quantity(line.quantity)}</td><td class="wide">${unitPrice(line.unitPriceUsd, prices.currency)} / ${line.unit}</td><td>${amounts.line(line.costUsd)}</td></tr>
`,
)}</tbody><tfoot><tr><th scope="row">Total</th><td class="wide"></td><td class="wide"></td><td>${amounts.cost(total)}</td></tr></tfoot></table>
${notes.map((note) => html`<p class="note warned">Unknown price: ${note}</p>`)}
${outside ? html`<p class="note">* caused by this bucket, billed outside S3 (NAT gateway, VPC endpoint)</p>` : undefined}</section>
`;
}

export function inputCard({ input }: Analysis, style: Style): Markup {
	const [summary = "", ...remarks] = inputLines(input, style);
	return html`<section class="card"><h2>What was read</h2><p>${summary.replace(/^Input: /, "")}</p>${list(remarks.map((line) => line.trim()))}</section>
`;
}

export function priceCard({ prices }: Pick<Analysis, "prices">): Markup {
	return html`<section class="card"><h2>Prices and assumptions</h2><p>List prices of ${prices.region}, as of ${prices.asOf}, in ${prices.currency}. A month has 730 hours; GiB is the GB that AWS bills (2^30 bytes).</p>${list(prices.assumptions)}</section>
`;
}

function list(lines: readonly string[]): Markup {
	return lines.length === 0
		? html``
		: html`<ul class="notes">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}
