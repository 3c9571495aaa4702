/**
 * A comparison in every format: JSON prints it whole (chartcost/comparison@1), the plain tables have one row per
 * contribution with the rest and the total, the terminal puts the sentence first.
 */
import type { ComparedPart, Comparison } from "../model/comparison.ts";
import { changeSentence, partName, splitSentence } from "./comparison-words.ts";
import { wrap } from "./layout.ts";
import { type Sheet, type SheetCell, type SheetColumn, sheetFormat } from "./sheet.ts";
import { paint, type Style } from "./style.ts";
import { type Column, table } from "./table.ts";
import { bytes, count, json, minuteOf, money, moneyDigits, spanOfHours, visible } from "./words.ts";

export type ComparisonFormat = (comparison: Comparison, style: Style) => string | AsyncIterable<string>;

const schema = "chartcost/comparison@1";

/** Throws a usage error for formats that show analyses only. */
export function comparisonFormat(name: string): ComparisonFormat {
	if (name === "table") return terminal;
	if (name === "json") {
		return ({ exitCode: _, ...comparison }) =>
			`${json({ schema, sentence: changeSentence(comparison), ...comparison }, 2)}\n`;
	}
	const render = sheetFormat(name);
	return (comparison, style) => render(sheetOf(comparison), style);
}

const columns: readonly SheetColumn[] = [
	{ name: "kind", kind: "text" },
	{ name: "what", kind: "text" },
	{ name: "sameAs", kind: "text" },
	{ name: "before", kind: "number" },
	{ name: "after", kind: "number" },
	{ name: "difference", kind: "number" },
	{ name: "share", kind: "number" },
	{ name: "costUsdPerMonthBefore", kind: "number" },
	{ name: "costUsdPerMonthAfter", kind: "number" },
];

/** `before`, `after` and `difference` are requests per hour. */
function sheetOf(comparison: Comparison): Sheet {
	const { contributions, rest, requestsPerHour: all, costUsdPerMonth: cost } = comparison;
	const figures = (part: Comparison["rest"]): SheetCell[] => [
		part.before,
		part.after,
		part.after - part.before,
		part.share,
		part.costUsdPerMonthBefore,
		part.costUsdPerMonthAfter,
	];
	const rows: SheetCell[][] = contributions.map((part) => [
		kindOf(part),
		partName(part.dimensions),
		partName(part.sameAs),
		...figures(part),
	]);
	const total = { ...all, share: 1, costUsdPerMonthBefore: cost.before, costUsdPerMonthAfter: cost.after };
	return {
		head: { schema },
		title: [changeSentence(comparison)],
		columns,
		rows: [[...rows, ["rest", "", "", ...figures(rest)], ["total", "", "", ...figures(total)]]],
		notes: [splitSentence(comparison), ...comparison.notes],
	};
}

const kindOf = ({ before, after }: ComparedPart): string => (after < before ? "loss" : "gain");

function terminal(comparison: Comparison, style: Style): string {
	const { bold, dim } = paint(style);
	const say = (text: string) => visible(text, !style.unicode);
	const { before, after, prices } = comparison;
	const sections = [
		wrap(say(changeSentence(comparison)), style.width).map(bold),
		totals(comparison, style),
		parts(comparison, style),
		[
			...wrap(splitSentence(comparison), style.width, "  "),
			...wrap(
				`Before: ${span(before)}. After: ${span(after)}. Prices: ${prices.region}, as of ${prices.asOf}.`,
				style.width,
				"  ",
			).map(dim),
		],
	];
	return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const span = ({ from, to, hours }: Comparison["before"]): string =>
	`${minuteOf(from)} to ${minuteOf(to)} UTC (${spanOfHours(hours)})`;

const right = (head: string): Column => ({ head, align: "right" });

function totals(comparison: Comparison, style: Style): string[] {
	const { requestsPerHour, bytesSentPerHour, errorsPerHour, costUsdPerMonth, prices } = comparison;
	const cost = moneyOf(comparison);
	const line = (name: string, figure: Comparison["requestsPerHour"], say: (value: number) => string) => [
		name,
		say(figure.before),
		say(figure.after),
		percentChange(figure),
	];
	return table(
		[{ head: "", align: "left" }, right("before"), right("after"), right("change")],
		[
			line("requests per hour", requestsPerHour, rate),
			line("bytes sent per hour", bytesSentPerHour, (value) => bytes(Math.round(value))),
			line("failed per hour", errorsPerHour, rate),
			line(`${prices.currency} per month`, costUsdPerMonth, cost),
		],
		style,
	);
}

function parts(comparison: Comparison, style: Style): string[] {
	const { contributions, rest } = comparison;
	const cost = moneyOf(comparison);
	const figures = (part: Comparison["rest"]) => [
		rate(part.before),
		rate(part.after),
		signed(part.after - part.before),
		signedMoney(part.costUsdPerMonthAfter - part.costUsdPerMonthBefore, cost),
	];
	const lines = table(
		[
			{ head: "what changed", align: "left", name: true },
			right("before/h"),
			right("after/h"),
			right("change"),
			right("per month"),
		],
		[
			...contributions.map((part) => [Object.values(part.dimensions).join(", "), ...figures(part)]),
			["the rest", ...figures(rest)],
		],
		style,
	);
	const { dim } = paint(style);
	const same = contributions.flatMap(({ dimensions, sameAs }) =>
		Object.keys(sameAs).length === 0 ? [] : [`${partName(dimensions)} = ${partName(sameAs)}`],
	);
	return [
		...lines,
		...same.flatMap((text) => wrap(visible(`  ${text}`, !style.unicode), style.width, "    ")).map(dim),
	];
}

function moneyOf({ costUsdPerMonth, prices }: Comparison): (value: number) => string {
	const digits = moneyDigits(Math.max(costUsdPerMonth.before, costUsdPerMonth.after));
	return (value) => money(value, prices.currency, digits);
}

function signedMoney(value: number, cost: (value: number) => string): string {
	const text = cost(Math.abs(value));
	return value === 0 ? text : `${value < 0 ? "-" : "+"}${text}`;
}

function rate(value: number): string {
	return value >= 100 ? count(Math.round(value)) : value.toFixed(1);
}

function signed(value: number): string {
	const text = rate(Math.abs(value));
	return Number(text.replaceAll(",", "")) === 0 ? text : `${value < 0 ? "-" : "+"}${text}`;
}

function percentChange({ relative, after }: Comparison["requestsPerHour"]): string {
	if (relative === null) return after === 0 ? "" : "new";
	return `${relative < 0 ? "" : "+"}${(relative * 100).toFixed(1)}%`;
}
