/**
 * The diagnosis in one to four sentences: who causes the cost, what changed and when, what still goes wrong, what to
 * do. In: the scene and the findings, worst first. Out: plain text; empty when nothing is wrong and nothing changed.
 */
import type { Finding, Rollout, RolloutSource } from "../model/diagnosis.ts";
import { grouped } from "../model/grouped.ts";
import { count, dollars, listOf, moment, percent, placeOf, rate } from "./phrases.ts";
import type { Program } from "./programs.ts";
import { isRunning, sweepGroups } from "./rules/chartmuseum-sweep.ts";
import { versionWords } from "./rules/client-rollout.ts";
import type { Scene } from "./scene.ts";
import { trendOf } from "./trend.ts";
import { shareOf } from "./weights.ts";

/** What is said of a principal only when it is most of the cost. */
const mostOfCost = 0.5;
const maxSentences = 4;
/** Of the mean rate of all requests in the log. */
const largeChange = 0.3;
/** A roll-out and a change of the rate within this time belong together. */
const togetherSeconds = 2 * 3600;

export function summarize(scene: Scene, findings: readonly Finding[]): string {
	// A stray cluster is the news, whatever else costs more: it explains what a roll-out did not end.
	const wrong = findings
		.filter(({ severity }) => severity !== "info")
		.sort((a, b) => Number(b.id === "stray-cluster") - Number(a.id === "stray-cluster"));
	const changed = findings.filter((finding) => isLargeChange(scene, finding));
	if (wrong.length === 0 && changed.length === 0) return "";
	const told = new Set<string>();
	const sentences = [
		...(wrong.length > 0 ? whoPays(scene) : []),
		...whatChanged(scene, changed, told),
		...whatIsWrong(scene, wrong, told),
	].slice(0, maxSentences - 1);
	const advice = wrong.flatMap((finding) => adviceOf(finding) ?? [])[0];
	return [...sentences, ...(advice === undefined ? [] : [advice])].join(" ");
}

/** Smaller ones stand in the findings: a weekend, or a caller who is a small part of it all. */
function isLargeChange({ requests, days }: Scene, { id, evidence }: Finding): boolean {
	if (id !== "request-drop" && id !== "request-surge") return false;
	const size = Math.abs(Number(evidence["after"]) - Number(evidence["before"]));
	return size >= (requests / (days * 24)) * largeChange;
}

function whoPays({ programs, usd }: Scene): string[] {
	const byUser = [...grouped(programs, ({ iamUser }) => iamUser)].map(([iamUser, own]) => ({
		iamUser,
		usd: own.reduce((sum, program) => sum + program.usd, 0),
	}));
	const [most] = byUser.sort((a, b) => b.usd - a.usd);
	const share = shareOf(most?.usd ?? 0, usd);
	return most === undefined || share < mostOfCost
		? []
		: [`${most.iamUser} causes ${percent(share)} of the cost.`];
}

function whatChanged(scene: Scene, changed: readonly Finding[], told: Set<string>): string[] {
	const rollout = tellingRollout(scene, changed);
	if (rollout !== undefined) {
		told.add("client-rollout").add("request-drop").add("request-surge");
		return [rolloutSentence(scene, rollout)];
	}
	const [largest] = changed.toSorted((a, b) => b.requests - a.requests);
	if (largest === undefined) return [];
	told.add(largest.id);
	return [`${largest.title}.`];
}

/** The roll-out that changed the rate, or left somebody behind; versions alone are no news. */
function tellingRollout({ rollouts, leftBehind }: Scene, changed: readonly Finding[]): Rollout | undefined {
	const times = changed.map(({ evidence }) => Date.parse(String(evidence["time"])) / 1000);
	const requestsOf = ({ sources }: Rollout): number =>
		sources.reduce((sum, { spans }) => sum + spans.reduce((total, span) => total + span.requests, 0), 0);
	const telling = rollouts.filter((rollout) => {
		const begin = Date.parse(rollout.startedAt) / 1000 - togetherSeconds;
		const end = Date.parse(rollout.finishedAt) / 1000 + togetherSeconds;
		return (
			leftBehind.some((left) => left.rollout === rollout && left.programs.some(isMuseum)) ||
			times.some((time) => time >= begin && time <= end)
		);
	});
	return telling.sort((a, b) => requestsOf(b) - requestsOf(a))[0];
}

const isMuseum = ({ kind }: Program): boolean => kind === "chartmuseum";

function rolloutSentence(scene: Scene, rollout: Rollout): string {
	const { from, to, fromSoftware, toSoftware, startedAt, finishedAt, sources } = rollout;
	const switched = sources.filter(({ switchedAt, oldUntil }) => switchedAt !== null && oldUntil !== null);
	const places = placeWords(switched);
	const when =
		startedAt.slice(0, 16) === finishedAt.slice(0, 16)
			? `on ${moment(startedAt)}`
			: `between ${moment(startedAt)} and ${moment(finishedAt)}`;
	const trend = trendOf(scene, rollout, switched);
	const effect =
		trend === null ? "" : `, and its requests ${trend < 0 ? "fell" : "rose"} by ${percent(Math.abs(trend))}`;
	return `${places === "" ? "" : `In ${places} `}${versionWords(from, fromSoftware)} was replaced by ${versionWords(to, toSoftware)} ${when}${effect}.`;
}

