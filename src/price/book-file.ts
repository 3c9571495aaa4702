/**
 * The price book as a file: the format of the bundled snapshot, of the refreshed book in the cache folder
 * and of --prices FILE (yaml or json), which may leave out everything it does not change:
 */
import { usageError } from "../model/errors.ts";
import {
	type Confidence,
	confidences,
	type Figure,
	type PriceBook,
	type RegionPrices,
	type RequestRate,
	requestRates,
	type SingleRate,
	singleRates,
} from "./book.ts";
import { decimalOf, parsePico } from "./money.ts";

export const bookSchema = "chartcost/prices@1";

/**
 * A book as a file gives it: complete or partial.
 *
 *     currency: USD                     # optional; another currency replaces the whole book
 *     discountPercent: 12               # optional; off every price that this file does not give itself
 *     regions:
 *       us-east-1:
 *         requests: {tier1: 0.0000045, tier2: 0.00000036}     # USD per ONE request
 *         internetOut: [0.085, 0.08]                          # USD per GB: first 10 TB, next 40 TB …
 *         interRegion: {default: 0.018, us-east-2: 0.009}     # USD per GB
 *         natGb: 0.041                                        # also endpointGb, accelerationGb, athenaTb
 *
 * Any value or section may be written as `{usd: …, source: KEY, confidence: …}` with KEY from `sources`.
 * `null` is "unknown". A price is a decimal of at most 12 places.
 */
export interface BookFile {
	currency: string | undefined;
	asOf: string | undefined;
	fetchedAt: string | undefined;
	/** 0 to 100. */
	discountPercent: number | undefined;
	sources: ReadonlyMap<string, { title: string; date: string }>;
	regions: ReadonlyMap<string, RegionPrices>;
}

type Tree = Record<string, unknown>;
/** Where a value stands in the file, and what its figures inherit. */
interface Place {
	file: string;
	path: string;
	source: string;
	confidence: Confidence;
}

/** Reads a book, yaml or json. Throws a usage error that names file and field. */
export async function parseBookFile(text: string, file: string): Promise<BookFile> {
	let tree: unknown;
	try {
		tree = /^\s*\{/.test(text) ? JSON.parse(text) : await parseYaml(text);
	} catch (error) {
		const { reason, mark, message } = error as Error & { reason?: string; mark?: { line: number } };
		const line = mark ? ` at line ${mark.line + 1}` : "";
		throw usageError(
			`${file}: not readable as YAML or JSON${line}: ${reason ?? message}`,
			"Correct the file.",
		);
	}
	return bookFromTree(tree, file);
}

/** Loaded where there is a file to read: start-up time. */
async function parseYaml(text: string): Promise<unknown> {
	const { CORE_SCHEMA, load } = await import("js-yaml");
	return load(text, { schema: CORE_SCHEMA });
}

/** The same for a tree that is parsed already, such as an imported JSON file. */
export function bookFromTree(tree: unknown, file: string): BookFile {
	const place: Place = { file, path: "", source: file, confidence: "override" };
	const root = object(tree, place, [
		"schema",
		"currency",
		"asOf",
		"fetchedAt",
		"discountPercent",
		"sources",
		"regions",
	]);
	if (root["schema"] !== undefined && root["schema"] !== bookSchema) {
		throw wrong(
			at(place, "schema"),
			`is not ${bookSchema}`,
			"Use a file of this version, or leave the line away.",
		);
	}
	const currency = text(root["currency"], at(place, "currency"));
	if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) {
		throw wrong(at(place, "currency"), "is no currency code", "Write three letters such as USD.");
	}
	const regionsPlace = at(place, "regions");
	const regions = Object.entries(object(root["regions"] ?? {}, regionsPlace));
	return {
		currency,
		asOf: text(root["asOf"], at(place, "asOf")),
		fetchedAt: text(root["fetchedAt"], at(place, "fetchedAt")),
		discountPercent: discount(root["discountPercent"], at(place, "discountPercent")),
		sources: sourcesOf(root["sources"], at(place, "sources")),
		regions: new Map(regions.map(([code, prices]) => [code, regionOf(prices, at(regionsPlace, code))])),
	};
}

function regionOf(value: unknown, place: Place): RegionPrices {
	const sections = ["name", "usageTypePrefixes", "requests", "internetOut", "interRegion", ...singleRates];
	const region = object(value, place, sections);
	const prefixes = region["usageTypePrefixes"] ?? [];
	if (!Array.isArray(prefixes) || prefixes.some((prefix) => typeof prefix !== "string")) {
		throw wrong(at(place, "usageTypePrefixes"), "is not a list of texts", "Write for example [USE2].");
	}
	const [tiers, tiersPlace] = unwrapped(region["internetOut"] ?? [], at(place, "internetOut"));
	if (!Array.isArray(tiers)) {
		throw wrong(tiersPlace, "is not a list", "Write the prices per GB in order: first 10 TB, next 40 TB, …");
	}
	const given = singleRates.filter((rate) => region[rate] !== undefined);
	return {
		name: text(region["name"], at(place, "name")),
		usageTypePrefixes: prefixes as string[],
		requests: figures<RequestRate>(region["requests"], at(place, "requests"), requestRates),
		internetOut: tiers.map((tier, index) => figure(tier, at(tiersPlace, String(index)))),
		interRegion: figures(region["interRegion"], at(place, "interRegion")),
		single: new Map(given.map((rate): [SingleRate, Figure] => [rate, figure(region[rate], at(place, rate))])),
	};
}

