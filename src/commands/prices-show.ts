/** `chartcost prices show [--region R]`: the prices in use, where they are from and how sure they are. */
import { Command } from "@oclif/core";
import { type Sheet, sheetFormat } from "../report/sheet.ts";
import { commonHelp } from "./flags.ts";
import { bookSentence, checkRegion, priceNumber, priceOptions, pricesFlags } from "./prices-sheet.ts";
import { startRun } from "./start.ts";

const unknownNote = "unknown: chartcost prices update, or give it in --prices FILE";

export default class PricesShow extends Command {
	static override summary = "Show the prices in use, with source, date and confidence.";
	static override description =
		`Without --region: the main prices of every Region. With it: every price of that \
Region. Confidence: verified (an official price feed), secondary (a bill, documentation or an article), weak, \
override (--prices), unconfirmed (no figure is known).
${commonHelp}`;
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --region eu-west-1",
		"<%= config.bin %> <%= command.id %> --region us-east-1 --json",
	];
	static override flags = pricesFlags;

	async run(): Promise<void> {
		const { flags } = await this.parse(PricesShow);
		const { configDir, cacheDir } = this.config;
		const run = await startRun({ sources: [], flags, configDir, cacheDir, stopping: "stopping" });
		const render = sheetFormat(run.formatName);
		const { showPrices } = await import("../prices.ts");
		const region = run.options.region;
		const { book, overview, rows } = await showPrices(priceOptions(run), region);
		checkRegion(region, book);
		const { regions: _, ...bookHead } = book;
		const common = {
			head: { schema: "chartcost/prices@1", ...bookHead, region: region ?? null },
			title: [`${bookSentence(book)}${region === undefined ? "" : `; ${region}`}`, ...book.assumptions],
		};
		const sheet: Sheet =
			rows === undefined
				? {
						...common,
						columns: [
							{ name: "region", kind: "text" },
							{ name: "name", kind: "text" },
							{ name: "PUT or LIST / 1,000", kind: "number" },
							{ name: "GET / 1,000", kind: "number" },
							{ name: "internet / GB", kind: "number" },
						],
						rows: [
							overview.map(({ region: code, name, tier1, tier2, internet }) => [
								code,
								name,
								priceNumber(tier1),
								priceNumber(tier2),
								priceNumber(internet),
							]),
						],
						notes: [
							"An empty price is unknown. Every price of a Region: chartcost prices show --region us-east-1",
						],
					}
				: {
						...common,
						columns: [
							...["item", "name", "unit"].map((name) => ({ name, kind: "text" as const })),
							{ name: "price", kind: "number" },
							...["confidence", "date", "source", "note"].map((name) => ({ name, kind: "text" as const })),
						],
						rows: [
							rows.map(({ item, name, unit, price, confidence, date, source }) => [
								item,
								name,
								unit,
								priceNumber(price),
								confidence,
								date,
								source,
								price === null ? unknownNote : "",
							]),
						],
						notes: [],
					};
		await run.print(render(sheet, run.style));
	}
}
