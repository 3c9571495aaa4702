/**
 * Breakdown rows as the machine formats print them: flat, dimensions first, then the figures.
 * Shared by json, ndjson, csv and tsv, so that a key has one spelling.
 */
import type { BreakdownRow } from "../model/analysis.ts";
import type { Dimension } from "../model/dimensions.ts";

export const figureNames = [
	"requests",
	"bytesSent",
	"errors",
	"costUsd",
	"costUsdPerMonth",
	"share",
	"firstSeen",
	"lastSeen",
	"unpricedRequests",
	"unpricedBytes",
] as const satisfies readonly (keyof BreakdownRow)[];

export type FlatRow = Record<string, string | number | null>;

/** `{ "user-agent": "…", "requests": 1, … }`; dimensions in the order asked for. */
export function flatRow(row: BreakdownRow, by: readonly Dimension[] = []): FlatRow {
	return { ...Object.fromEntries(by.map((name) => [name, row.group[name] ?? null])), ...figures(row) };
}

function figures(row: BreakdownRow): FlatRow {
	return Object.fromEntries(figureNames.map((name) => [name, row[name]]));
}

/** The row of everything below the top, with the number of groups in it. */
export function flatOther(other: (BreakdownRow & { groups: number }) | null): FlatRow | null {
	return other === null ? null : { groups: other.groups, ...figures(other) };
}
