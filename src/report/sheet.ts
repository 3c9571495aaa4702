/**
 * A plain table as a report: what `query` and `prices` print. Rows come in pieces and leave in pieces, so that a
 * result of any size can be written; only what people read is held, and cut at a limit.
 */
import { usageError } from "../model/errors.ts";
import { csvSheet, jsonSheet, ndjsonSheet, tsvSheet } from "./sheet-machine.ts";
import { markdownSheet, terminalSheet } from "./sheet-text.ts";
import type { Style } from "./style.ts";

/** JSON values; objects and arrays are lists and structs of SQL. */
export type SheetCell = string | number | boolean | null | object;

export interface SheetColumn {
	name: string;
	/** Numbers stand right; times and texts left. */
	kind: "number" | "time" | "text";
	/** Shown in JSON beside the name. */
	type?: string;
	/** For programs only: people are shown the other columns. */
	detail?: true;
	/** What people read where the value is null. */
	missing?: string;
}

export interface Sheet {
	/** First keys of the JSON object, `schema` among them. */
	head: Record<string, unknown>;
	/** Lines above the table where people read it. */
	title: readonly string[];
	columns: readonly SheetColumn[];
	rows: AsyncIterable<readonly (readonly SheetCell[])[]> | readonly (readonly (readonly SheetCell[])[])[];
	/** Lines below the table where people read it. */
	notes: readonly string[];
	/** Called when people were not shown all rows. */
	onCut?: (shown: number) => void;
}

export type SheetFormat = (sheet: Sheet, style: Style) => AsyncGenerator<string>;

const sheetFormats: Record<string, SheetFormat> = {
	table: terminalSheet,
	json: jsonSheet,
	ndjson: ndjsonSheet,
	csv: csvSheet,
	tsv: tsvSheet,
	md: markdownSheet,
};

/** Throws a usage error for formats that show analyses only. */
export function sheetFormat(name: string): SheetFormat {
	const format = sheetFormats[name];
	if (format !== undefined) return format;
	throw usageError(
		`there is no ${name} of a plain table`,
		`Formats here: ${Object.keys(sheetFormats).join(", ")}.`,
	);
}
