/** `chartcost query "SQL"`: SQL over the dataset, by DuckDB. Without SQL: the tables and columns there are. */
import { readFileSync } from "node:fs";
import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import { usageError } from "../model/errors.ts";
import { sheetFormat } from "../report/sheet.ts";
import { knowledgeFlags, outputFlags } from "./dataset-flags.ts";
import { commonHelp } from "./flags.ts";
import { startRun } from "./start.ts";

const args = {
	sql: Args.string({
		ignoreStdin: true,
		description: "One or more statements that read; the last one is printed. - reads them from stdin.",
	}),
};

export default class Query extends Command {
	static override summary = "Ask the dataset in SQL.";
	static override description =
		`Runs SQL over the dataset of the last "analyze", with DuckDB in memory; the dataset \
itself is only read. Tables: requests (per minute), requests_by_key (per hour and key), files, flows, and the \
dataset's own raw_minutes, raw_hours, raw_flows, raw_keys and raw_files. Without SQL, all columns are listed.

Rows are additive: ask with sum() and GROUP BY. cost_usd is a double; the exact money, to the nano-dollar, is what \
"attribute" prints. Times are UTC. Tables and Markdown show at most 1,000 rows, all other formats every row.

Needs the optional dependency @duckdb/node-api; without it, use "export parquet" and any tool that reads Parquet.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		`<%= config.bin %> <%= command.id %> "SELECT client, sum(requests) AS requests, sum(cost_usd) AS cost FROM requests GROUP BY client ORDER BY cost DESC"`,
		`<%= config.bin %> <%= command.id %> "SELECT chart, count(DISTINCT source_ip) AS callers FROM requests_by_key GROUP BY chart" --format csv`,
		`<%= config.bin %> <%= command.id %> "SELECT date_trunc('day', time) AS day, sum(bytes_sent) AS bytes FROM requests GROUP BY day ORDER BY day" -o days.json`,
		`<%= config.bin %> <%= command.id %> - < question.sql`,
	];
	static override args = args;
	static override flags = { ...knowledgeFlags, ...outputFlags };

	async run(): Promise<void> {
		const { args: given, flags } = await this.parse(Query);
		const { configDir, cacheDir } = this.config;
		const run = await startRun({ sources: [], flags, configDir, cacheDir, stopping: "stopping the query" });
		const render = sheetFormat(run.formatName);
		const { describeTables, query } = await import("../query.ts");
		const head = { schema: "chartcost/query@1" };
		if (given.sql === undefined) {
			const tables = describeTables().map(({ table, column, type, means }) => [table, column, type, means]);
			const columns = ["table", "column", "type", "means"].map((name) => ({ name, kind: "text" as const }));
			const sheet = { head, title: [], columns, rows: [tables], notes: [] };
			await run.print(render(sheet, run.style));
			return;
		}
		const sql = given.sql === "-" ? readFileSync(0, "utf8") : given.sql;
		if (sql.trim() === "") throw usageError("the SQL is empty", "Without SQL, query lists the tables.");
		const answer = await query(sql, run.options);
		try {
			const onCut = (shown: number) =>
				run.note(`the first ${shown} rows are shown; add LIMIT, or take all with --format csv`);
			const { columns, rows } = answer;
			await run.print(render({ head, title: [], columns, rows, notes: [], onCut }, run.style));
		} finally {
			answer.close();
		}
		for (const note of answer.notes) run.note(note);
		process.exitCode = answer.exitCode;
	}
}
