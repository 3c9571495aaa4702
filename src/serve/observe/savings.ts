/**
 * What clients were given without S3 being paid for it. In: one record per request, and prices from the story (the same
 * price book as `analyze`). Out: saved requests, bytes and dollars; a price that nobody knows makes dollars unknown.
 * A client request that caused no S3 request saves one GET (HEAD is billed the same, and so are 404s: negative caching
 * saves too). Bytes sent less bytes fetched are saved bytes: a 304 of S3 has no body, a fill for a short range costs more
 * than it gives and has to be earned back first. Nothing saved is ever taken back, so the counters never fall.
 */
import { bytesPerGb, nanoPerUsd } from "../../model/units.ts";
import type { RequestRecord } from "./record.ts";

/** Exact prices of one repository, in whole pico-units (10^-12) of the currency; `null`: unknown, never zero. */
export interface SavingPrices {
	/** Of one GET or HEAD. */
	requestPico: bigint | null;
	/** Of 2^30 bytes on the way that clients would otherwise take; 0 inside the Region. */
	gbPico: bigint | null;
	/** ISO 4217. */
	currency: string;
}

export const unknownPrices: SavingPrices = { requestPico: null, gbPico: null, currency: "USD" };

/** Amount in the currency, rounded once to 10^-9; `null` when something was saved whose price is not known. */
export function savedAmount(prices: SavingPrices, requests: number, bytes: number): number | null {
	const forRequests = costOf(prices.requestPico, requests, BigInt(bytesPerGb));
	const forBytes = costOf(prices.gbPico, bytes, 1n);
	if (forRequests === null || forBytes === null) return null;
	const exactPerNano = BigInt(bytesPerGb) * 1000n;
	return Number((forRequests + forBytes + exactPerNano / 2n) / exactPerNano) / nanoPerUsd;
}

/** In pico-units / 2^30: whole, so sums are exact. */
function costOf(pico: bigint | null, quantity: number, scale: bigint): bigint | null {
	if (quantity === 0) return 0n;
	return pico === null ? null : pico * BigInt(quantity) * scale;
}

/** What was saved by one rule, or on one object. */
export class SavingLedger {
	requests = 0;
	savedRequests = 0;
	sentBytes = 0;
	fetchedBytes = 0;
	/** The most that sent less fetched has been: what is saved for good. */
	savedBytes = 0;

	/** `record` is an answer about an object: its `cache` is not `-`. */
	add(record: RequestRecord): void {
		this.requests++;
		if (savesRequest(record)) this.savedRequests++;
		// Error pages are ours, not S3's.
		if (record.status < 400) this.sentBytes += record.bodyBytes;
		if (!isOthersFill(record)) this.fetchedBytes += record.upstreamBytes;
		const balance = this.sentBytes - this.fetchedBytes;
		if (balance > this.savedBytes) this.savedBytes = balance;
	}
}

/** The request caused no S3 request that would not have been sent without it. */
export function savesRequest({ cache, status, upstreamStatus, refreshStarted }: RequestRecord): boolean {
	if (status >= 500) return false;
	if (cache === "stale") return upstreamStatus === undefined && refreshStarted !== true;
	return cache === "hit" || cache === "coalesced" || cache === "negative";
}

/** Its bytes came from S3 for another request, in whose record they are. */
function isOthersFill({ cache }: RequestRecord): boolean {
	return cache === "coalesced" || cache === "hit" || cache === "negative";
}
