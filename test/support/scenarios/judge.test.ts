/** The judge finds what is missing, what is wrong and what is too much, and is content with the right answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change, Finding } from "../../../src/model/diagnosis.ts";
import { changeAt, type Expected, type Facts, together } from "./expected.ts";
import { type Answer, judge } from "./judge.ts";

const at = Date.UTC(2026, 4, 5, 10, 20) / 1000;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

const facts: Facts = {
	requester: "charts",
	sourceIps: ["192.0.2.1"],
	mayIps: ["192.0.2.2"],
	mentions: ["web-1.0.0.tgz"],
	cause: /0\.13/,
	numbers: { sweepsPerDay: 48 },
};
const rolloutFacts: Facts = { from: "a/1", to: "a/2", switches: [{ sourceIp: "192.0.2.2", atSeconds: at }] };
const expected: Expected = together([
	{
		drafts: [],
		findings: [
			{ id: "chartmuseum-sweep", severity: "warn", facts },
			{ id: "client-rollout", severity: "info", facts: rolloutFacts },
		],
		changes: [changeAt(at, "down")],
		allowed: ["nat-transfer"],
		never: ["stray-cluster"],
		says: [/downloads/],
	},
]);

function finding(id: string, severity: Finding["severity"], evidence: Finding["evidence"]): Finding {
	const money = { requests: 1, costUsdPerMonth: 2, savingUsdPerMonth: 1 };
	return { id, severity, title: "t", why: "it downloads", evidence, ...money, next: ["do"] };
}

const sweep = {
	requester: "arn:aws:iam::1:user/charts",
	software: "ChartMuseum 0.13.1",
	sourceIps: ["192.0.2.1", "192.0.2.2"],
	sweepsPerDay: 47.1,
	keysPerSweep: 30,
	getsPerKey: 40,
	wastedRequests: 100,
	wastedBytes: 100,
	cause: "0.13.x downloads web-1.0.0.tgz and all others",
};
const switched = { sourceIp: "192.0.2.2", cluster: "a", switchedAt: iso(at + 60) };
const roll = { requester: "charts", from: "a/1", to: "a/2", sources: [switched] };
const change: Change = {
	time: iso(at - 600),
	direction: "down",
	before: 100,
	after: 10,
	unit: "requests/hour",
	relative: -0.9,
	costUsdPerMonth: -1,
	confidence: 0.999,
	series: { bucket: "b" },
	stopped: false,
	explainedBy: [],
};

function answer(sweepEvidence: object = {}, more: Partial<Answer> = {}): Answer {
	return {
		summary: "",
		changes: [change],
		rollouts: [],
		findings: [
			finding("chartmuseum-sweep", "high", { ...sweep, ...sweepEvidence }),
			finding("client-rollout", "info", roll),
		],
		...more,
	};
}

const says = (given: Answer, wanted = expected) => judge(given, wanted).differences.join("\n");

test("the right answer has no differences, and counts", () => {
	const verdict = judge(answer(), expected);
	assert.deepEqual(verdict.differences, []);
	assert.deepEqual(verdict.findings.get("chartmuseum-sweep"), { planted: 1, found: 1, false: 0 });
	assert.deepEqual(verdict.changes, { planted: 1, found: 1, false: 0, delayMinutes: [10] });
	assert.equal(verdict.warnings, 1);
});

test("silence misses everything", () => {
	const verdict = judge({ summary: "", changes: [], rollouts: [], findings: [] }, expected);
	assert.equal(verdict.differences.length, 4);
	assert.deepEqual(verdict.findings.get("client-rollout"), { planted: 1, found: 0, false: 0 });
});

test("every wrong fact is told", () => {
	const wrong: [object, RegExp][] = [
		[{ requester: "somebody" }, /has requester somebody/],
		[{ sourceIps: ["192.0.2.2"] }, /does not name 192\.0\.2\.1/],
		[{ sourceIps: ["192.0.2.1", "192.0.2.3"] }, /blames 192\.0\.2\.3/],
		[{ cause: "who knows: web-1.0.0.tgz" }, /has cause/],
		[{ cause: "0.13" }, /does not name web-1\.0\.0\.tgz/],
		[{ sweepsPerDay: 60 }, /has sweepsPerDay 60/],
		[{ sweepsPerDay: undefined }, /lacks evidence: sweepsPerDay/],
		[{ userRequests: 1, wastedRequests: 2, totalRequests: 4 }, /1 user and 2 wasted of 4/],
	];
	for (const [evidence, words] of wrong) assert.match(says(answer(evidence)), words);
	const late = { ...roll, sources: [{ ...switched, switchedAt: iso(at + 200) }] };
	const sweeps = answer().findings[0]!;
	const withRollout = (evidence: Finding["evidence"], severity: Finding["severity"] = "info") =>
		says(answer({}, { findings: [sweeps, finding("client-rollout", severity, evidence)] }));
	assert.match(withRollout(late), /switched at .* instead of/);
	assert.match(withRollout({ ...roll, sources: [] }), /does not name the source/);
	assert.match(withRollout(roll, "high"), /should be info/);
});

test("what was not planted is told, unless it is info or allowed", () => {
	const also = (id: string, severity: Finding["severity"]) => {
		const given = answer();
		given.findings.push(finding(id, severity, { sourceIps: [], bytes: 1 }));
		return says(given);
	};
	assert.equal(also("nat-transfer", "high"), "");
	assert.equal(also("internet-egress", "info"), "");
	assert.match(also("internet-egress", "warn"), /should not be there/);
	assert.match(also("stray-cluster", "info"), /should not be there/);
	assert.match(also("made-up", "info"), /no id of the contract/);
	const [sweeps] = answer().findings;
	const info = { ...sweeps!, severity: "info" as const };
	assert.match(says(answer({}, { findings: [info, answer().findings[1]!] })), /is info only/);
});

test("changes must be near and in the right direction, and no others", () => {
	const changes = (more: Partial<Change>) => says(answer({}, { changes: [{ ...change, ...more }] }));
	assert.match(changes({ time: iso(at + 7200) }), /no change down[\s\S]*was not planted/);
	assert.match(changes({ direction: "up" }), /no change down/);
	assert.match(
		says(answer({}, { changes: [change, { ...change, time: iso(at + 90_000) }] })),
		/was not planted/,
	);
});

test("money, next steps and blame are looked at", () => {
	const given = answer();
	given.findings[0]!.savingUsdPerMonth = 5;
	given.findings[1]!.next = [];
	assert.match(says(given), /saves 5 of 2[\s\S]*no next step/);
	const explainedBy = [{ dimensions: { "iam-user": "user/a" }, sameAs: {}, share: 0.9, before: 1, after: 2 }];
	const blaming = answer({}, { changes: [{ ...change, explainedBy }] });
	assert.match(says(blaming, { ...expected, hasNoCulprit: true }), /blamed on/);
	assert.match(says({ ...blaming, summary: "x", findings: [] }), /no findings, but a summary/);
});

test("what one part rules out, another may plant; two of a kind need not say their numbers apart", () => {
	const [sweeps] = expected.findings;
	const one = { drafts: [], never: ["chartmuseum-sweep", "stray-cluster"] };
	const both = together([one, { drafts: [], findings: [sweeps!] }]);
	assert.deepEqual(both.never, ["stray-cluster"]);
	assert.deepEqual(both.findings, [sweeps]);
	const other = { id: "chartmuseum-sweep", severity: "warn", facts: { sourceIps: ["192.0.2.9"] } } as const;
	const merged = answer({ sourceIps: ["192.0.2.1", "192.0.2.9"], sweepsPerDay: 99 });
	const two = together([{ drafts: [], findings: [sweeps!, other], changes: expected.changes }]);
	assert.deepEqual(judge(merged, two).differences, []);
	assert.match(says(answer(), two), /does not name 192\.0\.2\.9/);
});
