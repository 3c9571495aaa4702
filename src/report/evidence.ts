/**
 * The evidence of a finding as people read it: labels instead of keys, formatted values, lists cut at a length.
 * In: any JSON that a rule gives. Out: facts, each a list of texts or a small table; texts are safe to print.
 */
import { bytes, count, minuteOf, money, percent, visible } from "./words.ts";

/** A list of values, or a table when the evidence holds objects. */
export interface Fact {
	label: string;
	columns: string[];
	/** Without columns each row has one cell. */
	rows: string[][];
	/** Values beyond the limit; JSON has them. */
	hidden: number;
}

/** Values of one fact that a person reads. */
const maxValues = 12;
const maxColumns = 8;
/** Rules give about ten facts; more would be a mistake of theirs, not a reason for an endless page. */
const maxFacts = 40;
/** A list within a list is told by its first values. */
const maxInner = 4;

export function factsOf(evidence: Record<string, unknown>, currency: string): Fact[] {
	return Object.entries(evidence)
		.slice(0, maxFacts)
		.flatMap(([key, value]) => factOf(key, value, currency) ?? []);
}

function factOf(key: string, value: unknown, currency: string): Fact | undefined {
	if (value === null || value === undefined) return undefined;
	const label = labelOf(key);
	const items = Array.isArray(value) ? value : [value];
	if (items.length === 0) return undefined;
	const shown = items.slice(0, maxValues);
	const hidden = items.length - shown.length;
	if (!Array.isArray(value) || !shown.every(isObject)) {
		return { label, columns: [], rows: shown.map((item) => [textOf(key, item, currency)]), hidden };
	}
	const keys = [...new Set(shown.flatMap((item) => Object.keys(item)))].slice(0, maxColumns);
	return {
		label,
		columns: keys.map(labelOf),
		rows: shown.map((item) => keys.map((name) => textOf(name, item[name], currency))),
		hidden,
	};
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(key: string, value: unknown, currency: string): string {
	if (value === null || value === undefined) return "–";
	if (typeof value === "number") return numberOf(key, value, currency);
	if (typeof value === "boolean") return value ? "yes" : "no";
	if (typeof value === "string")
		return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? `${minuteOf(visible(value))} UTC` : visible(value);
	const parts = Array.isArray(value)
		? value.map((item) => textOf(key, item, currency))
		: Object.entries(value).map(([name, item]) => `${visible(name)} ${textOf(name, item, currency)}`);
	const more = parts.length - maxInner;
	return parts.slice(0, maxInner).join(", ") + (more > 0 ? ` and ${count(more)} more` : "");
}

function numberOf(key: string, value: number, currency: string): string {
	if (/usd/i.test(key)) return money(value, currency);
	if (/bytes/i.test(key)) return bytes(value);
	if (/^(share|relative|confidence)|(Share|Relative)/.test(key))
		return `${value < 0 ? "-" : ""}${Math.abs(value) > 1 ? count(Math.abs(value) * 100) : percent(Math.abs(value)).replace("%", "")}%`;
	if (Number.isInteger(value)) return `${value < 0 ? "-" : ""}${count(Math.abs(value))}`;
	return Math.abs(value) >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const acronyms: Record<string, string> = {
	ip: "IP",
	ips: "IPs",
	usd: "USD",
	aws: "AWS",
	iam: "IAM",
	nat: "NAT",
	id: "ID",
};

/** `sourceIps` → `Source IPs`, `sweepsPerDay` → `Sweeps per day`. */
function labelOf(key: string): string {
	const words = visible(key)
		.replace(/([a-z\d])([A-Z])/g, "$1 $2")
		.split(/[ _-]+/)
		.map((word) => acronyms[word.toLowerCase()] ?? word.toLowerCase());
	const text = words.join(" ");
	return text.charAt(0).toUpperCase() + text.slice(1);
}
