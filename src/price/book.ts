/**
 * A price book: what one request or one GB costs, per Region, with where the figure comes from.
 * Unknown is a state of a figure (`pico: null`), never zero. Books come from books/bundled.json, from
 * `prices update` and from --prices FILE; book-file.ts reads all three.
 */

/** Prices of requests that the access log can tell apart, for objects in S3 Standard where it matters. */
export const requestRates = [
	"tier1",
	"tier2",
	"restoreStandard",
	"toGlacier",
	"toDeepArchive",
	"toGlacierIr",
	"toIntelligentTiering",
	"toStandardIa",
	"toOneZoneIa",
] as const;
export type RequestRate = (typeof requestRates)[number];

/** Single prices of a Region. `…Gb` is per GB of 2^30 bytes, `athenaTb` per TB scanned. */
export const singleRates = ["natGb", "endpointGb", "accelerationGb", "athenaTb"] as const;
export type SingleRate = (typeof singleRates)[number];

/**
 * verified: quoted from an official price feed. secondary: from a bill, documentation or an article.
 * weak: indirect evidence only. override: from --prices FILE. unconfirmed: there is no figure.
 */
export const confidences = ["verified", "secondary", "weak", "override", "unconfirmed"] as const;
export type Confidence = (typeof confidences)[number];

export interface Figure {
	/** Pico-units (10^-12) of the book's currency per request, per GB or per TB; `null` when unknown. */
	pico: bigint | null;
	/** A key of `PriceBook.sources`. */
	source: string;
	confidence: Confidence;
}

export interface RegionPrices {
	/** As AWS's price pages call the Region: "EU (Frankfurt)". */
	name: string | undefined;
	/** Of usage types. us-east-1 has none on S3 lines and `USE1` elsewhere; some Regions have two. */
	usageTypePrefixes: readonly string[];
	requests: ReadonlyMap<RequestRate, Figure>;
	/** First 10 TB a month, next 40, next 100, over 150; may be shorter than the real schedule. */
	internetOut: readonly Figure[];
	/** By destination Region; the key `default` stands for all others. */
	interRegion: ReadonlyMap<string, Figure>;
	single: ReadonlyMap<SingleRate, Figure>;
}

export interface PriceBook {
	/** ISO 4217. */
	currency: string;
	/** The day the request prices were published, ISO 8601. */
	asOf: string;
	/** When this machine fetched them; `undefined` for the bundled snapshot. */
	fetchedAt: string | undefined;
	/** Where each figure comes from, and the date of that source. */
	sources: ReadonlyMap<string, { title: string; date: string }>;
	regions: ReadonlyMap<string, RegionPrices>;
	/** What a reader must know about this book, such as a discount. */
	assumptions: readonly string[];
}

const unknownFigure: Figure = { pico: null, source: "", confidence: "unconfirmed" };

export function requestPrice(book: PriceBook, region: string, rate: RequestRate): Figure {
	return book.regions.get(region)?.requests.get(rate) ?? unknownFigure;
}

/** Price of the first 10 TB a month. */
export function internetPrice(book: PriceBook, region: string): Figure {
	return book.regions.get(region)?.internetOut[0] ?? unknownFigure;
}

export function interRegionPrice(book: PriceBook, from: string, to: string): Figure {
	const prices = book.regions.get(from)?.interRegion;
	return prices?.get(to) ?? prices?.get("default") ?? unknownFigure;
}

export function singlePrice(book: PriceBook, region: string, rate: SingleRate): Figure {
	return book.regions.get(region)?.single.get(rate) ?? unknownFigure;
}

/** The Region's part of a usage type such as `USE1-EU-AWS-Out-Bytes`; the code itself when unknown. */
export function usageTypePrefix(book: PriceBook, region: string): string {
	return book.regions.get(region)?.usageTypePrefixes.find((prefix) => prefix !== "") ?? region;
}
