/**
 * What happened, in words: changes of the request rate and roll-outs of client versions as one list in order of time.
 * In: the diagnosis. Out: texts that are safe to print; every format for people lays them out in its own way.
 */
import {
	type Change,
	type Contribution,
	type Diagnosis,
	isLeftBehind,
	type Rollout,
} from "../model/diagnosis.ts";
import type { Amounts } from "./amounts.ts";
import { count, minuteOf, visible } from "./words.ts";

export interface Event {
	kind: "change" | "rollout";
	/** ISO 8601, UTC. */
	time: string;
	/** The last switch of a roll-out. */
	until: string;
	/** `requests fell 66%`, `roll-out ChartMuseum 0.13.1 to 0.16.1`. */
	what: string;
	/** `92 to 31 an hour`; empty for a roll-out. */
	rates: string;
	/** Who carries it, or who was left behind; may be empty. */
	who: string;
	/** `-$10.25 a month`; empty where it says nothing. */
	costs: string;
	/** `up`, `down` or `switch`. */
	direction: Change["direction"] | "switch";
}

/** `ascii`: nothing beyond ASCII, for terminals that cannot show it. */
export function eventsOf(diagnosis: Diagnosis, amounts: Amounts, ascii: boolean): Event[] {
	const events = [
		...diagnosis.changes.map((change) => changeEvent(change, amounts, ascii)),
		...diagnosis.rollouts.map((rollout) => rolloutEvent(rollout, ascii)),
	];
	return events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function changeEvent(change: Change, amounts: Amounts, ascii: boolean): Event {
	const { time, direction, costUsdPerMonth, explainedBy, series } = change;
	const [main] = explainedBy;
	const name = series["iam-user"] ?? series.bucket;
	const plus = (costUsdPerMonth ?? 0) > 0 ? "+" : "";
	return {
		kind: "change",
		time,
		until: time,
		direction,
		what: changeWords(change),
		rates: `${rate(change.before)} to ${rate(change.after)} an hour`,
		who: visible(main === undefined ? name : contributionWords(main), ascii),
		costs: costUsdPerMonth === null ? "" : `${plus}${amounts.month(costUsdPerMonth)} a month`,
	};
}

function changeWords({ direction, relative, stopped }: Change): string {
	if (stopped) return "requests stopped";
	if (relative === null) return "requests began";
	return `requests ${direction === "up" ? "rose" : "fell"} ${count(Math.round(Math.abs(relative) * 100))}%`;
}

/** The values alone say what they are; the share says how much of the change they carry. */
function contributionWords({ dimensions, share }: Contribution): string {
	return `${Object.values(dimensions).join(", ")} (${Math.round(Math.min(1, Math.max(0, share)) * 100)}%)`;
}

function rolloutEvent(rollout: Rollout, ascii: boolean): Event {
	// Some never ran the old version, or stopped before the others were done: these are not behind.
	const behind = rollout.sources.filter((source) => isLeftBehind(source, rollout));
	const { length: sources } = rollout.sources;
	const moved = rollout.sources.filter(({ switchedAt }) => switchedAt !== null).length;
	const switched = `${count(moved)} of ${count(sources)} ${sources === 1 ? "source" : "sources"}`;
	const left = behind.length === 0 ? "" : `, not ${namesOf(behind.map(({ sourceIp }) => sourceIp))}`;
	return {
		kind: "rollout",
		time: rollout.startedAt,
		until: rollout.finishedAt,
		direction: "switch",
		what: visible(`roll-out ${versionsOf(rollout)}`, ascii),
		rates: "",
		who: visible(`${rollout["iam-user"]}, ${switched}${left}`, ascii),
		costs: "",
	};
}

/** `ChartMuseum 0.13.1 to 0.16.1`: the software where it is known and differs, else the clients. */
export function versionsOf({ from, to, fromSoftware, toSoftware }: Rollout): string {
	const [before, after] = fromSoftware === toSoftware ? [from, to] : [fromSoftware, toSoftware];
	const cut = Math.max(before.lastIndexOf(" "), before.lastIndexOf("/")) + 1;
	return `${before} to ${cut > 0 && after.startsWith(before.slice(0, cut)) ? after.slice(cut) : after}`;
}

/** Names that one line has room for. */
const maxNames = 3;

function namesOf(names: readonly string[]): string {
	const rest = names.length - maxNames;
	return names.slice(0, maxNames).join(", ") + (rest > 0 ? ` and ${count(rest)} more` : "");
}

function rate(perHour: number): string {
	return perHour < 10 ? String(Number(perHour.toFixed(1))) : count(Math.round(perHour));
}

/** `2026-10-13 15:42`; a roll-out over more than a minute says from when to when. */
export function timeOf({ time, until }: Event): string {
	const [from, to] = [minuteOf(time), minuteOf(until)];
	if (from === to) return from;
	return `${from} to ${to.startsWith(from.slice(0, 10)) ? to.slice(11) : to}`;
}
