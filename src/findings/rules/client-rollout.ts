/** One client version replaced another: which, where and when. */
import type { Finding, Rollout } from "../../model/diagnosis.ts";
import { attribute } from "../next.ts";
import { listOf, moment, nameOf, placeOf } from "../phrases.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";

export const clientRollout: Rule = {
	id: "client-rollout",
	find: (scene) => scene.rollouts.map((rollout) => finding(scene, rollout)),
};

/** Sources in the evidence; pods on private addresses may be hundreds. */
const maxSources = 50;

/** `aws-sdk-go/1.37.28 (ChartMuseum 0.13.1)` */
export function versionWords(client: string, software: string): string {
	const name = nameOf({ client, software });
	return name === client ? client : `${client} (${name})`;
}

function finding(scene: Scene, rollout: Rollout): Omit<Finding, "id"> {
	const { from, to, fromSoftware, toSoftware } = rollout;
	const switched = rollout.sources.filter(
		({ switchedAt, oldUntil }) => switchedAt !== null && oldUntil !== null,
	);
	const behind = scene.leftBehind.filter((left) => left.rollout === rollout);
	const sources = (switched.length > 0 ? switched : rollout.sources).slice(0, maxSources);
	const requests = rollout.sources.reduce(
		(sum, { spans }) => sum + spans.reduce((total, span) => total + span.requests, 0),
		0,
	);
	const places = listOf([...new Set(sources.map(placeOf))]);
	const left =
		behind.length === 0 ? "" : ` ${listOf(behind.map(({ source }) => placeOf(source)))} did not follow.`;
	return {
		severity: "info",
		title: `${nameOf({ client: to, software: toSoftware })} replaced ${nameOf({ client: from, software: fromSoftware })} at ${places}`,
		why: `${rollout["iam-user"]} went from ${versionWords(from, fromSoftware)} to ${versionWords(to, toSoftware)} ${when(rollout)}.${left}`,
		evidence: {
			bucket: rollout.bucket,
			requester: rollout.requester,
			"iam-user": rollout["iam-user"],
			from,
			to,
			fromSoftware,
			toSoftware,
			startedAt: rollout.startedAt,
			finishedAt: rollout.finishedAt,
			sources: sources.map(({ sourceIp, cluster, switchedAt, oldUntil }) => ({
				sourceIp,
				cluster,
				switchedAt,
				oldUntil,
			})),
			leftBehind: behind.map(({ source }) => source.sourceIp),
		},
		requests,
		costUsdPerMonth: null,
		savingUsdPerMonth: null,
		next: [
			"chartcost rollouts",
			attribute(["source-ip", "client", "day"], { "iam-user": rollout["iam-user"] }),
		],
	};
}

function when({ startedAt, finishedAt }: Rollout): string {
	return startedAt.slice(0, 16) === finishedAt.slice(0, 16)
		? `on ${moment(startedAt)}`
		: `between ${moment(startedAt)} and ${moment(finishedAt)}`;
}
