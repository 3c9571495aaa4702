/**
 * Two windows of hours compared flow by flow. In: rows of hours, and which hours are on which side. Out: requests and
 * bytes per hour of each flow, before and after. Where both sides have the same hours of the day, those are compared:
 * a change at noon must not look like the difference of night and day.
 */
import type { Case } from "../model/case.ts";
import { type Block, grainSeconds } from "../model/flow.ts";
import type { TimeRange } from "../model/time.ts";

/** The rows of `Case.hours` by position in a grid of hours. */
export interface RowsByHour {
	hours: Int32Array;
	/** Rows of position p: `rows[offsets[p]] … rows[offsets[p + 1] - 1]`. */
	offsets: Int32Array;
	rows: Int32Array;
}

export function rowsByHour({ hours: block }: Case, hours: Int32Array): RowsByHour {
	const positions = new Map(Array.from(hours, (hour, position) => [hour, position] as const));
	const offsets = new Int32Array(hours.length + 1);
	const positionOfRow = new Int32Array(block.rows);
	let lastTime = -1;
	let position = -1;
	for (let row = 0; row < block.rows; row++) {
		if (block.time[row] !== lastTime) {
			lastTime = block.time[row]!;
			position = positions.get(lastTime / 60) ?? -1;
		}
		positionOfRow[row] = position;
		if (position >= 0) offsets[position + 1]! += 1;
	}
	for (let i = 0; i < hours.length; i++) offsets[i + 1]! += offsets[i]!;
	const next = offsets.slice();
	const rows = new Int32Array(offsets[hours.length]!);
	for (let row = 0; row < block.rows; row++) {
		const at = positionOfRow[row]!;
		if (at >= 0) rows[next[at]!++] = row;
	}
	return { hours, offsets, rows };
}

/** Amounts per hour and flow. */
export interface Amounts {
	requests: Float64Array;
	bytesSent: Float64Array;
	objectBytes: Float64Array;
}

export interface Comparison {
	before: Amounts;
	after: Amounts;
	hoursBefore: number;
	hoursAfter: number;
}

export interface Sides {
	/** Positions: before is [from, at), after is [at, to). */
	from: number;
	at: number;
	to: number;
}

/** Sides longer than this can spare the hour in which the change happened. */
const spareHours = 6;

export function compareSides(theCase: Case, grid: RowsByHour, sides: Sides): Comparison {
	const { from, at, to } = sides;
	const before = positionsOf(from, at - from > spareHours ? at - 1 : at);
	const after = positionsOf(to - at > spareHours ? at + 1 : at, to);
	const weights = weightsOf(grid.hours, before, after);
	return {
		before: amountsOf(theCase, grid, before, weights.before),
		after: amountsOf(theCase, grid, after, weights.after),
		hoursBefore: before.length,
		hoursAfter: after.length,
	};
}

function positionsOf(from: number, to: number): number[] {
	return Array.from({ length: to - from }, (_, i) => from + i);
}

function weightsOf(
	hours: Int32Array,
	before: readonly number[],
	after: readonly number[],
): { before: number[]; after: number[] } {
	const ofDay = (position: number) => hours[position]! % 24;
	const tally = (positions: readonly number[]) => {
		const sizes = new Float64Array(24);
		for (const position of positions) sizes[ofDay(position)]! += 1;
		return sizes;
	};
	const [sizesBefore, sizesAfter] = [tally(before), tally(after)];
	const shared = sizesBefore.map((size, i) => Math.min(size, sizesAfter[i]!));
	const total = shared.reduce((sum, size) => sum + size, 0);
	// With little in common, all hours say more than the few that pair.
	if (total < Math.min(before.length, after.length) / 2) {
		return { before: before.map(() => 1 / before.length), after: after.map(() => 1 / after.length) };
	}
	const weigh = (positions: readonly number[], sizes: Float64Array) =>
		positions.map((position) => shared[ofDay(position)]! / sizes[ofDay(position)]! / total);
	return { before: weigh(before, sizesBefore), after: weigh(after, sizesAfter) };
}

function amountsOf(
	{ flows, hours }: Case,
	{ offsets, rows }: RowsByHour,
	positions: readonly number[],
	weights: readonly number[],
): Amounts {
	const { requests, bytesSent, objectBytes } = emptyAmounts(flows.length);
	for (const [i, position] of positions.entries()) {
		const weight = weights[i]!;
		for (let at = offsets[position]!; at < offsets[position + 1]!; at++) {
			const row = rows[at]!;
			const flow = hours.flow[row]!;
			requests[flow]! += weight * hours.requests[row]!;
			bytesSent[flow]! += weight * hours.bytesSent[row]!;
			objectBytes[flow]! += weight * hours.objectBytes[row]!;
		}
	}
	return { requests, bytesSent, objectBytes };
}

/** USD per hour of the flows that are in. */
export function costOf({ costUsd }: Case, amounts: Amounts, isIn: (flow: number) => boolean): number {
	const usd: number[] = [];
	for (let flow = 0; flow < amounts.requests.length; flow++) {
		const requests = amounts.requests[flow]!;
		if (requests === 0 || !isIn(flow)) continue;
		usd.push(costUsd(flow, requests, amounts.bytesSent[flow]!, amounts.objectBytes[flow]!));
	}
	// Threads number flows as they meet them; the last digit of the sum must not tell in which order.
	return Float64Array.from(usd)
		.sort()
		.reduce((sum, one) => sum + one, 0);
}

/** Two windows as they are, hour of the day or not: rates per hour of each flow. */
export async function amountsBetween(
	blocks: AsyncIterable<Block> | Iterable<Block>,
	flows: number,
	before: TimeRange,
	after: TimeRange,
): Promise<Comparison> {
	const side = (range: TimeRange) => ({
		range,
		amounts: emptyAmounts(flows),
		weight: 3600 / (range.toSeconds - range.fromSeconds),
	});
	const sides = [side(before), side(after)] as const;
	for await (const block of blocks) {
		const unit = grainSeconds[block.grain];
		for (const { range, amounts, weight } of sides) {
			const [from, to] = [range.fromSeconds / unit, range.toSeconds / unit];
			const { requests, bytesSent, objectBytes } = amounts;
			for (let row = 0; row < block.rows; row++) {
				const time = block.time[row]!;
				if (time < from || time >= to) continue;
				const flow = block.flow[row]!;
				requests[flow]! += weight * block.requests[row]!;
				bytesSent[flow]! += weight * block.bytesSent[row]!;
				objectBytes[flow]! += weight * block.objectBytes[row]!;
			}
		}
	}
	return {
		before: sides[0].amounts,
		after: sides[1].amounts,
		hoursBefore: 1 / sides[0].weight,
		hoursAfter: 1 / sides[1].weight,
	};
}

function emptyAmounts(flows: number): Amounts {
	return {
		requests: new Float64Array(flows),
		bytesSent: new Float64Array(flows),
		objectBytes: new Float64Array(flows),
	};
}
