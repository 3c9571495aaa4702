/**
 * ChartMuseum downloads packages again and again to build its index: all at each listing (0.13.x), all after each
 * restart, or the few that can never enter the index. What users asked for is told apart and adds up with the waste.
 */
import type { Finding, Severity } from "../../model/diagnosis.ts";
import { grouped } from "../../model/grouped.ts";
import { isoTime } from "../../model/units.ts";
import { Call } from "../calls.ts";
import { attribute, serve } from "../next.ts";
import { count, duration, listOf, nameOf, percent, placeOf, plural, rounded } from "../phrases.ts";
import { privateAddressLimits } from "../private-addresses.ts";
import { byName, requestsFor, usdFor } from "../programs.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import type { Cause, Sweeps } from "../sweeps.ts";
import { noticeableUsd, shareOf } from "../weights.ts";

export const chartmuseumSweep: Rule = {
	id: "chartmuseum-sweep",
	find: (scene) => sweepGroups(scene).map((group) => finding(scene, group)),
};

/** More than this share of all whole downloads is what the bucket is used for. */
const mostDownloads = 0.5;
/** A restart now and then is nothing; more than one a day is a crash or a deployment habit. */
const manyRestartsPerDay = 1;
/** Names in the evidence. */
const maxNames = 10;

/** Sweeps of one bucket, principal and cause, those that matter most first. */
export function sweepGroups({ sweeps }: Pick<Scene, "sweeps">): Sweeps[][] {
	const wasteful = sweeps.filter(({ cause }) => cause !== null);
	const groups = grouped(
		wasteful,
		({ cause, program: { bucket, account, iamUser } }) => `${cause} ${bucket} ${account} ${iamUser}`,
	);
	return [...groups.values()].map((group) =>
		group.sort((a, b) => b.wastedRequests - a.wastedRequests || byName(a.program, b.program)),
	);
}

/** Still running at the end: seen within two of its own intervals, and a few hours at most. */
export function isRunning({ theCase }: Scene, { lastSeconds, ticks }: Sweeps): boolean {
	return theCase.toSeconds - lastSeconds <= Math.max(3 * 3600, 2 * (ticks.intervalSeconds ?? 0));
}

/** USD in complete hours of the wasted downloads. */
export function wastedUsd({ program, wastedRequests, totalRequests }: Sweeps): number {
	return usdFor(program, Call.get) * shareOf(wastedRequests, totalRequests);
}

function finding(scene: Scene, group: Sweeps[]): Omit<Finding, "id"> {
	const [main] = group as [Sweeps];
	const { program, cause } = main;
	const running = group.filter((sweep) => isRunning(scene, sweep));
	const sum = (of: (sweep: Sweeps) => number, sweeps = group): number =>
		sweeps.reduce((total, sweep) => total + of(sweep), 0);
	const wastedRequests = sum((sweep) => sweep.wastedRequests);
	const totalRequests = sum((sweep) => sweep.totalRequests);
	const passes = sum((sweep) => sweep.passes);
	const costUsdPerMonth = scene.monthly(sum(wastedUsd));
	const savingUsdPerMonth = scene.monthly(sum(wastedUsd, running));
	const keysPerSweep = shareOf(
		sum((sweep) => sweep.keysPerPass * sweep.passes),
		passes,
	);
	const names =
		cause === "invalid-package" ? Array.from(main.keys.subarray(0, maxNames), scene.names.keyName) : [];
	const limits = privateAddressLimits(group.map((sweep) => sweep.program));
	const sourceIps = [...new Set(group.map((sweep) => sweep.program.sourceIp))];
	return {
		severity: severity(scene, { group, running, wastedRequests, costUsdPerMonth }),
		title: title(main, keysPerSweep, names),
		why: `${why(main, names)} ${amounts({ sourceIps, passes, wastedRequests, totalRequests, running })}`,
		evidence: {
			bucket: program.bucket,
			requester: program.requester,
			"iam-user": program.iamUser,
			software: listOf([...new Set(group.map((sweep) => nameOf(sweep.program)))], group.length),
			client: program.client,
			sourceIps,
			stillRunning: [...new Set(running.map((sweep) => sweep.program.sourceIp))],
			sweepsPerDay: rounded(passes / scene.days),
			keysPerSweep: rounded(keysPerSweep),
			getsPerKey: rounded(shareOf(totalRequests, distinctKeys(group))),
			wastedRequests,
			wastedBytes: sum((sweep) => sweep.wastedBytes),
			userRequests: totalRequests - wastedRequests,
			totalRequests,
			wastedShare: rounded(shareOf(wastedRequests, totalRequests)),
			cause: causeWords(main),
			...(limits !== null && { cannotTell: limits }),
			...(names.length > 0 && { keys: names }),
			...(cause === "restart" && { restarts: main.restarts.slice(-maxNames).map(isoTime) }),
			sources: group.map((sweep) => sourceEvidence(sweep)),
		},
		requests: wastedRequests,
		costUsdPerMonth,
		savingUsdPerMonth,
		next: next(scene, main, running.length > 0),
	};
}

