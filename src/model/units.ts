/** Units shared by every stage. Formatting for people lives in report/words.ts. */

/** A gigabyte on an AWS bill is 2^30 bytes. Source: S3 FAQ, byte-hours divided by 1,073,741,824. */
export const bytesPerGb = 2 ** 30;

/** Money is counted in whole nano-dollars: 10^-9 of the price book's currency. */
export const nanoPerUsd = 1_000_000_000;

/** Hours in the month that projections use: 730, as AWS's own calculator does. */
export const hoursPerMonth = 730;

/** Seconds since 1970 as an ISO 8601 time in UTC without fractions. */
export function isoTime(seconds: number): string {
	return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
