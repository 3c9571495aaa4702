/** The same program wherever it runs: all sources of one client of one principal, put together. */

import { grouped } from "../model/grouped.ts";
import type { Program } from "./programs.ts";
import { byName } from "./programs.ts";

export interface Cohort {
	/** The one with the most requests. */
	main: Program;
	programs: Program[];
	sourceIps: string[];
	requests: number;
	errors: number;
	/** USD in complete hours. */
	usd: number;
}

/** `isWorth` leaves out groups before anything is worked out of them: a crowded log has thousands. */
export function cohortsOf(
	programs: readonly Program[],
	isWorth: (group: readonly Program[]) => boolean = () => true,
): Cohort[] {
	const groups = grouped(programs, ({ family }) => family);
	return [...groups.values()].filter(isWorth).map((group) => {
		const byRequests = group.sort((a, b) => b.requests - a.requests || byName(a, b));
		const sum = (of: (program: Program) => number): number =>
			group.reduce((total, program) => total + of(program), 0);
		return {
			main: byRequests[0]!,
			programs: byRequests,
			sourceIps: [...new Set(byRequests.map(({ sourceIp }) => sourceIp))],
			requests: sum(({ requests }) => requests),
			errors: sum(({ errors }) => errors),
			usd: sum(({ usd }) => usd),
		};
	});
}

/** Who it is, for evidence. */
export function cohortEvidence({ main, sourceIps }: Cohort): Record<string, unknown> {
	return {
		bucket: main.bucket,
		requester: main.requester,
		"iam-user": main.iamUser,
		client: main.client,
		software: main.software,
		sourceIps: sourceIps.slice(0, maxSources),
		sourceCount: sourceIps.length,
	};
}

/** Addresses in evidence: scanners and pods come from hundreds. */
const maxSources = 50;
