/** The first sentence of a report: how long, how many requests, what it cost, who pays most of it. */
import type { Analysis, Attribution, TimeWindow } from "../model/analysis.ts";
import type { Amounts } from "./amounts.ts";
import type { Style } from "./style.ts";
import { bytes, count, minuteOf, percent, plural, spanOfHours, visible } from "./words.ts";

/** Plain text, not wrapped. */
export function analysisSentence(analysis: Analysis, amounts: Amounts, style: Style): string {
	const { window, total, breakdowns } = analysis;
	if (window === null || total.requests === 0)
		return "No requests: the input holds no record of this window.";
	const month = total.costUsdPerMonth === null ? "" : `, ${amounts.perMonth(total)} a month at this rate`;
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

/** Plain text, not wrapped. */
export function attributionSentence({ by, window, total, breakdown }: Attribution, amounts: Amounts): string {
	if (total.requests === 0) return "No requests match.";
	const groups = breakdown.rows.length + (breakdown.other?.groups ?? 0);
	const month = total.costUsdPerMonth === null ? "" : `, ${amounts.perMonth(total)} a month at this rate`;
	const when = window === null ? "" : ` (${windowOf(window)})`;
	return (
		`${plural(total.requests, "request")} cost ${amounts.cost(total)}${month}${when}: ` +
		`${plural(groups, "group")} by ${by.join(", ")}.`
	);
}

function windowOf({ from, to }: TimeWindow): string {
	return `${minuteOf(from)} to ${minuteOf(to)} UTC`;
}
