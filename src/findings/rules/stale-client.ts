/** Sources that still run the old version of a client after the others have moved on. */
import type { Finding, Rollout } from "../../model/diagnosis.ts";
import { grouped } from "../../model/grouped.ts";
import type { LeftBehind } from "../left-behind.ts";
import { attribute, ownerOf, privateOwnerOf } from "../next.ts";
import { dollars, listOf, moment, nameOf, percent, placeOf } from "../phrases.ts";
import { privateAddressLimits } from "../private-addresses.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { shareOf } from "../weights.ts";
import { versionWords } from "./client-rollout.ts";

export const staleClient: Rule = {
	id: "stale-client",
	find: (scene) => {
		const byRollout = grouped(scene.leftBehind, ({ rollout }) => rollout);
		return [...byRollout].map(([rollout, left]) => finding(scene, rollout, left));
	},
};

function finding(scene: Scene, rollout: Rollout, left: LeftBehind[]): Omit<Finding, "id"> {
	const { from, to, fromSoftware, toSoftware } = rollout;
	const programs = left.flatMap((one) => one.programs);
	const usd = programs.reduce((sum, program) => sum + program.usd, 0);
	const costUsdPerMonth = scene.monthly(usd);
	const sourceIps = [...new Set(left.map(({ source }) => source.sourceIp))];
	const mixed = left.filter(({ isMixed }) => isMixed).map(({ source }) => source.sourceIp);
	const old = nameOf({ client: from, software: fromSoftware });
	const places = listOf([...new Set(left.map(({ source }) => placeOf(source)))]);
	const limits = privateAddressLimits(programs);
	const both =
		mixed.length === 0
			? ""
			: ` Behind ${listOf(mixed)} both versions run: more than one deployment shares that address.`;
	return {
		// Other programs with one role may be several, each with its own version.
		severity: programs.some(({ kind }) => kind === "chartmuseum") ? "warn" : "info",
		title: `${places} still ${left.length === 1 ? "runs" : "run"} ${old} after the others moved to ${nameOf({ client: to, software: toSoftware })}`,
		why: `${rollout["iam-user"]} moved to ${versionWords(to, toSoftware)} by ${moment(rollout.finishedAt)}; what stayed behind costs ${dollars(costUsdPerMonth)} a month, ${percent(shareOf(usd, scene.usd))} of all.${both}${limits === null ? "" : ` ${limits}`}`,
		evidence: {
			bucket: rollout.bucket,
			requester: rollout.requester,
			"iam-user": rollout["iam-user"],
			sourceIps,
			clusters: [...new Set(left.map(({ source }) => source.cluster))],
			client: from,
			software: fromSoftware,
			latest: to,
			latestSoftware: toSoftware,
			behindSince: rollout.finishedAt,
			...(mixed.length > 0 && { bothVersionsAt: mixed }),
			...(limits !== null && { cannotTell: limits }),
		},
		requests: programs.reduce((sum, program) => sum + program.requests, 0),
		costUsdPerMonth,
		savingUsdPerMonth: null,
		next: [
			"chartcost rollouts",
			...sourceIps
				.slice(0, 3)
				.map((ip) => (limits === null ? ownerOf : privateOwnerOf)(ip, scene.theCase.region)),
			attribute(["operation"], { "source-ip": sourceIps[0] ?? "-", client: from }),
		],
	};
}
