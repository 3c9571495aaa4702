/**
 * AWS's public price files as typed data: the feed behind the S3 price page (requests), the AWSDataTransfer
 * offer of the bulk API (transfer) and the list of Region names. Text in, figures out, or an error.
 * Rule of all three: an empty or odd answer is a failed look-up, never a price. Shapes follow
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html and,
 * for the undocumented feed, two public programs that read it; none was tried against AWS itself.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { Figure, RequestRate } from "./book.ts";
import { parsePico } from "./money.ts";

type Json = Record<string, unknown>;

/** Names of the feed's rows; key sets differ by Region, so they are looked up by name only. */
const feedRows = {
	tier1: "PUT COPY/POST or LIST requests per Requests",
	tier2: "GET and all other requests per Requests",
} as const;

/** 0.01 to 100 USD per million requests: far outside of it, a unit has changed. */
const saneRequestPico = { lowest: 10_000n, highest: 100_000_000n };
/** At most 2 USD per GB, for the same reason. */
const highestGbPico = 2_000_000_000_000n;

/** Region display name, such as "EU (Frankfurt)", to code. */
export function readLocations(text: string, url: string): Map<string, string> {
	const rows = Object.entries(jsonObject(text, url)).flatMap(([name, entry]) => {
		const { code, type } = asObject(entry);
		return type === "AWS Region" && typeof code === "string" ? [[name, code] as const] : [];
	});
	if (rows.length === 0) throw odd(url, "names no Region");
	return new Map(rows);
}

export interface RequestFeed {
	/** ISO 8601, when AWS published the feed. */
	publishedAt: string;
	/** By Region display name. */
	regions: Map<string, Map<RequestRate, Figure>>;
	/** Names of Regions without both rows; AWS lists some that have no S3 of their own. */
	incomplete: string[];
}

/** Request prices of S3 Standard in all Regions. */
export function readRequestFeed(text: string, url: string, source: string): RequestFeed {
	const root = jsonObject(text, url);
	const { hawkFilePublicationDate: publishedAt, currencyCode } = asObject(root["manifest"]);
	if (typeof publishedAt !== "string" || !/^\d{4}-\d\d-\d\d/.test(publishedAt))
		throw odd(url, "has no publication date");
	if (currencyCode !== "USD") throw odd(url, "is not in USD");
	const regions: RequestFeed["regions"] = new Map();
	const incomplete: string[] = [];
	for (const [name, rows] of Object.entries(asObject(root["regions"]))) {
		const [row1, row2] = [feedRows.tier1, feedRows.tier2].map((row) => asObject(rows)[row]);
		if (row1 === undefined || row2 === undefined) incomplete.push(name);
		else
			regions.set(name, sanePair(row1, row2, source) ?? fail(odd(url, "has no sane request prices", name)));
	}
	if (regions.size === 0) throw odd(url, "holds no request prices");
	return { publishedAt, regions, incomplete };
}

/** A PUT costs more than a GET in every Region; anything else means that rows were mixed up. */
function sanePair(row1: unknown, row2: unknown, source: string): Map<RequestRate, Figure> | undefined {
	const tier1 = requestFigure(asObject(row1)["price"], source);
	const tier2 = requestFigure(asObject(row2)["price"], source);
	if (!tier1 || !tier2 || tier1.pico! <= tier2.pico!) return undefined;
	return new Map<RequestRate, Figure>([
		["tier1", tier1],
		["tier2", tier2],
	]);
}

function fail(error: Error): never {
	throw error;
}

function requestFigure(price: unknown, source: string): Figure | undefined {
	const pico = typeof price === "string" ? parsePico(price) : undefined;
	const isSane = pico !== undefined && pico >= saneRequestPico.lowest && pico <= saneRequestPico.highest;
	return isSane ? { pico, source, confidence: "verified" } : undefined;
}

/** Region code to the address of its newest offer, relative to the host of the bulk API. */
export function readRegionIndex(text: string, url: string): Map<string, string> {
	const rows = Object.entries(asObject(jsonObject(text, url)["regions"])).flatMap(([code, entry]) => {
		const { currentVersionUrl } = asObject(entry);
		const isPath = typeof currentVersionUrl === "string" && /^\/offers\/[\w./-]+$/.test(currentVersionUrl);
		return isPath ? [[code, currentVersionUrl] as const] : [];
	});
	if (rows.length === 0) throw odd(url, "names no Region");
	return new Map(rows);
}

export interface TransferOffer {
	publishedAt: string;
	/** In order: first 10 TB a month, next 40, next 100, over 150. */
	internetOut: Figure[];
	/** By destination Region. */
	interRegion: Map<string, Figure>;
}

