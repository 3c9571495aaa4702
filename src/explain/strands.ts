/**
 * First step of the roll-outs: who could have rolled out anything, and when each version was active where.
 * In: a case. Out: lineages (one principal with several versions of one product) and their strands, one per source
 * and version, as stretches of activity. One pass over the hours; nothing is kept for principals with one version.
 */
import type { Actor, Case } from "../model/case.ts";
import { grouped } from "../model/grouped.ts";

/** One client version at one source. */
export interface Strand {
	/** Any actor of it: bucket, principal, source and client are the same for all. */
	actor: Actor;
	requests: number;
	/** One stretch per active hour, in order of time, unix seconds: first and last request in it. */
	begins: number[];
	ends: number[];
	/** Requests in the stretch. */
	counts: number[];
}

/** One principal, one bucket, one product: versions in it can replace each other. */
export interface Lineage {
	strands: Strand[];
	/** The raw requesters behind the principal: sessions of one role. */
	requesters: string[];
}

/** Versions of strangers say nothing about a roll-out. */
const anonymous = "anonymous";

export function lineagesOf(theCase: Case): Lineage[] {
	const { actors } = theCase;
	const named = [...actors.keys()].filter((number) => {
		const { version, iamUser } = actors[number]!;
		return version !== "" && iamUser !== anonymous;
	});
	const groups = grouped(named, (number) => {
		const { bucket, account, iamUser, product } = actors[number]!;
		return `${bucket} ${account} ${iamUser}\0${product}`;
	});
	const strands: Strand[] = [];
	/** Actor → strand number + 1; 0: of no interest. */
	const strandOf = new Int32Array(actors.length);
	const lineages: Lineage[] = [];
	for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
		const first = actors[group[0]!]!;
		if (group.every((number) => actors[number]!.version === first.version)) continue;
		lineages.push(lineageOf(actors, group, strands, strandOf));
	}
	if (lineages.length > 0) collectActivity(theCase, strands, strandOf);
	return lineages.map(({ strands: all, requesters }) => ({
		requesters,
		strands: all.filter(({ requests }) => requests > 0),
	}));
}

function lineageOf(
	actors: readonly Actor[],
	group: readonly number[],
	strands: Strand[],
	strandOf: Int32Array,
): Lineage {
	const own = new Map<string, number>();
	const from = strands.length;
	for (const number of group) {
		const actor = actors[number]!;
		const key = `${actor.sourceIp} ${actor.version} ${actor.software}`;
		let strand = own.get(key);
		if (strand === undefined) {
			strand = strands.push({ actor, requests: 0, begins: [], ends: [], counts: [] }) - 1;
			own.set(key, strand);
		}
		strandOf[number] = strand + 1;
	}
	const requesters = [...new Set(group.map((number) => actors[number]!.requester))].sort();
	return { strands: strands.slice(from), requesters };
}

function collectActivity({ hours, actorOf }: Case, strands: Strand[], strandOf: Int32Array): void {
	const ofFlow = actorOf.map((actor) => strandOf[actor]!);
	const { flow: flows, time, first, last, requests } = hours;
	const order = inOrderOfTime(hours, ofFlow);
	for (let i = 0; i < order.length; i++) {
		const row = order[i]!;
		const strand = strands[ofFlow[flows[row]!]! - 1]!;
		const { begins, ends, counts } = strand;
		const begin = time[row]! * 60 + first[row]!;
		const end = time[row]! * 60 + last[row]!;
		const at = begins.length - 1;
		if (at >= 0 && begins[at]! >= time[row]! * 60) {
			if (begin < begins[at]!) begins[at] = begin;
			if (end > ends[at]!) ends[at] = end;
			counts[at]! += requests[row]!;
		} else {
			begins.push(begin);
			ends.push(end);
			counts.push(requests[row]!);
		}
		strand.requests += requests[row]!;
	}
}

/** More hours than this are not counted out but sorted: a clock may be wrong by centuries. */
const maxCountedHours = 1 << 20;

/** Numbers of the rows whose flow has a strand, those of earlier hours first. */
function inOrderOfTime({ rows, time, flow }: Case["hours"], ofFlow: Int32Array): Int32Array {
	const wanted = new Int32Array(rows);
	let count = 0;
	let first = Number.POSITIVE_INFINITY;
	let last = 0;
	for (let row = 0; row < rows; row++) {
		if (ofFlow[flow[row]!] === 0) continue;
		wanted[count++] = row;
		if (time[row]! < first) first = time[row]!;
		if (time[row]! > last) last = time[row]!;
	}
	const chosen = wanted.subarray(0, count);
	const span = count === 0 ? 0 : (last - first) / 60 + 1;
	if (span > maxCountedHours) return chosen.sort((a, b) => time[a]! - time[b]!);
	const next = new Int32Array(span + 1);
	for (let i = 0; i < count; i++) next[(time[chosen[i]!]! - first) / 60 + 1]! += 1;
	for (let i = 0; i < span; i++) next[i + 1]! += next[i]!;
	const order = new Int32Array(count);
	for (let i = 0; i < count; i++) order[next[(time[chosen[i]!]! - first) / 60]!++] = chosen[i]!;
	return order;
}

type Activity = Pick<Strand, "begins" | "ends" | "counts" | "requests">;

/** Several activities as one: stretches of the same hour become one stretch. */
export function byHour(parts: readonly Activity[]): Activity {
	if (parts.length === 1) return parts[0]!;
	const hours = new Map<number, number>();
	const merged: Activity = { begins: [], ends: [], counts: [], requests: 0 };
	for (const { begins, ends, counts, requests } of parts) {
		merged.requests += requests;
		for (let i = 0; i < begins.length; i++) {
			const hour = Math.floor(begins[i]! / 3600);
			const at = hours.get(hour);
			if (at === undefined) {
				hours.set(hour, merged.begins.length);
				merged.begins.push(begins[i]!);
				merged.ends.push(ends[i]!);
				merged.counts.push(counts[i]!);
			} else {
				merged.begins[at] = Math.min(merged.begins[at]!, begins[i]!);
				merged.ends[at] = Math.max(merged.ends[at]!, ends[i]!);
				merged.counts[at]! += counts[i]!;
			}
		}
	}
	const order = [...merged.begins.keys()].sort((a, b) => merged.begins[a]! - merged.begins[b]!);
	return {
		begins: order.map((i) => merged.begins[i]!),
		ends: order.map((i) => merged.ends[i]!),
		counts: order.map((i) => merged.counts[i]!),
		requests: merged.requests,
	};
}
