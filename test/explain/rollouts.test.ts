/** Roll-outs in cases written by hand: what is one, what is none, and who was left behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findRollouts } from "../../src/explain/rollouts.ts";
import { holdsFor } from "../support/fuzz.ts";
import { day, every, type Habit, handCase, hour, isoOfMinute, reordered } from "./hand-case.ts";

const old = "aws-sdk-go/1.37.28";
const fresh = "aws-sdk-go/1.44.288";
const oldMuseum = { client: old, software: "ChartMuseum 0.13.1" };
const freshMuseum = { client: fresh, software: "ChartMuseum 0.16.1" };
const switchMinute = day + 15 * hour + 42;

/** One source that runs the old version until a minute and the new one from it on. */
function upgraded(ip: string, at: number, to = 3 * day, overlap = 0): Habit[] {
	return [
		{ ip, ...oldMuseum, minutes: every(30, 0, at + overlap, 50) },
		{ ip, ...freshMuseum, minutes: every(30, at, to) },
	];
}

test("the story: one switched, one left behind, one that had the new version all along", () => {
	const rollouts = findRollouts(
		handCase([
			...upgraded("192.0.2.10", switchMinute),
			{ ip: "198.51.100.7", ...oldMuseum, minutes: every(30, 0, 3 * day, 50) },
			{ ip: "192.0.2.20", ...freshMuseum, minutes: every(30, 5, 3 * day) },
		]),
	);
	assert.equal(rollouts.length, 1);
	const [rollout] = rollouts;
	assert.deepEqual(
		[rollout?.from, rollout?.to, rollout?.startedAt, rollout?.finishedAt],
		[old, fresh, isoOfMinute(switchMinute), isoOfMinute(switchMinute)],
	);
	assert.deepEqual(
		rollout?.sources.map(({ sourceIp, switchedAt }) => [sourceIp, switchedAt]),
		[
			["192.0.2.10", isoOfMinute(switchMinute)],
			["198.51.100.7", null],
			["192.0.2.20", null],
		],
	);
	assert.deepEqual(
		rollout?.sources.map(({ oldUntil }) => oldUntil !== null),
		[true, true, false],
	);
});

test("a rolling update may overlap for hours", () => {
	const [rollout] = findRollouts(handCase(upgraded("192.0.2.10", switchMinute, 3 * day, 5 * hour)));
	assert.equal(rollout?.startedAt, isoOfMinute(switchMinute));
	assert.ok((rollout.sources[0]?.oldUntil ?? "") > isoOfMinute(switchMinute + 4 * hour));
});

test("two versions side by side all the time are no roll-out", () => {
	const both = [
		{ ...oldMuseum, minutes: every(30, 0, 3 * day) },
		{ ...freshMuseum, minutes: every(30, 7, 3 * day) },
	];
	assert.deepEqual(findRollouts(handCase(both)), []);
});

test("versions that take turns are no roll-out", () => {
	const turns = [
		{ ...oldMuseum, minutes: every(8 * hour, 0, 3 * day, 5) },
		{ ...freshMuseum, minutes: every(8 * hour, 4 * hour, 3 * day, 5) },
	];
	assert.deepEqual(findRollouts(handCase(turns)), []);
});

test("different programs with the same SDK are no roll-out", () => {
	const programs = [
		{ ...oldMuseum, minutes: every(30, 0, switchMinute) },
		{ client: "aws-sdk-go/1.55.7", software: "helm-s3 0.17.x", minutes: every(60, switchMinute, 3 * day) },
	];
	assert.deepEqual(findRollouts(handCase(programs)), []);
	// An SDK that is not known to be a program may be the next build of the same one.
	const builds = [programs[0]!, { client: "aws-sdk-go/1.55.9", minutes: every(60, switchMinute, 3 * day) }];
	assert.equal(findRollouts(handCase(builds)).length, 1);
});

test("an old version that may still be asleep has not ended", () => {
	const asleep = [
		{ ...oldMuseum, minutes: every(4 * hour, 0, day + hour, 50) },
		{ ...freshMuseum, minutes: every(10, day - hour, day + 5 * hour) },
	];
	assert.deepEqual(findRollouts(handCase(asleep)), []);
});

