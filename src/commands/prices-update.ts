/** `chartcost prices update`: today's prices and AWS's IP ranges into the cache folder. No credentials. */
import { Command } from "@oclif/core/command";
import * as Flags from "@oclif/core/flags";
import { ExitCode } from "../model/errors.ts";
import { count, visible } from "../report/words.ts";
import { outputFlags } from "./dataset-flags.ts";
import { commonHelp } from "./flags.ts";
import { startRun } from "./start.ts";

export default class PricesUpdate extends Command {
	static override summary = "Fetch today's prices and AWS's IP ranges.";
	static override description =
		`Fetches AWS's public price files and ip-ranges.json into your cache folder; later \
runs use them. No credentials are needed or sent. Honours https_proxy, http_proxy and no_proxy. What cannot be \
fetched stays as it was, and the exit code is 1. Transfer prices are some 1.5 MB per Region: --region fetches those \
of some only. NAT gateway, endpoint and Athena prices are kept from the book in use.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --region us-east-1 --region eu-west-1",
	];
	static override flags = {
		region: Flags.string({
			helpValue: "REGION",
			multiple: true,
			multipleNonGreedy: true,
			description: "Transfer prices of this Region only. Repeatable. [default: all]",
		}),
		quiet: outputFlags.quiet,
	};

	async run(): Promise<void> {
		const { flags } = await this.parse(PricesUpdate);
		const { configDir, cacheDir } = this.config;
		const { quiet } = flags;
		const run = await startRun({ sources: [], flags: { quiet }, configDir, cacheDir, stopping: "stopping" });
		const { updatePrices } = await import("../prices.ts");
		const { prices, ranges, failures } = await updatePrices({
			cacheDir,
			now: run.options.now,
			regions: flags.region ?? [],
			proxy: proxyOf(process.env),
			signal: run.options.signal,
			onProgress: (message) => run.note(`fetching ${message}`),
		});
		if (ranges !== undefined) run.note(`${count(ranges.prefixes)} IP ranges saved in ${ranges.file}`);
		if (prices !== undefined) {
			run.note(`prices of ${prices.book.asOf} saved in ${prices.file}; compare with: chartcost prices diff`);
			for (const note of prices.notes) run.note(note);
		}
		for (const { message } of failures) process.stderr.write(`chartcost: not fetched: ${visible(message)}\n`);
		process.exitCode = failures.length > 0 ? ExitCode.failed : ExitCode.done;
	}
}

/** Lower case wins, as in curl. */
function proxyOf(environment: Readonly<Record<string, string | undefined>>) {
	const value = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined;
	return { httpsProxy: value("https_proxy"), httpProxy: value("http_proxy"), noProxy: value("no_proxy") };
}
