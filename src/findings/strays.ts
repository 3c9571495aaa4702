/**
 * Sources of a workload that are not where the workload belongs.
 * In: the scene. Out: strays, one per bucket, principal and reason. With a cluster map a source must be in it; without
 * one, only a finished roll-out tells the clusters that somebody looks after from a forgotten one.
 */
import { isoTime } from "../model/units.ts";
import { grouped } from "./grouped.ts";
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
	const strays = scene.leftBehind.filter(({ isMixed }) => !isMixed);
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

function unmapped(scene: Scene): Stray[] {
	const candidates = scene.programs.filter(
		(program) => program.cluster === "unmapped" && isWorkload(program) && belongsToClusters(scene, program),
	);
	return [...grouped(candidates, workloadOf).values()].map((programs) => {
		const clusters = knownClusters(scene, programs[0]!);
		const identity =
			clusters.length === 0 ? "" : `; a second source with the identity of ${listOf(clusters)}`;
		const left = scene.leftBehind.find((one) => one.programs.some((program) => programs.includes(program)));
		const late =
			left === undefined
				? ""
				: `; left behind by the roll-out that finished on ${moment(left.rollout.finishedAt)}`;
		return strayOf(scene, programs, {
			reason: `not in the cluster map${identity}${late}`,
			shortReason: `which ${new Set(programs.map(({ sourceIp }) => sourceIp)).size === 1 ? "is" : "are"} not in the cluster map`,
		});
	});
}

/** What people and CI start by hand runs anywhere. */
function isWorkload({ kind }: Program): boolean {
	return kind === "chartmuseum" || kind === "other";
}

function workloadOf({ bucket, account, iamUser }: Program): string {
	return `${bucket} ${account} ${iamUser}`;
}

function belongsToClusters(scene: Scene, program: Program): boolean {
	if (program.kind === "chartmuseum") return true;
	if (program.iamUser === "anonymous") return false;
	const same = scene.programs.filter(
		(other) => other.product === program.product && workloadOf(other) === workloadOf(program),
	);
	const known = same.filter(({ cluster }) => cluster !== "unmapped");
	const requestsOf = (some: Program[]): number => some.reduce((sum, { requests }) => sum + requests, 0);
	if (known.length === 0 || requestsOf(known) < requestsOf(same) * minKnownShare) return false;
	const span = (program.lastSeconds - program.firstSeconds) / 3600;
	return span >= minStrangerHours && scene.hoursOf([program]).length >= span * minActiveShare;
}

function knownClusters({ programs }: Scene, stray: Program): string[] {
	const known = programs.filter(
		(program) => program.cluster !== "unmapped" && workloadOf(program) === workloadOf(stray),
	);
	return [...new Set(known.map(({ cluster }) => cluster))].sort();
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
