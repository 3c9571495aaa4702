/**
 * One JSON object per line, for `jq`, log shippers and DuckDB.
 * An attribution gives its rows, then `"other": true` for the rest. An analysis gives every part of the
 * contract as lines told apart by `type`: summary, finding, change, rollout, costLine, breakdown, timeline.
 */
import type { Analysis, Attribution, Breakdown } from "../model/analysis.ts";
import type { Format } from "./format.ts";
import { flatOther, flatRow } from "./rows.ts";
import { json } from "./words.ts";

function* breakdownObjects({ by, rows, other }: Breakdown): Generator<object> {
	for (const row of rows) yield flatRow(row, by);
	if (other !== null) yield { other: true, ...flatOther(other) };
}

function* analysisObjects(analysis: Analysis): Generator<object> {
	const { input, window, prices, total } = analysis;
	const { summary, findings, changes, rollouts } = analysis.diagnosis;
	yield { type: "summary", schema: "chartcost/analysis@1", summary, input, window, prices, total };
	for (const finding of findings) yield { type: "finding", ...finding };
	for (const change of changes) yield { type: "change", ...change };
	for (const rollout of rollouts) yield { type: "rollout", ...rollout };
	for (const line of analysis.costLines) yield { type: "costLine", ...line };
	for (const breakdown of analysis.breakdowns) {
		for (const row of breakdownObjects(breakdown)) {
			yield { type: "breakdown", by: breakdown.by.join(","), ...row };
		}
	}
	for (const point of analysis.timeline.points) {
		yield { type: "timeline", grain: analysis.timeline.grain, ...point };
	}
}

function lines(objects: Iterable<object>): string {
	let text = "";
	for (const object of objects) text += `${json(object)}\n`;
	return text;
}

export const format: Format = {
	analysis: (analysis) => lines(analysisObjects(analysis)),
	attribution: (attribution: Attribution) => lines(breakdownObjects(attribution.breakdown)),
};
