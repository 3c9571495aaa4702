/** `helm s3 reindex` asks for the head of every package each time; a push keeps the index up to date without it. */
import type { Finding } from "../../model/diagnosis.ts";
import { Listing } from "../../model/flow.ts";
import { Call } from "../calls.ts";
import { type Cohort, cohortEvidence, cohortsOf } from "../cohorts.ts";
import { attribute } from "../next.ts";
import { dollars, listOf, percent, plural, rate, rounded } from "../phrases.ts";
import { requestsFor, usdFor } from "../programs.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { severityOfCost, shareOf } from "../weights.ts";

export const reindexCost: Rule = {
	id: "reindex-cost",
	find: (scene) =>
		cohortsOf(scene.programs.filter(({ kind }) => kind === "helm-s3")).flatMap((cohort) =>
			finding(scene, cohort),
		),
};

/** A push asks for one head and lists nothing. */
const minHeadsPerList = 5;
/** One or two a day repair an index; more are a habit of CI. */
const minReindexesPerDay = 3;
/** Of all requests in the log, when the money alone says nothing. */
const minShare = 0.05;

const reindexCalls = [Call.head, Call.otherList] as const;

function finding(scene: Scene, cohort: Cohort): Omit<Finding, "id">[] {
	const { main, programs, sourceIps } = cohort;
	const heads = programs.reduce((sum, program) => sum + requestsFor(program, Call.head), 0);
	const requests = programs.reduce((sum, program) => sum + requestsFor(program, ...reindexCalls), 0);
	const usd = programs.reduce((sum, program) => sum + usdFor(program, ...reindexCalls), 0);
	const reindexes = firstPages(scene, cohort);
	if (reindexes === 0 || heads < reindexes * minHeadsPerList) return [];
	const costUsdPerMonth = scene.monthly(usd);
	const severity = severityOfCost(costUsdPerMonth, shareOf(usd, scene.usd));
	const perDay = reindexes / scene.days;
	const isHabit = perDay >= minReindexesPerDay && requests >= scene.requests * minShare;
	if (severity === undefined && !isHabit) return [];
	const isServedByMuseum = scene.sweeps.some(({ program }) => program.bucket === main.bucket);
	return [
		{
			severity: severity ?? "info",
			title: `${main.iamUser} rebuilds the whole index ${rate(perDay)} times a day`,
			why: `\`helm s3 reindex\` lists the bucket and asks for the head of each package: ${plural(requests, "request")} from ${listOf(sourceIps)}, ${percent(shareOf(requests, scene.requests))} of all, ${dollars(costUsdPerMonth)} a month.${isServedByMuseum ? " ChartMuseum, which serves this bucket, never reads that index." : ""}`,
			evidence: {
				...cohortEvidence(cohort),
				reindexes,
				reindexesPerDay: rounded(perDay),
				headsPerReindex: rounded(heads / reindexes),
				heads,
				lists: requests - heads,
				indexIsServed: !isServedByMuseum,
			},
			requests,
			costUsdPerMonth,
			savingUsdPerMonth: costUsdPerMonth,
			next: [
				attribute(["session", "hour"], { "iam-user": main.iamUser, operation: "REST.HEAD.OBJECT" }),
				"Leave `helm s3 reindex` out of CI: `helm s3 push` adds its package to the index",
			],
		},
	];
}

function firstPages({ theCase, ofFlow, callOfFlow, sums }: Scene, { programs }: Cohort): number {
	const ids = new Set(programs.map(({ id }) => id));
	let pages = 0;
	for (let flow = 0; flow < ofFlow.length; flow++) {
		if (callOfFlow[flow] !== Call.otherList || !ids.has(ofFlow[flow]!)) continue;
		if ((theCase.flows[flow]!.listing & Listing.nextPage) === 0) pages += sums.requests[flow]!;
	}
	return pages;
}
