/** The sentences of a comparison: what changed by how much since when, and who carries it. Plain text, not wrapped. */
import type { ComparedPart, Comparison } from "../model/comparison.ts";
import { minuteOf, money, moneyDigits } from "./words.ts";

/** `client=aws-sdk-go/1.37.28, source-ip=192.0.2.10`, as in `--where`. */
export function partName(dimensions: Record<string, string>): string {
	return Object.entries(dimensions)
		.map(([dimension, value]) => `${dimension}=${value}`)
		.join(", ");
}

/** Parts named in the sentence; the table has the others. */
const maxNamed = 2;

export function changeSentence(comparison: Pick<Comparison, SentenceKey>): string {
	const { requestsPerHour, costUsdPerMonth, change, contributions, prices } = comparison;
	const digits = moneyDigits(Math.max(costUsdPerMonth.before, costUsdPerMonth.after));
	const amount = money(Math.abs(costUsdPerMonth.difference), prices.currency, digits);
	const sign = costUsdPerMonth.difference < 0 ? "-" : "+";
	const since = change === null ? "" : ` since ${minuteOf(change.time)} UTC`;
	const head = `requests ${relativeWords(requestsPerHour)} (${sign}${amount} a month)${since}`;
	const named = contributions.slice(0, maxNamed).map((part) => partSentence(part));
	if (named.length === 0) return `${head}: no part of them carries it`;
	return `${head}: ${named.join("; ")}`;
}

type SentenceKey = "requestsPerHour" | "costUsdPerMonth" | "change" | "contributions" | "prices";

function relativeWords({ before, after, relative }: Comparison["requestsPerHour"]): string {
	if (relative === null) return after === 0 ? "unchanged at 0" : `new, ${after.toFixed(1)} an hour`;
	const percent = Math.abs(relative * 100);
	if (percent < 0.05) return `unchanged at ${before.toFixed(1)} an hour`;
	return `${relative < 0 ? "-" : "+"}${percent.toFixed(percent < 10 ? 1 : 0)}%`;
}

function partSentence({ dimensions, sameAs, before, after, share }: ComparedPart): string {
	const cluster = sameAs["cluster"];
	const where = cluster === undefined ? "" : ` (cluster ${cluster})`;
	const much = share > 0 && share <= 1.005 ? `${Math.round(share * 100)}% is ` : "";
	const happened =
		after === 0 ? "stopped" : before === 0 ? "is new" : `${before.toFixed(1)} to ${after.toFixed(1)} an hour`;
	const rate =
		after === 0 ? ` (${before.toFixed(1)} an hour)` : before === 0 ? ` (${after.toFixed(1)} an hour)` : "";
	return `${much}${partName(dimensions)}${where}, ${happened}${rate}`;
}

/** How the change of cost comes about. */
export function splitSentence({ costSplit, costUsdPerMonth, prices }: Comparison): string {
	const digits = moneyDigits(Math.max(costUsdPerMonth.before, costUsdPerMonth.after));
	const signed = (value: number) =>
		`${value < 0 ? "-" : "+"}${money(Math.abs(value), prices.currency, digits)}`;
	return (
		`Cost per month ${signed(costSplit.total)} = ${signed(costSplit.volume)} volume (number of requests) ` +
		`${signed(costSplit.mix)} mix (kinds of requests and bytes in each); ` +
		"prices are the same on both sides."
	);
}
