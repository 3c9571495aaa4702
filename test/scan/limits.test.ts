/**
 * What happens beyond the limits of the dictionaries: values are pooled and counted as such, totals stay exact.
 * Limits are made tiny here; the real ones are only larger.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pooledName } from "../../src/scan/dictionary.ts";
import { Kind, type LayoutOptions } from "../../src/scan/layout.ts";
import { pooledRecords } from "../../src/scan/scan.ts";
import { holdsFor } from "../support/fuzz.ts";
import { generateBytes } from "../support/generate.ts";
import { anyPieces } from "../support/hostile-text.ts";
import { KernelRig, normal, oracleTallies, type Sum, type TextTallies } from "../support/kernel-tallies.ts";
import { everyQuirk } from "../support/quirks.ts";

const { bytes: log } = generateBytes({
	seed: 12,
	size: { lines: 1500 },
	keys: 60,
	callers: 40,
	userAgents: 30,
	quirks: everyQuirk(0.005),
});
const expected = oracleTallies(log, normal);

/** Requests, bytes and object bytes by whatever `name` makes of "flow\\ntime\\nkey". */
function sumsBy(sums: ReadonlyMap<string, Sum>, name: (text: string) => string): Record<string, number[]> {
	const result: Record<string, number[]> = {};
	for (const [text, { requests, bytesSent, objectBytes }] of sums) {
		result[name(text)] ??= [0, 0, 0];
		const sum = result[name(text)]!;
		for (const [i, amount] of [requests, bytesSent, objectBytes].entries()) sum[i]! += amount;
	}
	return result;
}

/** The parts of a cell's name: the flow's fields, the time, and the key behind it. */
function parts(text: string): { flow: (string | number | null)[]; time: string; key: string } {
	const [flow = "", time = "", key = ""] = text.split("\n");
	return { flow: JSON.parse(flow) as (string | number | null)[], time, key };
}

/** Bucket, operation, status, error code and listing: what the price of a request depends on. */
const priced = (text: string): string => {
	const { flow, time } = parts(text);
	return JSON.stringify([flow[0], flow[1], flow[4], flow[5], flow[6], flow[16], time]);
};

function scanned(options: Partial<LayoutOptions>): { rig: KernelRig; tallies: TextTallies } {
	const rig = new KernelRig(options);
	const tallies = rig.feed([log]);
	assert.deepEqual(tallies.counts, expected.counts);
	return { rig, tallies };
}

/** Requests of the cells that `is` picks. */
const requestsOf = (sums: ReadonlyMap<string, Sum>, is: (text: string) => boolean): number =>
	[...sums].reduce((total, [text, sum]) => total + (is(text) ? sum.requests : 0), 0);

test("without a limit nothing is pooled", () => {
	const { rig, tallies } = scanned({});
	assert.deepEqual(tallies, expected);
	assert.deepEqual(pooledRecords(rig.host.layout), []);
});

test("keys beyond their limit become one, and nothing else changes", () => {
	const { rig, tallies } = scanned({ maxKeys: 5 });
	assert.deepEqual(tallies.minutes, expected.minutes);
	const withoutKey = (text: string): string => text.split("\n", 2).join();
	assert.deepEqual(sumsBy(tallies.hours, withoutKey), sumsBy(expected.hours, withoutKey));
	const keys = new Set([...tallies.hours.keys()].map((text) => parts(text).key));
	assert.equal(keys.size, 6);
	const requests = requestsOf(tallies.hours, (text) => parts(text).key === pooledName);
	assert.deepEqual(pooledRecords(rig.host.layout), [{ limit: "distinct keys", value: 5, requests }]);
	// Those that were there first are exact.
	for (const key of keys) {
		if (key === pooledName) continue;
		const its = (text: string): boolean => parts(text).key === key;
		assert.equal(requestsOf(tallies.hours, its), requestsOf(expected.hours, its), key);
	}
});

test("flows beyond their limit keep what their price depends on", () => {
	const { rig, tallies } = scanned({ maxFlows: 6 });
	assert.deepEqual(sumsBy(tallies.minutes, priced), sumsBy(expected.minutes, priced));
	assert.deepEqual(sumsBy(tallies.hours, priced), sumsBy(expected.hours, priced));
	const keyAndTime = (text: string): string => text.slice(text.indexOf("\n"));
	assert.deepEqual(sumsBy(tallies.hours, keyAndTime), sumsBy(expected.hours, keyAndTime));
	const requests = requestsOf(tallies.minutes, (text) => parts(text).flow[3] === pooledName);
	assert.ok(requests > 100);
	assert.deepEqual(pooledRecords(rig.host.layout), [{ limit: "distinct flows", value: 6, requests }]);
});

