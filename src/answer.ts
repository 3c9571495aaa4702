/**
 * Tallies and facts to answers: the window, the bill, breakdowns by any dimensions, the hourly timeline.
 * Only adds, multiplies and names; every stage it stands on is a value by now.
 */
import type { Facts } from "./facts.ts";
import type { GroupNames } from "./group-names.ts";
import { groupBy } from "./grouping.ts";
import type {
	Breakdown,
	BreakdownRow,
	CostLine,
	TimelinePoint,
	TimeWindow,
	Totals,
} from "./model/analysis.ts";
import type { Dimension } from "./model/dimensions.ts";
import type { Condition } from "./model/options.ts";
import { bytesPerGb, hoursPerMonth, isoTime } from "./model/units.ts";
import { allocateNano, exactCost, toNano, unitPriceUsd, usd } from "./price/money.ts";
import type { Blocks, Grouped } from "./rollup/group.ts";
import type { Tallies } from "./tallies.ts";

/** What all answers of one run share. */
export interface Question {
	tallies: Tallies;
	facts: Facts;
	/** Seconds; cells outside are left out. */
	fromSeconds: number;
	toSeconds: number;
	completeHours: ReadonlySet<number>;
	/** Minute cells, or the hours they were folded into. */
	flowBlocks: Blocks;
	/** For questions without time: totals per flow, or the same as `flowBlocks`. */
	flowTotals: Blocks;
}

export async function breakdown(
	question: Question,
	by: readonly Dimension[],
	where: readonly Condition[],
	top: number,
): Promise<Breakdown> {
	const grouped = await groupBy(question, by, where, top);
	return priced(question, by, grouped);
}

/** Everything as one row. */
export async function total(question: Question, where: readonly Condition[]): Promise<BreakdownRow> {
	const all = await breakdown(question, [], where, 1);
	return all.rows[0] ?? emptyRow();
}

/** Exact cost of quantities, and what has no price. */
function costOf(facts: Facts, quantities: Float64Array): { exact: bigint; requests: number; bytes: number } {
	let exact = 0n;
	let requests = 0;
	let bytes = 0;
	for (const [i, line] of facts.lines.entries()) {
		const quantity = quantities[i]!;
		if (quantity === 0) continue;
		if (line.unitPricePico !== null) exact += exactCost(line.per, line.unitPricePico, quantity);
		else if (line.per === "request") requests += quantity;
		else bytes += quantity;
	}
	return { exact, requests, bytes };
}

/** Groups to rows, sorted by cost, then requests, then name; the rounded costs add up to the rounded total. */
function priced(
	question: Question,
	by: readonly Dimension[],
	grouped: Grouped & { names: GroupNames },
): Breakdown {
	const { facts, completeHours } = question;
	const rows = grouped.rows.map((row) => {
		const group = grouped.names.group(row);
		const name = by.map((dimension) => group[dimension]).join("\0");
		return { row, group, name, cost: costOf(facts, row.quantities) };
	});
	rows.sort(
		(a, b) =>
			compare(b.cost.exact, a.cost.exact) || b.row.requests - a.row.requests || compare(a.name, b.name),
	);
	const other =
		grouped.other === null
			? []
			: [{ row: grouped.other, group: {}, cost: costOf(facts, grouped.other.quantities) }];
	const all = [...rows, ...other];
	const nanos = allocateNano(all.map(({ cost }) => cost.exact));
	const totalNano = nanos.reduce((sum, nano) => sum + nano, 0n);
	const totalRequests = all.reduce((sum, { row }) => sum + row.requests, 0);
	const result = all.map(({ row, group, cost }, i): BreakdownRow => {
		const share = totalNano > 0n ? Number(nanos[i]!) / Number(totalNano) : row.requests / totalRequests;
		return {
			group,
			requests: row.requests,
			bytesSent: row.bytesSent,
			errors: row.errors,
			costUsd: usd(nanos[i]!),
			costUsdPerMonth: monthly(costOf(facts, row.completeQuantities).exact, completeHours.size),
			share: Number.isFinite(share) ? share : 0,
			firstSeen: Number.isFinite(row.firstSeconds) ? isoTime(row.firstSeconds) : null,
			lastSeen: Number.isFinite(row.lastSeconds) ? isoTime(row.lastSeconds) : null,
			unpricedRequests: cost.requests,
			unpricedBytes: cost.bytes,
		};
	});
	const rest = grouped.other === null ? undefined : result.pop()!;
	return {
		by: [...by],
		rows: result,
		other: rest === undefined ? null : { ...rest, groups: grouped.other!.groups },
	};
}

