/**
 * The flags that every analysis command shares, as `--help` shows them.
 * All are read as text: settings.ts checks flags, environment and files with the same code.
 */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export const sourceArgs = {
	source: Args.string({
		multiple: true,
		ignoreStdin: true,
		description:
			"Log files, folders (searched to the bottom), globs, or - for stdin. gzip and zstd are recognised.",
	}),
};

export const commonFlags = {
	from: Flags.string({
		helpValue: "TIME",
		description: "First moment, inclusive: 2026-10-12, 2026-10-12T15:42Z, yesterday, -3d, -36h. UTC.",
	}),
	to: Flags.string({ helpValue: "TIME", description: "End, exclusive. Takes the same forms." }),
	bucket: Flags.string({ helpValue: "NAME", description: "Only requests to this bucket." }),
	region: Flags.string({
		helpValue: "REGION",
		description: "Region of the logged bucket. Without it: from the host header or the log's path.",
	}),
	clusters: Flags.string({
		helpValue: "FILE",
		description: "Map from IP or CIDR to cluster name: yaml, json or csv.",
	}),
	prices: Flags.string({
		helpValue: "FILE",
		description: "Your own prices over the bundled ones: yaml or json.",
	}),
	"ip-ranges": Flags.string({ helpValue: "FILE", description: "A copy of AWS's ip-ranges.json." }),
	"own-account": Flags.string({
		helpValue: "ID",
		multiple: true,
		multipleNonGreedy: true,
		description: "An AWS account of yours; denied requests of others are free. Repeatable.",
	}),
	dataset: Flags.string({
		helpValue: "DIR",
		description: "Where the dataset is kept and looked for. [default: ./.chartcost]",
	}),
	save: Flags.boolean({ allowNo: true, description: "Keep the dataset for later questions. [default: yes]" }),
	top: Flags.string({
		helpValue: "N",
		description: "Rows per table. [default: what fits a screen; 1000 in machine formats]",
	}),
	threads: Flags.string({ helpValue: "N", description: "Scanner threads. [default: one per core]" }),
	format: Flags.string({
		helpValue: "NAME",
		helpGroup: "OUTPUT",
		description:
			"table, json, ndjson, csv, tsv, md or html. [default: from the ending of -o FILE, else table]",
	}),
	json: Flags.boolean({
		helpGroup: "OUTPUT",
		exclusive: ["format"],
		description: "Short for --format json.",
	}),
	output: Flags.string({
		char: "o",
		helpValue: "FILE",
		helpGroup: "OUTPUT",
		description: "Write the report to FILE instead of stdout.",
	}),
	report: Flags.string({
		helpValue: "FILE.html",
		helpGroup: "OUTPUT",
		description: "Also write a page with pictures to FILE, whole in itself, next to any other output.",
	}),
	quiet: Flags.boolean({
		char: "q",
		helpGroup: "OUTPUT",
		description: "No progress and no notes on stderr; errors are still said.",
	}),
};

/** The end of every command's help text. */
export const commonHelp = `
Every flag can also be set as CHARTCOST_NAME in the environment, in ./chartcost.yaml, or in chartcost.yaml in your \
config folder (~/.config/chartcost); the first place that sets it wins.

Exit codes: 0 done, 1 failed, 2 wrong usage, 4 data incomplete (some input could not be read; the report covers \
the rest), 5 no permission, 130 interrupted.`;
