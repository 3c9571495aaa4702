/** `chartcost export csv DIR`: the dataset as CSV files for spreadsheets and everything else. */
import { ExportCommand } from "./export-command.ts";
import { commonHelp } from "./flags.ts";

export default class ExportCsv extends ExportCommand {
	static override summary = "Write the dataset as CSV files.";
	static override description =
		`Writes requests.csv (per minute), requests_by_key.csv (per hour and key) and \
files.csv, with all names, prices and costs in the rows, and a README.md that explains the columns. Texts that a \
spreadsheet would run as a formula get a leading apostrophe; "export parquet" has the exact texts.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %> out/",
		"<%= config.bin %> <%= command.id %> out/ --force --region eu-west-1",
	];

	async run(): Promise<void> {
		await this.write("csv");
	}
}
