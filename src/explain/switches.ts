/**
 * Second step of the roll-outs: at one source (or several seen as one), which version took over from which, and when.
 * In: the activity of each version there. Out: spans and switches. A switch is seen when one version ends, another
 * begins about then, and chance is no explanation: versions that take turns, or run side by side, are no roll-out.
 */
import { grouped } from "../model/grouped.ts";
import { byHour, type Strand } from "./strands.ts";

/** A version from its first to its last request, without longer breaks in which another version ran. */
export interface Span {
	/** `aws-sdk-go/1.37.28`, and what tells it from other programs built with it. */
	client: string;
	software: string;
	product: string;
	begin: number;
	end: number;
	requests: number;
	/** Unix seconds of the active hours' first requests. */
	active: readonly number[];
	/** Seconds of silence that are usual for it: nine of ten breaks between active hours are shorter. */
	usualBreak: number;
}

export interface Switch {
	from: Span;
	to: Span;
}

/** A rolling update may take this long at one source: pods of both versions answer side by side. */
const maxOverlapSeconds = 12 * 3600;
/** Of the shorter span's active hours, so that a day of side by side in two days of logs is no update. */
const maxOverlapShare = 0.25;
/** An update that takes two hours needs no share: the new version may be only hours old. */
const freeOverlapSeconds = 2 * 3600;
/** Another version is given a break that is so much longer than usual, and at least this long. */
const breaksOfGap = 8;
const minGapSeconds = 3 * 3600;
/** A version that comes a week after the other went is something else that was begun. */
const maxPauseSeconds = 7 * 86_400;
/** Below this, silence is no end: ChartMuseum's longest customary interval is an hour. */
const minSilenceSeconds = 900;
/**
 * One in so many random orders of the active hours would look like a switch; beyond, it is taken for one. Times the
 * pairs of versions that could: a source with ten versions has ninety chances.
 */
const minOrders = 200;

/** Versions looked at per source, those with the most requests: who makes versions up must not cost minutes. */
const maxVersions = 20;

/** The spans at one source, in order of first sight. */
export function spansOf(strands: readonly Strand[]): Span[] {
	const versions = versionsOf(strands);
	const spans = versions.flatMap((version) =>
		cutWhereOthersRan(
			version,
			versions.filter((other) => other !== version),
		),
	);
	return spans.sort(
		(a, b) => a.begin - b.begin || a.end - b.end || (a.client + a.software < b.client + b.software ? -1 : 1),
	);
}

function versionsOf(strands: readonly Strand[]): Strand[] {
	const groups = grouped(strands, ({ actor }) => `${actor.client}\0${actor.software}`);
	return [...groups]
		.map(([name, group]) => ({ name, group, requests: group.reduce((sum, one) => sum + one.requests, 0) }))
		.sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
		.slice(0, maxVersions)
		.map(({ group }) => (group.length === 1 ? group[0]! : { actor: group[0]!.actor, ...byHour(group) }));
}

/** A roll-back shows as a version with a break in which another ran. */
function cutWhereOthersRan({ actor, begins, ends, counts }: Strand, others: readonly Strand[]): Span[] {
	// Seen in one hour: most versions at most addresses of a crowded log.
	if (begins.length === 1) return [spanOf(actor, begins, ends[0]!, counts[0]!, 0)];
	const breaks = begins.slice(1).map((begin, i) => begin - ends[i]!);
	const usualBreak = usualOf(breaks);
	const spans: Span[] = [];
	let from = 0;
	for (let i = 0; i < begins.length; i++) {
		const next = begins[i + 1];
		const goesOn =
			next !== undefined &&
			(next - ends[i]! <= Math.max(breaksOfGap * usualBreak, minGapSeconds) ||
				!ranBetween(others, ends[i]!, next));
		if (goesOn) continue;
		const requests = counts.slice(from, i + 1).reduce((sum, count) => sum + count, 0);
		spans.push(spanOf(actor, begins.slice(from, i + 1), ends[i]!, requests, usualBreak));
		from = i + 1;
	}
	return spans;
}

function spanOf(
	{ client, software, product }: Strand["actor"],
	active: readonly number[],
	end: number,
	requests: number,
	usualBreak: number,
): Span {
	return { client, software, product, begin: active[0]!, end, requests, active, usualBreak };
}

function usualOf(breaks: readonly number[]): number {
	const sorted = Float64Array.from(breaks).sort();
	return sorted[Math.floor(sorted.length * 0.9)] ?? 0;
}

function ranBetween(strands: readonly Strand[], from: number, to: number): boolean {
	return strands.some(({ begins, ends }) => begins.some((begin, i) => begin > from && ends[i]! < to));
}

/**
 * Are there two strands with enough active hours for a switch between them? Most addresses of a crowded log are seen
 * in a few hours with each version, and nobody asks for their spans.
 */
export function couldSwitch(strands: readonly Strand[]): boolean {
	if (strands.length < 2) return false;
	const [most = 0, second = 0] = strands.map(({ begins }) => begins.length).sort((a, b) => b - a);
	return orders(most, second, minOrders) >= minOrders;
}

/** The switches among spans of one source, in order of time. `lastSeconds`: where the logs end. */
export function switchesAmong(spans: readonly Span[], lastSeconds: number): Switch[] {
	const switches: Switch[] = [];
	const versions = new Set(spans.map(({ client }) => client)).size;
	const needed = (minOrders * versions * (versions - 1)) / 2;
	for (const to of spans) {
		const candidates = spans.filter((from) => isSwitch(from, to, lastSeconds, needed));
		// The one that ended last is the one that was replaced.
		candidates.sort((a, b) => b.end - a.end || b.requests - a.requests);
		const from = candidates[0];
		if (from !== undefined) switches.push({ from, to });
	}
	return switches;
}

function isSwitch(from: Span, to: Span, lastSeconds: number, needed: number): boolean {
	if (from.client === to.client || from.begin >= to.begin || from.end >= to.end) return false;
	if (to.begin - from.end > maxPauseSeconds) return false;
	const overlap = from.end - to.begin;
	if (overlap > maxOverlapSeconds) return false;
	const shared = from.active.filter((time) => time > to.begin).length;
	const shorter = Math.min(from.active.length, to.active.length);
	if (overlap > freeOverlapSeconds && shared > maxOverlapShare * shorter) return false;
	const silence = Math.max(lastSeconds, to.end) - from.end;
	if (silence < Math.max(2 * from.usualBreak, minSilenceSeconds)) return false;
	const before = from.active.filter((time) => time < to.begin).length;
	const after = to.active.filter((time) => time + 3600 > from.end).length;
	return orders(before, after, needed) >= needed && related(from, to);
}

/** Two programs with the same SDK, such as ChartMuseum and helm-s3, do not replace each other. */
function related(a: Span, b: Span): boolean {
	const [first, second] = [familyOf(a), familyOf(b)];
	return first === second || first === "" || second === "";
}

/** `ChartMuseum 0.13.1` → `ChartMuseum`; empty when only a library is known. */
function familyOf({ software, product }: Span): string {
	if (software.endsWith(" program")) return "";
	const name = software.replace(/ v?\d\S*$/, "");
	return name === product ? "" : name;
}

/** In how many orders `a` and `b` things can come; counted up to `enough`. */
function orders(a: number, b: number, enough: number): number {
	let ways = 1;
	for (let i = 1; i <= Math.min(a, b) && ways < enough; i++) ways = (ways * (Math.max(a, b) + i)) / i;
	return ways;
}
