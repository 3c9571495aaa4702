/**
 * CSV (RFC 4180, but with the bare line feeds that awk and sort expect) and TSV: a header line, then one line per row.
 * Both guard against spreadsheet formulas and show control characters as escapes; JSON has the exact bytes.
 * The rest below the top rows is the last line, `(other)`, so that a column adds up to the total.
 */
import type { Analysis, Attribution, Breakdown } from "../model/analysis.ts";
import type { Dimension } from "../model/dimensions.ts";
import type { Format } from "./format.ts";
import { type FlatRow, figureNames, flatOther, flatRow } from "./rows.ts";
import { csvField, tsvField } from "./words.ts";

type Cell = string | number | null;

interface Separated {
	field(value: Cell): string;
	separator: string;
}

const figuresOf = (row: FlatRow): Cell[] => figureNames.map((name) => row[name] ?? null);

function* attributionTable({ by, breakdown }: Attribution): Generator<Cell[]> {
	yield [...by, ...figureNames];
	for (const row of breakdown.rows) {
		const flat = flatRow(row, by);
		yield [...by.map((name) => flat[name] ?? null), ...figuresOf(flat)];
	}
	const other = flatOther(breakdown.other);
	if (other !== null) yield [...by.map((_, index) => (index === 0 ? "(other)" : null)), ...figuresOf(other)];
}

/** All breakdowns in one table: which one, the group's values in its first columns, the figures. */
function* analysisTable({ breakdowns }: Analysis): Generator<Cell[]> {
	const width = Math.max(1, ...breakdowns.map(({ by }) => by.length));
	const names = Array.from({ length: width }, (_, index) => (index === 0 ? "name" : `name${index + 1}`));
	const padded = (values: Cell[]): Cell[] => names.map((_, index) => values[index] ?? null);
	yield ["breakdown", ...names, ...figureNames];
	for (const breakdown of breakdowns) {
		const label = breakdown.by.join(",");
		for (const row of breakdown.rows) {
			const values = breakdown.by.map((name: Dimension) => row.group[name] ?? null);
			yield [label, ...padded(values), ...figuresOf(flatRow(row))];
		}
		yield* otherLine(label, breakdown, padded);
	}
}

function* otherLine(label: string, { other }: Breakdown, padded: (v: Cell[]) => Cell[]): Generator<Cell[]> {
	const flat = flatOther(other);
	if (flat !== null) yield [label, ...padded(["(other)"]), ...figuresOf(flat)];
}

function separated({ field, separator }: Separated): Format {
	const text = (table: Iterable<Cell[]>): string => {
		let lines = "";
		for (const cells of table) lines += `${cells.map(field).join(separator)}\n`;
		return lines;
	};
	return {
		analysis: (analysis) => text(analysisTable(analysis)),
		attribution: (attribution) => text(attributionTable(attribution)),
	};
}

export const csv: Format = separated({ field: csvField, separator: "," });
export const tsv: Format = separated({ field: tsvField, separator: "\t" });
