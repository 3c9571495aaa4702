/** `chartcost prices show [--region R]`: the prices in use, where they are from and how sure they are. */
import { Command } from "@oclif/core/command";
import type { PriceRow, RegionRow } from "../prices.ts";
import { type Sheet, sheetFormat } from "../report/sheet.ts";
import { commonHelp } from "./flags.ts";
import { bookSentence, checkRegion, isOld, priceNumber, priceOptions, pricesFlags } from "./prices-sheet.ts";
import { startRun } from "./start.ts";

/** Which prices a refresh can bring; the others come from --prices alone. */
const refreshed = /^(?:requests\.tier[12]|internetOut|interRegion)(?:\.|$)/;

const remedy = (item: string): string =>
	`unknown: ${refreshed.test(item) ? "chartcost prices update, or " : ""}give ${item} in --prices FILE`;

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
		const about = bookSentence(book);
		const sheet: Sheet = {
			head: { schema: "chartcost/prices@1", ...bookHead, region: region ?? null },
			title: [region === undefined ? about : `${about}; ${region}`, ...book.assumptions],
			...(rows === undefined ? overviewTable(overview) : regionTable(rows)),
		};
		await run.print(render(sheet, run.style));
		if (isOld(book)) run.note("these prices are old: chartcost prices update fetches today's");
	}
}

type Table = Pick<Sheet, "columns" | "rows" | "notes">;

function overviewTable(overview: readonly RegionRow[]): Table {
	const price = (name: string) => ({ name, kind: "number", missing: "unknown" }) as const;
	return {
		columns: [
			{ name: "region", kind: "text" },
			{ name: "name", kind: "text" },
			price("put_per_1000"),
			price("get_per_1000"),
			price("internet_per_gb"),
		],
		rows: [
			overview.map(({ region, name, tier1, tier2, internet }) => [
				region,
				name,
				...[tier1, tier2, internet].map(priceNumber),
			]),
		],
		notes: ["Every price of a Region, with its source: chartcost prices show --region us-east-1"],
	};
}

function regionTable(rows: readonly PriceRow[]): Table {
	const sources = new Set(
		rows.flatMap(({ source, date }) => (source === "" ? [] : [`  ${date || "no date"}: ${source}`])),
	);
	return {
		columns: [
			{ name: "item", kind: "text", detail: true },
			{ name: "name", kind: "text" },
			{ name: "unit", kind: "text" },
			{ name: "price", kind: "number", missing: "unknown" },
			{ name: "confidence", kind: "text" },
			{ name: "date", kind: "text" },
			{ name: "source", kind: "text", detail: true },
			{ name: "note", kind: "text", detail: true },
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
				price === null ? remedy(item) : "",
			]),
		],
		notes: [
			"Sources:",
			...sources,
			...rows.flatMap(({ item, price }) => (price === null ? [remedy(item)] : [])),
		],
	};
}
