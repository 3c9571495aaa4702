/** A program other than ChartMuseum that lists the bucket all the time. */
import type { Finding } from "../../model/diagnosis.ts";
import { type Cohort, cohortEvidence, cohortsOf } from "../cohorts.ts";
import { attribute } from "../next.ts";
import { dollars, listOf, nameOf, percent, plural, rate, rounded } from "../phrases.ts";
import { listCalls, requestsFor, usdFor } from "../programs.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { severityOfCost, shareOf } from "../weights.ts";

export const listStorm: Rule = {
	id: "list-storm",
	find: (scene) =>
		cohortsOf(
			scene.programs.filter((program) => isListing(program.kind) && lists(program) > 0),
			(programs) => listsOf(programs) / scene.days >= minListsPerDay,
		).flatMap((cohort) => finding(scene, cohort)),
};

/** One a minute: nobody needs to know sooner, and S3 can send events. */
const minListsPerDay = 1440;
/** Of all requests: a busy bucket has room for a script that lists. */
const minShare = 0.1;

const isListing = (kind: string): boolean =>
	kind !== "chartmuseum" && kind !== "service" && kind !== "chartcost";
const lists = (program: Parameters<typeof requestsFor>[0]): number => requestsFor(program, ...listCalls);
const listsOf = (programs: readonly Scene["programs"][number][]): number =>
	programs.reduce((sum, program) => sum + lists(program), 0);

function finding(scene: Scene, cohort: Cohort): Omit<Finding, "id">[] {
	const { main, programs, sourceIps } = cohort;
	const total = listsOf(programs);
	const usd = programs.reduce((sum, program) => sum + usdFor(program, ...listCalls), 0);
	const listsPerDay = total / scene.days;
	const costUsdPerMonth = scene.monthly(usd);
	const severity = severityOfCost(costUsdPerMonth, shareOf(usd, scene.usd));
	if (severity === undefined && total < scene.requests * minShare) return [];
	return [
		{
			severity: severity ?? "info",
			title: `${main.iamUser} lists ${main.bucket} ${rate(listsPerDay)} times a day with ${nameOf(main)}`,
			why: `${plural(total, "listing")} from ${listOf(sourceIps)} cost ${dollars(costUsdPerMonth)} a month, ${percent(shareOf(usd, scene.usd))} of all; a listing costs 12 times a download.`,
			evidence: {
				...cohortEvidence(cohort),
				lists: total,
				listsPerDay: rounded(listsPerDay),
				shareOfRequests: rounded(shareOf(total, scene.requests)),
			},
			requests: total,
			costUsdPerMonth,
			savingUsdPerMonth: costUsdPerMonth,
			next: [
				attribute(["hour", "source-ip"], { "iam-user": main.iamUser, operation: "REST.GET.BUCKET" }),
				"Let S3 tell what is new (event notifications, or an inventory), or list less often",
			],
		},
	];
}
