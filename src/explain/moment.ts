/**
 * The minute of a change. In: the hour, and the flows that carry it. Out: unix seconds: the first request of what
 * began, the last of what stopped, and of what goes on at another rate the best split of its minutes.
 */
import type { Case } from "../model/case.ts";
import type { Block } from "../model/flow.ts";
import type { RowsByHour, Sides } from "./windows.ts";

/** What of a change is known from hours. */
export interface Carrier {
	sides: Sides;
	flows: readonly number[];
	direction: "up" | "down";
	/** Flows that took over from these: their beginning is the change. */
	successors: readonly number[];
}

/** The hourly split may be this far off. */
const looseHours = 2;

/** `undefined`: the flows go on, so it takes minutes to know. */
export function momentByHours(theCase: Case, grid: RowsByHour, carrier: Carrier): number | undefined {
	const { sides, flows, direction, successors } = carrier;
	const began = (ids: readonly number[]) => edge(theCase, grid, sides, ids, "first");
	if (direction === "up") return began(flows);
	const stopped = edge(theCase, grid, sides, flows, "last");
	const taken = stopped === undefined || successors.length === 0 ? undefined : began(successors);
	const isNear = taken !== undefined && Math.abs(taken - stopped!) <= looseHours * 3600;
	return isNear ? taken : stopped;
}

/** First (last) request near the change; `undefined` when there are requests long before (after) it. */
function edge(
	{ hours }: Case,
	{ offsets, rows }: RowsByHour,
	{ from, at, to }: Sides,
	flows: readonly number[],
	which: "first" | "last",
): number | undefined {
	const wanted = new Set(flows);
	let found: number | undefined;
	for (let position = from; position < to; position++) {
		const isFar = which === "first" ? position < at - looseHours : position >= at + looseHours;
		for (let i = offsets[position]!; i < offsets[position + 1]!; i++) {
			const row = rows[i]!;
			if (!wanted.has(hours.flow[row]!)) continue;
			if (isFar) return undefined;
			const start = hours.time[row]! * 60;
			if (which === "first") found = Math.min(found ?? Number.POSITIVE_INFINITY, start + hours.first[row]!);
			else found = Math.max(found ?? 0, start + hours.last[row]!);
		}
	}
	return found;
}

/** Minutes on each side that a split needs. */
const minMinutes = 10;

/**
 * The minute of each change whose flows go on; the start of the hour when no minute is better than others.
 * Asks for the minutes of all of them at once.
 */
export async function momentsByMinutes(
	theCase: Case,
	hours: Int32Array,
	carriers: readonly Carrier[],
): Promise<number[]> {
	if (carriers.length === 0) return [];
	const mask = new Uint8Array(theCase.flows.length);
	for (const { flows } of carriers) for (const flow of flows) mask[flow] = 1;
	const rows = await theCase.minuteRows(mask);
	return carriers.map((carrier) => splitOf(rows, hours[carrier.sides.at]!, new Set(carrier.flows)));
}

function splitOf(rows: Block, hour: number, flows: ReadonlySet<number>): number {
	const first = (hour - looseHours) * 60;
	const counts = new Float64Array(2 * looseHours * 60);
	for (let row = 0; row < rows.rows; row++) {
		const at = rows.time[row]! - first;
		if (at >= 0 && at < counts.length && flows.has(rows.flow[row]!)) counts[at]! += rows.requests[row]!;
	}
	return (first + bestMinute(counts)) * 60;
}

/** The split that makes the counts most likely, were they Poisson with one rate on each side. */
function bestMinute(counts: Float64Array): number {
	const total = counts.reduce((sum, count) => sum + count, 0);
	const likely = (requests: number, minutes: number) =>
		requests === 0 ? 0 : requests * Math.log(requests / minutes);
	let before = 0;
	let best = { at: counts.length / 2, gain: likely(total, counts.length) };
	for (const [i, count] of counts.entries()) {
		const gain = likely(before, i) + likely(total - before, counts.length - i);
		if (i >= minMinutes && i <= counts.length - minMinutes && gain > best.gain + 1e-9) best = { at: i, gain };
		before += count;
	}
	return best.at;
}
