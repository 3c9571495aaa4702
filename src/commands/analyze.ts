/** `chartcost analyze [SOURCE…]`: who spends the money, and what to do about it, on one screen; keeps the dataset for later questions. */
import type { InputProblem } from "../model/analysis.ts";
import { ExitCode } from "../model/errors.ts";
import { plural } from "../report/words.ts";
import { AnalysisCommand } from "./base.ts";
import { commonHelp } from "./flags.ts";

export default class Analyze extends AnalysisCommand {
	static override summary = "Read S3 server access logs and say who spends the money.";
	static override description =
		`Reads the logs, prices every request, and says what is wrong and what to do about it, prints the \
bill, who and what causes it, and when. \
Keeps what it learnt in the dataset (./.chartcost), so that "attribute" can answer at once.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %> logs/",
		"<%= config.bin %> <%= command.id %> 'logs/2026-10-1*' --from 2026-10-12 --to 2026-10-15",
		"<%= config.bin %> <%= command.id %> - --json < access.log.gz",
		"<%= config.bin %> <%= command.id %> logs/ --clusters clusters.yaml --report report.html",
	];

	async run(): Promise<void> {
		const { run } = await this.started();
		const { analyze } = await import("../analyze.ts");
		const { analysis, exitCode, save } = await analyze(run.options);
		// The answer first: what goes wrong with saving must not cost it.
		try {
			await run.print(run.format.analysis(analysis, run.style));
			await run.printPage((format) => format.analysis(analysis, run.style));
		} finally {
			const saved = await save();
			if (saved !== undefined) run.note(saved);
		}
		if (exitCode === ExitCode.incomplete) run.note(incompleteNote(analysis.input.problems));
		process.exitCode = exitCode;
	}
}

/** Machine formats are not read by the person who sees the exit code: stderr names the first file. */
function incompleteNote(problems: readonly InputProblem[]): string {
	const [first, ...others] = problems.filter(({ problem }) => problem !== "duplicate");
	if (first === undefined) return "data incomplete; the report says what is missing";
	const more = others.length === 0 ? "" : `, and ${plural(others.length, "more file")}`;
	const detail = first.detail === "" ? "" : ` (${first.detail})`;
	return `data incomplete: ${first.file}: ${first.problem}${detail}${more}; the figures cover the rest`;
}
