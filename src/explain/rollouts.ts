/**
 * Roll-outs: in a case, out which source ran which client version, from when to when.
 *
 * Looked for at each address first; then, among addresses that show no switch, at each mapped cluster and at the
 * principal as a whole: pods behind a VPC endpoint change their address when they change their version.
 */
import type { Case } from "../model/case.ts";
import type { ClientSpan, Rollout, RolloutSource } from "../model/diagnosis.ts";
import { grouped } from "../model/grouped.ts";
import { isoTime } from "../model/units.ts";
import { type Lineage, lineagesOf, type Strand } from "./strands.ts";
import { couldSwitch, type Span, type Switch, spansOf, switchesAmong } from "./switches.ts";

/** Addresses described per roll-out, those with the most requests: a role may have a new one per session. */
const maxSources = 100;
/** Roll-outs told per case, the latest: nobody reads more. */
const maxRollouts = 100;

/** One address. Most run one version, and nobody asks for their spans. */
class Source {
	readonly strands: readonly Strand[];
	#spans: Span[] | undefined;

	constructor(strands: readonly Strand[]) {
		this.strands = strands;
	}

	get spans(): Span[] {
		this.#spans ??= spansOf(this.strands);
		return this.#spans;
	}

	runs(client: string): boolean {
		return this.strands.some(({ actor }) => actor.client === client);
	}
}

/** One address that switched. `round`: how often it had made the same switch before, 0 the first time. */
interface Move {
	source: Source;
	round: number;
	at: number;
	oldUntil: number | null;
}

export function findRollouts(theCase: Case): Rollout[] {
	const last = lastRequest(theCase);
	return lineagesOf(theCase)
		.flatMap((lineage) => rolloutsOf(lineage, last))
		.sort((a, b) => compare(a.startedAt, b.startedAt) || compare(nameOf(a), nameOf(b)))
		.slice(-maxRollouts);
}

const nameOf = (rollout: Rollout): string =>
	[rollout.bucket, rollout["iam-user"], rollout.from, rollout.to, rollout.requester].join("\0");

function compare<Value extends string | number>(a: Value, b: Value): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function lastRequest({ hours }: Case): number {
	const { rows, time, last: lasts } = hours;
	let last = 0;
	for (let row = 0; row < rows; row++) {
		const seconds = time[row]! * 60 + lasts[row]!;
		if (seconds > last) last = seconds;
	}
	return last;
}

function rolloutsOf(lineage: Lineage, last: number): Rollout[] {
	const sources = [...grouped(lineage.strands, ({ actor }) => actor.sourceIp).values()].map(
		(strands) => new Source(strands),
	);
	const moves = new Map<string, { example: Switch; moves: Move[] }>();
	const note = (found: Switch, move: Move) => {
		const key = [found.from.client, found.from.software, found.to.client, found.to.software].join("\0");
		const known = moves.get(key);
		if (known === undefined) moves.set(key, { example: found, moves: [move] });
		else known.moves.push(move);
	};
	const still = new Set(sources);
	for (const source of sources) {
		if (!couldSwitch(source.strands)) continue;
		const rounds = new Map<string, number>();
		for (const found of switchesAmong(source.spans, last)) {
			const pair = `${found.from.client} ${found.to.client}`;
			const round = rounds.get(pair) ?? 0;
			rounds.set(pair, round + 1);
			still.delete(source);
			note(found, { source, round, at: found.to.begin, oldUntil: found.from.end });
		}
	}
	const clusters = grouped(
		[...still].filter(({ strands }) => strands[0]!.actor.cluster !== "unmapped"),
		({ strands }) => strands[0]!.actor.cluster,
	);
	for (const group of clusters.values()) noteTogether(group, last, still, note);
	noteTogether([...still], last, still, note);
	return [...moves.values()].flatMap(({ example, moves: all }) =>
		[...grouped(all, ({ round }) => round).values()].map((round) =>
			rolloutOf(lineage, sources, example, round),
		),
	);
}

