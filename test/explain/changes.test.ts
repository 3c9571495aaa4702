/** Changes in cases written by hand: found at their minute with who carries them, and not found where none is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findChanges } from "../../src/explain/changes.ts";
import { holdsFor } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { day, every, type Habit, handCase, hour, isoOfMinute, reordered, startMinute } from "./hand-case.ts";

const old = "aws-sdk-go/1.37.28";
const fresh = "aws-sdk-go/1.44.288";
const at = day + 15 * hour + 42;

/** Requests at random minutes, so many per hour on average, more at noon where `rhythm` says so. */
function people(
	random: Random,
	perHour: number,
	from: number,
	to: number,
	rhythm = 0,
): (readonly [number, number])[] {
	const minutes: (readonly [number, number])[] = [];
	for (let minute = from; minute < to; minute++) {
		const noon = 1 + rhythm * Math.sin(((((minute / hour) % 24) - 6) / 24) * 2 * Math.PI);
		const mean = (perHour / 60) * noon;
		let count = Math.floor(mean);
		if (random.fraction() < mean - count) count++;
		if (count > 0) minutes.push([startMinute + minute, count]);
	}
	return minutes;
}

const story: Habit[] = [
	{ client: old, operation: "REST.GET.OBJECT", minutes: every(30, 12, at, 26) },
	{ client: old, operation: "REST.GET.BUCKET", minutes: every(30, 12, at) },
	{ client: fresh, operation: "REST.GET.BUCKET", minutes: every(30, at, 3 * day) },
	{ client: old, ip: "198.51.100.7", minutes: every(30, 5, 3 * day, 25) },
	{ client: fresh, ip: "192.0.2.20", minutes: every(30, 9, 3 * day, 2) },
	{
		user: "role/ci",
		ip: "203.0.113.9",
		client: "aws-sdk-go/1.55.7",
		minutes: every(5 * hour, 61, 3 * day, 6),
	},
];

test("the story: when, who, and that it was a new version that took over", async () => {
	const [change, ...others] = await findChanges(handCase(story));
	assert.deepEqual(others, []);
	assert.equal(change?.time, isoOfMinute(at));
	assert.equal(change.direction, "down");
	assert.deepEqual(change.series, { bucket: "charts", "iam-user": "user/chartmuseum" });
	assert.ok(Math.abs(change.before - 108) < 2 && Math.abs(change.after - 56) < 2, JSON.stringify(change));
	const [loss, gain] = change.explainedBy;
	assert.deepEqual(loss?.dimensions, { client: old, "source-ip": "192.0.2.10" });
	assert.ok(loss.share > 0.98 && loss.after === 0);
	assert.deepEqual(gain?.dimensions, { client: fresh, "source-ip": "192.0.2.10" });
	assert.ok(gain.share < 0);
	assert.ok((change.costUsdPerMonth ?? 0) < 0);
});

test("a client that stops for good, and one that begins", async () => {
	const [change] = await findChanges(
		handCase([
			{ user: "user/a", minutes: every(10, 0, 2 * day, 5) },
			{ user: "user/b", ip: "192.0.2.7", minutes: every(10, 0, day + 127, 9) },
		]),
	);
	assert.equal(change?.time, isoOfMinute(day + 120));
	assert.equal(change.stopped, true);
	assert.equal(change.series["iam-user"], "user/b");
	assert.equal(change.relative, -1);
	const [begun] = await findChanges(
		handCase([
			{ user: "user/a", minutes: every(10, 0, 2 * day, 5) },
			{ user: "user/b", ip: "192.0.2.7", minutes: every(10, day + 127, 2 * day, 9) },
		]),
	);
	assert.deepEqual([begun?.time, begun?.relative], [isoOfMinute(day + 127), null]);
});

test("a client that goes on at another rate: the minute is found from minutes", async () => {
	const random = new Random(7);
	const minutes = [...people(random, 240, 0, at), ...people(random, 600, at, 3 * day)];
	const [change] = await findChanges(handCase([{ minutes }]));
	const found = Date.parse(change?.time ?? "") / 60_000 - startMinute;
	assert.ok(Math.abs(found - at) <= 2, change?.time);
	assert.ok(Math.abs((change?.relative ?? 0) - 1.5) < 0.05);
	assert.deepEqual(change?.explainedBy[0]?.dimensions, { "iam-user": "user/chartmuseum" });
});

