/** A price book for people: rows for `prices show --region`, and the differences of two books for `prices diff`. */
import { type Confidence, type Figure, type PriceBook, requestRates } from "./book.ts";
import { lineName } from "./lines.ts";
import { decimalOf } from "./money.ts";

export interface PriceRow {
	/** The field of the book's file format: `requests.tier1`, `internetOut.0`, `natGb`. */
	item: string;
	/** What it is, in words. */
	name: string;
	unit: "1,000 requests" | "GB" | "TB";
	/** Decimal text in the book's currency per `unit`; `null` when unknown. */
	price: string | null;
	/** Title and date of the source; empty when there is none. */
	source: string;
	date: string;
	confidence: Confidence;
}

/** What each field is, in display order; the Regions of `interRegion` come after `default`. */
const names: Readonly<Record<string, string>> = {
	...Object.fromEntries(requestRates.map((rate) => [`requests.${rate}`, lineName(rate)])),
	"internetOut.0": lineName("internet"),
	"internetOut.1": "Data transfer out to the internet, next 40 TB / month",
	"internetOut.2": "Data transfer out to the internet, next 100 TB / month",
	"internetOut.3": "Data transfer out to the internet, over 150 TB / month",
	"interRegion.default": lineName("interRegion"),
	natGb: "Data processed by NAT gateways",
	endpointGb: "Data processed by VPC interface endpoints",
	accelerationGb: "Transfer Acceleration",
	athenaTb: "Athena, data scanned",
};

const unknownFigure: Figure = { pico: null, source: "", confidence: "unconfirmed" };

/** Every price of a Region, unknown ones included; `undefined` when the book does not have the Region. */
export function describeBook(book: PriceBook, region: string): PriceRow[] | undefined {
	const figures = figuresOf(book, region);
	if (figures === undefined) return undefined;
	const items = [...new Set([...Object.keys(names), ...figures.keys()])];
	return items.map((item) => {
		const figure = figures.get(item) ?? unknownFigure;
		const unit = item.startsWith("requests.") ? "1,000 requests" : item === "athenaTb" ? "TB" : "GB";
		const scale = unit === "1,000 requests" ? 1000n : 1n;
		const source = book.sources.get(figure.source);
		return {
			item,
			name: names[item] ?? `Data transfer to ${item.slice(item.indexOf(".") + 1)}`,
			unit,
			price: figure.pico === null ? null : decimalOf(figure.pico * scale),
			source: source?.title ?? figure.source,
			date: source?.date ?? "",
			confidence: figure.confidence,
		};
	});
}

export interface PriceChange {
	region: string;
	item: string;
	/** Per request, GB or TB, as in the file format; `null` when unknown on that side. */
	before: string | null;
	after: string | null;
}

/** All figures that differ, by Region and item. A new or vanished Region differs in each figure it has. */
export function diffBooks(before: PriceBook, after: PriceBook): PriceChange[] {
	const regions = [...new Set([...before.regions.keys(), ...after.regions.keys()])].sort();
	return regions.flatMap((region) => {
		const old = figuresOf(before, region) ?? new Map<string, Figure>();
		const now = figuresOf(after, region) ?? new Map<string, Figure>();
		const items = [...new Set([...old.keys(), ...now.keys()])];
		return items.flatMap((item) => {
			const change = { region, item, before: textOf(old.get(item)), after: textOf(now.get(item)) };
			return change.before === change.after ? [] : [change];
		});
	});
}

function figuresOf(book: PriceBook, region: string): Map<string, Figure> | undefined {
	const prices = book.regions.get(region);
	if (prices === undefined) return undefined;
	return new Map([
		...[...prices.requests].map(([rate, figure]) => [`requests.${rate}`, figure] as const),
		...prices.internetOut.map((figure, tier) => [`internetOut.${tier}`, figure] as const),
		...[...prices.interRegion].map(([to, figure]) => [`interRegion.${to}`, figure] as const),
		...prices.single,
	]);
}

function textOf(figure: Figure | undefined): string | null {
	return figure === undefined || figure.pico === null ? null : decimalOf(figure.pico);
}