function compare<T>(a: T, b: T): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Cost of the complete hours, scaled to a month of 730 hours; `null` without a complete hour. */
function monthly(exact: bigint, completeHours: number): number | null {
	if (completeHours === 0) return null;
	return usd(toNano((exact * BigInt(hoursPerMonth)) / BigInt(completeHours)));
}

function emptyRow(): BreakdownRow {
	return {
		group: {},
		requests: 0,
		bytesSent: 0,
		errors: 0,
		costUsd: 0,
		costUsdPerMonth: null,
		share: 0,
		firstSeen: null,
		lastSeen: null,
		unpricedRequests: 0,
		unpricedBytes: 0,
	};
}

/** The bill, line by line, in display order; its rounded costs add up to the rounded total. */
export async function bill(question: Question): Promise<CostLine[]> {
	const { facts } = question;
	const { rows } = await groupBy(question, [], [], 1);
	const quantities = rows[0]?.quantities ?? new Float64Array(facts.lines.length);
	const lines = facts.lines
		.map((line, i) => ({ line, quantity: quantities[i]! }))
		.filter(({ quantity }) => quantity > 0)
		.sort(
			(a, b) =>
				a.line.rank - b.line.rank ||
				compare(a.line.region, b.line.region) ||
				compare(a.line.name, b.line.name),
		);
	const known = lines.filter(({ line }) => line.unitPricePico !== null);
	const nanos = allocateNano(
		known.map(({ line, quantity }) => exactCost(line.per, line.unitPricePico!, quantity)),
	);
	const costs = new Map(known.map((entry, i) => [entry, usd(nanos[i]!)]));
	return lines.map((entry) => {
		const { line, quantity } = entry;
		const isRequests = line.per === "request";
		return {
			name: line.name,
			usageType: line.usageType,
			region: line.region,
			unit: line.unit,
			quantity: isRequests ? quantity : quantity / bytesPerGb,
			unitPriceUsd:
				line.unitPricePico === null ? null : unitPriceUsd(line.unitPricePico, isRequests ? 1000 : 1),
			costUsd: costs.get(entry) ?? null,
			note: line.note,
			outsideS3: line.outsideS3,
		};
	});
}

export function totalsOf(row: BreakdownRow): Totals {
	const { requests, bytesSent, errors, costUsd, costUsdPerMonth, unpricedRequests, unpricedBytes } = row;
	return { requests, bytesSent, errors, costUsd, costUsdPerMonth, unpricedRequests, unpricedBytes };
}

/** A point for every hour of the window, the empty ones too. */
export async function timeline(question: Question, window: TimeWindow | null): Promise<TimelinePoint[]> {
	if (window === null) return [];
	const { rows } = await breakdown(question, ["hour"], [], Number.MAX_SAFE_INTEGER);
	const byHour = new Map(rows.map((row) => [row.group.hour, row]));
	const first = Math.floor(Date.parse(window.from) / 3_600_000);
	const end = Math.ceil(Date.parse(window.to) / 3_600_000);
	return Array.from({ length: Math.min(end - first, maxTimelineHours) }, (_, i) => {
		const row = byHour.get(isoTime((first + i) * 3600));
		return {
			time: isoTime((first + i) * 3600),
			requests: row?.requests ?? 0,
			bytesSent: row?.bytesSent ?? 0,
			costUsd: row?.costUsd ?? 0,
			complete: question.completeHours.has(first + i),
		};
	});
}

/** Ten years of hours; a record with a wrong clock must not make a timeline without end. */
const maxTimelineHours = 87_600;
