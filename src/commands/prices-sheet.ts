/** What the `prices` commands have in common: their flags, the book in a sentence, and the choice of a Region. */
import { usageError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { BookFacts, PriceOptions } from "../prices.ts";
import { count, plural } from "../report/words.ts";
import { outputFlags } from "./dataset-flags.ts";
import { commonFlags } from "./flags.ts";
import type { Run } from "./start.ts";

export const pricesFlags = {
	prices: commonFlags.prices,
	region: { ...commonFlags.region, description: "Only this Region, with every price." },
	...outputFlags,
};

/** Older than this, prices deserve a second look. */
const oldDays = 180;

export function priceOptions({ options }: Run): PriceOptions {
	const { cacheDir, pricesFile, now } = options;
	return { cacheDir, pricesFile, now };
}

/** `Bundled prices of 2024-09-25 (789 days old), in USD`. */
export function bookSentence({ origin, asOf, fetchedAt, ageDays, currency }: BookFacts): string {
	const name = origin === "bundled" ? "Bundled prices" : `Prices fetched ${fetchedAt?.slice(0, 10)},`;
	const age = ageDays === null ? "" : ` (${plural(ageDays, "day")} old)`;
	return `${name} of ${asOf}${age}, in ${currency}`;
}

export function isOld({ ageDays }: BookFacts): boolean {
	return ageDays !== null && ageDays > oldDays;
}

/** Throws a usage error for a Region that the book does not have. */
export function checkRegion(region: string | undefined, { regions }: BookFacts): void {
	if (region === undefined || regions.includes(region)) return;
	throw usageError(
		`the price book has no Region "${region}"${didYouMean(region, regions)}`,
		`It has ${count(regions.length)}: ${regions.join(", ")}. Others can be given with --prices FILE.`,
	);
}

/** Decimal text to a number for tables and JSON: prices have few digits. */
export function priceNumber(price: string | null): number | null {
	return price === null ? null : Number(price);
}
