/** `chartcost rollouts [SOURCE…]`: which source ran which client version, from when to when. */
import { rolloutFormat } from "../report/rollouts.ts";
import { AnalysisCommand } from "./base.ts";
import { commonHelp } from "./flags.ts";

export default class Rollouts extends AnalysisCommand {
	static override summary = "Show which source ran which client version, from when to when.";
	static override description =
		`A roll-out is one version of a client that ends at a source while another begins, made by one principal. \
Sources that still ran the old version after the last one had switched are marked as left behind. Versions that run \
side by side, and different programs built with the same SDK, are no roll-out.
Without SOURCE it answers from the dataset of the last "analyze".
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> logs/ --clusters clusters.yaml",
		"<%= config.bin %> <%= command.id %> logs/ --format csv -o rollouts.csv",
	];

	async run(): Promise<void> {
		const { run } = await this.started();
		const render = rolloutFormat(run.formatName);
		const { rollouts } = await import("../rollouts.ts");
		const report = await rollouts(run.options);
		await run.print(render(report, run.style));
		for (const note of report.notes) run.note(note);
		process.exitCode = report.exitCode;
	}
}
