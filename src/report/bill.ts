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
	const cells = costLines.map((line) => [
		nameOf(line, severalRegions),
		quantity(line.quantity),
		`${unitPrice(line.unitPriceUsd, prices.currency)} / ${shortUnit(line.unit)}`,
		amounts.line(line.costUsd),
	]);
	const lines = table(columns, [...cells, ["Total", "", "", amounts.cost(total)]], style);
	return [
		...lines.map((line, index) => (index === 0 ? dim(line) : index === lines.length - 1 ? bold(line) : line)),
		...remarks(costLines, style).map((remark) => (remark.startsWith("!") ? warn(remark) : dim(remark))),
	];
}

function nameOf(line: CostLine, withRegion: boolean): string {
	return `${line.name}${withRegion ? ` (${line.region})` : ""}${line.outsideS3 ? " *" : ""}`;
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
