/** What `export parquet DIR` and `export csv DIR` have in common: flags in, the story, one line per table out. */
import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import * as Flags from "@oclif/core/flags";
import type { ExportFormat } from "../export-writers.ts";
import { plural } from "../report/words.ts";
import { knowledgeFlags, outputFlags } from "./dataset-flags.ts";
import { startRun } from "./start.ts";

const args = {
	dir: Args.string({ required: true, ignoreStdin: true, description: "A folder that is new or empty." }),
};

const flags = {
	...knowledgeFlags,
	force: Flags.boolean({
		char: "f",
		description: "Replace an earlier export in DIR. Other files in it are left alone.",
	}),
	quiet: outputFlags.quiet,
};

export abstract class ExportCommand extends Command {
	static override args = args;
	static override baseFlags = flags;

	protected async write(format: ExportFormat): Promise<void> {
		const parsed = await this.parse({ args, flags: {}, baseFlags: flags });
		const { force, ...settings } = parsed.flags;
		const { configDir, cacheDir } = this.config;
		const stopping = "stopping the export";
		const run = await startRun({ sources: [], flags: settings, configDir, cacheDir, stopping });
		const { exportDataset } = await import("../export.ts");
		const folder = parsed.args.dir;
		const { tables, exitCode, notes } = await exportDataset(format, folder, force, run.options);
		const sizes = tables.map(({ view, rows }) => `${view.name} (${plural(rows, "row")})`);
		run.note(`${folder}: ${sizes.join(", ")}; README.md explains the columns`);
		for (const note of notes) run.note(note);
		process.exitCode = exitCode;
	}
}
