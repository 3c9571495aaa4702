/**
 * The diagnosis for the terminal: the verdict, the findings, what changed when.
 * In: the analysis and how many findings and changes there is room for. Out: blocks of lines within the width.
 */
import type { Analysis } from "../model/analysis.ts";
import type { Finding, Severity } from "../model/diagnosis.ts";
import type { Amounts } from "./amounts.ts";
import { eventsOf, timeOf } from "./events.ts";
import { cutAfter, widthOf, wrap } from "./layout.ts";
import { isCommand } from "./next.ts";
import { paint, type Style, signs } from "./style.ts";
import { analysisSentence, moneySentence } from "./summary.ts";
import { plural, visible } from "./words.ts";

/** With less than a day of complete hours nothing can be called usual or unusual. */
const enoughHours = 24;

/** The diagnosis and the money, or the money and that nothing was found. */
export function verdictLines(analysis: Analysis, amounts: Amounts, style: Style): string[][] {
	const { bold } = paint(style);
	const { summary } = analysis.diagnosis;
	if (summary !== "") {
		return [
			wrap(visible(summary, !style.unicode), style.width).map((line) => bold(line)),
			wrap(moneySentence(analysis, amounts), style.width),
		];
	}
	const money = wrap(analysisSentence(analysis, amounts, style), style.width);
	const calm = calmSentence(analysis);
	return [[...money.map((line) => bold(line)), ...(calm === "" ? [] : wrap(calm, style.width))]];
}

/** That nothing was found is an answer only where there was enough to look at. */
export function calmSentence({ diagnosis, timeline, total }: Analysis): string {
	if (total.requests === 0 || diagnosis.findings.some(({ severity }) => severity !== "info")) return "";
	const complete = timeline.points.filter((point) => point.complete).length;
	if (complete >= enoughHours) return "Nothing unusual was found.";
	return `Too short to tell usual from unusual: ${plural(complete, "complete hour")}.`;
}

/** What, then money and what to do, or why; of what is for information only the first line. */
export function findingLines(analysis: Analysis, limit: number, amounts: Amounts, style: Style): string[] {
	const { findings } = analysis.diagnosis;
	const { dim } = paint(style);
	const hidden = findings.length - limit;
	return [
		...findings.slice(0, limit).flatMap((finding, index) => oneFinding(finding, index + 1, amounts, style)),
		...(hidden > 0 ? [dim(`and ${plural(hidden, "more finding")}; --report FILE.html has them all`)] : []),
	];
}

function oneFinding(finding: Finding, number: number, amounts: Amounts, style: Style): string[] {
	const { bold, dim } = paint(style);
	const mark = `${String(number).padStart(2)} ${finding.severity.padEnd(4)}  `;
	const indent = " ".repeat(mark.length);
	const [first = "", ...more] = wrap(
		`${indent}${visible(finding.title, !style.unicode)}`,
		style.width,
		indent,
	);
	const detail = detailOf(finding, style.width - indent.length, amounts, style);
	return [
		`${severityPaint(finding.severity, style)(mark)}${bold(first.slice(mark.length))}`,
		...more.map((line) => bold(line)),
		...(detail === "" || finding.severity === "info" ? [] : [dim(indent + detail)]),
	];
}

/** Money, and the first thing to do if it fits as a whole, else the reason, shortened. */
function detailOf(finding: Finding, width: number, amounts: Amounts, style: Style): string {
	const { arrow, ellipsis } = signs(style);
	const sums = moneyWords(finding, amounts);
	const [next] = finding.next;
	const todo = next === undefined ? undefined : `${arrow} ${visible(next, !style.unicode)}`;
	const both = [sums, todo].filter((part) => part).join("  ");
	if (todo !== undefined && both.length <= width) return both;
	const why = visible(finding.why, !style.unicode);
	return cutAfter(sums === "" ? why : `${sums}. ${why}`, width, ellipsis);
}

/** `$16.60 a month, $15.90 of it can be saved`; empty when neither is known. */
export function moneyWords({ costUsdPerMonth, savingUsdPerMonth }: Finding, amounts: Amounts): string {
	return [
		...(costUsdPerMonth === null ? [] : [`${amounts.month(costUsdPerMonth)} a month`]),
		...(savingUsdPerMonth === null || savingUsdPerMonth === 0
			? []
			: [`saves ${amounts.month(savingUsdPerMonth)}`]),
	].join(", ");
}

function severityPaint(severity: Severity, style: Style): (text: string) => string {
	const { alarm, warn, dim } = paint(style);
	return { high: alarm, warn, info: dim }[severity];
}

/** One line each, in order of time. */
export function eventLines(analysis: Analysis, limit: number, amounts: Amounts, style: Style): string[] {
	const events = eventsOf(analysis.diagnosis, amounts, !style.unicode);
	const { dim } = paint(style);
	const { ellipsis } = signs(style);
	const hidden = events.length - limit;
	return [
		...events.slice(0, limit).map((event) => {
			const line = `${timeOf(event)}  ${event.what}: ${event.who}`;
			const priced = event.costs === "" ? line : `${line}, ${event.costs}`;
			return widthOf(priced) <= style.width ? priced : cutAfter(line, style.width, ellipsis);
		}),
		...(hidden > 0 ? [dim(`and ${plural(hidden, "more change")}; --report FILE.html has them all`)] : []),
	];
}

/** The first command of the gravest finding that is one. */
export function firstCommand({ diagnosis }: Analysis): string | undefined {
	return diagnosis.findings.find(({ severity }) => severity !== "info")?.next.find(isCommand);
}
