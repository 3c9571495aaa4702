/**
 * Bytes that are billed for the way they take. One form for the three ways; their files say what differs.
 * In: the scene, a way and its words. Out: one finding per bucket, when the money is worth it.
 */
import type { Finding } from "../../model/diagnosis.ts";
import { grouped } from "../../model/grouped.ts";
import { bytesPerGb } from "../../model/units.ts";
import { attribute } from "../next.ts";
import { dollars, listOf, percent, placeOf, plural, rate, rounded } from "../phrases.ts";
import type { Scene } from "../scene.ts";
import type { Transfer, Transfers } from "../transfers.ts";
import { severityOfCost, shareOf } from "../weights.ts";

export interface TransferWords {
	way: keyof Transfers;
	/** `through NAT gateways`: where the bytes go. */
	whither: string;
	/** Why they cost money, and what would not. */
	why: string;
	/** True when all of it goes away with the advice. */
	isAvoidable: boolean;
	next(scene: Scene, transfers: Transfer[]): string[];
}

/** Addresses in the evidence. */
const maxSources = 50;

export function transferFindings(scene: Scene, words: TransferWords): Omit<Finding, "id">[] {
	const byBucket = grouped(scene.transfers[words.way], ({ program }) => program.bucket);
	return [...byBucket.values()].flatMap((transfers) => finding(scene, words, transfers));
}

function finding(scene: Scene, words: TransferWords, transfers: Transfer[]): Omit<Finding, "id">[] {
	const usd = transfers.reduce((sum, transfer) => sum + transfer.usd, 0);
	const bytes = transfers.reduce((sum, transfer) => sum + transfer.bytes, 0);
	const costUsdPerMonth = scene.monthly(usd);
	const share = shareOf(usd, scene.usd);
	const severity = severityOfCost(costUsdPerMonth, share);
	if (severity === undefined || usd === 0) return [];
	const [main] = transfers as [Transfer];
	const sourceIps = [...new Set(transfers.map(({ program }) => program.sourceIp))];
	const places = [...new Set(transfers.map(({ program }) => placeOf(program)))];
	const gigabytes = rate((bytes / bytesPerGb / scene.days) * 30);
	return [
		{
			severity,
			title: `${listOf(places)} ${places.length === 1 ? "gets" : "get"} ${gigabytes} GB a month ${words.whither}`,
			why: `${words.why} That costs ${dollars(costUsdPerMonth)} a month, ${percent(share)} of all; most of it for ${main.program.iamUser} with ${main.program.client} (${plural(transfers.length, "program")} in all).`,
			evidence: {
				bucket: main.program.bucket,
				bytes,
				sourceIps: sourceIps.slice(0, maxSources),
				sourceCount: sourceIps.length,
				networkPaths: [...new Set(transfers.map(({ program }) => program.networkPath))],
				shareOfCost: rounded(share),
				sources: transfers.slice(0, maxSources).map(({ program, ...amounts }) => ({
					sourceIp: program.sourceIp,
					cluster: program.cluster,
					"iam-user": program.iamUser,
					client: program.client,
					bytes: amounts.bytes,
					requests: amounts.requests,
				})),
			},
			requests: transfers.reduce((sum, { requests }) => sum + requests, 0),
			costUsdPerMonth,
			savingUsdPerMonth: words.isAvoidable ? costUsdPerMonth : null,
			next: [...words.next(scene, transfers), attribute(["key"], { "source-ip": main.program.sourceIp })],
		},
	];
}
