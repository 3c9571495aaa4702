/** `chartcost compare [SOURCE…] --before A..B --after C..D`: what makes the difference between two windows. */
import * as Flags from "@oclif/core/flags";
import type { CompareOptions } from "../model/comparison.ts";
import { type ChartcostError, usageError } from "../model/errors.ts";
import { parseRange, type TimeRange } from "../model/time.ts";
import { comparisonFormat } from "../report/comparison.ts";
import { AnalysisCommand } from "./base.ts";
import { commonHelp } from "./flags.ts";

export default class Compare extends AnalysisCommand {
	static override summary = "Explain a change: which requests came and went, and what that costs.";
	static override description =
		`Compares the rates of two windows of any length and names the smallest combinations of user, client, source, \
operation … that carry the difference: what goes with it, what goes against it, and the rest. The change of cost is \
split into volume (more or fewer requests) and mix (other kinds of requests); the parts add up.
Without windows it takes the strongest change in the logs and says which.
Without SOURCE it answers from the dataset of the last "analyze".
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --before 2026-10-12..2026-10-13 --after 2026-10-14..2026-10-15",
		"<%= config.bin %> <%= command.id %> --before 2026-09 --after=-3d..now",
		"<%= config.bin %> <%= command.id %> logs/ --json",
	];
	static override flags = {
		before: Flags.string({
			helpValue: "A..B",
			description: "The window to compare with: two times as after --from, or a whole day or month.",
		}),
		after: Flags.string({ helpValue: "C..D", description: "The window to explain. Takes the same forms." }),
	};

	async run(): Promise<void> {
		const { run, flags } = await this.started();
		const render = comparisonFormat(run.formatName);
		const windows = windowsOf(flags["before"], flags["after"], run.options.now);
		const { compare } = await import("../compare.ts");
		const comparison = await compare({ ...run.options, windows });
		await run.print(render(comparison, run.style));
		for (const note of comparison.notes) run.note(note);
		process.exitCode = comparison.exitCode;
	}
}

function windowsOf(before: unknown, after: unknown, now: number): CompareOptions["windows"] {
	if (before === undefined && after === undefined) return undefined;
	if (before === undefined || after === undefined) {
		const [given, missing] = before === undefined ? ["--after", "--before"] : ["--before", "--after"];
		throw usageError(
			`${given} needs ${missing}`,
			"Name both windows, or none to take the strongest change: --before 2026-10-12..2026-10-13 --after 2026-10-14",
		);
	}
	return { before: windowOf("--before", before, now), after: windowOf("--after", after, now) };
}

function windowOf(flag: string, text: unknown, now: number): TimeRange {
	try {
		return parseRange(String(text), now);
	} catch (error) {
		const { message, hint } = error as ChartcostError;
		throw usageError(`${flag}: ${message}`, hint);
	}
}
