/**
 * Times as people type them after `--from` and `--to`, and windows `A..B`.
 * In: text and the current time. Out: whole Unix seconds, UTC. Everything else is a usage error.
 */
import { type ChartcostError, usageError } from "./errors.ts";

export interface TimeRange {
	/** Unix seconds, inclusive. */
	fromSeconds: number;
	/** Unix seconds, exclusive. */
	toSeconds: number;
}

const daySeconds = 86_400;
const unitSeconds: Record<string, number> = { m: 60, h: 3600, d: daySeconds, w: 7 * daySeconds };

const acceptedForms =
	"use 2026-11-03, 2026-11 (a month), 2026-11-03T14:30, 2026-11-03T14:30:00Z, 2026-11-03T14:30+02:00, " +
	"now, today, yesterday, or a time ago: -90m, -36h, -3d, -2w; all in UTC unless an offset is given";

/** A time, or a whole day or month, which begins at `fromSeconds`. */
interface Moment {
	fromSeconds: number;
	/** The end of the day or month; `undefined` for a point in time. */
	toSeconds: number | undefined;
}

/**
 * Reads one time. Dates, months, `today` and `yesterday` mean the midnight they begin with; `-3d` is three
 * times 24 hours before `nowSeconds`. Fractions are rounded up to the next second: records have whole
 * seconds, so both `time >= from` and `time < to` keep their meaning.
 * Throws a usage error that lists the accepted forms.
 */
export function parseTime(text: string, nowSeconds: number): number {
	return parseMoment(text, nowSeconds).fromSeconds;
}

/**
 * Reads `A..B`, from A (inclusive) to B (exclusive), or a single day or month, which means all of it.
 * Throws a usage error when a side is missing or the end is not after the start.
 */
export function parseRange(text: string, nowSeconds: number): TimeRange {
	const sides = text.split("..");
	if (sides.length > 2) throw notATime(text, "a time range");
	const start = parseMoment(sides[0]!, nowSeconds);
	const toSeconds = sides.length === 1 ? start.toSeconds : parseMoment(sides[1]!, nowSeconds).fromSeconds;
	if (toSeconds === undefined) {
		throw usageError(`${JSON.stringify(text)} is a time, not a range`, "write a range as FROM..TO");
	}
	if (toSeconds <= start.fromSeconds) {
		throw usageError(
			`the range ${JSON.stringify(text)} is empty: its end is not after its start`,
			"the end is exclusive: 2026-11-03..2026-11-04 is one day",
		);
	}
	return { fromSeconds: start.fromSeconds, toSeconds };
}

function parseMoment(text: string, nowSeconds: number): Moment {
	const typed = text.trim();
	const moment = parseWord(typed, nowSeconds) ?? parseAgo(typed, nowSeconds) ?? parseIso(typed);
	if (moment === undefined) throw notATime(text, "a time");
	return moment;
}

function notATime(text: string, what: string): ChartcostError {
	return usageError(`${JSON.stringify(text)} is not ${what}`, acceptedForms);
}

function parseWord(typed: string, nowSeconds: number): Moment | undefined {
	const midnight = Math.floor(nowSeconds / daySeconds) * daySeconds;
	if (typed === "now") return { fromSeconds: Math.ceil(nowSeconds), toSeconds: undefined };
	if (typed === "today") return { fromSeconds: midnight, toSeconds: midnight + daySeconds };
	if (typed === "yesterday") return { fromSeconds: midnight - daySeconds, toSeconds: midnight };
	return undefined;
}

function parseAgo(typed: string, nowSeconds: number): Moment | undefined {
	const [, count, unit] = /^-(\d{1,6})([mhdw])$/.exec(typed) ?? [];
	if (count === undefined || unit === undefined) return undefined;
	return { fromSeconds: Math.ceil(nowSeconds) - Number(count) * unitSeconds[unit]!, toSeconds: undefined };
}

/** ISO 8601 dates, months and times, with `T` or a space between, as `date -I` and S3 listings print them. */
const isoForm =
	/^(\d{4})-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)([.,]\d{1,9})?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?)?$/;

function parseIso(typed: string): Moment | undefined {
	const match = isoForm.exec(typed);
	if (match === null) return undefined;
	const [, year, month, day, hour, minute, second, fraction, offset] = match;
	const fields = [year, month, day ?? "1", hour ?? "0", minute ?? "0", second ?? "0"].map(Number);
	const seconds = utcSeconds(fields);
	const offsetSeconds = parseOffset(offset);
	if (seconds === undefined || offsetSeconds === undefined) return undefined;
	if (day === undefined) return { fromSeconds: seconds, toSeconds: nextMonth(fields) };
	if (hour === undefined) return { fromSeconds: seconds, toSeconds: seconds + daySeconds };
	const roundUp = /[1-9]/.test(fraction ?? "") ? 1 : 0;
	return { fromSeconds: seconds - offsetSeconds + roundUp, toSeconds: undefined };
}

/** `undefined` for dates and times that do not exist: Date.UTC would roll 31 June over to July. */
function utcSeconds(fields: number[]): number | undefined {
	const [year, month, day, hour, minute, second] = fields as [number, number, number, number, number, number];
	const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
	// Date.UTC reads the years 0 to 99 as 1900 to 1999.
	date.setUTCFullYear(year, month - 1, day);
	const exists =
		date.getUTCMonth() === month - 1 &&
		date.getUTCHours() === hour &&
		date.getUTCMinutes() === minute &&
		date.getUTCSeconds() === second;
	return exists ? date.getTime() / 1000 : undefined;
}

function nextMonth(fields: number[]): number {
	const [year, month] = fields as [number, number];
	return month === 12 ? utcSeconds([year + 1, 1, 1, 0, 0, 0])! : utcSeconds([year, month + 1, 1, 0, 0, 0])!;
}

/** Seconds east of UTC. No offset means UTC; `undefined` for one that does not exist. */
function parseOffset(offset: string | undefined): number | undefined {
	if (offset === undefined || offset === "Z" || offset === "z") return 0;
	const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
	const hours = Number(digits.slice(0, 2));
	const minutes = Number(digits.slice(2));
	if (hours > 14 || minutes > 59) return undefined;
	return (offset.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}
