/**
 * Traffic of a known workload from a source that nobody knows: not in the cluster map or, without a map, left
 * behind by a roll-out that has finished everywhere else.
 */
import type { Finding } from "../../model/diagnosis.ts";
import { isoTime } from "../../model/units.ts";
import { attribute, discoverClusters, ownerOf, privateOwnerOf } from "../next.ts";
import { dollars, listOf, moment, nameOf, percent, plural } from "../phrases.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { type Stray, straysIn } from "../strays.ts";
import { noticeableUsd, shareOf } from "../weights.ts";

export const strayCluster: Rule = {
	id: "stray-cluster",
	find: (scene) => straysIn(scene).map((stray) => finding(scene, stray)),
};

/** Above this share of all cost a forgotten cluster is the first thing to look at. */
const largeShare = 0.1;
/** Addresses and periods in the evidence. */
const maxShown = 50;

function finding(scene: Scene, stray: Stray): Omit<Finding, "id"> {
	const { programs, sourceIps, reason, periods } = stray;
	const [main] = programs as [Stray["programs"][number]];
	const usd = programs.reduce((sum, program) => sum + program.usd, 0);
	const requests = programs.reduce((sum, program) => sum + program.requests, 0);
	const costUsdPerMonth = scene.monthly(usd);
	const firstSeen = isoTime(
		programs.reduce((least, { firstSeconds }) => Math.min(least, firstSeconds), main.firstSeconds),
	);
	const lastSeen = isoTime(
		programs.reduce((most, { lastSeconds }) => Math.max(most, lastSeconds), main.lastSeconds),
	);
	const isLarge = (costUsdPerMonth ?? 0) >= 10 * noticeableUsd || shareOf(usd, scene.usd) >= largeShare;
	const isPrivate = programs.some(({ networkPath }) => networkPath === "vpc-endpoint");
	const owner = isPrivate ? privateOwnerOf : ownerOf;
	return {
		severity: isLarge ? "high" : "warn",
		title: `${listOf(sourceIps)}, ${stray.shortReason}, ${sourceIps.length === 1 ? "runs" : "run"} ${nameOf(main)} as ${main.iamUser}`,
		why:
			`${plural(requests, "request")} between ${moment(firstSeen)} and ${moment(lastSeen)}, ` +
			`${dollars(costUsdPerMonth)} a month, ${percent(shareOf(usd, scene.usd))} of all. ` +
			`Reason: ${reason}.${comings(periods)}${stray.limits === null ? "" : ` ${stray.limits}`}`,
		evidence: {
			bucket: main.bucket,
			requester: main.requester,
			"iam-user": main.iamUser,
			sourceIps: sourceIps.slice(0, maxShown),
			client: main.client,
			software: main.software,
			clients: [...new Set(programs.map(({ client }) => client))],
			networkPath: main.networkPath,
			firstSeen,
			lastSeen,
			reason,
			periods: periods.slice(-maxShown),
			...(stray.limits !== null && { cannotTell: stray.limits }),
		},
		requests,
		costUsdPerMonth,
		savingUsdPerMonth: costUsdPerMonth,
		next: [
			...sourceIps.slice(0, 2).map((ip) => owner(ip, scene.theCase.region)),
			discoverClusters,
			attribute(["hour", "client"], { "source-ip": sourceIps[0] ?? "-", "iam-user": main.iamUser }),
		],
	};
}

function comings(periods: Stray["periods"]): string {
	return periods.length < 2 ? "" : ` It came and went: ${plural(periods.length, "period")} of activity.`;
}