test("rhythm, spikes, gaps and a weekend are no changes", async () => {
	const random = new Random(11);
	const quiet = people(random, 300, 0, 5 * day, 0.8);
	const spike = every(1, 2 * day, 2 * day + 5 * hour, 50);
	const inGap = (minute: number) =>
		minute >= startMinute + 3 * day && minute < startMinute + 3 * day + 9 * hour;
	const calm = handCase([{ minutes: [...quiet, ...spike].filter(([minute]) => !inGap(minute)) }]);
	assert.deepEqual(await findChanges(calm), []);
	// 2026-10-12 is a Monday.
	const weekday = people(random, 400, 0, 12 * day, 0.8).filter(
		([minute]) => ((minute - startMinute) / day) % 7 < 5 || random.fraction() < 0.3,
	);
	assert.deepEqual(await findChanges(handCase([{ minutes: weekday }])), []);
});

test("a change beside a strong rhythm in a log of three days", async () => {
	const random = new Random(3);
	const minutes = [...people(random, 300, 0, at, 0.7), ...people(random, 120, at, 3 * day, 0.7)];
	const changes = await findChanges(handCase([{ minutes }]));
	assert.equal(changes.length, 1);
	const found = Date.parse(changes[0]?.time ?? "") / 60_000 - startMinute;
	assert.ok(Math.abs(found - at) <= 90, changes[0]?.time);
});

test("two changes on one day in opposite directions are told apart", async () => {
	const changes = await findChanges(
		handCase([
			{ user: "user/a", minutes: every(5, 0, 2 * day + 10 * hour, 4) },
			{ user: "user/b", ip: "192.0.2.2", minutes: every(5, 2 * day + 16 * hour, 5 * day, 6) },
			{ user: "user/c", ip: "192.0.2.3", minutes: every(5, 0, 5 * day, 8) },
		]),
	);
	assert.deepEqual(
		changes.map(({ series, direction }) => [series["iam-user"], direction]),
		[
			["user/a", "down"],
			["user/b", "up"],
		],
	);
});

test("growth that all share is the bucket's, without a culprit", async () => {
	const random = new Random(5);
	const users = ["user/a", "user/b", "user/c", "user/d"].map(
		(user, i): Habit => ({
			user,
			ip: `192.0.2.${i}`,
			minutes: [...people(random, 300, 0, 3 * day), ...people(random, 600, 3 * day, 6 * day)],
		}),
	);
	const changes = await findChanges(handCase(users));
	assert.equal(changes.length, 1);
	assert.deepEqual(changes[0]?.series, { bucket: "charts" });
	assert.equal(changes[0]?.explainedBy.length, 1);
	assert.ok((changes[0]?.explainedBy[0]?.share ?? 0) > 0.99);
	assert.deepEqual(Object.keys(changes[0]?.explainedBy[0]?.dimensions ?? {}), ["client"]);
});

test("what is not complete is not looked at", async () => {
	const limit = Math.floor((startMinute + 2 * day) / 60);
	const drop = [{ minutes: [...every(10, 0, 2 * day, 10), ...every(10, 2 * day, 2 * day + 12 * hour, 1)] }];
	assert.equal((await findChanges(handCase(drop))).length, 1);
	assert.deepEqual(await findChanges(handCase(drop, { completeHours: (at) => at < limit })), []);
});

test("the order of rows does not matter", async (context) => {
	const original = handCase(story);
	const expected = await findChanges(original);
	const rows = [...original.hours.flow.keys()];
	await holdsFor(
		context,
		10,
		fc.asyncProperty(fc.shuffledSubarray(rows, { minLength: rows.length }), async (order) => {
			const changes = await findChanges({ ...original, hours: reordered(original.hours, order) });
			assert.deepEqual(rounded(changes), rounded(expected));
		}),
	);
});

/** Sums of doubles depend on their order in the last digits. */
function rounded(value: unknown): unknown {
	return JSON.parse(
		JSON.stringify(value, (_, part) => (typeof part === "number" ? Number(part.toPrecision(9)) : part)),
	);
}
