/**
 * The report people read: about one screen, most important first.
 * Calls the sections in order and gives the breakdowns the lines that the others leave; formats nothing itself.
 */
import type { Analysis, Attribution } from "../model/analysis.ts";
import { type Amounts, amountsOf } from "./amounts.ts";
import { billLines } from "./bill.ts";
import { breakdownLines, fittingBreakdowns } from "./breakdowns.ts";
import type { Format } from "./format.ts";
import { wrap } from "./layout.ts";
import { nextCommands } from "./next.ts";
import { assumptionLines, inputLines } from "./quality.ts";
import { paint, type Style } from "./style.ts";
import { analysisSentence, attributionSentence } from "./summary.ts";
import { timelineLines } from "./timeline.ts";

/** Lines of a report without `--top`: one tall terminal window. */
const screenLines = 60;
const maxAssumptions = 3;
/** Under a single table less is enough: `analyze` says the rest. */
const maxAttributionAssumptions = 1;

function analysisReport(analysis: Analysis, style: Style): string {
	const amounts = amountsOf(analysis.total, analysis.prices.currency, style);
	const { bold, dim } = paint(style);
	const timeline = timelineLines(analysis.timeline.points, style);
	const before = [
		wrap(analysisSentence(analysis, amounts, style), style.width).map(bold),
		...(analysis.total.requests === 0 ? [] : [billLines(analysis, amounts, style)]),
	];
	const after = [
		[...timeline.heading.map(dim), ...timeline.chart],
		[
			...inputLines(analysis.input, style),
			...(analysis.total.requests === 0 ? [] : assumptionLines(analysis, style, maxAssumptions)),
		],
		nextCommands(analysis, style),
	].filter((section) => section.length > 0);
	const taken = [...before, ...after].reduce((sum, section) => sum + section.length + 1, 0);
	return joined([...before, ...breakdownSections(analysis, amounts, style, screenLines - taken), ...after]);
}

function breakdownSections(analysis: Analysis, amounts: Amounts, style: Style, budget: number): string[][] {
	return fittingBreakdowns(analysis.breakdowns, budget).map(({ breakdown, rows }) =>
		breakdownLines(breakdown, style.top ?? rows, amounts, style),
	);
}

function attributionReport(attribution: Attribution, style: Style): string {
	const { breakdown, total, prices } = attribution;
	const amounts = amountsOf(total, prices.currency, style);
	const rows = breakdown.rows.length;
	return joined([
		wrap(attributionSentence(attribution, amounts), style.width).map(paint(style).bold),
		...(rows === 0
			? []
			: [
					breakdownLines(breakdown, style.top ?? rows, amounts, style),
					assumptionLines(attribution, style, maxAttributionAssumptions),
				]),
	]);
}

function joined(sections: readonly string[][]): string {
	return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

export const format: Format = { analysis: analysisReport, attribution: attributionReport };
