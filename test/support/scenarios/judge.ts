/**
 * Holds an analysis against the truth of a scenario.
 * In: `chartcost analyze --json` as a value, and what was planted. Out: differences in words, and counts for tables.
 */
import type { Change, Finding, Rollout, Severity } from "../../../src/model/diagnosis.ts";
import { evidenceProblems, factProblems, sourceIpProblems } from "./evidence.ts";
import type { Expected, ExpectedChange, ExpectedFinding } from "./expected.ts";

/** The part of chartcost/analysis@1 that is looked at. */
export interface Answer {
	summary: string;
	changes: Change[];
	rollouts: Rollout[];
	findings: Finding[];
}

export interface Score {
	planted: number;
	found: number;
	false: number;
}

export interface Verdict {
	/** Empty when all is as planted. */
	differences: string[];
	/** By finding id; found and planted differ by what was missed or was found with wrong facts. */
	findings: Map<string, Score>;
	changes: Score & { delayMinutes: number[] };
	/** Findings of severity warn or high. */
	warnings: number;
}

export function judge(answer: Answer, expected: Expected): Verdict {
	const verdict: Verdict = {
		differences: [],
		findings: new Map(),
		changes: { planted: 0, found: 0, false: 0, delayMinutes: [] },
		warnings: answer.findings.filter(isWarning).length,
	};
	judgeExpectedFindings(answer, expected, verdict);
	judgeOtherFindings(answer, expected, verdict);
	judgeChanges(answer, expected, verdict);
	judgeWords(answer, expected, verdict);
	return verdict;
}

const isWarning = ({ severity }: { severity: Severity }) => severity !== "info";

function scoreOf(verdict: Verdict, id: string): Score {
	const score = verdict.findings.get(id) ?? { planted: 0, found: 0, false: 0 };
	verdict.findings.set(id, score);
	return score;
}

function judgeExpectedFindings({ findings }: Answer, expected: Expected, verdict: Verdict): void {
	for (const { id, severity, facts } of expected.findings) {
		const score = scoreOf(verdict, id);
		score.planted++;
		const all = findings.filter((finding) => finding.id === id);
		const fitting = all.filter(
			(finding) => severity === "any" || isWarning(finding) === (severity === "warn"),
		);
		const problems = [
			...severityProblems(all.length, fitting.length, severity),
			...bestFit(fitting, (finding) => factProblems(finding, facts)),
			...(fitting.length === 0 ? [] : sourceIpProblems(fitting, facts, addressesOf(expected, id))),
		];
		if (problems.length === 0) score.found++;
		verdict.differences.push(...problems.map((problem) => `${id} ${problem}`));
	}
}

/** Every address that findings of the id may name. */
function addressesOf({ findings, mayName }: Expected, id: string): Set<string> {
	const own = findings.filter((wanted) => wanted.id === id);
	const planted = own.flatMap(({ facts }) => [...(facts.sourceIps ?? []), ...(facts.mayIps ?? [])]);
	const others = mayName.filter(({ ids }) => ids.includes(id)).flatMap(({ ips }) => ips);
	return new Set([...planted, ...others]);
}

function severityProblems(all: number, fitting: number, wanted: ExpectedFinding["severity"]): string[] {
	if (all === 0) return ["is missing"];
	if (fitting > 0) return [];
	return [wanted === "warn" ? "is info only, should be warn or high" : "is warn or high, should be info"];
}

/** The problems of the finding that has the fewest. */
function bestFit(findings: readonly Finding[], problemsOf: (finding: Finding) => string[]): string[] {
	const [best = []] = findings.map(problemsOf).sort((left, right) => left.length - right.length);
	return best;
}

function judgeOtherFindings({ findings }: Answer, expected: Expected, verdict: Verdict): void {
	const planted = new Set(expected.findings.map(({ id }) => id));
	for (const finding of findings) {
		verdict.differences.push(...evidenceProblems(finding).map((problem) => `${finding.id} ${problem}`));
		const isNever = expected.never.includes(finding.id);
		const isSurprise =
			isWarning(finding) && !planted.has(finding.id) && !expected.allowed.includes(finding.id);
		if (!isNever && !isSurprise) continue;
		scoreOf(verdict, finding.id).false++;
		const evidence = JSON.stringify(finding.evidence).slice(0, 300);
		verdict.differences.push(
			`${finding.id} (${finding.severity}) should not be there: ${finding.title} ${evidence}`,
		);
	}
}

function judgeChanges({ changes }: Answer, expected: Expected, verdict: Verdict): void {
	const score = verdict.changes;
	for (const wanted of expected.changes) {
		score.planted++;
		const delays = changes
			.filter((change) => fits(change, wanted))
			.map((change) => minutesOff(change, wanted));
		if (delays.length > 0) {
			score.found++;
			score.delayMinutes.push(Math.min(...delays));
		} else
			verdict.differences.push(`no change ${wanted.direction} at ${iso(wanted.atSeconds)}${seen(changes)}`);
	}
	for (const change of changes) {
		if ([...expected.changes, ...expected.mayChanges].some((wanted) => fits(change, wanted))) continue;
		score.false++;
		const { time, direction, before, after, series } = change;
		const rates = `${before.toFixed(1)} to ${after.toFixed(1)} requests an hour`;
		verdict.differences.push(
			`change ${direction} at ${time} was not planted: ${rates} in ${JSON.stringify(series)}`,
		);
	}
}

function fits(change: Change, wanted: ExpectedChange): boolean {
	return change.direction === wanted.direction && minutesOff(change, wanted) <= wanted.withinMinutes;
}

const minutesOff = ({ time }: Change, { atSeconds }: ExpectedChange) =>
	Math.abs(Date.parse(time) / 1000 - atSeconds) / 60;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16);
const seen = (changes: readonly Change[]) =>
	changes.length === 0
		? "; none was reported"
		: `; reported: ${changes.map(({ direction, time }) => `${direction} at ${time}`).join(", ")}`;

/** A dimension value that is one caller. */
const callers = ["iam-user", "requester", "source-ip", "session", "cluster"];

function judgeWords(answer: Answer, expected: Expected, verdict: Verdict): void {
	const text = [answer.summary, ...answer.findings.map((finding) => JSON.stringify(finding))].join("\n");
	for (const words of expected.says) if (!words.test(text)) verdict.differences.push(`nothing says ${words}`);
	if (answer.findings.length === 0 && answer.summary !== "")
		verdict.differences.push(`there are no findings, but a summary: ${answer.summary}`);
	if (!expected.hasNoCulprit) return;
	for (const { time, explainedBy } of answer.changes) {
		const blamed = explainedBy.find(
			({ dimensions, share }) => share >= 0.6 && callers.some((name) => name in dimensions),
		);
		if (blamed !== undefined)
			verdict.differences.push(
				`the change at ${time} is blamed on ${JSON.stringify(blamed.dimensions)}, but all callers grow alike`,
			);
	}
}
