/**
 * A lasting change of the request rate, up or down. One event may show in a bucket and in a principal of it:
 * it is told once.
 * In: the scene and a direction. Out: one finding per event, in order of time.
 */
import type { Change, Contribution, Finding } from "../../model/diagnosis.ts";
import { attribute } from "../next.ts";
import { count, dollars, moment, percent, rounded } from "../phrases.ts";
import type { Scene } from "../scene.ts";
import { noticeableUsd } from "../weights.ts";

/** Changes of one bucket in one direction this near are the same event. */
const sameEventSeconds = 3600;
/** A cause carries at least this share of the change; below, growth is everybody's. */
const culpritShare = 0.5;

export function changeFindings(scene: Scene, direction: Change["direction"]): Omit<Finding, "id">[] {
	return events(scene.changes, direction).map((change) => finding(scene, change));
}

/** Of each event the change that says most: of the whole bucket, then the largest. */
function events(changes: readonly Change[], direction: Change["direction"]): Change[] {
	const ordered = changes
		.filter((change) => change.direction === direction)
		.sort((a, b) => Number(isOfPrincipal(a)) - Number(isOfPrincipal(b)) || sizeOf(b) - sizeOf(a));
	const chosen: Change[] = [];
	for (const change of ordered) {
		if (!chosen.some((other) => isSameEvent(other, change))) chosen.push(change);
	}
	return chosen.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

const isOfPrincipal = ({ series }: Change): boolean => series["iam-user"] !== undefined;
const sizeOf = ({ before, after }: Change): number => Math.abs(after - before);

function isSameEvent(a: Change, b: Change): boolean {
	const apart = Math.abs(Date.parse(a.time) - Date.parse(b.time)) / 1000;
	return a.series.bucket === b.series.bucket && apart <= sameEventSeconds;
}

/** What carries most of the change, when anything does. */
export function culpritOf({ explainedBy }: Change): Contribution | undefined {
	return explainedBy.find(({ share }) => share >= culpritShare);
}

function finding(scene: Scene, change: Change): Omit<Finding, "id"> {
	const { time, direction, before, after, relative, costUsdPerMonth, series } = change;
	const isUp = direction === "up";
	const hours = Math.max(0, scene.theCase.toSeconds - Date.parse(time) / 1000) / 3600;
	const culprit = culpritOf(change);
	const isDear = (costUsdPerMonth ?? 0) >= noticeableUsd;
	return {
		severity: isUp && isDear && culprit !== undefined ? "warn" : "info",
		title: `${changeWords(change)} on ${moment(time)}`,
		why: `From ${count(before)} to ${count(after)} requests an hour${moneyWords(costUsdPerMonth)}. ${culpritWords(culprit)}`,
		evidence: {
			bucket: series.bucket,
			...(series["iam-user"] !== undefined && { "iam-user": series["iam-user"] }),
			time,
			direction,
			before: rounded(before),
			after: rounded(after),
			unit: change.unit,
			relative,
			confidence: change.confidence,
			stopped: change.stopped,
			changeUsdPerMonth: costUsdPerMonth,
			explainedBy: change.explainedBy,
		},
		requests: Math.round(sizeOf(change) * hours),
		// What a drop costs is nothing; what it saves is in the evidence.
		costUsdPerMonth: isUp ? costUsdPerMonth : null,
		savingUsdPerMonth: null,
		next: ["chartcost compare", attribute(["hour", "client"], whereOf(change, culprit))],
	};
}

function whereOf({ series }: Change, culprit: Contribution | undefined): Record<string, string> {
	return culprit?.dimensions ?? (series["iam-user"] === undefined ? {} : { "iam-user": series["iam-user"] });
}

/** `Requests fell by 74 %` */
export function changeWords({ direction, relative, stopped, series }: Change): string {
	const whose = series["iam-user"] === undefined ? "Requests" : `Requests of ${series["iam-user"]}`;
	if (stopped) return `${whose} stopped`;
	if (relative === null) return `${whose} began`;
	if (direction === "down") return `${whose} fell by ${percent(-relative)}`;
	return relative >= 2
		? `${whose} rose ${(relative + 1).toFixed(1)} times`
		: `${whose} rose by ${percent(relative)}`;
}

function moneyWords(usd: number | null): string {
	if (usd === null) return "";
	return usd >= 0 ? `, ${dollars(usd)} a month more` : `, ${dollars(-usd)} a month less`;
}

function culpritWords(culprit: Contribution | undefined): string {
	if (culprit === undefined) return "No single caller explains it: many changed alike.";
	const { dimensions, sameAs, share, before, after } = culprit;
	const words = (values: Record<string, string>): string =>
		Object.entries(values)
			.map(([name, value]) => `${name} ${value}`)
			.join(", ");
	const same = Object.keys(sameAs).length === 0 ? "" : ` (the same as ${words(sameAs)})`;
	return `${percent(Math.min(1, share))} of it is ${words(dimensions)}${same}: from ${count(before)} to ${count(after)} an hour.`;
}
