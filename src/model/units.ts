/** Units shared by every stage. Formatting for people lives in report/words.ts. */

/** A gigabyte on an AWS bill is 2^30 bytes. Source: S3 FAQ, byte-hours divided by 1,073,741,824. */
export const bytesPerGb = 2 ** 30;

/** Money is counted in whole nano-dollars: 10^-9 of the price book's currency. */
export const nanoPerUsd = 1_000_000_000;

/** Hours in the month that projections use: 730, as AWS's own calculator does. */
export const hoursPerMonth = 730;

let lastDay = Number.NaN;
let lastDate = "";

/** Seconds since 1970 as an ISO 8601 time in UTC without fractions. */
export function isoTime(seconds: number): string {
	const day = Math.floor(seconds / 86_400);
	// Reports name thousands of times of a few days, and `Date` is slow to write one.
	if (day !== lastDay) {
		lastDay = day;
		lastDate = new Date(day * 86_400_000).toISOString().slice(0, -13);
	}
	const rest = Math.floor(seconds) - day * 86_400;
	return `${lastDate}${two(rest / 3600)}:${two((rest / 60) % 60)}:${two(rest % 60)}Z`;
}

function two(value: number): string {
	const whole = Math.floor(value);
	return whole < 10 ? `0${whole}` : `${whole}`;
}

/** 1234567 → `1,234,567`. By hand: the first number that Intl formats takes 6 ms. */
export function thousands(whole: number): string {
	return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}
