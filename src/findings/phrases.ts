/**
 * Numbers, times and lists in sentences. Text from logs goes through as it is: the reports escape it.
 */
import { thousands } from "../model/units.ts";

/** `99%`, `0.4%`; never `100%` or `0%` of something that is only nearly so. */
export function percent(share: number): string {
	const value = share * 100;
	if (value > 99 && value < 100) return "over 99%";
	if (value < 0.1) return value === 0 ? "0%" : "under 0.1%";
	return `${value < 1 ? value.toFixed(1) : Math.round(value)}%`;
}

/** `$412`, `$3.10`, `under $0.01`; `unknown` when it is. */
export function dollars(usd: number | null): string {
	if (usd === null) return "an unknown amount";
	if (usd > 0 && usd < 0.01) return "under $0.01";
	return usd >= 99.5 ? `$${count(usd)}` : `$${usd.toFixed(2)}`;
}

/** `1,234` */
export function count(value: number): string {
	return thousands(Math.round(value));
}

/** `24`, `4.5`, `0.3` */
export function rate(value: number): string {
	return value >= 10 ? count(value) : String(Math.round(value * 10) / 10);
}

/** `1 package`, `12 packages` */
export function plural(value: number, noun: string): string {
	const many = noun.endsWith("s") ? `${noun}es` : `${noun}s`;
	return `${count(value)} ${Math.round(value) === 1 ? noun : many}`;
}

/** `2026-10-13 at 15:42 UTC` */
export function moment(time: string): string {
	return `${time.slice(0, 10)} at ${time.slice(11, 16)} UTC`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 7 more` */
export function listOf(words: readonly string[], shown = 3): string {
	if (words.length <= 1) return words[0] ?? "nothing";
	if (words.length <= shown) return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
	return `${words.slice(0, shown - 1).join(", ")} and ${words.length - shown + 1} more`;
}

/** `30 min`, `5 min`, `45 s`, `6 h` */
export function duration(seconds: number): string {
	if (seconds < 90) return `${Math.round(seconds)} s`;
	if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
	return `${rate(seconds / 3600)} h`;
}

/** Numbers in evidence: exact enough to compare, short enough to read. */
export function rounded(value: number): number {
	return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** `ChartMuseum 0.13.1`, or the client when nobody knows what it is. */
export function nameOf({ software, client }: { software: string; client: string }): string {
	return / program$/.test(software) || software === "-" ? client : software;
}

/** `192.0.2.10 (production)` */
export function placeOf({ sourceIp, cluster }: { sourceIp: string; cluster: string }): string {
	return cluster === "unmapped" ? sourceIp : `${sourceIp} (${cluster})`;
}
