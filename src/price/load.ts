/**
 * The price book of a run: the bundled snapshot, or a refreshed book, with the user's own prices on top.
 * In: books as read by book-file.ts. Out: one complete PriceBook; what nobody prices stays unknown.
 */
import type { Figure, PriceBook, RegionPrices } from "./book.ts";
import { type BookFile, bookFromTree, parseBookFile } from "./book-file.ts";
import bundled from "./books/bundled.json" with { type: "json" };

export const emptyRegion: RegionPrices = {
	name: undefined,
	usageTypePrefixes: [],
	requests: new Map(),
	internetOut: [],
	interRegion: new Map(),
	single: new Map(),
};

/** The snapshot that ships with chartcost: 38 Regions, every figure with its source and date. */
export function bundledBook(): PriceBook {
	return completeBook(bookFromTree(bundled, "the bundled prices"));
}

/** Reads a complete book, such as the one `prices update` wrote. Throws a usage error on a wrong file. */
export async function parsePriceBook(text: string, file: string): Promise<PriceBook> {
	return completeBook(await parseBookFile(text, file));
}

function completeBook({ currency, asOf, fetchedAt, sources, regions }: BookFile): PriceBook {
	return {
		currency: currency ?? "USD",
		asOf: asOf ?? "unknown",
		fetchedAt,
		sources,
		regions,
		assumptions: [],
	};
}

/**
 * The user's prices (--prices FILE) over a book: a figure of the file replaces the book's, everything else
 * stays, less the file's discount. A file in another currency stands alone, since prices do not mix.
 */
export async function overrideBook(base: PriceBook, text: string, file: string): Promise<PriceBook> {
	const own = await parseBookFile(text, file);
	const currency = own.currency ?? base.currency;
	const standsAlone = currency !== base.currency;
	const percent = own.discountPercent ?? 0;
	const kept = standsAlone ? new Map<string, RegionPrices>() : base.regions;
	const regions = new Map([...kept].map(([code, prices]) => [code, discounted(prices, percent)]));
	for (const [code, prices] of own.regions)
		regions.set(code, merged(regions.get(code) ?? emptyRegion, prices));
	const assumptions = [
		...(own.regions.size > 0 ? [`Prices in ${file} replace those of the price book.`] : []),
		...(percent > 0 && !standsAlone ? [`All other prices are the price book's less ${percent} %.`] : []),
		...(standsAlone ? [`Prices are in ${currency}; only those in ${file} are known.`] : []),
	];
	return {
		currency,
		asOf: own.asOf ?? base.asOf,
		fetchedAt: base.fetchedAt,
		sources: new Map([...base.sources, [file, { title: file, date: own.asOf ?? "" }], ...own.sources]),
		regions,
		assumptions: [...base.assumptions, ...assumptions],
	};
}

/** `over` on top of `base`, figure by figure. The tiers of internet transfer are one schedule and stay together. */
export function merged(base: RegionPrices, over: RegionPrices): RegionPrices {
	return {
		name: over.name ?? base.name,
		usageTypePrefixes: over.usageTypePrefixes.length > 0 ? over.usageTypePrefixes : base.usageTypePrefixes,
		requests: new Map([...base.requests, ...over.requests]),
		internetOut: over.internetOut.length > 0 ? over.internetOut : base.internetOut,
		// A new default is meant for every destination that the same file does not price itself.
		interRegion: over.interRegion.has("default")
			? over.interRegion
			: new Map([...base.interRegion, ...over.interRegion]),
		single: new Map([...base.single, ...over.single]),
	};
}

function discounted(prices: RegionPrices, percent: number): RegionPrices {
	if (percent === 0) return prices;
	const keptBasisPoints = BigInt(Math.round((100 - percent) * 100));
	const less = (figure: Figure): Figure => ({
		...figure,
		pico: figure.pico === null ? null : (figure.pico * keptBasisPoints + 5000n) / 10_000n,
	});
	const all = <K>(map: ReadonlyMap<K, Figure>) =>
		new Map([...map].map(([key, figure]) => [key, less(figure)]));
	return {
		...prices,
		requests: all(prices.requests),
		internetOut: prices.internetOut.map(less),
		interRegion: all(prices.interRegion),
		single: all(prices.single),
	};
}