function figures<K extends string>(value: unknown, place: Place, known?: readonly K[]): Map<K, Figure> {
	const [section, inner] = unwrapped(value ?? {}, place);
	const entries = Object.entries(object(section, inner, known));
	return new Map(entries.map(([key, price]) => [key as K, figure(price, at(inner, key))]));
}

function figure(value: unknown, place: Place): Figure {
	const [price, { source, confidence, ...rest }] = unwrapped(value, place);
	if (price === null) return { pico: null, source, confidence: "unconfirmed" };
	const pico = typeof price === "string" || typeof price === "number" ? parsePico(price) : undefined;
	if (pico !== undefined) return { pico, source, confidence };
	throw wrong(
		{ ...rest, source, confidence },
		"is no price",
		"Write a decimal of at most 12 places, or null for unknown.",
	);
}

/** Takes `{usd, source, confidence}` apart; a plain value inherits both from around it. */
function unwrapped(value: unknown, place: Place): [unknown, Place] {
	if (typeof value !== "object" || value === null || !Object.hasOwn(value, "usd")) return [value, place];
	const { usd, source, confidence } = object(value, place, ["usd", "source", "confidence"]);
	if (confidence !== undefined && !confidences.includes(confidence as Confidence)) {
		throw wrong(at(place, "confidence"), "is unknown", `Write one of ${confidences.join(", ")}.`);
	}
	const inherited = text(source, at(place, "source")) ?? place.source;
	return [usd, { ...place, source: inherited, confidence: (confidence as Confidence) ?? place.confidence }];
}

function sourcesOf(value: unknown, place: Place): BookFile["sources"] {
	const entries = Object.entries(object(value ?? {}, place)).map(([key, item]) => {
		const here = at(place, key);
		const { title, date } = object(item, here, ["title", "date"]);
		return [key, { title: text(title, here) ?? key, date: text(date, here) ?? "" }] as const;
	});
	return new Map(entries);
}

function discount(value: unknown, place: Place): number | undefined {
	if (value === undefined) return undefined;
	if (typeof value === "number" && value >= 0 && value <= 100) return value;
	throw wrong(place, "is no discount", "Write a number from 0 to 100.");
}

function text(value: unknown, place: Place): string | undefined {
	if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
	throw wrong(place, "is not a text", "Put it in quotes.");
}

function object(value: unknown, place: Place, known?: readonly string[]): Tree {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw wrong(place, "is not a map", known ? `Known fields are ${known.join(", ")}.` : "Write key: value.");
	}
	const unknown = Object.keys(value).find((key) => known !== undefined && !known.includes(key));
	if (unknown !== undefined)
		throw wrong(at(place, unknown), "is unknown", `Known fields are ${known!.join(", ")}.`);
	return value as Tree;
}

function at(place: Place, key: string): Place {
	return { ...place, path: place.path === "" ? key : `${place.path}.${key}` };
}

function wrong(place: Place, problem: string, hint: string): Error {
	return usageError(`${place.file}: ${place.path || "the file"} ${problem}`, hint);
}

/** A book as the text of a file that `parseBookFile` reads back to the same figures. */
export function formatBook(book: PriceBook): string {
	const regions = [...book.regions].map(([code, prices]) => [code, regionTree(prices)]);
	const tree = {
		schema: bookSchema,
		currency: book.currency,
		asOf: book.asOf,
		fetchedAt: book.fetchedAt,
		sources: Object.fromEntries(book.sources),
		regions: Object.fromEntries(regions),
	};
	return `${JSON.stringify(tree, null, "\t")}\n`;
}

function regionTree(prices: RegionPrices): Tree {
	const all = (map: ReadonlyMap<string, Figure>) =>
		Object.fromEntries([...map].map(([key, figure]) => [key, figureTree(figure)]));
	return {
		name: prices.name,
		usageTypePrefixes: prices.usageTypePrefixes,
		requests: all(prices.requests),
		internetOut: prices.internetOut.map(figureTree),
		interRegion: all(prices.interRegion),
		...all(prices.single),
	};
}

function figureTree({ pico, source, confidence }: Figure): Tree {
	return { usd: pico === null ? null : decimalOf(pico), source, confidence };
}
