/** A program that goes on asking for what is not there or what it may not see, or that S3 keeps refusing. */
import type { Finding } from "../../model/diagnosis.ts";
import { type Cohort, cohortEvidence, cohortsOf } from "../cohorts.ts";
import { attribute } from "../next.ts";
import { dollars, listOf, nameOf, percent, plural, rate, rounded } from "../phrases.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";
import { severityOfCost, shareOf } from "../weights.ts";

export const errorStorm: Rule = {
	id: "error-storm",
	find: (scene) =>
		cohortsOf(scene.programs.filter(isSuspect), (programs) => isStorm(scene, programs)).map((cohort) =>
			finding(scene, cohort),
		),
};

/** Ten an hour: fewer are the mistakes of a day. */
const minErrorsPerDay = 240;
/** Of the program's own requests: a few misses among many hits are normal. */
const minOwnShare = 0.3;
/** Of all requests in the log. */
const minShare = 0.02;
/** Kinds of error in the evidence. */
const maxErrors = 10;

/** Terraform asks for settings that are not there; helm-s3 looks whether a package is new. Both mean well. */
function isSuspect({ kind, errors }: Scene["programs"][number]): boolean {
	return errors > 0 && kind !== "terraform" && kind !== "helm-s3" && kind !== "service";
}

interface ErrorKind {
	status: string;
	error: string;
	operation: string;
	requests: number;
	/** USD in complete hours. */
	usd: number;
}

function isStorm({ days, requests: all }: Scene, programs: readonly Scene["programs"][number][]): boolean {
	let errors = 0;
	let requests = 0;
	for (const program of programs) {
		errors += program.errors;
		requests += program.requests;
	}
	return errors / days >= minErrorsPerDay && errors >= requests * minOwnShare && errors >= all * minShare;
}

function finding(scene: Scene, cohort: Cohort): Omit<Finding, "id"> {
	const { main, errors, requests, sourceIps } = cohort;
	const kinds = errorKinds(scene, cohort);
	const [most] = kinds as [ErrorKind];
	const usd = kinds.reduce((sum, kind) => sum + kind.usd, 0);
	const costUsdPerMonth = scene.monthly(usd);
	const who = main.iamUser === "anonymous" ? `Somebody at ${listOf(sourceIps)}` : main.iamUser;
	return {
		severity: severityOfCost(costUsdPerMonth, shareOf(usd, scene.usd)) ?? "info",
		title: `${who} gets ${rate(errors / scene.days)} errors a day, mostly ${most.status} ${most.error}`,
		why: `${plural(errors, "request")} of ${nameOf(main)} from ${listOf(sourceIps)} failed, ${percent(shareOf(errors, requests))} of what it asked for. S3 bills most 4xx answers like any other; these cost ${dollars(costUsdPerMonth)} a month.`,
		evidence: {
			...cohortEvidence(cohort),
			errors,
			errorsPerDay: rounded(errors / scene.days),
			shareOfOwnRequests: rounded(shareOf(errors, requests)),
			byError: kinds.slice(0, maxErrors).map(({ status, error, operation, requests: count }) => ({
				status,
				error,
				operation,
				requests: count,
			})),
		},
		requests: errors,
		costUsdPerMonth,
		savingUsdPerMonth: costUsdPerMonth,
		next: [
			attribute(["key", "error"], { "iam-user": main.iamUser, status: most.status }),
			most.status === "403"
				? "Allow what it needs in its policy (without s3:ListBucket a missing key is 403), or stop it"
				: "Let the program remember what is not there, or stop it",
		],
	};
}

function errorKinds({ theCase, ofFlow, sums }: Scene, { programs }: Cohort): ErrorKind[] {
	const ids = new Set(programs.map(({ id }) => id));
	const kinds = new Map<string, ErrorKind>();
	for (let flow = 0; flow < ofFlow.length; flow++) {
		const { status, errorCode: error, operation } = theCase.flows[flow]!;
		if (!/^[45]/.test(status) || !ids.has(ofFlow[flow]!)) continue;
		const name = `${status} ${error} ${operation}`;
		const kind = kinds.get(name) ?? { status, error, operation, requests: 0, usd: 0 };
		kinds.set(name, kind);
		kind.requests += sums.requests[flow]!;
		kind.usd += sums.usd[flow]!;
	}
	return [...kinds.values()].sort((a, b) => b.requests - a.requests);
}
