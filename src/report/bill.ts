/** The bill for the terminal: one line per price, in the words of the AWS bill, then the total. */
import type { Analysis, CostLine } from "../model/analysis.ts";
import type { Amounts } from "./amounts.ts";
import { wrap } from "./layout.ts";
import { paint, type Style, signs } from "./style.ts";
import { type Column, table } from "./table.ts";
import { quantity, unitPrice, visible } from "./words.ts";

const columns: readonly Column[] = [
	{ head: "Bill line", align: "left", name: true },
	{ head: "quantity", align: "right" },
	{ head: "unit price", align: "right" },
	{ head: "cost", align: "right" },
];

/** Header, lines, total, and one remark per kind of line that needs it. */
export function billLines({ costLines, total, prices }: Analysis, amounts: Amounts, style: Style): string[] {
	const severalRegions = new Set(costLines.map(({ region }) => region)).size > 1;
	const { dim, bold, warn } = paint(style);
	const figures = costLines.map((line) => [
		quantity(line.quantity),
		`${unitPrice(line.unitPriceUsd, prices.currency)} / ${shortUnit(line.unit)}`,
		amounts.line(line.costUsd),
	]);
	const totalRow = ["Total", "", "", amounts.cost(total)];
	const room = style.width - widthOfFigures([...figures, totalRow.slice(1)]);
	// The words of the bill are wrapped, never shortened: they are what a reader looks for on the bill.
	const cells = costLines.flatMap((line, index) =>
		wrap(nameOf(line, severalRegions), Math.max(minNameWidth, room), "  ").map((part, i) =>
			i === 0 ? [part, ...figures[index]!] : [part, "", "", ""],
		),
	);
	const lines = table(columns, [...cells, totalRow], style);
	return [
		...lines.map((line, index) => (index === 0 ? dim(line) : index === lines.length - 1 ? bold(line) : line)),
		...remarks(costLines, style).map((remark) => (remark.startsWith("!") ? warn(remark) : dim(remark))),
	];
}

const minNameWidth = 16;

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
