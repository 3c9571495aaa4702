/**
 * Texts for property tests: good lines, lines with one thing wrong, and noise made of what the parsers look for.
 * In: nothing but fast-check's randomness. Out: bytes, as a log file could hold them. Lines are latin1.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { generateBytes } from "./generate.ts";
import { everyQuirk } from "./quirks.ts";

const fixtures = new URL("../../fixtures/lines/", import.meta.url);

/** The texts of fixtures/lines, by name. */
export const fixtureTexts: readonly { name: string; bytes: Buffer }[] = readdirSync(fixtures)
	.filter((name) => name.endsWith(".log"))
	.map((name) => ({ name, bytes: readFileSync(new URL(name, fixtures)) }));

const maxPoolLineLength = 3000;

/** Lines to begin from: every fixture and a generated log that is mostly quirks. */
const pool: readonly string[] = [
	...fixtureTexts.map(({ bytes }) => bytes),
	generateBytes({ seed: 26, size: { lines: 300 }, quirks: everyQuirk(0.02) }).bytes,
]
	.flatMap((bytes) => bytes.toString("latin1").split("\n"))
	.filter((line) => line.length < maxPoolLineLength);

/** What the parsers look for, and what comes close to it. */
const separators = [
	...['"', " ", "  ", "-", '" ', ' "', '" "', '"-"', "\r", "[", "]", "\0", "\xff", "/", ".", "_"],
	...["200 - 1 2 3 4 ", '" 200 - - - - - ', '" - - 1 1 1 1 ', " 404 NoSuchKey 243 - 9 - ", "user/CloudFront"],
	...[" Origin Access Identity ", "list-type=2", "marker=", "continuation-token=", "delimiter="],
];

/** Fields that could stand anywhere. */
const fields = [
	...[
		"",
		"-",
		'"-"',
		'""',
		"a",
		"0",
		"000",
		"99",
		"9".repeat(15),
		"1".repeat(16),
		"NoSuchKey",
		"9x",
		"x.y_z",
	],
	...[
		"REST.GET.BUCKET",
		"REST.GET.BUCKETVERSIONS",
		"OTHER",
		"(other)",
		"A.B",
		"A..B",
		"A.",
		".A",
		"a.B",
		"A.b",
	],
	...[
		"REST.GET.OBJECT",
		"S3.COMPUTE.OBJECT.CHECKSUM",
		"A1._",
		"1A.B",
		"arn:aws:iam::cloudfront:user/CloudFront",
	],
	...["[12/Oct/2026:06:00:38", "[29/Feb/2100:00:00:00", "[31/Dec/2016:23:59:60", "[01/Jan/1999:00:00:00"],
	...[
		"[31/Apr/2026:00:00:00",
		"[01/jan/2026:00:00:00",
		"[01/Jan/2026:24:00:00",
		"+0000]",
		"-2359]",
		"+2400]",
	],
	...["*0000]", "+0000", "Origin", "Access", "Identity", "E2EXAMPLEID", '"GET', 'HTTP/1.1"', '"a"b"', "\r"],
];

const poolLine = fc.constantFrom(...pool);
const byteText = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte));
const noise = fc.oneof(
	{ weight: 3, arbitrary: fc.constantFrom(...separators) },
	{ weight: 1, arbitrary: byteText },
);

interface Edit {
	/** 0 to 1: where in the line. */
	share: number;
	/** Bytes, or fields, that are taken out there. */
	removed: number;
	added: string;
}

const edit = (added: fc.Arbitrary<string>): fc.Arbitrary<Edit> =>
	fc.record({
		share: fc.double({ min: 0, max: 1, noNaN: true }),
		removed: fc.constantFrom(0, 0, 1, 1, 2, 5, 40),
		added,
	});

/** A line in which some bytes are other ones. */
const editedLine = fc
	.tuple(poolLine, fc.array(edit(noise), { minLength: 1, maxLength: 3 }))
	.map(([line, edits]) =>
		edits.reduce((text, { share, removed, added }) => {
			const at = Math.floor(share * text.length);
			return text.slice(0, at) + added + text.slice(at + removed);
		}, line),
	);

/** A line in which some fields are other ones, missing, or too many. */
const refieldedLine = fc
	.tuple(
		poolLine,
		fc.array(edit(fc.constantFrom(...fields)), { minLength: 1, maxLength: 3 }),
		fc.integer({ min: 1, max: 40 }),
	)
	.map(([line, edits, kept]) => {
		const tokens = line.split(" ");
		for (const { share, removed, added } of edits)
			tokens.splice(Math.floor(share * tokens.length), Math.min(removed, 2), added);
		return tokens.slice(0, kept < 10 ? tokens.length - kept : tokens.length).join(" ");
	});

/** Nothing but fields, in the right number or not. */
const fieldsOnly = fc
	.array(fc.oneof(fc.constantFrom(...fields), noise), { minLength: 1, maxLength: 30 })
	.map((parts) => parts.join(" "));

const noiseOnly = fc.array(noise, { maxLength: 40 }).map((parts) => parts.join(""));

/** One line without its end; it may hold carriage returns, and now and then a newline. */
export const anyLine: fc.Arbitrary<string> = fc.oneof(
	{ weight: 3, arbitrary: poolLine },
	{ weight: 4, arbitrary: editedLine },
	{ weight: 4, arbitrary: refieldedLine },
	{ weight: 1, arbitrary: fieldsOnly },
	{ weight: 1, arbitrary: noiseOnly },
	{ weight: 1, arbitrary: fc.constant("") },
);

const lineEnd = fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", "\n\r\n", "\r\r\n");

/** A text of at most so many lines, with or without an end of its last line. */
export function anyText(maxLines: number): fc.Arbitrary<Buffer> {
	return fc
		.tuple(fc.array(fc.tuple(anyLine, lineEnd), { maxLength: maxLines }), fc.boolean())
		.map(([lines, isEnded]) => {
			const text = lines.map((parts) => parts.join("")).join("");
			return Buffer.from(isEnded ? text : text.replace(/[\r\n]+$/, ""), "latin1");
		});
}

/** A text cut into pieces at any places; empty pieces are pieces too. */
export function anyPieces(maxLines: number): fc.Arbitrary<{ bytes: Buffer; pieces: Uint8Array[] }> {
	const share = fc.double({ min: 0, max: 1, noNaN: true });
	return fc
		.tuple(anyText(maxLines), fc.array(share, { maxLength: 8 }))
		.map(([bytes, shares]) => ({ bytes, pieces: cut(bytes, shares) }));
}

/** Cuts bytes at shares of their length. */
export function cut(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
	const places = [0, ...shares.map((share) => Math.floor(share * bytes.length)), bytes.length];
	places.sort((a, b) => a - b);
	return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}
