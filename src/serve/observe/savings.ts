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
		this.fetchedBytes += record.upstreamBytes;
		this.#settle();
	}

	/** What a worker process counted meanwhile. Only together do they say what was saved: one fetches, all send. */
	absorb(other: Pick<SavingLedger, "requests" | "savedRequests" | "sentBytes" | "fetchedBytes">): void {
		this.requests += other.requests;
		this.savedRequests += other.savedRequests;
		this.sentBytes += other.sentBytes;
		this.fetchedBytes += other.fetchedBytes;
		this.#settle();
	}

	#settle(): void {
		const balance = this.sentBytes - this.fetchedBytes;
		if (balance > this.savedBytes) this.savedBytes = balance;
	}
}

/**
 * The request caused no S3 request: `upstreamStatus` is with the one request that did (0: S3 did not answer).
 * An answer of ours about a failure saved nothing.
 */
export function savesRequest({ cache, status, upstreamStatus, refreshStarted }: RequestRecord): boolean {
	if (upstreamStatus !== undefined || refreshStarted === true || status >= 500) return false;
	return cache !== "error" && cache !== "bypass" && cache !== "-";
}
