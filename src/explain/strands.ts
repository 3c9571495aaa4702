/**
 * First step of the roll-outs: who could have rolled out anything, and when each version was active where.
 * In: a case. Out: lineages (one principal with several versions of one product) and their strands, one per source
 * and version, as stretches of activity. One pass over the hours; nothing is kept for principals with one version.
 */
import type { Actor, Case } from "../model/case.ts";

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
	const groups = new Map<string, number[]>();
	for (const [number, actor] of actors.entries()) {
		if (actor.version === "" || actor.iamUser === anonymous) continue;
		const key = `${actor.bucket} ${actor.account} ${actor.iamUser}\0${actor.product}`;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [number]);
		else group.push(number);
	}
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
	const ofFlow = Int32Array.from(actorOf, (actor) => strandOf[actor]!);
	for (let row = 0; row < hours.rows; row++) {
		const number = ofFlow[hours.flow[row]!]!;
		if (number === 0) continue;
		const strand = strands[number - 1]!;
		const start = hours.time[row]! * 60;
		strand.begins.push(start + hours.first[row]!);
		strand.ends.push(start + hours.last[row]!);
		strand.counts.push(hours.requests[row]!);
		strand.requests += hours.requests[row]!;
	}
	for (const strand of strands) Object.assign(strand, byHour([strand]));
}

type Activity = Pick<Strand, "begins" | "ends" | "counts" | "requests">;

/** Several activities as one: rows of the same hour become one stretch. */
export function byHour(parts: readonly Activity[]): Activity {
	const rows = parts.flatMap(({ begins, ends, counts }) =>
		begins.map((begin, i) => ({ begin, end: ends[i]!, count: counts[i]! })),
	);
	rows.sort((a, b) => a.begin - b.begin || a.end - b.end);
	const merged: Activity = { begins: [], ends: [], counts: [], requests: 0 };
	let hour = Number.NaN;
	for (const { begin, end, count } of rows) {
		merged.requests += count;
		const at = merged.begins.length - 1;
		if (Math.floor(begin / 3600) === hour) {
			merged.ends[at] = Math.max(merged.ends[at]!, end);
			merged.counts[at]! += count;
			continue;
		}
		hour = Math.floor(begin / 3600);
		merged.begins.push(begin);
		merged.ends.push(end);
		merged.counts.push(count);
	}
	return merged;
}
