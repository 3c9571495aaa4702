/**
 * Breakdown tables for the terminal: which ones an analysis shows, how many rows fit, how a row reads.
 * In: breakdowns as the story made them. Out: blocks of lines.
 */
import type { Breakdown } from "../model/analysis.ts";
import type { Dimension } from "../model/dimensions.ts";
import type { Amounts } from "./amounts.ts";
import { paint, type Style } from "./style.ts";
import { type Column, table } from "./table.ts";
import { bytes, count, percent, plural } from "./words.ts";

/** The questions of a reader in their order; of each line the first breakdown that the analysis has. */
const shown: readonly (readonly string[])[] = [
	["iam-user"],
	["client,software", "client"],
	["source-ip,cluster,network-path", "source-ip"],
	["operation"],
	["key"],
];

/** A header line, a line for the rest and a blank line come with every table. */
const linesAroundRows = 3;

/** The breakdowns that people are shown; JSON and CSV have them all. */
export function chosenBreakdowns(breakdowns: readonly Breakdown[]): Breakdown[] {
	const byKey = new Map(breakdowns.map((breakdown) => [breakdown.by.join(","), breakdown]));
	return shown.flatMap((names) => {
		const breakdown = names.map((name) => byKey.get(name)).find((found) => found !== undefined);
		return breakdown === undefined || breakdown.rows.length === 0 ? [] : [withoutEmptyColumn(breakdown)];
	});
}

/** Without a cluster map the column would say nothing. Those who ask for it with --by get it all the same. */
function withoutEmptyColumn(breakdown: Breakdown): Breakdown {
	if (breakdown.rows.some(({ group }) => group.cluster !== "unmapped")) return breakdown;
	return { ...breakdown, by: breakdown.by.filter((name) => name !== "cluster") };
}

/**
 * The same, the most telling first, as many of them as `lineBudget` lines allow, with rows shared evenly. A table
 * in which one row has it all says least: the summary named it.
 */
export function fittingBreakdowns(
	breakdowns: readonly Breakdown[],
	lineBudget: number,
): { breakdown: Breakdown; rows: number }[] {
	const tables = chosenBreakdowns(breakdowns).sort((a, b) => rankOf(a) - rankOf(b));
	const chosen: { breakdown: Breakdown; rows: number }[] = [];
	let left = lineBudget;
	for (const breakdown of tables) {
		const rows = Math.min(minRows, breakdown.rows.length);
		if (rows + linesAroundRows > left) break;
		chosen.push({ breakdown, rows });
		left -= rows + linesAroundRows;
	}
	for (let round = minRows + 1; left > 0; round++) {
		const growing = chosen.filter(({ breakdown }) => breakdown.rows.length >= round).slice(0, left);
		if (growing.length === 0) break;
		for (const entry of growing) entry.rows = round;
		left -= growing.length;
	}
	return chosen;
}

/** Where a source or a client stands out, that is the story. */
const telling: readonly string[] = ["source-ip", "client", "iam-user", "operation", "key"];
const saysLittle = 0.97;

function rankOf({ by: [first], rows }: Breakdown): number {
	return telling.indexOf(first ?? "") + ((rows[0]?.share ?? 1) > saysLittle ? telling.length : 0);
}

/** A table of one row is a sentence. */
const minRows = 2;
export const linesOfSmallTable = minRows + linesAroundRows;

/** One table: group, requests, bytes, errors, cost, share; then one line for everything below. */
export function breakdownLines(
	{ by, rows, other }: Breakdown,
	limit: number,
	amounts: Amounts,
	style: Style,
): string[] {
	const { rows: top, other: rest } = limited({ rows, other }, limit);
	const withBytes = by.length < 3 || widthOfNames(by, top) + widthOfFigures <= style.width;
	const columns: Column[] = [
		...by.map((name): Column => ({ head: name, align: "left", name: true })),
		...["requests", ...(withBytes ? ["sent"] : []), "cost", "share"].map(
			(head): Column => ({ head, align: "right" }),
		),
	];
	const cells = [...top, ...(rest === undefined ? [] : [rest])].map((row) => [
		...by.map((name, index) => nameOf(row, name, index)),
		count(row.requests),
		...(withBytes ? [bytes(row.bytesSent)] : []),
		amounts.cost(row),
		percent(row.share),
	]);
	const lines = table(columns, cells, style);
	const { dim } = paint(style);
	return lines.map((line, index) => (index === 0 || index > top.length ? dim(line) : line));
}

/** The first rows, and everything below them as one. */
export function limited(
	{ rows, other }: Pick<Breakdown, "rows" | "other">,
	limit: number,
): { rows: Breakdown["rows"]; other: Rest | undefined } {
	return { rows: rows.slice(0, limit), other: restOf(rows.slice(limit), other) };
}

/** Where three names do not fit beside them, the bytes give way. */
function widthOfNames(names: readonly Dimension[], rows: Breakdown["rows"]): number {
	return names
		.map((name) => Math.max(name.length, ...rows.map((row) => displayName(name, row.group[name]).length)) + 2)
		.reduce((sum, width) => sum + width, 0);
}

/** Requests, bytes, cost and share as they usually are. */
const widthOfFigures = 36;

type Rest = Pick<
	NonNullable<Breakdown["other"]>,
	| "groups"
	| "requests"
	| "bytesSent"
	| "costUsd"
	| "costUsdPerMonth"
	| "share"
	| "unpricedRequests"
	| "unpricedBytes"
>;

function nameOf(row: Breakdown["rows"][number] | Rest, name: Dimension, index: number): string {
	if ("group" in row && !("groups" in row)) return displayName(name, row.group[name]);
	if (index > 0) return "";
	return `(${plural((row as Rest).groups, "other")})`;
}

/** The log writes `-` for a request that is about no object, and --where takes it so: keep it, but explain it. */
export function displayName(name: Dimension, value = "-"): string {
	return name === "key" && value === "-" ? "- (no key)" : value;
}

/** Rows that do not fit the screen, pooled with those that the story left out. */
function restOf(hidden: Breakdown["rows"], other: Breakdown["other"]): Rest | undefined {
	if (hidden.length === 0) return other ?? undefined;
	const rest: Rest = {
		groups: hidden.length + (other?.groups ?? 0),
		requests: 0,
		bytesSent: 0,
		costUsd: 0,
		costUsdPerMonth: null,
		share: 0,
		unpricedRequests: 0,
		unpricedBytes: 0,
	};
	for (const row of other === null ? hidden : [...hidden, other]) {
		rest.requests += row.requests;
		rest.bytesSent += row.bytesSent;
		rest.costUsd += row.costUsd;
		rest.share += row.share;
		rest.unpricedRequests += row.unpricedRequests;
		rest.unpricedBytes += row.unpricedBytes;
	}
	return rest;
}
