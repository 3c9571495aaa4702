/** `chartcost attribute [SOURCE…] --by DIM[,DIM…]`: the cost table by any dimensions. */
import * as Flags from "@oclif/core/flags";
import { dimensionNames } from "../model/dimensions.ts";
import { usageError } from "../model/errors.ts";
import { AnalysisCommand } from "./base.ts";
import { parseBy, parseWhere } from "./dimensions.ts";
import { commonHelp } from "./flags.ts";

export default class Attribute extends AnalysisCommand {
	static override summary = "Attribute requests and cost to users, clients, addresses, keys, hours …";
	static override description = `Prints one row per combination of the dimensions, the most expensive first.
Without SOURCE it answers from the dataset of the last "analyze".

Dimensions: ${dimensionNames.join(", ")}.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %> --by user-agent",
		"<%= config.bin %> <%= command.id %> logs/ --by source-ip,client --where iam-user=user/chartmuseum",
		"<%= config.bin %> <%= command.id %> --by key --where operation=REST.GET.OBJECT --where 'key~\\.tgz$' --top 50",
		"<%= config.bin %> <%= command.id %> --by day,iam-user --format csv -o days.csv",
	];
	static override flags = {
		by: Flags.string({
			helpValue: "DIM[,DIM…]",
			multiple: true,
			multipleNonGreedy: true,
			description: "What to group by.",
		}),
		where: Flags.string({
			helpValue: "CONDITION",
			multiple: true,
			multipleNonGreedy: true,
			description: "Only requests with DIM=VALUE, DIM!=VALUE or DIM~REGEX. Repeatable; all must hold.",
		}),
	};

	async run(): Promise<void> {
		const { run, flags } = await this.started();
		const by = flags["by"] as string[] | undefined;
		if (by === undefined)
			throw usageError("--by is missing", "Say what to group by: --by user-agent,source-ip");
		const where = parseWhere((flags["where"] as string[] | undefined) ?? []);
		const { attribute } = await import("../attribute.ts");
		const attribution = await attribute({ ...run.options, by: parseBy(by), where });
		await run.print(run.format.attribution(attribution, run.style));
		await run.printPage((format) => format.attribution(attribution, run.style));
		for (const note of attribution.notes) run.note(note);
		process.exitCode = attribution.exitCode;
	}
}