/** Several addresses as one: each that runs the new version after the switch counts as switched. */
function noteTogether(
	group: readonly Source[],
	last: number,
	still: Set<Source>,
	note: (found: Switch, move: Move) => void,
): void {
	if (group.length < 2) return;
	const rounds = new Map<string, number>();
	for (const found of switchesAmong(spansOf(group.flatMap(({ strands }) => strands)), last)) {
		const pair = `${found.from.client} ${found.to.client}`;
		const round = rounds.get(pair) ?? 0;
		rounds.set(pair, round + 1);
		for (const source of group) {
			if (!source.runs(found.to.client)) continue;
			const fresh = source.spans.find((span) => span.client === found.to.client && within(span, found.to));
			if (fresh === undefined) continue;
			const old = source.spans.findLast(
				(span) => span.client === found.from.client && within(span, found.from),
			);
			note(found, { source, round, at: fresh.begin, oldUntil: old?.end ?? null });
			still.delete(source);
		}
	}
}

const within = (part: Span, whole: Span): boolean => part.begin >= whole.begin && part.end <= whole.end;

function rolloutOf(
	{ requesters, strands }: Lineage,
	sources: readonly Source[],
	{ from, to }: Switch,
	moves: readonly Move[],
): Rollout {
	const { actor } = strands[0]!;
	const times = moves.map(({ at }) => at);
	const moved = new Map(moves.map((move) => [move.source, move]));
	const isOne = (span: Span) => span.client === from.client || span.client === to.client;
	const concerned = sources.filter((source) => source.runs(from.client) || source.runs(to.client));
	const told = concerned
		.map((source) => ({ source, move: moved.get(source), requests: requestsOf(source) }))
		.sort((a, b) => b.requests - a.requests || compare(addressOf(a.source), addressOf(b.source)))
		.slice(0, maxSources)
		.sort(
			(a, b) =>
				(a.move?.at ?? Number.POSITIVE_INFINITY) - (b.move?.at ?? Number.POSITIVE_INFINITY) ||
				Number(b.source.runs(from.client)) - Number(a.source.runs(from.client)) ||
				compare(addressOf(a.source), addressOf(b.source)),
		);
	return {
		bucket: actor.bucket,
		"iam-user": actor.iamUser,
		requester: commonName(requesters),
		from: from.client,
		to: to.client,
		fromSoftware: from.software,
		toSoftware: to.software,
		startedAt: isoTime(Math.min(...times)),
		finishedAt: isoTime(Math.max(...times)),
		sources: told.map(({ source, move }) => sourceOf(source, move, from, isOne)),
	};
}

const addressOf = ({ strands }: Source): string => strands[0]!.actor.sourceIp;
const requestsOf = ({ strands }: Source): number => strands.reduce((sum, { requests }) => sum + requests, 0);

function sourceOf(
	{ strands, spans }: Source,
	move: Move | undefined,
	from: Span,
	isOne: (span: Span) => boolean,
): RolloutSource {
	const { sourceIp, cluster, networkPath } = strands[0]!.actor;
	const old = spans.filter(({ client }) => client === from.client).map(({ end }) => end);
	const oldUntil = move === undefined ? (old.length === 0 ? null : Math.max(...old)) : move.oldUntil;
	return {
		sourceIp,
		cluster,
		networkPath,
		spans: spans.filter(isOne).map(clientSpan),
		switchedAt: move === undefined ? null : isoTime(move.at),
		oldUntil: oldUntil === null ? null : isoTime(oldUntil),
	};
}

function clientSpan({ client, software, begin, end, requests }: Span): ClientSpan {
	return { client, software, firstSeen: isoTime(begin), lastSeen: isoTime(end), requests };
}

/** `arn:aws:sts::111122223333:assumed-role/ci/*` for many sessions. */
function commonName(requesters: readonly string[]): string {
	const first = requesters[0] ?? "-";
	const last = requesters.at(-1) ?? first;
	if (first === last) return first;
	let length = 0;
	// Sorted: what the first and the last begin with, all begin with.
	while (length < first.length && first[length] === last[length]) length++;
	return `${first.slice(0, length)}*`;
}
