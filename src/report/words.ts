/**
 * The only formatter: numbers, money, times and hostile text as people read them.
 * Values in, strings out; no colour, no layout, no locale of the machine.
 * Text from logs is written by strangers. `visible` makes it safe for terminals, CSV and Markdown alike.
 */
import { thousands } from "../model/units.ts";

/** 1234567 → `1,234,567`. Whole numbers only; fractions are cut. */
export function count(value: number): string {
	return thousands(Math.trunc(value));
}

/** `1 file`, `2 files`. */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
	return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** A quantity on the bill: whole numbers in full, fractions with three or more digits, never rounded to 0. */
export function quantity(value: number): string {
	if (Number.isInteger(value)) return count(value);
	if (value < 0.001) return "<0.001";
	if (value >= 100) {
		const rounded = value.toFixed(1);
		return `${count(Number(rounded))}.${rounded.slice(-1)}`.replace(/\.0$/, "");
	}
	return value.toPrecision(3);
}

/**
 * Decimals that keep the amounts of one report apart: 2 for dollars, 4 for cents, 6 for less.
 * `largest` is the report's total.
 */
export function moneyDigits(largest: number): 2 | 4 | 6 {
	if (largest >= 1) return 2;
	return largest >= 0.01 ? 4 : 6;
}

/** `$1,234.50`, `<$0.01`, `CNY 12.00`, or `unknown` for `null`. An amount that is not 0 is never shown as 0. */
export function money(amount: number | null, currency = "USD", digits = 2): string {
	if (amount === null) return "unknown";
	const sign = currency === "USD" ? "$" : `${currency} `;
	const smallest = 10 ** -digits;
	if (amount !== 0 && Math.abs(amount) < smallest) return `<${sign}${smallest.toFixed(digits)}`;
	const [whole = "0", fraction = ""] = Math.abs(amount).toFixed(digits).split(".");
	return `${amount < 0 ? "-" : ""}${sign}${count(Number(whole))}.${fraction}`;
}

/** A price per unit: two to nine decimals, trailing zeros cut. `$0.0004`, `$0.09`, `unknown`. */
export function unitPrice(amount: number | null, currency = "USD"): string {
	if (amount === null) return "unknown";
	if (amount !== 0 && amount < 1e-9) return money(amount, currency, 9);
	return money(amount, currency, 9).replace(/(\.\d\d\d*?)0+$/, "$1");
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in binary units, three digits: `0 B`, `12.3 KiB`, `4.56 GiB`. A GiB is what AWS bills as a GB. */
export function bytes(value: number): string {
	let unit = 0;
	let scaled = value;
	// 999.5 is where three digits would round up to 1000.
	while (scaled >= 999.5 && unit < byteUnits.length - 1) {
		scaled /= 1024;
		unit++;
	}
	if (unit === 0) return `${value} B`;
	const digits = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
	return `${scaled.toFixed(digits)} ${byteUnits[unit]}`;
}

/** A share of 1 as a percentage: `83.4%`, `<0.1%`, `>99.9%`, `100%`. */
export function percent(share: number): string {
	if (share === 0) return "0%";
	if (share < 0.001) return "<0.1%";
	if (share === 1) return "100%";
	if (share > 0.9994) return ">99.9%";
	return `${(share * 100).toFixed(1)}%`;
}

/** A time span: `36 minutes`, `5.5 hours`, `3 days`. */
export function spanOfHours(hours: number): string {
	const short = (value: number) => Number(value.toFixed(value < 10 ? 1 : 0));
	const say = (value: number, noun: string) => `${short(value)} ${noun}${short(value) === 1 ? "" : "s"}`;
	if (hours < 1) return say(Math.max(1, Math.round(hours * 60)), "minute");
	if (hours < 48) return say(hours, "hour");
	return say(hours / 24, "day");
}

/** Seconds left or spent, short: `8 s`, `3 min 20 s`, `2 h 05 min`. */
export function spanOfSeconds(seconds: number): string {
	const whole = Math.ceil(seconds);
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
	return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** An ISO time of the contract as people read it: `2026-10-12 00:00`, always UTC; the caller says so. */
export function minuteOf(isoTime: string): string {
	return isoTime.slice(0, 16).replace("T", " ");
}

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const unsafeOrForeign = /[^\x20-\x7e]/gu;
const namedEscapes: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/**
 * Text from a log, safe to print: control characters, escape sequences, bidi overrides, zero-width and private
 * characters and lone surrogates become `\x1b` or `\u{202e}`. With `ascii`, everything else beyond ASCII too.
 */
export function visible(text: string, ascii = false): string {
	return text.replace(ascii ? unsafeOrForeign : unsafe, escapeOf);
}

function escapeOf(character: string): string {
	const named = namedEscapes[character];
	if (named !== undefined) return named;
	const code = (character.codePointAt(0) ?? 0).toString(16);
	return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
}

/**
 * JSON whose strings hold nothing a terminal would act on. JSON.stringify leaves DEL, C1 controls and
 * bidi overrides as they are; escaped, the value is the same.
 */
export function json(value: unknown, indent?: number): string {
	return JSON.stringify(value, null, indent).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
		Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit))
			.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
			.join(""),
	);
}

/**
 * One CSV field (RFC 4180). Text that a spreadsheet would run as a formula gets a leading apostrophe, the OWASP
 * remedy: user agents and keys come from strangers. A lone `-`, the log's word for "absent", stays.
 */
export function csvField(value: string | number | null): string {
	if (value === null) return "";
	if (typeof value === "number") return String(value);
	const guarded = withoutFormula(visible(value));
	return /[",]|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** One TSV field: no tab or line end can be left in it. The same guard as in CSV. */
export function tsvField(value: string | number | null): string {
	if (value === null) return "";
	if (typeof value === "number") return String(value);
	return withoutFormula(visible(value));
}

function withoutFormula(text: string): string {
	return /^[=+\-@]/.test(text) && text !== "-" ? `'${text}` : text;
}

/** Log text for a Markdown table cell, as a code span: no link, mention, HTML or emphasis can come of it. */
export function markdownCode(text: string): string {
	// GFM splits cells before it reads code spans, and honours `\|` there, unless a backslash comes before it.
	const safe = visible(text).replace(/\\*\|/g, (run) =>
		run.length === 1 ? "\\|" : `${run.slice(0, -1)}\\x7c`,
	);
	if (safe === "") return "";
	const longestRun = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
	const fence = "`".repeat(longestRun + 1);
	const pad = /^`|`$|^ .* $/.test(safe) ? " " : "";
	return `${fence}${pad}${safe}${pad}${fence}`;
}

/** Our own words in Markdown may quote log text (a user name in the first sentence): no character of it is markup. */
export function markdownText(text: string): string {
	return visible(text).replace(/[\\`*_[\]<>|~&#@]|:(?=\S)|(?<=www)\./g, (sign) => `\\${sign}`);
}

/** A word for a POSIX shell: quoted only when it must be. */
export function shellWord(text: string): string {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
