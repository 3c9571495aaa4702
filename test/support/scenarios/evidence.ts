/**
 * Whether the evidence of a finding says what it must: the keys of the contract, and the facts that were planted.
 * In: findings and facts. Out: what is wrong, as ends of sentences that begin with the finding's id.
 */
import type { Finding } from "../../../src/model/diagnosis.ts";
import type { Facts } from "./expected.ts";

/** The contract's table (cli.md); ids that it does not list have "the counts behind them". */
const requiredKeys: Record<string, readonly string[]> = {
	"chartmuseum-sweep": [
		"requester",
		"software",
		"sourceIps",
		"sweepsPerDay",
		"keysPerSweep",
		"getsPerKey",
		"wastedRequests",
		"wastedBytes",
		"cause",
	],
	"chartmuseum-listing": ["sourceIps", "listsPerDay"],
	"client-rollout": ["requester", "from", "to"],
	"stale-client": ["sourceIps", "client", "latest", "behindSince"],
	"stray-cluster": ["sourceIps", "client", "firstSeen", "lastSeen", "reason"],
	"request-drop": ["time", "relative", "explainedBy"],
	"request-surge": ["time", "relative", "explainedBy"],
	"nat-transfer": ["sourceIps", "bytes"],
	"internet-egress": ["bytes", "sourceIps"],
	"cross-region-transfer": ["bytes", "sourceIps"],
	"list-storm": [],
	"error-storm": [],
	"repeat-download": [],
	"anonymous-access": [],
	"reindex-cost": [],
};

/** What must hold for every finding, whatever was planted. */
export function evidenceProblems(finding: Finding): string[] {
	const { id, evidence, costUsdPerMonth, savingUsdPerMonth } = finding;
	const required = requiredKeys[id];
	if (required === undefined) return ["is no id of the contract"];
	const missing = required.filter((key) => evidence[key] === undefined);
	const problems = missing.length === 0 ? [] : [`lacks evidence: ${missing.join(", ")}`];
	if (finding.next.length === 0) problems.push("says no next step");
	if (costUsdPerMonth !== null && !(costUsdPerMonth >= 0)) problems.push(`costs ${costUsdPerMonth}`);
	if (savingUsdPerMonth !== null && costUsdPerMonth !== null && savingUsdPerMonth > costUsdPerMonth * 1.001)
		problems.push(`saves ${savingUsdPerMonth} of ${costUsdPerMonth} USD a month`);
	const { userRequests, wastedRequests, totalRequests } = evidence;
	if ([userRequests, wastedRequests, totalRequests].every((count) => typeof count === "number")) {
		if (Number(userRequests) + Number(wastedRequests) !== Number(totalRequests))
			problems.push(`has ${userRequests} user and ${wastedRequests} wasted of ${totalRequests} requests`);
	}
	return problems;
}

/** Facts that one finding must have; addresses are a matter of all findings of an id, see below. */
export function factProblems(finding: Finding, facts: Facts): string[] {
	const { evidence } = finding;
	const problems: string[] = [];
	const contains = (key: string, wanted: string | undefined) => {
		if (wanted !== undefined && !String(evidence[key]).includes(wanted))
			problems.push(`has ${key} ${String(evidence[key])} instead of ${wanted}`);
	};
	contains("requester", facts.requester);
	contains("from", facts.from);
	contains("to", facts.to);
	const cause = `${String(evidence["cause"] ?? "")} ${String(evidence["reason"] ?? "")}`;
	if (facts.cause !== undefined && !facts.cause.test(cause))
		problems.push(`has cause "${cause.trim()}", which is not like ${facts.cause}`);
	const text = JSON.stringify(finding);
	const unsaid = (facts.mentions ?? []).filter((value) => !text.includes(value));
	if (unsaid.length > 0) problems.push(`does not name ${unsaid.join(", ")}`);
	for (const [key, value] of Object.entries(facts.numbers ?? {})) {
		const actual = evidence[key];
		if (typeof actual !== "number" || Math.abs(actual - value) > value * 0.1)
			problems.push(`has ${key} ${String(actual)} instead of ${Number(value.toFixed(1))}`);
	}
	for (const [key, seconds] of Object.entries(facts.times ?? {})) {
		if (!isNear(evidence[key], seconds, 90))
			problems.push(`has ${key} ${String(evidence[key])} instead of ${iso(seconds)}`);
	}
	return [...problems, ...switchProblems(evidence, facts.switches ?? [])];
}

function switchProblems(evidence: Finding["evidence"], wanted: NonNullable<Facts["switches"]>): string[] {
	const sources = Object.values(evidence)
		.filter((value) => Array.isArray(value))
		.flat() as Record<string, unknown>[];
	return wanted.flatMap(({ sourceIp, atSeconds, cluster }) => {
		const own = sources.filter((source) => source?.["sourceIp"] === sourceIp);
		if (own.length === 0) return [`does not name the source ${sourceIp}`];
		if (!own.some((source) => isNear(source["switchedAt"], atSeconds, 2)))
			return [`has ${sourceIp} switched at ${String(own[0]?.["switchedAt"])} instead of ${iso(atSeconds)}`];
		return cluster === undefined || own.some((source) => source["cluster"] === cluster)
			? []
			: [`has ${sourceIp} in cluster ${String(own[0]?.["cluster"])} instead of ${cluster}`];
	});
}

/** All findings of one id together name the addresses that were planted, and no innocent ones. */
export function sourceIpProblems(
	findings: readonly Finding[],
	facts: Facts,
	mayIps: ReadonlySet<string>,
): string[] {
	if (facts.sourceIps === undefined) return [];
	const named = new Set(findings.flatMap(({ evidence }) => evidence["sourceIps"]).map(String));
	const missing = facts.sourceIps.filter((ip) => !named.has(ip));
	const innocent = [...named].filter((ip) => !mayIps.has(ip));
	return [
		...(missing.length === 0 ? [] : [`does not name ${missing.join(", ")}, but ${[...named].join(", ")}`]),
		...(innocent.length === 0 ? [] : [`blames ${innocent.join(", ")}, which did nothing`]),
	];
}

function isNear(time: unknown, seconds: number, minutes: number): boolean {
	return typeof time === "string" && Math.abs(Date.parse(time) / 1000 - seconds) <= minutes * 60;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);