/** Transfer prices of one Region from its AWSDataTransfer offer. */
export function readTransferOffer(text: string, url: string, region: string, source: string): TransferOffer {
	const root = jsonObject(text, url);
	const publishedAt = root["publicationDate"];
	if (root["offerCode"] !== "AWSDataTransfer" || typeof publishedAt !== "string") {
		throw odd(url, "is no AWSDataTransfer offer");
	}
	const products = Object.values(asObject(root["products"])).map((product) => {
		const { sku, attributes } = asObject(product);
		return { sku: String(sku), attributes: asObject(attributes) };
	});
	const terms = asObject(asObject(root["terms"])["OnDemand"]);
	const tiersOf = (sku: string) => tiersOfTerm(terms[sku], source);

	const internet = products
		.filter(({ attributes }) => isInternetOut(attributes))
		.map(({ sku }) => tiersOf(sku));
	const [internetOut] = internet;
	if (internet.length !== 1 || internetOut === undefined)
		throw odd(url, "has not exactly one internet price", region);
	const prices = internetOut.map((figure) => figure.pico!);
	const falls = prices.every((price, index) => index === 0 || price <= prices[index - 1]!);
	// All zero is the sign of the free-tier row or of the AmazonS3 offer, where egress is listed at $0.
	if (prices.length === 0 || prices[0] === 0n || !falls) throw odd(url, "has no sane internet price", region);
	return { publishedAt, internetOut, interRegion: interRegionOf(products, region, tiersOf, url) };
}

/** Region prefixes are in capitals; `Global-DataTransfer-Out-Bytes` is the 100 GB free tier and not a price. */
function isInternetOut({ transferType, toLocation, usagetype }: Json): boolean {
	const isOut = transferType === "AWS Outbound" && toLocation === "External" && typeof usagetype === "string";
	return isOut && /^(?:[A-Z0-9]+-)?DataTransfer-Out-Bytes$/.test(usagetype);
}

function interRegionOf(
	products: readonly { sku: string; attributes: Json }[],
	region: string,
	tiersOf: (sku: string) => Figure[] | undefined,
	url: string,
): Map<string, Figure> {
	const found = new Map<string, Figure>();
	for (const { sku, attributes } of products) {
		const { transferType, fromRegionCode, toRegionCode, toLocationType, usagetype, operation } = attributes;
		const isPlain = transferType === "InterRegion Outbound" && toLocationType === "AWS Region" && !operation;
		const isOut = typeof usagetype === "string" && usagetype.endsWith("-AWS-Out-Bytes");
		if (!isPlain || !isOut || fromRegionCode !== region || typeof toRegionCode !== "string") continue;
		const figure = tiersOf(sku)?.[0];
		const earlier = found.get(toRegionCode);
		if (figure === undefined || (earlier && earlier.pico !== figure.pico)) {
			throw odd(url, `has no single price to ${toRegionCode}`, region);
		}
		found.set(toRegionCode, figure);
	}
	return found;
}

/** The price ranges of one SKU in order, checked to be one unbroken schedule from 0 to Inf. */
function tiersOfTerm(term: unknown, source: string): Figure[] | undefined {
	const ranges = Object.values(asObject(term)).flatMap((offer) =>
		Object.values(asObject(asObject(offer)["priceDimensions"])).map((dimension) => {
			const { beginRange, endRange, pricePerUnit } = asObject(dimension);
			const usd = asObject(pricePerUnit)["USD"];
			return {
				begin: Number(beginRange),
				end: endRange,
				pico: typeof usd === "string" ? parsePico(usd) : undefined,
			};
		}),
	);
	ranges.sort((a, b) => a.begin - b.begin);
	const figures = ranges.flatMap(({ begin, pico }, index): Figure[] => {
		const before = ranges[index - 1];
		const joins = before === undefined ? begin === 0 : Number(before.end) === begin;
		return joins && pico !== undefined && pico <= highestGbPico
			? [{ pico, source, confidence: "verified" }]
			: [];
	});
	const isWhole = figures.length === ranges.length && ranges.at(-1)?.end === "Inf";
	return isWhole ? figures : undefined;
}

function jsonObject(text: string, url: string): Json {
	try {
		return asObject(JSON.parse(text));
	} catch {
		throw odd(url, "is no JSON");
	}
}

function asObject(value: unknown): Json {
	return typeof value === "object" && value !== null ? (value as Json) : {};
}

function odd(url: string, problem: string, region?: string): ChartcostError {
	return new ChartcostError(`${url}: ${problem}${region === undefined ? "" : ` (${region})`}`, {
		exitCode: ExitCode.failed,
		hint: "AWS may have changed the file. The prices in use stay as they are; --prices FILE sets your own.",
	});
}
