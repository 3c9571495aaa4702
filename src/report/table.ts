/**
 * A borderless table that fits the width: numbers keep their place, names give way from the middle.
 * Cells in, lines out. The only user of cli-table3.
 */
import Table from "cli-table3";
import { shorten, widthOf } from "./layout.ts";
import { type Style, signs } from "./style.ts";
import { visible } from "./words.ts";

export interface Column {
	head: string;
	align: "left" | "right";
	/** Text from logs: made safe, and shortened when the line would not fit. */
	name?: boolean;
}

const gap = "  ";
/** Below this a shortened name says nothing any more. */
const minNameWidth = 6;
const borderless = Object.fromEntries(
	[
		"top,top-mid,top-left,top-right,bottom,bottom-mid,bottom-left,bottom-right",
		"left,left-mid,mid,mid-mid,right,right-mid",
	]
		.flatMap((names) => names.split(","))
		.map((name) => [name, ""]),
);

/** Lines of the table, header first, without trailing blanks; `rows[i]` is line `i + 1`. */
export function table(
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	style: Style,
): string[] {
	const safe = rows.map((row) =>
		row.map((cell, index) => (columns[index]?.name ? visible(cell, !style.unicode) : cell)),
	);
	const widths = columnWidths(columns, safe, style.width);
	const { ellipsis } = signs(style);
	const drawn = new Table({
		chars: { ...borderless, middle: gap },
		colWidths: widths,
		colAligns: columns.map(({ align }) => align),
		style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
	});
	drawn.push(columns.map(({ head }, index) => shorten(head, widths[index] ?? 0, ellipsis)));
	for (const row of safe) drawn.push(row.map((cell, index) => shorten(cell, widths[index] ?? 0, ellipsis)));
	return drawn
		.toString()
		.split("\n")
		.map((line) => line.trimEnd());
}

/** What each column would like, then columns of names cut, the widest first, until the line fits. */
function columnWidths(columns: readonly Column[], rows: readonly string[][], lineWidth: number): number[] {
	const widths = columns.map(({ head }, index) =>
		Math.max(widthOf(head), ...rows.map((row) => widthOf(row[index] ?? ""))),
	);
	const gaps = gap.length * (columns.length - 1);
	let excess = widths.reduce((sum, width) => sum + width, gaps) - lineWidth;
	while (excess > 0) {
		const widest = widestName(columns, widths);
		if (widest === undefined) break;
		widths[widest] = (widths[widest] ?? 0) - 1;
		excess--;
	}
	return widths;
}

function widestName(columns: readonly Column[], widths: readonly number[]): number | undefined {
	let best: number | undefined;
	for (const [index, column] of columns.entries()) {
		const width = widths[index] ?? 0;
		if (column.name && width > minNameWidth && width > (best === undefined ? 0 : (widths[best] ?? 0))) {
			best = index;
		}
	}
	return best;
}
