/**
 * GitHub-flavoured Markdown, for pull requests, issues and wikis: a sentence and tables, the same figures as
 * the terminal report. Names from logs stand in code spans, so that nothing in them becomes markup.
 */
import type { Analysis, Attribution, Breakdown } from "../model/analysis.ts";
import { type Amounts, amountsOf } from "./amounts.ts";
import { chosenBreakdowns, displayName } from "./breakdowns.ts";
import { diagnosisBlocks } from "./diagnosis-markdown.ts";
import { calmSentence } from "./diagnosis-text.ts";
import type { Format } from "./format.ts";
import { inputLines } from "./quality.ts";
import type { Style } from "./style.ts";
import { analysisSentence, attributionSentence } from "./summary.ts";
import { bytes, count, markdownCode, markdownText, percent, plural, quantity, unitPrice } from "./words.ts";

type Align = ":--" | "--:";

function tableOf(heads: readonly string[], aligns: readonly Align[], rows: readonly string[][]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(heads), line(aligns), ...rows.map(line)].join("\n");
}

function bill({ costLines, total, prices }: Analysis, amounts: Amounts): string {
	const rows = costLines.map((line) => [
		markdownText(`${line.name} (${line.region})`),
		quantity(line.quantity),
		`${unitPrice(line.unitPriceUsd, prices.currency)} / ${line.unit}`,
		amounts.line(line.costUsd),
	]);
	return tableOf(
		["Bill line", "Quantity", "Unit price", "Cost"],
		[":--", "--:", "--:", "--:"],
		[...rows, ["**Total**", "", "", `**${amounts.cost(total)}**`]],
	);
}

function breakdownTable({ by, rows, other }: Breakdown, amounts: Amounts): string {
	const figures = (row: Breakdown["rows"][number]) => [
		count(row.requests),
		bytes(row.bytesSent),
		amounts.cost(row),
		percent(row.share),
	];
	const cells = rows.map((row) => [
		...by.map((name) => markdownCode(displayName(name, row.group[name]))),
		...figures(row),
	]);
	if (other !== null) {
		const names = by.map((_, index) => (index === 0 ? `(${plural(other.groups, "other")})` : ""));
		cells.push([...names, ...figures(other)]);
	}
	return tableOf(
		[...by, "Requests", "Sent", "Cost", "Share"],
		[...by.map((): Align => ":--"), "--:", "--:", "--:", "--:"],
		cells,
	);
}

/** Markdown has no width and no colour; everything else of the style stays. */
const plain = (style: Style): Style => ({ ...style, color: false, width: Number.POSITIVE_INFINITY });

function priceNotes({ prices }: Pick<Analysis, "prices">): string {
	const head = `Prices: ${prices.region}, as of ${prices.asOf}. GiB = the GB that AWS bills.`;
	return [head, ...prices.assumptions.map((sentence) => `- ${markdownText(sentence)}`)].join("\n");
}

function verdict(analysis: Analysis, amounts: Amounts, style: Style): string[] {
	const { summary } = analysis.diagnosis;
	const money = analysisSentence(analysis, amounts, style);
	return [summary, money, summary === "" ? calmSentence(analysis) : ""].filter((text) => text !== "");
}

function analysisMarkdown(analysis: Analysis, style: Style): string {
	const amounts = amountsOf(analysis.total, analysis.prices.currency, style);
	const sections = [
		"# S3 cost by access log",
		...verdict(analysis, amounts, plain(style)).map((sentence) => markdownText(sentence)),
		...diagnosisBlocks(analysis, amounts),
		...(analysis.costLines.length === 0 ? [] : ["## Bill"]),
		bill(analysis, amounts),
		...chosenBreakdowns(analysis.breakdowns).flatMap((breakdown) => [
			`## By ${breakdown.by.join(", ")}`,
			breakdownTable(breakdown, amounts),
		]),
		"## Input and prices",
		inputLines(analysis.input, plain(style))
			.map((line) => `- ${markdownText(line.trim())}`)
			.join("\n"),
		priceNotes(analysis),
	];
	return `${sections.join("\n\n")}\n`;
}

function attributionMarkdown(attribution: Attribution, style: Style): string {
	const amounts = amountsOf(attribution.total, attribution.prices.currency, style);
	const sections = [
		markdownText(attributionSentence(attribution, amounts)),
		...(attribution.breakdown.rows.length === 0 ? [] : [breakdownTable(attribution.breakdown, amounts)]),
		priceNotes(attribution),
	];
	return `${sections.join("\n\n")}\n`;
}

export const format: Format = { analysis: analysisMarkdown, attribution: attributionMarkdown };
