/**
 * The WebAssembly kernel equals the reference parser, for any bytes, however they arrive. Every property here runs
 * as long as it is given by `npm run fuzz`. What is wrong is a difference of whole tallies; the text is printed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holdsFor } from "../support/fuzz.ts";
import { generateBytes } from "../support/generate.ts";
import { anyPieces, anyText, cut, fixtureTexts } from "../support/hostile-text.ts";
import {
	type Conditions,
	normal,
	noWindow,
	oracleTallies,
	rigs,
	type TextTallies,
} from "../support/kernel-tallies.ts";
import { everyQuirk } from "../support/quirks.ts";

const roomy = rigs({});
/** Cells run over all the time: moved from hot to cold, taken away, and the same cell begun again. */
const cramped = [
	rigs({ hotCells: 1, minuteCells: 1, hourCells: 1 }),
	rigs({ hotCells: 2, minuteCells: 3, hourCells: 2 }),
	rigs({ hotCells: 2, minuteCells: 64, hourCells: 7 }),
];

function assertSame(actual: TextTallies, expected: TextTallies, what: string | Uint8Array): void {
	const text = typeof what === "string" ? what : Buffer.from(what).toString("latin1");
	try {
		assert.deepEqual(actual, expected);
	} catch (error) {
		const shown = JSON.stringify(text.slice(0, 4000));
		throw new Error(`${(error as Error).message}\ntext: ${shown}`, { cause: error });
	}
	const { lines, records, unparsed, blank, outsideWindow, otherBucket } = actual.counts;
	assert.equal(lines, records + unparsed + blank + outsideWindow + otherBucket);
}

for (const { name, bytes } of fixtureTexts) {
	test(`lines/${name}`, () => {
		const expected = oracleTallies(bytes, normal);
		assertSame(roomy().feed([bytes]), expected, name);
		for (const rig of cramped) assertSame(rig().feed([bytes]), expected, name);
	});
}

test("every quirk in one log", () => {
	const { bytes, truth } = generateBytes({ seed: 5, size: { lines: 6000 }, quirks: everyQuirk(0.01) });
	const tallies = roomy().feed(cut(bytes, [0.2, 0.5, 0.7]));
	assertSame(tallies, oracleTallies(bytes, normal), "seed 5");
	assert.equal(tallies.counts.records, truth.records);
	assert.ok(tallies.counts.unparsed > 20, "more unparsed lines than samples");
	assert.equal(tallies.samples.length, 20);
});

test("any text", async (context) => {
	await holdsFor(
		context,
		3000,
		fc.property(anyText(6), (bytes) => {
			assertSame(roomy().feed([bytes]), oracleTallies(bytes, normal), bytes);
		}),
	);
});

test("any bytes", async (context) => {
	await holdsFor(
		context,
		500,
		fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
			assertSame(roomy().feed([bytes]), oracleTallies(bytes, normal), bytes);
		}),
	);
});

test("any text in any pieces, with cells that run over", async (context) => {
	await holdsFor(
		context,
		1000,
		fc.property(anyPieces(8), fc.integer({ min: 0, max: cramped.length - 1 }), ({ bytes, pieces }, which) => {
			assertSame(cramped[which]!().feed(pieces), oracleTallies(bytes, normal), bytes);
		}),
	);
});

test("a text in two pieces, at every place", () => {
	const quirky = generateBytes({ seed: 9, size: { lines: 4 }, quirks: everyQuirk(0.022) }).bytes;
	const texts = [
		quirky,
		Buffer.from(`\r\n\n${quirky.toString("latin1").trimEnd().replaceAll("\n", "\r\n")}\r`),
	];
	for (const bytes of texts) {
		const expected = oracleTallies(bytes, normal);
		for (let at = 0; at <= bytes.length; at++) {
			assertSame(roomy().feed([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`);
		}
	}
});

test("a text byte by byte", () => {
	const { bytes } = generateBytes({ seed: 4, size: { lines: 3 }, quirks: everyQuirk(0.02) });
	const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
	assertSame(roomy().feed(single), oracleTallies(bytes, normal), bytes);
});

test("lines around the limit, in any pieces", async (context) => {
	await holdsFor(
		context,
		800,
		fc.property(
			anyPieces(6),
			fc.array(fc.tuple(fc.integer({ min: -2, max: 700 }), fc.boolean()), { maxLength: 4 }),
			fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
			fc.integer({ min: 160, max: 700 }),
			({ bytes }, extras, shares, maxLineBytes) => {
				// Lines of nearly exactly the limit, and far over it, among the others.
				const long = extras.map(([over, isCr]) =>
					Buffer.from(`\n${"x".repeat(maxLineBytes + over)}${isCr ? "\r" : ""}`),
				);
				const text = Buffer.concat([bytes, ...long]);
				const conditions = { maxLineBytes, window: noWindow };
				assertSame(roomy().feed(cut(text, shares), conditions), oracleTallies(text, conditions), text);
			},
		),
	);
});

test("a real line of one mebibyte is a record, one more byte is none", () => {
	const { bytes } = generateBytes({ seed: 1, size: { lines: 1 }, quirks: {} });
	const line = bytes.toString("latin1").trimEnd();
	for (const length of [normal.maxLineBytes, normal.maxLineBytes + 1]) {
		// An unknown field behind the last one may have any length.
		const text = Buffer.from(`${`${line} `.padEnd(length, "y")}\n${line}\n`);
		const tallies = roomy().feed(cut(text, [0.3, 0.9]));
		assertSame(tallies, oracleTallies(text, normal), `line of ${length}`);
		assert.equal(tallies.counts.records, length === normal.maxLineBytes ? 2 : 1);
	}
});

test("a leap second, and a second that does not exist, in a minute seen before", () => {
	const { bytes } = generateBytes({ seed: 1, size: { lines: 1 }, quirks: {} });
	const at = (second: string) => bytes.toString("latin1").replace(/:\d\d \+0000\]/, `:${second} +0000]`);
	const text = Buffer.from(["07", "60", "59", "61", "7a", "00"].map(at).join(""), "latin1");
	const tallies = roomy().feed([text]);
	assertSame(tallies, oracleTallies(text, normal), text);
	assert.deepEqual([tallies.counts.records, tallies.counts.unparsed], [4, 2]);
});

test("the window is exact to the second, the bucket to the byte", async (context) => {
	const day = Date.UTC(2026, 9, 12) / 1000;
	const time = fc.option(fc.integer({ min: day, max: day + 3 * 86_400 }), { nil: undefined });
	const bucket = fc.constantFrom(
		undefined,
		undefined,
		"acme-charts",
		"acme-chart",
		"acme-charts-",
		"",
		"\xff",
	);
	const log = generateBytes({ seed: 8, size: { lines: 400 }, quirks: everyQuirk(0.01) }).bytes;
	const times = [...oracleTallies(log, normal).hours.values()].map(({ firstSeconds }) => firstSeconds);
	assert.ok(times.length > 100);
	await holdsFor(
		context,
		25,
		fc.property(
			time,
			time,
			bucket,
			fc.constantFrom(...times),
			fc.integer({ min: 0, max: 4 }),
			(from, to, name, at, edge) => {
				const edges = [
					{ from, to },
					{ from: at, to: at + 1 },
					{ from, to: at },
					{ from: at, to },
					{ from: at + 1, to },
				];
				const window = { ...edges[edge]!, bucket: name };
				const conditions: Conditions = { ...normal, window };
				assertSame(roomy().feed([log], conditions), oracleTallies(log, conditions), JSON.stringify(window));
			},
		),
	);
});
