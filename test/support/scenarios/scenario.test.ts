/** The logs of the scenarios are well-formed, add up to their truth, and are the same for the same seed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LogRecord } from "../../../src/model/record.ts";
import { loadClusters } from "../../../src/network/clusters.ts";
import { parseText } from "../../../src/scan/reference.ts";
import { scenarios } from "./catalog.ts";
import { deliver, goodDelivery, type LogObject } from "./delivery.ts";
import { type Staged, stage } from "./scenario.ts";
import { World } from "./world.ts";

/** Objects are there twice now and then, under another name. */
function distinct(objects: readonly LogObject[]): Buffer[] {
	return [...new Map(objects.map(({ bytes }) => [bytes.toString("latin1"), bytes])).values()];
}

/** Of every line, read with the slow parser; a line that is no record fails. */
function recordsOf(objects: readonly LogObject[]): LogRecord[] {
	return distinct(objects).flatMap((bytes) =>
		[...parseText(bytes)].map(({ parsed }) => {
			assert.ok("record" in parsed, JSON.stringify(parsed));
			return parsed.record;
		}),
	);
}

function countBy(
	records: readonly LogRecord[],
	field: "remoteIp" | "operation" | "requester",
): Map<string, number> {
	const counts = new Map<string, number>();
	for (const record of records) counts.set(record[field], (counts.get(record[field]) ?? 0) + 1);
	return counts;
}

function checkAddsUp({ world, objects, truth, clusters }: Staged): void {
	const records = recordsOf(objects);
	assert.equal(records.length, truth.records);
	let bytesSent = 0;
	for (const record of records) {
		bytesSent += record.bytesSent;
		assert.ok(record.timeSeconds >= world.from && record.timeSeconds < world.to, "outside of the window");
	}
	assert.equal(bytesSent, truth.bytesSent);
	assert.equal(
		distinct(objects).reduce((sum, { length }) => sum + length, 0),
		truth.bytes,
	);
	for (const [field, dimension] of [
		["remoteIp", "sourceIp"],
		["operation", "operation"],
		["requester", "requester"],
	] as const) {
		const expected = [...truth.by[dimension]].map(([name, { requests }]) => [name, requests] as const);
		assert.deepEqual(countBy(records, field), new Map(expected), field);
	}
	if (clusters !== undefined) assert.ok(loadClusters(clusters, "clusters.yaml").entries.length > 0);
}

/** One of each kind: the slow parser reads some 20,000 lines a second. test/scenarios.test.ts counts them all. */
const counted = new Set([
	"story-over-ipv6",
	"overlapping-vpcs",
	"lost-and-twice",
	"tiny",
	"amazon-itself",
	"newest-hours",
	"unknown-twin",
	"restarts",
	"reindex",
	"anonymous",
]);

describe("what is written adds up to the truth", () => {
	for (const [index, scenario] of scenarios.entries())
		if (counted.delete(scenario.name)) test(scenario.name, () => checkAddsUp(stage(scenario, 300 + index)));
	test("all of them", () => assert.deepEqual([...counted], []));
});

test("names of scenarios are folders, and no two are alike", () => {
	const names = scenarios.map(({ name }) => name);
	assert.equal(new Set(names).size, names.length);
	for (const name of names) assert.match(name, /^[a-z0-9.-]+$/);
});

test("the same seed gives the same bytes, another seed another story", () => {
	const [story] = scenarios;
	assert.ok(story);
	const [first, again, other] = [stage(story, 8), stage(story, 8), stage(story, 9)];
	assert.deepEqual(first.objects, again.objects);
	assert.deepEqual(first.expected, again.expected);
	const told = ({ world, expected }: Staged) => [
		world.bucket.name,
		world.account,
		expected.changes[0]?.atSeconds,
	];
	for (const [index, value] of told(first).entries()) assert.notEqual(value, told(other)[index]);
});

const drafts = (world: World) => {
	const asker = { ...world.natAddress(), requester: world.user("a"), userAgent: "a/1" };
	return Array.from({ length: 4000 }, (_, index) =>
		world.list(asker, world.from + index * 60 - (index % 7), "?prefix=", index),
	).filter(({ timeSeconds }) => timeSeconds >= world.from);
};

const nameTime = (name: string) => {
	const [, day, hour, minute, second] =
		/(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)-[0-9A-F]{16}$/.exec(name) ?? [];
	return Date.parse(`${day}T${hour}:${minute}:${second}Z`) / 1000;
};

test("objects by event time hold one day, objects by delivery time nothing newer than their name", () => {
	const world = new World({ seed: 2 });
	const sent = drafts(world);
	for (const { path, bytes } of deliver(world, sent, { ...goodDelivery, lateShare: 0.1 }).objects) {
		const times = recordsOf([{ path, bytes }]).map(({ timeSeconds }) => timeSeconds);
		assert.deepEqual([...new Set(times.map((time) => Math.floor(time / 86_400) * 86_400))], [nameTime(path)]);
	}
	const late = deliver(world, sent, {
		...goodDelivery,
		layout: "delivery",
		lateShare: 0.1,
		objectSeconds: 3600,
	});
	let outOfOrder = 0;
	let delayed = 0;
	for (const object of late.objects) {
		const times = recordsOf([object]).map(({ timeSeconds }) => timeSeconds);
		assert.ok(times.every((time) => time < nameTime(object.path)));
		delayed += times.filter((time) => time < nameTime(object.path) - 3 * 3600).length;
		outOfOrder += times.filter((time, index) => time < (times[index - 1] ?? 0)).length;
	}
	assert.ok(outOfOrder > sent.length / 10, `${outOfOrder} out of order`);
	assert.ok(delayed > sent.length / 40 && delayed < sent.length / 10, `${delayed} delayed by hours`);
	assert.equal(late.truth.records, sent.length);
});

test("lost, doubled and undelivered objects are as many as was asked for", () => {
	const world = new World({ seed: 2 });
	const sent = drafts(world);
	const options = { ...goodDelivery, objectSeconds: 1800, missingShare: 0.1, duplicatedShare: 0.2 };
	const { objects, truth } = deliver(world, sent, options);
	const whole = deliver(world, sent, { ...goodDelivery, objectSeconds: 1800 }).objects.length;
	const kept = distinct(objects).length;
	assert.ok(kept < whole * 0.97 && kept > whole * 0.8, `${kept} of ${whole}`);
	assert.ok(objects.length - kept > kept * 0.1 && objects.length - kept < kept * 0.3);
	assert.ok(truth.records < sent.length && truth.records > sent.length * 0.8);
	const seenAtSeconds = world.from + 86_400;
	const early = deliver(world, sent, {
		...goodDelivery,
		layout: "delivery",
		objectSeconds: 3600,
		seenAtSeconds,
	});
	assert.ok(early.objects.every(({ path }) => nameTime(path) <= seenAtSeconds));
	assert.ok(early.truth.records > 1300 && early.truth.records < 1440, `${early.truth.records}`);
});
