/**
 * How a report says what something costs when part of the price may be unknown.
 * Unknown is never 0: a row without any known price is `unknown`, a row with some is `≥$1.20`.
 */
import type { BreakdownRow, Totals } from "../model/analysis.ts";
import { type Style, signs } from "./style.ts";
import { money, moneyDigits } from "./words.ts";

export interface Amounts {
	/** The cost of a row or of the total, as far as it is known. */
	cost(of: Priced): string;
	/** The same per month; `unknown` while no complete hour is covered. */
	perMonth(of: Priced): string;
	/** One line of the bill. */
	line(amount: number | null): string;
	/** An amount per month that stands for itself, such as a saving; `unknown` for `null`. */
	month(amount: number | null): string;
}

export type Priced = Pick<
	BreakdownRow & Totals,
	"costUsd" | "costUsdPerMonth" | "unpricedRequests" | "unpricedBytes"
>;

/** Decimals follow the report's total, so that the rows of one report can be compared. */
export function amountsOf(total: Priced, currency: string, style: Style): Amounts {
	const digits = moneyDigits(total.costUsd);
	const monthDigits = moneyDigits(total.costUsdPerMonth ?? 0);
	const { atLeast } = signs(style);
	const say = (amount: number, of: Priced, decimals: number): string => {
		const complete = of.unpricedRequests === 0 && of.unpricedBytes === 0;
		if (complete) return money(amount, currency, decimals);
		return amount === 0 ? "unknown" : `${atLeast}${money(amount, currency, decimals)}`;
	};
	return {
		cost: (of) => say(of.costUsd, of, digits),
		perMonth: (of) => (of.costUsdPerMonth === null ? "unknown" : say(of.costUsdPerMonth, of, monthDigits)),
		line: (amount) => money(amount, currency, digits),
		month: (amount) => money(amount, currency, Math.min(monthDigits, moneyDigits(Math.abs(amount ?? 0)))),
	};
}