function sourceEvidence({
	program,
	ticks,
	passes,
	keysPerPass,
	wastedRequests,
	lastSeconds,
	inKeyOrder,
}: Sweeps) {
	return {
		sourceIp: program.sourceIp,
		cluster: program.cluster,
		software: program.software,
		intervalSeconds: ticks.intervalSeconds,
		replicas: ticks.replicas,
		sweeps: passes,
		keysPerSweep: rounded(keysPerPass),
		wastedRequests,
		inKeyOrder: inKeyOrder === null ? null : rounded(inKeyOrder),
		lastSweep: isoTime(Math.floor(lastSeconds)),
	};
}

interface Judged {
	group: Sweeps[];
	running: Sweeps[];
	wastedRequests: number;
	costUsdPerMonth: number | null;
}

function severity(scene: Scene, { group, running, wastedRequests, costUsdPerMonth }: Judged): Severity {
	// It has been upgraded, or switched off: good to know, nothing to do.
	if (running.length === 0) return "info";
	const downloads = scene.programs.reduce((sum, program) => sum + requestsFor(program, Call.get), 0);
	const isMost = wastedRequests > downloads * mostDownloads;
	const isDear = (costUsdPerMonth ?? 0) >= 10 * noticeableUsd;
	const [{ cause, passes }] = group as [Sweeps];
	if (cause === "restart" && !isDear) {
		return isMost && passes / scene.days >= manyRestartsPerDay ? "warn" : "info";
	}
	if (cause === "invalid-package" && !isDear) {
		return isMost || (costUsdPerMonth ?? 0) >= noticeableUsd ? "warn" : "info";
	}
	return isDear || isMost ? "high" : "warn";
}

function causeWords({ cause, restarts }: Sweeps): string {
	const words: Record<Cause, string> = {
		"get-all-bug": "the 0.13.x bug: every listing is followed by a download of every package",
		"all-changed": "every package counts as changed at each listing",
		restart: `restart without state file${restarts.length > 0 ? "" : ", at nearly every listing"}`,
		"invalid-package": "invalid package, or one that another file repeats: it never enters the index",
	};
	return words[cause ?? "get-all-bug"];
}

function title({ program, cause }: Sweeps, keys: number, names: readonly string[]): string {
	const software = nameOf(program);
	if (cause === "restart") return `${software} downloads all ${plural(keys, "package")} again when it starts`;
	if (cause === "invalid-package") {
		return `${software} downloads ${listOf(names)} at each listing and can never index ${names.length === 1 ? "it" : "them"}`;
	}
	return `${software} downloads all ${plural(keys, "package")} of the bucket at each listing`;
}

function why({ program, cause, ticks }: Sweeps, names: readonly string[]): string {
	const each = ticks.intervalSeconds === null ? "" : `, every ${duration(ticks.intervalSeconds)}`;
	if (cause === "get-all-bug") {
		return `ChartMuseum 0.13.x gets every package each time it lists the bucket${each}; 0.14.0 and later get only what is new.`;
	}
	if (cause === "all-changed") {
		return `${nameOf(program)} takes every package for changed each time it lists the bucket${each}: its times do not agree with those of the store.`;
	}
	if (cause === "restart") {
		return "Without a state file (DISABLE_STATEFILES, or no permission to write index-cache.yaml) a start builds the index from all packages.";
	}
	return `${names.length === 1 ? "The package is" : "The packages are"} invalid, or carry the name and version of another file: new at each listing${each}, and never in the index.`;
}

interface Amounts {
	sourceIps: string[];
	passes: number;
	wastedRequests: number;
	totalRequests: number;
	running: Sweeps[];
}

function amounts(of: Amounts): string {
	const { sourceIps, passes, wastedRequests, totalRequests, running } = of;
	const share = percent(shareOf(wastedRequests, totalRequests));
	const still =
		running.length === 0
			? "It has stopped."
			: `It goes on at ${listOf([...new Set(running.map((sweep) => placeOf(sweep.program)))])}.`;
	return (
		`${count(wastedRequests)} of ${plural(totalRequests, "download")} (${share}) from ${listOf(sourceIps)} ` +
		`were not asked for by anybody, in ${plural(passes, "pass")}. ${still}`
	);
}

function next(scene: Scene, { program, cause, keys }: Sweeps, isStillRunning: boolean): string[] {
	const { bucket, iamUser, client } = program;
	const look = attribute(["source-ip", "key"], { "iam-user": iamUser, client });
	const proxy = serve(bucket, scene.theCase.region);
	if (!isStillRunning) return [look];
	if (cause === "invalid-package") {
		const named = Array.from(keys.subarray(0, 3), (key) =>
			attribute(["source-ip", "operation"], { key: scene.names.keyName(key) }),
		);
		return ["Repair or remove the packages: `helm show chart FILE` tells what is wrong", ...named, proxy];
	}
	if (cause === "restart") {
		return ["Set DISABLE_STATEFILES=false and allow s3:PutObject on index-cache.yaml", proxy, look];
	}
	return [proxy, "Or upgrade ChartMuseum to 0.16 and set a CACHE_INTERVAL of 5 min or more", look];
}

/** How many keys there are in all sweeps together. Sorted, because a set of a million takes ten times the memory. */
function distinctKeys(group: readonly Sweeps[]): number {
	if (group.length === 1) return group[0]!.keys.length;
	const all = new Int32Array(group.reduce((length, { keys }) => length + keys.length, 0));
	let length = 0;
	for (const { keys } of group) {
		all.set(keys, length);
		length += keys.length;
	}
	all.sort();
	return all.reduce((count, key, i) => count + (key === all[i - 1] ? 0 : 1), 0);
}
