/** `chartcost export parquet DIR`: the dataset as Parquet that DuckDB, pandas and Athena open. */
import { ExportCommand } from "./export-command.ts";
import { commonHelp } from "./flags.ts";

export default class ExportParquet extends ExportCommand {
	static override summary = "Write the dataset as Parquet for DuckDB, pandas, Athena …";
	static override description =
		`Writes requests (per minute), requests_by_key (per hour and key) and files, one \
folder each, with all names, prices and costs in the rows, and a README.md that explains the columns. Needs no \
DuckDB. cost_usd is a double; the exact money is what "attribute" prints.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %> out/",
		"<%= config.bin %> <%= command.id %> out/ --force --clusters clusters.yaml",
	];

	async run(): Promise<void> {
		await this.write("parquet");
	}
}
