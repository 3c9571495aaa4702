/** The bill for the terminal: one line per price, in the words of the AWS bill, then the total. */
import type { Analysis, CostLine } from "../model/analysis.ts";
import type { Amounts } from "./amounts.ts";
import { wrap } from "./layout.ts";
import { paint, type Style, signs } from "./style.ts";
import { type Column, table } from "./table.ts";
import { plural, quantity, unitPrice, visible } from "./words.ts";

const columns: readonly Column[] = [
	{ head: "Bill line", align: "left", name: true },
	{ head: "quantity", align: "right" },
	{ head: "unit price", align: "right" },
	{ head: "cost", align: "right" },
];

/**
 * Header, lines, total, and one remark per kind of line that needs it. Of more than `limit` lines the cheapest are
 * shown as one.
 */
export function billLines(analysis: Analysis, limit: number, amounts: Amounts, style: Style): string[] {
	const { total, prices } = analysis;
	const costLines = dearest(analysis.costLines, limit);
	const rest = analysis.costLines.filter((line) => !costLines.includes(line));
	const severalRegions = new Set(costLines.map(({ region }) => region)).size > 1;
	const { dim, bold, warn } = paint(style);
	const figures = costLines.map((line) => [
		quantity(line.quantity),
		`${unitPrice(line.unitPriceUsd, prices.currency)} / ${shortUnit(line.unit)}`,
		amounts.line(line.costUsd),
	]);
	const restRow = [`(${plural(rest.length, "other line")})`, "", "", amounts.line(sumOf(rest))];
	const totalRow = ["Total", "", "", amounts.cost(total)];
	const room = style.width - widthOfFigures([...figures, totalRow.slice(1)]);
	// The words of the bill are wrapped, never shortened: they are what a reader looks for on the bill.
	const cells = costLines.flatMap((line, index) =>
		wrap(nameOf(line, severalRegions), Math.max(minNameWidth, room), "  ").map((part, i) =>
			i === 0 ? [part, ...figures[index]!] : [part, "", "", ""],
		),
	);
	const lines = table(columns, [...cells, ...(rest.length === 0 ? [] : [restRow]), totalRow], style);
	return [
		...lines.map((line, index) => (index === 0 ? dim(line) : index === lines.length - 1 ? bold(line) : line)),
		...remarks(analysis.costLines, style).map((remark) =>
			remark.startsWith("!") ? warn(remark) : dim(remark),
		),
	];
}

const minNameWidth = 16;

/** In their order on the bill. A line whose price is unknown may be the dearest of all. */
function dearest(lines: readonly CostLine[], limit: number): CostLine[] {
	if (lines.length <= limit) return [...lines];
	const costOf = ({ costUsd }: CostLine) => costUsd ?? Number.POSITIVE_INFINITY;
	const kept = new Set([...lines].sort((a, b) => costOf(b) - costOf(a)).slice(0, limit - 1));
	return lines.filter((line) => kept.has(line));
}

function sumOf(lines: readonly CostLine[]): number | null {
	return lines.some(({ costUsd }) => costUsd === null)
		? null
		: lines.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
}

/** Of the columns behind the name, with the gaps before them. */
function widthOfFigures(rows: readonly string[][]): number {
	return columns
		.slice(1)
		.map(({ head }, index) => 2 + Math.max(head.length, ...rows.map((row) => row[index]!.length)))
		.reduce((sum, width) => sum + width, 0);
}

function nameOf(line: CostLine, withRegion: boolean): string {
	return `${line.name}${withRegion ? ` (${line.region})` : ""}${line.outsideS3 ? "*" : ""}`;
}

/** The line's name says already that requests are counted. */
function shortUnit(unit: string): string {
	return unit.replace(/ requests$/, "");
}

function remarks(costLines: readonly CostLine[], style: Style): string[] {
	const unknown = new Set(costLines.filter((line) => line.costUsd === null).map((line) => line.note));
	const { dash } = signs(style);
	return [
		...[...unknown].flatMap((note) =>
			wrap(`! unknown price ${dash} ${visible(note, !style.unicode)}`, style.width, "  "),
		),
		...(costLines.some(({ outsideS3 }) => outsideS3)
			? wrap("* caused by this bucket, billed outside S3 (NAT gateway, VPC endpoint)", style.width, "  ")
			: []),
	];
}
