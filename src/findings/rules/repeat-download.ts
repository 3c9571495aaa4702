/** A program that downloads the same file again and again instead of keeping it. */

import type { KeyUses } from "../../model/case.ts";
import type { Finding } from "../../model/diagnosis.ts";
import { grouped } from "../../model/grouped.ts";
import { chartOf, KeyGroup } from "../../model/keys.ts";
import { Call } from "../calls.ts";
import { attribute, serve } from "../next.ts";
import { count, dollars, listOf, nameOf, percent, plural, rate, rounded } from "../phrases.ts";
import { type Program, requestsFor, usdFor } from "../programs.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { severityOfCost, shareOf } from "../weights.ts";

export const repeatDownload: Rule = {
	id: "repeat-download",
	find: (scene) => {
		const repeats = scene.downloaders.flatMap(({ program, uses }) => repeatsOf(scene, program, uses));
		const groups = grouped(repeats, ({ program: { bucket, account, client, iamUser } }) =>
			[bucket, account, client, iamUser].join("\0"),
		);
		return [...groups.values()].flatMap((group) => finding(scene, group));
	},
};

/** Once an hour, day and night: a file that is needed that often is worth keeping. */
const minPerDay = 24;
/** Of all downloads in the log, when the money alone says nothing. */
const minShare = 0.05;
/** Keys looked at per program, the most frequent ones, and shown. */
const maxKeys = 20;

interface Repeat {
	program: Program;
	key: string;
	requests: number;
	/** Beyond one a day. */
	repeated: number;
}

function repeatsOf({ days, names }: Scene, program: Program, { keys, counts }: KeyUses): Repeat[] {
	if (program.kind === "service" || program.kind === "cloudfront" || program.kind === "chartcost") return [];
	const often: { key: number; requests: number }[] = [];
	for (let i = 0; i < keys.length; i++) {
		if (counts[i]! >= minPerDay * Math.max(1, days)) often.push({ key: keys[i]!, requests: counts[i]! });
	}
	return (
		often
			.sort((a, b) => b.requests - a.requests)
			.slice(0, maxKeys)
			.map(({ key, requests }) => ({
				program,
				key: names.keyName(key),
				requests,
				repeated: requests - Math.ceil(days),
			}))
			// An index changes with every push: to look for a new one is its use.
			.filter(({ key }) => chartOf(key) !== KeyGroup.index)
	);
}

function finding(scene: Scene, repeats: Repeat[]): Omit<Finding, "id">[] {
	const byCount = repeats.sort((a, b) => b.requests - a.requests);
	const [{ program, key, requests: most }] = byCount as [Repeat];
	const repeated = repeats.reduce((sum, repeat) => sum + repeat.repeated, 0);
	// Of each program's downloads, the share that is repeated.
	const usd = repeats.reduce((sum, repeat) => {
		const own = requestsFor(repeat.program, Call.get, Call.getPart);
		return sum + usdFor(repeat.program, Call.get, Call.getPart) * shareOf(repeat.repeated, own);
	}, 0);
	const costUsdPerMonth = scene.monthly(usd);
	const severity = severityOfCost(costUsdPerMonth, shareOf(usd, scene.usd));
	const downloads = scene.programs.reduce((sum, one) => sum + requestsFor(one, Call.get, Call.getPart), 0);
	if (severity === undefined && repeated < downloads * minShare) return [];
	const keys = [...new Set(byCount.map((repeat) => repeat.key))];
	const sourceIps = [...new Set(byCount.map((repeat) => repeat.program.sourceIp))];
	return [
		{
			severity: severity ?? "info",
			title: `${program.iamUser} downloads ${key} ${rate(most / scene.days)} times a day from ${program.sourceIp}`,
			why: `${nameOf(program)} at ${listOf(sourceIps)} got ${keys.length === 1 ? "one file" : `${count(keys.length)} files`} ${plural(repeated, "time")} more than once a day, ${percent(shareOf(repeated, downloads))} of all downloads. That costs ${dollars(costUsdPerMonth)} a month.`,
			evidence: {
				bucket: program.bucket,
				requester: program.requester,
				"iam-user": program.iamUser,
				client: program.client,
				sourceIps,
				keys: byCount.slice(0, maxKeys).map((repeat) => ({
					key: repeat.key,
					sourceIp: repeat.program.sourceIp,
					requests: repeat.requests,
					perDay: rounded(repeat.requests / scene.days),
				})),
				repeatedRequests: repeated,
			},
			requests: repeats.reduce((sum, { requests }) => sum + requests, 0),
			costUsdPerMonth,
			savingUsdPerMonth: costUsdPerMonth,
			next: [
				serve(program.bucket, scene.theCase.region),
				attribute(["hour", "source-ip"], { "iam-user": program.iamUser, key }),
			],
		},
	];
}
