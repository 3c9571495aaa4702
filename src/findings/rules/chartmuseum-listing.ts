/** ChartMuseum lists the bucket: on a timer in each replica, or on every request that it answers. */
import type { Finding, Severity } from "../../model/diagnosis.ts";
import { grouped } from "../../model/grouped.ts";
import { Call } from "../calls.ts";
import { attribute, serve } from "../next.ts";
import { dollars, duration, listOf, nameOf, percent, plural, rate, rounded } from "../phrases.ts";
import { byName, requestsFor, usdFor } from "../programs.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import type { Sweeps } from "../sweeps.ts";
import { noticeableShare, noticeableUsd, shareOf } from "../weights.ts";

export const chartmuseumListing: Rule = {
	id: "chartmuseum-listing",
	find: (scene) => groups(scene).flatMap((group) => finding(scene, group)),
};

/** Fewer a day are starts, not a habit. */
const minListsPerDay = 4;
/** Listings on request are a fault of the setup when they come at least this often: a timer would make 288. */
const manyListsPerDay = 144;

const lists = ({ program }: Sweeps): number => requestsFor(program, Call.list);
const listUsd = ({ program }: Sweeps): number => usdFor(program, Call.list, Call.listPage);

/** The listings of one bucket by one principal, those on a timer apart from the others. */
function groups({ sweeps }: Scene): Sweeps[][] {
	const listing = sweeps.filter((sweep) => lists(sweep) > 0);
	const found = grouped(listing, (sweep) => {
		const { bucket, account, iamUser } = sweep.program;
		return `${isOnRequest(sweep)} ${bucket} ${account} ${iamUser}`;
	});
	return [...found.values()].map((group) =>
		group.sort((a, b) => lists(b) - lists(a) || byName(a.program, b.program)),
	);
}

/** ChartMuseum up to 0.12 has no timer; later ones list on request with --always-regenerate-chart-index. */
function isOnRequest({ program, ticks }: Sweeps): boolean {
	return ticks.mode === "irregular" || (ticks.mode === "unknown" && isWithoutTimer(program.software));
}

function isWithoutTimer(software: string): boolean {
	return /^ChartMuseum 0\.(?:9|1[0-2])\./.test(software);
}

function finding(scene: Scene, group: Sweeps[]): Omit<Finding, "id">[] {
	const [main] = group as [Sweeps];
	const total = group.reduce((sum, sweep) => sum + lists(sweep), 0);
	const usd = group.reduce((sum, sweep) => sum + listUsd(sweep), 0);
	const listsPerDay = total / scene.days;
	if (listsPerDay < minListsPerDay) return [];
	const costUsdPerMonth = scene.monthly(usd);
	const onRequest = isOnRequest(main);
	const sourceIps = [...new Set(group.map(({ program }) => program.sourceIp))];
	const software = listOf([...new Set(group.map(({ program }) => nameOf(program)))], group.length);
	const { bucket, requester, iamUser } = main.program;
	return [
		{
			severity: severity(costUsdPerMonth, shareOf(usd, scene.usd), onRequest, listsPerDay),
			title: onRequest
				? `${nameOf(main.program)} lists the bucket whenever somebody asks it for something`
				: `ChartMuseum lists the bucket ${rate(listsPerDay)} times a day`,
			why: `${reason(main, onRequest)} ${plural(total, "listing")} from ${listOf(sourceIps)} cost ${dollars(costUsdPerMonth)} a month, ${percent(shareOf(usd, scene.usd))} of all; a listing costs 12 times a download.`,
			evidence: {
				bucket,
				requester,
				"iam-user": iamUser,
				software,
				sourceIps,
				listsPerDay: rounded(listsPerDay),
				mode: onRequest ? "every request" : "timer",
				intervalSeconds: main.ticks.intervalSeconds,
				replicas: main.ticks.replicas,
				sources: group.map((sweep) => ({
					sourceIp: sweep.program.sourceIp,
					cluster: sweep.program.cluster,
					software: sweep.program.software,
					lists: lists(sweep),
					intervalSeconds: sweep.ticks.intervalSeconds,
					replicas: sweep.ticks.replicas,
				})),
			},
			requests: group.reduce((sum, { program }) => sum + requestsFor(program, Call.list, Call.listPage), 0),
			costUsdPerMonth,
			savingUsdPerMonth: costUsdPerMonth,
			next: [
				serve(bucket, scene.theCase.region),
				onRequest
					? "Or set a CACHE_INTERVAL, without --always-regenerate-chart-index, in ChartMuseum 0.16"
					: "Or raise CACHE_INTERVAL: new charts then appear that much later",
				attribute(["source-ip", "client"], { operation: "REST.GET.BUCKET", "iam-user": iamUser }),
			],
		},
	];
}

function severity(usd: number | null, share: number, onRequest: boolean, listsPerDay: number): Severity {
	if ((usd ?? 0) >= noticeableUsd && share >= noticeableShare) return "warn";
	return onRequest && listsPerDay >= manyListsPerDay ? "warn" : "info";
}

function reason({ ticks, program }: Sweeps, onRequest: boolean): string {
	if (onRequest) {
		return isWithoutTimer(program.software)
			? "ChartMuseum up to 0.12 lists on every request for the index."
			: "The listings follow no timer, as with --always-regenerate-chart-index: they grow with the requests of the users.";
	}
	if (ticks.intervalSeconds === null) return "ChartMuseum lists to find new packages.";
	const replicas = ticks.replicas === null ? "" : ` in ${plural(ticks.replicas, "replica")}`;
	return `ChartMuseum lists every ${duration(ticks.intervalSeconds)}${replicas} to find new packages.`;
}
