/**
 * The story between the price book and `serve`: what a request or a byte that was not asked of S3 would have cost.
 * In: a book, a bucket's Region, the way that clients would take. Out: exact prices; what nobody knows stays unknown.
 */
import { internetPrice, type PriceBook, requestPrice, singlePrice } from "./price/book.ts";
import type { ServeConfig } from "./serve/config/config.ts";
import type { SavingPrices } from "./serve/observe/savings.ts";

export interface SavedFrom {
	/** Of the bucket; `undefined`: not known yet. */
	region: string | undefined;
	/** Somebody else's S3 has prices of its own. */
	endpointUrl: string | undefined;
	transfer: ServeConfig["savedTransfer"];
}

/** AWS's own endpoints: the price book is for them. https://docs.aws.amazon.com/general/latest/gr/s3.html */
const amazonHost = /(^|\.)amazonaws\.com(\.cn)?$/;

/** Transfer is priced at the first tier. Inside the Region it is free; `none` counts requests alone. */
export function savingPrices(book: PriceBook, { region, endpointUrl, transfer }: SavedFrom): SavingPrices {
	const { currency } = book;
	const isFree = transfer === "same-region" || transfer === "none";
	if (region === undefined || !isAmazon(endpointUrl))
		return { requestPico: null, gbPico: transfer === "none" ? 0n : null, currency };
	const transferPrice = transfer === "nat" ? singlePrice(book, region, "natGb") : internetPrice(book, region);
	return {
		requestPico: requestPrice(book, region, "tier2").pico,
		gbPico: isFree ? 0n : transferPrice.pico,
		currency,
	};
}

function isAmazon(endpointUrl: string | undefined): boolean {
	if (endpointUrl === undefined) return true;
	return URL.canParse(endpointUrl) && amazonHost.test(new URL(endpointUrl).hostname);
}
