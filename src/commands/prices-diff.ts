/** `chartcost prices diff`: what a refresh or your own prices change, against the bundled snapshot. */
import { Command } from "@oclif/core/command";
import { sheetFormat } from "../report/sheet.ts";
import { commonHelp } from "./flags.ts";
import { bookSentence, checkRegion, priceNumber, priceOptions, pricesFlags } from "./prices-sheet.ts";
import { startRun } from "./start.ts";

export default class PricesDiff extends Command {
	static override summary = "Compare the prices in use with the bundled ones.";
	static override description =
		`Prints every price that "prices update" or --prices FILE changed, per request, GB \
or TB as in the price file. An empty price is unknown on that side.
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --prices my-prices.yaml --region us-east-1",
	];
	static override flags = pricesFlags;

	async run(): Promise<void> {
		const { flags } = await this.parse(PricesDiff);
		const { configDir, cacheDir } = this.config;
		const run = await startRun({ sources: [], flags, configDir, cacheDir, stopping: "stopping" });
		const render = sheetFormat(run.formatName);
		const { diffPrices } = await import("../prices.ts");
		const region = run.options.region;
		const { before, after, changes } = await diffPrices(priceOptions(run));
		checkRegion(region, { ...after, regions: [...new Set([...before.regions, ...after.regions])] });
		const rows = changes
			.filter((change) => region === undefined || change.region === region)
			.map((change) => [change.region, change.item, priceNumber(change.before), priceNumber(change.after)]);
		const sheet = {
			head: {
				schema: "chartcost/price-diff@1",
				region: region ?? null,
				before: { asOf: before.asOf, currency: before.currency },
				after: { asOf: after.asOf, fetchedAt: after.fetchedAt, currency: after.currency },
			},
			title: [`before: ${bookSentence(before)}`, `after:  ${bookSentence(after)}`, ...after.assumptions],
			columns: [
				{ name: "region", kind: "text" as const },
				{ name: "item", kind: "text" as const },
				{ name: "before", kind: "number" as const },
				{ name: "after", kind: "number" as const },
			],
			rows: [rows],
			notes: [],
		};
		await run.print(render(sheet, run.style));
		if (rows.length === 0) run.note("no price differs; chartcost prices update fetches today's");
	}
}