/** `cluster production (192.0.2.10)`, `the clusters behind 192.0.2.10 and 192.0.2.20`; empty for none. */
function placeWords(sources: readonly RolloutSource[]): string {
	if (sources.length === 0) return "";
	const plural = sources.length === 1 ? "" : "s";
	const isMapped = sources.every(({ cluster }) => cluster !== "unmapped");
	return isMapped
		? `cluster${plural} ${listOf(sources.map(({ cluster, sourceIp }) => `${cluster} (${sourceIp})`))}`
		: `the cluster${plural} behind ${listOf(sources.map(placeOf))}`;
}

function whatIsWrong(scene: Scene, wrong: readonly Finding[], told: Set<string>): string[] {
	const sentences: string[] = [];
	for (const finding of wrong) {
		if (told.has(finding.id)) continue;
		told.add(finding.id);
		if (finding.id === "stray-cluster") {
			sentences.push(straySentence(scene, finding, told));
			told.add("stale-client");
		} else if (finding.id === "chartmuseum-sweep") sentences.push(sweepSentence(scene, finding));
		else sentences.push(`${finding.title}${costWords(finding)}.`);
	}
	return sentences;
}

function straySentence(scene: Scene, finding: Finding, told: Set<string>): string {
	const { evidence, costUsdPerMonth } = finding;
	const ips = evidence["sourceIps"] as string[];
	const own = (program: Program): boolean =>
		ips.includes(program.sourceIp) && program.iamUser === evidence["iam-user"];
	const downloads = downloadWords(scene, own);
	if (downloads !== "") told.add("chartmuseum-sweep");
	const behind = String(evidence["reason"]).startsWith("left behind") ? "left behind by that roll-out" : "";
	const which = behind || `which ${ips.length === 1 ? "is" : "are"} not in the cluster map`;
	const software = versionWords(String(evidence["client"]), String(evidence["software"]));
	return `${listOf(ips)}, ${which}, ${ips.length === 1 ? "runs" : "run"} ${software}${downloads}: ${dollars(costUsdPerMonth)} a month.`;
}

/** ` and downloads every package 24 times a day`; empty without a sweep. */
function downloadWords(scene: Scene, isOwn: (program: Program) => boolean): string {
	const sweeps = sweepGroups(scene)
		.flat()
		.filter(({ program, cause }) => isOwn(program) && cause !== "invalid-package");
	if (sweeps.length === 0) return "";
	const perDay = sweeps.reduce((sum, { passes, program }) => {
		const seconds = Math.max(3600, program.lastSeconds - program.firstSeconds);
		return sum + passes / (seconds / 86_400);
	}, 0);
	return ` and downloads every package ${rate(perDay)} times a day`;
}

function sweepSentence(scene: Scene, finding: Finding): string {
	const running = sweepGroups(scene)
		.flat()
		.filter((sweep) => isRunning(scene, sweep) && sweep.program.iamUser === finding.evidence["iam-user"]);
	const places = listOf([...new Set(running.map(({ program }) => placeOf(program)))]);
	const wasted = count(Number(finding.evidence["wastedRequests"]));
	return `${finding.title}, at ${places}: ${wasted} needless downloads${costWords(finding)}.`;
}

function costWords({ costUsdPerMonth }: Finding): string {
	return costUsdPerMonth === null || costUsdPerMonth < 0.01 ? "" : `, ${dollars(costUsdPerMonth)} a month`;
}

function adviceOf({ id, evidence }: Finding): string | undefined {
	const cause = String(evidence["cause"] ?? "");
	if (cause.startsWith("invalid")) return "Repair or remove what can not be indexed.";
	if (cause.startsWith("restart")) {
		return "Let ChartMuseum keep its state file, or put `chartcost serve` in front of the bucket.";
	}
	return adviceFor[id];
}

/** The first thing to do, by what is wrong. */
const adviceFor: Record<string, string> = {
	"chartmuseum-sweep": "Put `chartcost serve` in front of the bucket.",
	"chartmuseum-listing": "Put `chartcost serve` in front of the bucket.",
	"stray-cluster": "Find out whose address that is, and put `chartcost serve` in front of the bucket.",
	"stale-client": "Upgrade what was left behind.",
	"nat-transfer": "Give the VPC a gateway endpoint for S3, which is free.",
	"internet-egress": "Put `chartcost serve` where the readers are.",
	"cross-region-transfer": "Put `chartcost serve` where the readers are.",
	"anonymous-access": "Close the bucket, or serve it through CloudFront.",
	"repeat-download": "Put `chartcost serve` in front of the bucket.",
};
