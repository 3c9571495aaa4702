/**
 * Plain tables for programs: JSON, NDJSON, CSV and TSV, row by row. Numbers are printed as they are; texts in CSV
 * and TSV carry the same guard against spreadsheet formulas as everywhere.
 */
import type { Sheet, SheetCell, SheetColumn } from "./sheet.ts";
import { csvField, json, tsvField } from "./words.ts";

export async function* jsonSheet({ head, columns, rows }: Sheet): AsyncGenerator<string> {
	const described = columns.map(({ name, type }) => (type === undefined ? { name } : { name, type }));
	// The head's own closing brace makes room for columns and rows.
	yield json(head, 2).replace(/\n}$/, `,\n  "columns": ${json(described)},\n  "rows": [`);
	let separator = "";
	for await (const piece of rows) {
		let text = "";
		for (const row of piece) {
			text += `${separator}\n    ${json(objectOf(columns, row))}`;
			separator = ",";
		}
		yield text;
	}
	yield separator === "" ? "]\n}\n" : "\n  ]\n}\n";
}

export async function* ndjsonSheet({ columns, rows }: Sheet): AsyncGenerator<string> {
	for await (const piece of rows) yield piece.map((row) => `${json(objectOf(columns, row))}\n`).join("");
}

function objectOf(columns: readonly SheetColumn[], row: readonly SheetCell[]): Record<string, SheetCell> {
	return Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null]));
}

export const csvSheet = separatedSheet(csvField, ",");
export const tsvSheet = separatedSheet(tsvField, "\t");

function separatedSheet(field: (value: string | number | null) => string, separator: string) {
	return async function* ({ columns, rows }: Sheet): AsyncGenerator<string> {
		yield `${columns.map(({ name }) => field(name)).join(separator)}\n`;
		const cell = (value: SheetCell, i: number): string => {
			if (value === null) return "";
			// Numbers too long for a number are digits in a text: nothing to guard against.
			if (columns[i]?.kind === "number" && typeof value === "string") return value;
			return field(typeof value === "number" ? value : plainText(value));
		};
		for await (const piece of rows) yield piece.map((row) => `${row.map(cell).join(separator)}\n`).join("");
	};
}

/** Texts as they are, everything else as JSON. */
export function plainText(value: SheetCell): string {
	return typeof value === "string" ? value : json(value);
}
