/**
 * Sources of a workload that are not where the workload belongs.
 * In: the scene. Out: strays, one per bucket, principal and reason. With a cluster map a source must be in it; without
 * one, only a finished roll-out tells the clusters that somebody looks after from a forgotten one.
 */

import { grouped } from "../model/grouped.ts";
import { isoTime } from "../model/units.ts";
import { listOf, moment } from "./phrases.ts";
import { privateAddressLimits } from "./private-addresses.ts";
import type { Program } from "./programs.ts";
import type { Scene } from "./scene.ts";

export interface Stray {
	programs: Program[];
	sourceIps: string[];
	/** Why it is taken for a stray. */
	reason: string;
	/** The same as part of a sentence: `which is not in the cluster map`. */
	shortReason: string;
	periods: { from: string; to: string }[];
	/** What the addresses cannot tell; `null` when they can. */
	limits: string | null;
}

/** Two parts of activity: a listing timer may pause for a restart, not for half a day. */
const pauseHours = 12;
/** Other workloads than ChartMuseum: most of what the principal does must come from known clusters. */
const minKnownShare = 0.5;
/** And the stranger must run like a cluster does: this long, and in this share of its hours. */
const minStrangerHours = 12;
const minActiveShare = 0.5;

export function straysIn(scene: Scene): Stray[] {
	return scene.theCase.hasClusterMap ? unmapped(scene) : behind(scene);
}

function behind(scene: Scene): Stray[] {
	// Where the address runs the new version too, it is a known one: `stale-client` says the rest.
	// The SDK version of any other program is weak evidence: its images may have been built on different days.
	const strays = scene.leftBehind.filter(({ isMixed, programs }) => !isMixed && isMuseum(programs));
	return [...grouped(strays, ({ rollout }) => rollout)].map(([rollout, left]) =>
		strayOf(
			scene,
			left.flatMap((one) => one.programs),
			{
				reason: `left behind by the roll-out of ${rollout.to} that finished on ${moment(rollout.finishedAt)}`,
				shortReason: "left behind by a finished roll-out",
			},
		),
	);
}

const isMuseum = (programs: readonly Program[]): boolean =>
	programs.some(({ kind }) => kind === "chartmuseum");

function unmapped(scene: Scene): Stray[] {
	const workloads = [...grouped(scene.programs.filter(isWorkload), workloadOf).values()];
	return workloads.flatMap((programs) => {
		const known = programs.filter(({ cluster }) => cluster !== "unmapped");
		const strangers = programs.filter(
			(program) => program.cluster === "unmapped" && belongsTo(scene, program, programs, known),
		);
		return strangers.length === 0 ? [] : [unmappedStray(scene, strangers, known)];
	});
}

function unmappedStray(scene: Scene, programs: Program[], known: readonly Program[]): Stray {
	const clusters = [...new Set(known.map(({ cluster }) => cluster))].sort();
	const identity = clusters.length === 0 ? "" : `; a second source with the identity of ${listOf(clusters)}`;
	const left = scene.leftBehind.find((one) => one.programs.some((program) => programs.includes(program)));
	const late =
		left === undefined
			? ""
			: `; left behind by the roll-out that finished on ${moment(left.rollout.finishedAt)}`;
	const isOne = new Set(programs.map(({ sourceIp }) => sourceIp)).size === 1;
	return strayOf(scene, programs, {
		reason: `not in the cluster map${identity}${late}`,
		shortReason: `which ${isOne ? "is" : "are"} not in the cluster map`,
	});
}

/** What people and CI start by hand runs anywhere; who has no identity is no workload. */
function isWorkload({ kind, iamUser }: Program): boolean {
	return kind === "chartmuseum" || (kind === "other" && iamUser !== "anonymous");
}

function workloadOf({ bucket, account, iamUser }: Program): string {
	return `${bucket} ${account} ${iamUser}`;
}

function belongsTo(
	scene: Scene,
	program: Program,
	workload: readonly Program[],
	known: readonly Program[],
): boolean {
	if (program.kind === "chartmuseum") return true;
	if (known.length === 0) return false;
	const span = (program.lastSeconds - program.firstSeconds) / 3600;
	if (span < minStrangerHours || program.requests < span * minActiveShare) return false;
	const requestsOf = (some: readonly Program[]): number =>
		some.reduce((sum, { product, requests }) => sum + (product === program.product ? requests : 0), 0);
	if (requestsOf(known) < requestsOf(workload) * minKnownShare) return false;
	return scene.hoursOf([program]).length >= span * minActiveShare;
}

function strayOf(scene: Scene, programs: Program[], why: Pick<Stray, "reason" | "shortReason">): Stray {
	const byRequests = programs.toSorted((a, b) => b.requests - a.requests);
	return {
		...why,
		programs: byRequests,
		sourceIps: [...new Set(byRequests.map(({ sourceIp }) => sourceIp))],
		periods: periodsOf(scene.hoursOf(programs)),
		limits: privateAddressLimits(programs),
	};
}

function periodsOf(hours: readonly number[]): Stray["periods"] {
	const periods: { begin: number; end: number }[] = [];
	for (const hour of hours) {
		const current = periods.at(-1);
		if (current !== undefined && hour - current.end <= pauseHours) current.end = hour;
		else periods.push({ begin: hour, end: hour });
	}
	return periods.map(({ begin, end }) => ({ from: isoTime(begin * 3600), to: isoTime((end + 1) * 3600) }));
}