const positions = { bucket: [0, 1], caller: [2, 3], operation: [4], outcome: [5, 6], agent: [7] } as const;
for (const [name, fields] of Object.entries(positions)) {
	test(`beyond the limit of ${name}s only that is pooled`, () => {
		const kind = Kind[name as keyof typeof positions];
		const { rig, tallies } = scanned({ kindLimits: { [kind]: 1 } });
		const others = (text: string): string => {
			const { flow, time, key } = parts(text);
			for (const field of fields) flow[field] = "";
			return JSON.stringify([flow, time, key]);
		};
		assert.deepEqual(sumsBy(tallies.minutes, others), sumsBy(expected.minutes, others));
		assert.deepEqual(sumsBy(tallies.hours, others), sumsBy(expected.hours, others));
		const values = (sums: ReadonlyMap<string, Sum>) =>
			new Set([...sums.keys()].map((text) => JSON.stringify(fields.map((field) => parts(text).flow[field]))));
		assert.equal(values(tallies.minutes).size, Math.min(values(expected.minutes).size, 2));
		const total = expected.counts.records;
		const [pooled] = pooledRecords(rig.host.layout);
		assert.ok(pooled === undefined ? name === "bucket" : pooled.requests > 0 && pooled.requests < total);
	});
}

test("any text, every limit at once: no record and no byte is lost", async (context) => {
	const options: Partial<LayoutOptions> = {
		maxKeys: 2,
		maxFlows: 3,
		hotCells: 2,
		minuteCells: 4,
		hourCells: 4,
		kindLimits: {
			[Kind.bucket]: 1,
			[Kind.caller]: 2,
			[Kind.operation]: 2,
			[Kind.outcome]: 2,
			[Kind.agent]: 2,
			[Kind.tail]: 1,
		},
	};
	const time = (text: string): string => parts(text).time;
	let rig = new KernelRig(options);
	await holdsFor(
		context,
		300,
		fc.property(anyPieces(12), fc.integer({ min: 0, max: 9 }), ({ bytes, pieces }, fresh) => {
			if (fresh === 0) rig = new KernelRig(options);
			const [actual, oracle] = [rig.feed(pieces), oracleTallies(bytes, normal)];
			assert.deepEqual(actual.counts, oracle.counts);
			assert.deepEqual(actual.samples, oracle.samples);
			assert.deepEqual(sumsBy(actual.minutes, time), sumsBy(oracle.minutes, time));
			assert.deepEqual(sumsBy(actual.hours, time), sumsBy(oracle.hours, time));
		}),
	);
});

test("the name that pooled values get is no operation", () => {
	const line = log.toString("latin1").split("\n", 1)[0] ?? "";
	for (const operation of ["OTHER", "(other)", pooledName]) {
		const bytes = Buffer.from(line.replace(/ REST\.GET\.\w+ /, ` ${operation} `), "latin1");
		const tallies = new KernelRig().feed([bytes]);
		assert.deepEqual(tallies, oracleTallies(bytes, normal), operation);
		assert.equal(tallies.counts.unparsed, 1);
	}
});

test("a flood of invented operations and outcomes ends in a few flows", () => {
	// More combinations than there is room for coarse flows: 300 operations with 300 error codes each.
	const rig = new KernelRig({ maxFlows: 4, files: 1 });
	const line = log.toString("latin1").split("\n", 1)[0] ?? "";
	const [before = "", after = ""] = line.split(/ REST\.GET\.\w+ /);
	const perOperation = Array.from({ length: 300 }, (_, code) =>
		`${after}\n`.replace(/" \d{3} \S+ /, `" 404 Code${code} `),
	);
	let requests = 0;
	for (let operation = 0; operation < 300; operation++) {
		const lines = perOperation.map((rest) => `${before} REST.GET.X${operation} ${rest}`).join("");
		const tallies = rig.feed([Buffer.from(lines, "latin1")]);
		assert.equal(tallies.counts.records, 300);
		for (const sum of tallies.minutes.values()) requests += sum.requests;
	}
	assert.equal(requests, 90_000);
	assert.ok(rig.host.dictionary.flowCount <= 4 + 65_536, `${rig.host.dictionary.flowCount} flows`);
});
