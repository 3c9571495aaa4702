/**
 * Times and durations as access logs write them, without a Date or a number format per line: the text of the second is
 * made once, digits below it come from a table. In: milliseconds. Out: text of ASCII.
 */
import { isoTime } from "../../model/units.ts";

const threeDigits = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, "0"));

/** Dates end here (ECMAScript): beyond, a broken clock writes the last moment instead of throwing. */
const maxSeconds = 8_640_000_000_000 - 1;

function secondsOf(atMs: number): number {
	return Number.isFinite(atMs) ? Math.min(Math.max(Math.floor(atMs / 1000), -maxSeconds), maxSeconds) : 0;
}

let isoSecond = Number.NaN;
let isoBeginning = "";

/** `2026-11-25T07:14:01.042Z` */
export function isoMillis(atMs: number): string {
	const second = secondsOf(atMs);
	if (second !== isoSecond) {
		isoSecond = second;
		isoBeginning = `${isoTime(second).slice(0, -1)}.`;
	}
	return `${isoBeginning}${threeDigits[Math.floor(atMs - second * 1000)] ?? "000"}Z`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let clfSecond = Number.NaN;
let clfText = "";

/** `25/Nov/2026:07:14:01 +0000`: the common log format, always in UTC. */
export function clfTime(atMs: number): string {
	const second = secondsOf(atMs);
	if (second !== clfSecond) {
		clfSecond = second;
		const [, year, month, day, time] = /^([+-]?\d+)-(\d\d)-(\d\d)T(.{8})/.exec(isoTime(second)) ?? [];
		clfText = `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`;
	}
	return clfText;
}

/** Milliseconds with three decimals, `null` when unknown or not a duration. */
export function millisText(durationMs: number | undefined): string {
	if (durationMs === undefined || !(durationMs >= 0 && durationMs < Number.MAX_SAFE_INTEGER / 1000))
		return "null";
	const micros = Math.round(durationMs * 1000);
	const whole = Math.floor(micros / 1000);
	return `${whole}.${threeDigits[micros - whole * 1000]}`;
}
