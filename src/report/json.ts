/**
 * The JSON contract: chartcost/analysis@1 and chartcost/attribution@1, one object each.
 * Keys are public. New keys may be added; none may be renamed or change its unit.
 */
import type { Analysis, Attribution } from "../model/analysis.ts";
import type { Format } from "./format.ts";
import { flatOther, flatRow } from "./rows.ts";
import { json } from "./words.ts";

/** `breakdowns` is keyed by the dimension names, joined with a comma where there is more than one. */
export function analysisObject(analysis: Analysis): Record<string, unknown> {
	const breakdowns = analysis.breakdowns.map(({ by, rows }) => [
		by.join(","),
		rows.map((row) => flatRow(row, by)),
	]);
	const others = analysis.breakdowns.map(({ by, other }) => [by.join(","), flatOther(other)]);
	return {
		schema: "chartcost/analysis@1",
		input: analysis.input,
		window: analysis.window,
		prices: analysis.prices,
		total: analysis.total,
		costLines: analysis.costLines,
		breakdowns: Object.fromEntries(breakdowns),
		// What the top rows leave out, so that a reader can add up to the total.
		others: Object.fromEntries(others),
		timeline: analysis.timeline,
		...analysis.diagnosis,
	};
}

export function attributionObject(attribution: Attribution): Record<string, unknown> {
	const { by, breakdown } = attribution;
	return {
		schema: "chartcost/attribution@1",
		by,
		window: attribution.window,
		rows: breakdown.rows.map((row) => flatRow(row, by)),
		other: flatOther(breakdown.other),
		total: flatRow(attribution.total),
		notes: attribution.notes,
		prices: attribution.prices,
	};
}

export const format: Format = {
	analysis: (analysis) => `${json(analysisObject(analysis), 2)}\n`,
	attribution: (attribution) => `${json(attributionObject(attribution), 2)}\n`,
};
