/** The README.md of an export: what the tables are, at which prices, and how other tools open them. */

import { type ExportFormat, tablePath } from "./export-writers.ts";
import type { KnownFlows } from "./known-flows.ts";
import { isoTime } from "./model/units.ts";
import { visible } from "./report/words.ts";
import type { View, ViewColumn } from "./views.ts";

const athenaTypes: Record<ViewColumn["type"], string> = {
	timestamp: "timestamp",
	text: "string",
	bigint: "bigint",
	double: "double",
	boolean: "boolean",
};

export function exportReadme(
	known: KnownFlows,
	format: ExportFormat,
	tables: readonly { view: View; rows: number }[],
	now: number,
): string {
	const { prices, content, notes } = known;
	const sources = content.manifest.collection.typedSources.map((source) => visible(source)).join(", ");
	const lines = [
		"# S3 access logs, exported by chartcost",
		"",
		`Written ${isoTime(now)} from the dataset of: ${sources}`,
		"",
		`Prices: ${prices.region}, as of ${prices.asOf}, in ${prices.currency}. Columns named cost_usd hold amounts in ${prices.currency}, as doubles.`,
		"",
		...[...prices.assumptions, ...notes].map((sentence) => `- ${visible(sentence)}`),
		"",
		"All times are UTC. Rows are additive: the same minute and caller may stand in several rows, so add them up.",
		...(format === "csv"
			? [
					"",
					"Texts that begin with `=`, `+`, `-` or `@` carry a leading apostrophe, against spreadsheet formulas; control characters are shown as escapes. The Parquet export has the exact texts.",
				]
			: []),
		...tables.flatMap(({ view, rows }) => tableLines(view, format, rows)),
		...(format === "parquet" ? openingLines(tables.map(({ view }) => view)) : []),
	];
	return `${lines.join("\n")}\n`;
}

function tableLines(view: View, format: ExportFormat, rows: number): string[] {
	return [
		"",
		`## ${view.name}: ${view.means}`,
		"",
		`\`${tablePath[format](view)}\`, ${rows} rows`,
		"",
		"| column | type | meaning |",
		"| :-- | :-- | :-- |",
		...view.columns.map(({ name, type, means }) => `| ${name} | ${type} | ${means} |`),
	];
}

function openingLines(views: readonly View[]): string[] {
	return [
		"",
		"## Opening it",
		"",
		"DuckDB: `SELECT client, sum(cost_usd) FROM 'requests/*.parquet' GROUP BY client`",
		"",
		'pandas: `pandas.read_parquet("requests")`',
		"",
		"Athena, after copying this folder to `s3://BUCKET/PREFIX/`:",
		...views.flatMap((view) => [
			"",
			"```sql",
			`CREATE EXTERNAL TABLE ${view.name} (`,
			view.columns.map(({ name, type }) => `  \`${name}\` ${athenaTypes[type]}`).join(",\n"),
			`) STORED AS PARQUET LOCATION 's3://BUCKET/PREFIX/${view.name}/';`,
			"```",
		]),
	];
}
