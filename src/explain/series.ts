/**
 * Hourly series of a case: requests per complete hour of each bucket and of the principals that cost most.
 * In: a case. Out: series over a common grid of hours; hours that are missing from the logs are not in it.
 * Two passes over the hours.
 */
import type { Actor, Case } from "../model/case.ts";
import { median } from "./smooth.ts";

export interface Series {
	bucket: string;
	/** A whole bucket has none. */
	iamUser: string | undefined;
	/** Requests by position in the grid. */
	counts: Float64Array;
}

export interface SeriesSet {
	/** Hours since 1970, rising. */
	hours: Int32Array;
	series: Series[];
	/** Series number by flow id, -1: of none. */
	bucketOf: Int32Array;
	principalOf: Int32Array;
}

/** Buckets and principals looked at; each costs milliseconds, and the rest costs little money. */
const maxBuckets = 5;
const maxPrincipals = 15;
/** The newest 400 days: whoever looks at more has other questions. */
const maxHours = 400 * 24;
/** A series with fewer requests has no rate that could change. */
const minRequests = 30;
/** From this usual rate on, an hour without any request is more likely a log that was not delivered. */
const minRateOfGaps = 20;

export function seriesOf(theCase: Case): SeriesSet {
	const { flows, actors, actorOf } = theCase;
	const grid = gridOf(theCase);
	const costs = flowCosts(theCase, grid);
	const actorBehind = (flow: number): Actor => actors[actorOf[flow]!]!;
	const buckets = strongest(flows.length, maxBuckets, costs, (flow) => [actorBehind(flow).bucket, ""]);
	const principals = strongest(flows.length, maxPrincipals, costs, (flow) => {
		const { bucket, iamUser } = actorBehind(flow);
		return [bucket, iamUser];
	});
	const length = grid.hours.length;
	const all = [...buckets.examples, ...principals.examples].map((flow, i): Series => {
		const { bucket, iamUser } = actors[actorOf[flow]!]!;
		const isBucket = i < buckets.examples.length;
		return { bucket, iamUser: isBucket ? undefined : iamUser, counts: new Float64Array(length) };
	});
	const offset = buckets.examples.length;
	const principalOf = principals.numberOf.map((number) => (number < 0 ? -1 : number + offset));
	const total = count(theCase, grid, all, buckets.numberOf, principalOf);
	const present = withoutGaps(total);
	return {
		hours: present.map((position) => grid.hours[position]!),
		series: all.map((one) => ({ ...one, counts: Float64Array.from(present, (i) => one.counts[i]!) })),
		bucketOf: buckets.numberOf,
		principalOf,
	};
}

interface Grid {
	hours: Int32Array;
	/** Position by hour minus the first hour; -1: not complete. */
	positions: Int32Array;
}

function gridOf({ completeHours }: Case): Grid {
	const hours = Int32Array.from(completeHours).sort().slice(-maxHours);
	const first = hours[0] ?? 0;
	const positions = new Int32Array(Math.min((hours.at(-1) ?? 0) - first + 1, 4 * maxHours)).fill(-1);
	for (const [i, hour] of hours.entries()) positions[hour - first] = i;
	return { hours, positions };
}

function positionOf({ hours, positions }: Grid, minute: number): number {
	return positions[minute / 60 - hours[0]!] ?? -1;
}

function flowCosts(
	{ flows, hours, costUsd }: Case,
	grid: Grid,
): { usd: Float64Array; requests: Float64Array } {
	const requests = new Float64Array(flows.length);
	const bytesSent = new Float64Array(flows.length);
	const objectBytes = new Float64Array(flows.length);
	for (let row = 0; row < hours.rows; row++) {
		if (positionOf(grid, hours.time[row]!) < 0) continue;
		const flow = hours.flow[row]!;
		requests[flow]! += hours.requests[row]!;
		bytesSent[flow]! += hours.bytesSent[row]!;
		objectBytes[flow]! += hours.objectBytes[row]!;
	}
	const usd = requests.map((amount, flow) =>
		amount === 0 ? 0 : costUsd(flow, amount, bytesSent[flow]!, objectBytes[flow]!),
	);
	return { usd, requests };
}

/** The groups of flows that cost most: group number by flow, and a flow of each group. */
function strongest(
	flows: number,
	most: number,
	{ usd, requests }: { usd: Float64Array; requests: Float64Array },
	nameOf: (flow: number) => readonly [bucket: string, iamUser: string],
): { numberOf: Int32Array; examples: number[] } {
	/** Bucket → principal → number: a name for each flow takes longer to write than all the rest. */
	const numbers = new Map<string, Map<string, number>>();
	const groups: { name: string; example: number }[] = [];
	const groupOf = new Int32Array(flows).fill(-1);
	for (let flow = 0; flow < flows; flow++) {
		if (requests[flow] === 0) continue;
		const [bucket, iamUser] = nameOf(flow);
		let ofBucket = numbers.get(bucket);
		if (ofBucket === undefined) {
			ofBucket = new Map();
			numbers.set(bucket, ofBucket);
		}
		let number = ofBucket.get(iamUser);
		if (number === undefined) {
			number = groups.push({ name: `${bucket} ${iamUser}`, example: flow }) - 1;
			ofBucket.set(iamUser, number);
		}
		groupOf[flow] = number;
	}
	const [usdOf, requestsOf] = [new Float64Array(groups.length), new Float64Array(groups.length)];
	for (let flow = 0; flow < flows; flow++) {
		const number = groupOf[flow]!;
		if (number < 0) continue;
		usdOf[number]! += usd[flow]!;
		requestsOf[number]! += requests[flow]!;
	}
	const chosen = [...groups.keys()]
		.filter((group) => requestsOf[group]! >= minRequests)
		.sort(
			(a, b) =>
				usdOf[b]! - usdOf[a]! ||
				requestsOf[b]! - requestsOf[a]! ||
				(groups[a]!.name < groups[b]!.name ? -1 : 1),
		)
		.slice(0, most);
	const placeOf = new Int32Array(groups.length).fill(-1);
	for (const [place, group] of chosen.entries()) placeOf[group] = place;
	return {
		numberOf: groupOf.map((group) => (group < 0 ? -1 : placeOf[group]!)),
		examples: chosen.map((group) => groups[group]!.example),
	};
}

/** Fills the series; gives back the requests of all flows per hour. */
function count(
	{ hours }: Case,
	grid: Grid,
	series: readonly Series[],
	bucketOf: Int32Array,
	principalOf: Int32Array,
): Float64Array {
	const total = new Float64Array(grid.hours.length);
	for (let row = 0; row < hours.rows; row++) {
		const position = positionOf(grid, hours.time[row]!);
		if (position < 0) continue;
		const flow = hours.flow[row]!;
		const requests = hours.requests[row]!;
		total[position]! += requests;
		const bucket = bucketOf[flow]!;
		if (bucket >= 0) series[bucket]!.counts[position]! += requests;
		const principal = principalOf[flow]!;
		if (principal >= 0) series[principal]!.counts[position]! += requests;
	}
	return total;
}

/** Positions of the hours that the logs know. */
function withoutGaps(total: Float64Array): Int32Array {
	const all = Int32Array.from(total.keys());
	return median(total) < minRateOfGaps ? all : all.filter((position) => total[position]! > 0);
}