test("a roll-back is a roll-out of the old version, and a second attempt is another roll-out", () => {
	const back = [
		{ ...oldMuseum, minutes: [...every(30, 0, day, 50), ...every(30, 2 * day, 3 * day, 50)] },
		{ ...freshMuseum, minutes: [...every(30, day, 2 * day), ...every(30, 3 * day, 4 * day)] },
	];
	const rollouts = findRollouts(handCase(back));
	assert.deepEqual(
		rollouts.map(({ from, to, startedAt }) => [from, to, startedAt]),
		[
			[old, fresh, isoOfMinute(day)],
			[fresh, old, isoOfMinute(2 * day)],
			[old, fresh, isoOfMinute(3 * day)],
		],
	);
	assert.equal(rollouts[0]?.sources[0]?.spans.length, 4);
});

test("several versions in a row", () => {
	const three = [
		{ client: "aws-sdk-go/1.1", minutes: every(30, 0, day) },
		{ client: "aws-sdk-go/1.2", minutes: every(30, day, 2 * day) },
		{ client: "aws-sdk-go/1.3", minutes: every(30, 2 * day, 3 * day) },
	];
	assert.deepEqual(
		findRollouts(handCase(three)).map(({ from, to }) => `${from} ${to}`),
		["aws-sdk-go/1.1 aws-sdk-go/1.2", "aws-sdk-go/1.2 aws-sdk-go/1.3"],
	);
});

test("sources that follow days later belong to the same roll-out", () => {
	const rollouts = findRollouts(
		handCase([...upgraded("192.0.2.1", day, 9 * day), ...upgraded("192.0.2.2", 7 * day, 9 * day)]),
	);
	assert.equal(rollouts.length, 1);
	assert.deepEqual(
		[rollouts[0]?.startedAt, rollouts[0]?.finishedAt],
		[isoOfMinute(day), isoOfMinute(7 * day)],
	);
});

test("pods that change their address with their version, and sessions of one role", () => {
	const pods = [0, 1, 2].flatMap((pod) => [
		{
			user: "role/charts",
			session: `a${pod}`,
			ip: `10.0.0.${pod}`,
			...oldMuseum,
			minutes: every(30, pod, day),
		},
		{
			user: "role/charts",
			session: `b${pod}`,
			ip: `10.0.1.${pod}`,
			...freshMuseum,
			minutes: every(30, day + pod, 2 * day),
		},
	]);
	const [rollout, ...others] = findRollouts(handCase(pods));
	assert.equal(others.length, 0);
	assert.equal(rollout?.startedAt, isoOfMinute(day));
	assert.equal(rollout.finishedAt, isoOfMinute(day + 2));
	assert.equal(rollout.requester, "arn:aws:iam::111122223333:role/charts/*");
	assert.deepEqual(
		rollout.sources.map(({ switchedAt }) => switchedAt !== null),
		[true, true, true, false, false, false],
	);
});

test("anonymous callers and clients without a version roll nothing out", () => {
	assert.deepEqual(
		findRollouts(handCase(upgraded("192.0.2.10", day).map((h) => ({ ...h, user: "anonymous" })))),
		[],
	);
	const versionless = [
		{ client: "browser", minutes: every(30, 0, day) },
		{ client: "browser", software: "x", minutes: every(30, day, 2 * day) },
	];
	assert.deepEqual(findRollouts(handCase(versionless)), []);
});

test("the order of rows does not matter", async (context) => {
	const original = handCase([
		...upgraded("192.0.2.10", switchMinute, 3 * day, hour),
		...upgraded("192.0.2.11", switchMinute + 90),
		{ ip: "198.51.100.7", ...oldMuseum, minutes: every(30, 0, 3 * day, 50) },
	]);
	const expected = findRollouts(original);
	const rows = [...original.hours.flow.keys()];
	await holdsFor(
		context,
		20,
		fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (order) => {
			assert.deepEqual(findRollouts({ ...original, hours: reordered(original.hours, order) }), expected);
		}),
	);
});
