/** The first sentence of a report: how long, how many requests, what it cost, who pays most of it. */
import type { Analysis, Attribution, TimeWindow, Totals } from "../model/analysis.ts";
import type { Amounts } from "./amounts.ts";
import type { Style } from "./style.ts";
import { bytes, count, minuteOf, percent, plural, spanOfHours, visible } from "./words.ts";

/** Plain text, not wrapped. */
export function analysisSentence(analysis: Analysis, amounts: Amounts, style: Style): string {
	const { window, total, breakdowns } = analysis;
	if (window === null || total.requests === 0) return `No requests: ${whyNone(analysis)}.`;
	const month = monthOf(total, amounts);
	const errors = total.errors === 0 ? "" : `; ${count(total.errors)} failed`;
	const spender = breakdowns.find(({ by }) => by.length === 1 && by[0] === "iam-user")?.rows[0];
	const name = spender?.group["iam-user"];
	const share =
		spender === undefined || name === undefined
			? ""
			: ` ${visible(name, !style.unicode)} causes ${percent(spender.share)} of it.`;
	return (
		`${plural(total.requests, "request")} in ${spanOfHours(window.hours)} (${windowOf(window)}) ` +
		`cost ${amounts.cost(total)}${month}.${share} ${bytes(total.bytesSent)} sent${errors}.`
	);
}

/** The same figures, the money first, where the diagnosis has named who causes it. */
export function moneySentence({ window, total }: Analysis, amounts: Amounts): string {
	const month = amounts.perMonth(total);
	const projected = month === "unknown" ? "" : `${month} a month at this rate: `;
	const when = window === null ? "" : ` in ${spanOfHours(window.hours)} (${windowOf(window)})`;
	const errors = total.errors === 0 ? "" : `, ${count(total.errors)} failed`;
	return (
		`${projected}${amounts.cost(total)} for ${plural(total.requests, "request")}${when}, ` +
		`${bytes(total.bytesSent)} sent${errors}.`
	);
}

/** Plain text, not wrapped. */
export function attributionSentence({ by, window, total, breakdown }: Attribution, amounts: Amounts): string {
	if (total.requests === 0) return "No requests match.";
	const groups = breakdown.rows.length + (breakdown.other?.groups ?? 0);
	const month = monthOf(total, amounts);
	const when = window === null ? "" : ` (${windowOf(window)})`;
	return (
		`${plural(total.requests, "request")} cost ${amounts.cost(total)}${month}${when}: ` +
		`${plural(groups, "group")} by ${by.join(", ")}.`
	);
}

function whyNone({ input }: Analysis): string {
	const { outsideWindow, otherBucket } = input.skippedReasons;
	if (otherBucket > 0) return "no record is of the bucket asked for";
	if (input.records > 0 || outsideWindow > 0 || input.filesOutsideWindow > 0)
		return "no record lies in the window asked for";
	return "nothing that was read is an access log record";
}

/** An unknown cost is not said twice. */
function monthOf(total: Totals, amounts: Amounts): string {
	const month = amounts.perMonth(total);
	return month === "unknown" ? "" : `, ${month} a month at this rate`;
}

function windowOf({ from, to }: TimeWindow): string {
	return `${minuteOf(from)} to ${minuteOf(to)} UTC`;
}
