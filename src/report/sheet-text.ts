/**
 * Plain tables for people: terminal and Markdown. At most `maxShownRows` rows; a table too wide for the line is
 * shown as one record after the other.
 */
import { widthOf } from "./layout.ts";
import type { Sheet, SheetCell, SheetColumn } from "./sheet.ts";
import { plainText } from "./sheet-machine.ts";
import { paint, type Style } from "./style.ts";
import { table } from "./table.ts";
import { markdownCode, visible } from "./words.ts";

/** More than anyone reads, and drawn in a blink. */
const maxShownRows = 1000;
/** Narrower than this a column of names says nothing. */
const minTextWidth = 8;

export async function* terminalSheet(sheet: Sheet, style: Style): AsyncGenerator<string> {
	const { title, notes } = sheet;
	const { columns, rows } = await shown(sheet);
	const lines = [...title.map((line) => visible(line, !style.unicode)), ...(title.length > 0 ? [""] : [])];
	if (isPlan(columns)) lines.push(...rows.flatMap((row) => planLines(row[1] ?? null)));
	else if (tooWide(columns, rows, style)) lines.push(...records(columns, rows, style));
	else lines.push(...drawn(columns, rows, style));
	lines.push(...(notes.length > 0 ? [""] : []), ...notes.map((line) => visible(line, !style.unicode)));
	yield `${lines.join("\n")}\n`;
}

export async function* markdownSheet(sheet: Sheet): AsyncGenerator<string> {
	const { title, notes } = sheet;
	const { columns, rows } = await shown(sheet);
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	const cell = (value: SheetCell, i: number) =>
		columns[i]?.kind === "number"
			? textOf(value, columns[i])
			: markdownCode(value === null ? "" : plainText(value));
	const lines = [
		...title.flatMap((text) => [markdownCode(text), ""]),
		line(columns.map(({ name }) => markdownCode(name))),
		line(columns.map(({ kind }) => (kind === "number" ? "--:" : ":--"))),
		...rows.map((row) => line(row.map(cell))),
		...notes.flatMap((text) => ["", markdownCode(text)]),
	];
	yield `${lines.join("\n")}\n`;
}

/** The columns and rows that people are shown. */
async function shown(sheet: Sheet): Promise<{ columns: SheetColumn[]; rows: SheetCell[][] }> {
	const places = sheet.columns.flatMap(({ detail }, i) => (detail ? [] : [i]));
	const rows: SheetCell[][] = [];
	const result = { columns: places.map((i) => sheet.columns[i]!), rows };
	for await (const piece of sheet.rows) {
		for (const row of piece) {
			if (rows.length === maxShownRows) {
				sheet.onCut?.(maxShownRows);
				return result;
			}
			rows.push(places.map((i) => row[i] ?? null));
		}
	}
	return result;
}

/** What EXPLAIN answers: a drawing in many lines. */
function isPlan(columns: readonly SheetColumn[]): boolean {
	return columns.map(({ name }) => name).join() === "explain_key,explain_value";
}

function planLines(value: SheetCell): string[] {
	return String(value)
		.split("\n")
		.map((line) => visible(line).trimEnd());
}

function textOf(value: SheetCell, { kind, missing }: SheetColumn): string {
	if (value === null) return missing ?? "";
	if (kind === "number") return typeof value === "number" ? decimalText(value) : String(value);
	const text = plainText(value);
	return kind === "time" ? text.replace("T", " ").replace(/Z$/, "") : text;
}

/** Twelve digits, because what adding doubles leaves behind them is not for people; never an exponent. */
let decimal: Intl.NumberFormat | undefined;

/** Made when it is needed: the first format of a run takes 6 ms, and every command loads this file. */
function decimalText(value: number): string {
	decimal ??= new Intl.NumberFormat("en-US", { maximumSignificantDigits: 12, useGrouping: false });
	return decimal.format(value);
}

function drawn(
	columns: readonly SheetColumn[],
	rows: readonly (readonly SheetCell[])[],
	style: Style,
): string[] {
	const heads = columns.map(({ name, kind }) => ({
		head: visible(name, !style.unicode),
		align: kind === "number" ? ("right" as const) : ("left" as const),
		name: kind === "text",
	}));
	return table(
		heads,
		rows.map((row) => columns.map((column, i) => textOf(row[i] ?? null, column))),
		style,
	);
}

function tooWide(
	columns: readonly SheetColumn[],
	rows: readonly (readonly SheetCell[])[],
	{ width }: Style,
): boolean {
	const least = columns.map((column, i) => {
		const widest = Math.max(
			widthOf(column.name),
			...rows.map((row) => widthOf(textOf(row[i] ?? null, column))),
		);
		return column.kind === "text" ? Math.min(widest, minTextWidth) : widest;
	});
	return least.reduce((sum, columnWidth) => sum + columnWidth + 2, -2) > width;
}

function records(
	columns: readonly SheetColumn[],
	rows: readonly (readonly SheetCell[])[],
	style: Style,
): string[] {
	const { dim } = paint(style);
	const names = columns.map(({ name }) => visible(name, !style.unicode));
	const nameWidth = Math.max(...names.map(widthOf));
	return rows.flatMap((row, index) => [
		dim(`-- ${index + 1} --`),
		...columns.map((column, i) => {
			const padding = " ".repeat(nameWidth - widthOf(names[i]!) + 2);
			return `${names[i]}${padding}${visible(textOf(row[i] ?? null, column), !style.unicode)}`.trimEnd();
		}),
	]);
}
