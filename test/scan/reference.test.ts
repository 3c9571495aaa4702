/** The reference parser against hand-written records, at the edges of every rule, and on arbitrary bytes. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { Listing } from "../../src/model/flow.ts";
import { maxLineBytes } from "../../src/model/limits.ts";
import type { LogRecord } from "../../src/model/record.ts";
import { Unparsed } from "../../src/model/unparsed.ts";
import { flowOf, type ParsedLine, parseLine, parseText } from "../../src/scan/reference.ts";

const fixtures = new URL("../../fixtures/lines/", import.meta.url);

/** One line's expectation as `fixtures/README.md` describes it. Fields that the line lacks are left out. */
type Expected = { record: Partial<LogRecord> } | { unparsed: keyof typeof Unparsed } | { blank: true };

/** A parsed line in the form of the fixtures. */
function asExpected(parsed: ParsedLine): unknown {
	if ("reason" in parsed) {
		return { unparsed: Object.entries(Unparsed).find(([, code]) => code === parsed.reason)?.[0] };
	}
	return JSON.parse(JSON.stringify(parsed));
}

const names = readdirSync(fixtures)
	.filter((name) => name.endsWith(".log"))
	.map((name) => name.slice(0, -4));
assert.ok(names.length > 30, "the fixture pairs are found by listing the folder");

for (const name of names) {
	test(`lines/${name}`, () => {
		const expected = JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), "utf8")) as Expected[];
		const parsed = [...parseText(readFileSync(new URL(`${name}.log`, fixtures)))];
		assert.deepEqual(
			parsed.map((line) => asExpected(line.parsed)),
			expected,
		);
	});
}

const good =
	"owner acme-charts [12/Oct/2026:06:00:38 +0000] 192.0.2.3 - 0123456789ABCDEF REST.GET.OBJECT a.tgz " +
	'"GET /a.tgz HTTP/1.1" 200 - 5 7 9 8 "-" "curl/8.5.0" - host= - - - - - - - us-east-1';

function recordOf(line: string): LogRecord {
	const parsed = parseLine(line);
	assert.ok("record" in parsed, `not a record: ${JSON.stringify(parsed)} ${line}`);
	return parsed.record;
}

function timed(time: string): ParsedLine {
	return parseLine(good.replace("12/Oct/2026:06:00:38 +0000", time));
}

test("times are Unix seconds, whatever their offset", () => {
	for (const [time, iso] of [
		["01/Jan/2000:00:00:00 +0000", "2000-01-01T00:00:00Z"],
		["31/Dec/2199:23:59:59 +0000", "2199-12-31T23:59:59Z"],
		["28/Feb/2100:23:59:59 +0000", "2100-02-28T23:59:59Z"],
		["29/Feb/2000:00:00:00 +0000", "2000-02-29T00:00:00Z"],
		["31/Dec/2016:23:59:60 +0000", "2016-12-31T23:59:59Z"],
		["01/Jan/2026:00:00:00 +0545", "2025-12-31T18:15:00Z"],
		["31/Dec/2025:23:00:00 -2359", "2026-01-01T22:59:00Z"],
	] as const) {
		const parsed = timed(time);
		assert.ok("record" in parsed, time);
		assert.equal(parsed.record.timeSeconds, Date.parse(iso) / 1000, time);
	}
});

test("a time that does not exist is none", () => {
	for (const time of [
		"31/Dec/1999:23:59:59 +0000",
		"01/Jan/2200:00:00:00 +0000",
		"29/Feb/2100:00:00:00 +0000",
		"00/Oct/2026:00:00:00 +0000",
		"32/Oct/2026:00:00:00 +0000",
		"12/Okt/2026:00:00:00 +0000",
		"12/OCT/2026:00:00:00 +0000",
		"12/Oct/2026:00:60:00 +0000",
		"12/Oct/2026:00:00:61 +0000",
		"12/Oct/2026:00:00:00 +0060",
		"12/Oct/2026:00:00:00 00000",
		"1/Oct/2026:00:00:00 +00000",
		" 2/Oct/2026:00:00:00 +0000",
	]) {
		assert.deepEqual(timed(time), { reason: Unparsed.time }, time);
	}
});

test("the line limit counts bytes before the carriage return is taken off", () => {
	const longest = good.padEnd(maxLineBytes, "x");
	assert.equal(recordOf(longest).sourceRegion?.length, maxLineBytes - good.length + "us-east-1".length);
	assert.deepEqual(parseLine(`${longest}\r`), { reason: Unparsed.tooLong });
	assert.deepEqual(parseLine("x".repeat(maxLineBytes + 1)), { reason: Unparsed.tooLong });
});

test("one carriage return belongs to the line end, a second one to the line", () => {
	assert.equal(recordOf(`${good}\r`).sourceRegion, "us-east-1");
	assert.equal(recordOf(`${good}\r\r`).sourceRegion, "us-east-1\r");
});

test("the first place where an outcome follows a quote ends the URI", () => {
	const record = recordOf(good.replace("GET /a.tgz HTTP/1.1", '" 404 x" 200 - 1 1 1 1 '));
	assert.equal(record.requestUri, '" 404 x');
	assert.equal(record.bytesSent, 1);
	assert.equal(record.referer, ' 200 - 5 7 9 8 "-');
	assert.deepEqual(parseLine(good.replace('"GET /a.tgz HTTP/1.1"', "a b")), { reason: Unparsed.requestUri });
});

test("referer and user agent, and what is neither", () => {
	const agents = (text: string) => parseLine(good.replace('"-" "curl/8.5.0"', () => text));
	const split = (text: string) => {
		const parsed = agents(text);
		assert.ok("record" in parsed, text);
		return [parsed.record.referer, parsed.record.userAgent, parsed.record.versionId];
	};
	assert.deepEqual(split('"a" "b" "c"'), ["a", 'b" "c', "-"], "cut at the first closing and opening quotes");
	assert.deepEqual(split('"a b" c'), ["a b", "c", "-"]);
	assert.deepEqual(split('"a" " b'), ['a" ', "b", "-"]);
	assert.deepEqual(split('a "b c"'), ["a", "b c", "-"]);
	assert.deepEqual(split('a" b'), ['a"', "b", "-"]);
	for (const neither of ['"a b', '"a"b', '"a"bc', 'a "b c', ' "b"', '"a" "b']) {
		assert.deepEqual(agents(neither), { reason: Unparsed.agent }, neither);
	}
	assert.deepEqual(agents('"a" "b"c'), { reason: Unparsed.tail });
});

test("an empty field of the tail is unknown, a missing one is missing", () => {
	const tail = (text: string) => recordOf(good.replace(/ host=.*$/, text));
	assert.equal(tail("").hostId, undefined);
	assert.equal(tail(" ").hostId, "-");
	assert.deepEqual([tail(" h  c").signatureVersion, tail(" h  c").cipherSuite], ["-", "c"]);
	assert.equal(tail(" h  c").authType, undefined);
	assert.equal(tail(" 1 2 3 4 5 6 7 8 9 10").sourceRegion, "9");
});

test("a listing's kind comes from its URI, and only for bucket listings", () => {
	const listed = (query: string, operation = "REST.GET.BUCKET") =>
		flowOf(
			recordOf(
				good.replace("REST.GET.OBJECT", operation).replace("/a.tgz HTTP", `/acme-charts?${query} HTTP`),
			),
		).listing;
	assert.equal(listed("prefix=charts"), 0);
	assert.equal(listed("list-type=2&prefix="), Listing.v2);
	assert.equal(listed("marker=a.tgz"), Listing.nextPage);
	assert.equal(listed("list-type=2&continuation-token=x"), Listing.v2 | Listing.nextPage);
	assert.equal(listed("delimiter=%2F&prefix="), Listing.delimiter);
	assert.equal(listed("list-type=2&marker=&delimiter=", "REST.GET.BUCKETVERSIONS"), 0);
	assert.equal(flowOf(recordOf(good.replace('"GET /a.tgz HTTP/1.1"', "-"))).listing, 0);
});

test("a flow is the record without key, time, sizes and ids", () => {
	const { listing, ...flow } = flowOf(recordOf(good));
	const record: Record<string, unknown> = { ...recordOf(good) };
	for (const name of ["timeSeconds", "requestId", "rawKey", "requestUri", "bytesSent", "objectSizeBytes"]) {
		delete record[name];
	}
	for (const name of ["referer", "versionId", "hostId"]) delete record[name];
	assert.deepEqual(flow, record);
	assert.equal(listing, 0);
});

/** The same cases every time, unless `npm run fuzz` asks for as many as it has time for. */
const sampling = fc.readConfigureGlobal()?.numRuns === undefined ? { numRuns: 400, seed: 26 } : {};

/** Bytes that a line can hold, the ones the rules look at more often than others. */
const hostileLine = fc
	.array(
		fc.oneof(
			{ weight: 4, arbitrary: fc.constantFrom('"', " ", "-", '" ', '" "', "200 - 1 1 1 1 ", "\r", "[") },
			{ weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
		),
		{ maxLength: 60 },
	)
	.map((parts) => parts.join("").replaceAll("\n", ""));

test("lines partition the text: every byte belongs to one line, in order", () => {
	fc.assert(
		fc.property(fc.array(hostileLine, { maxLength: 8 }), fc.boolean(), (lines, isEnded) => {
			const text = lines.join("\n") + (isEnded ? "\n" : "");
			let offset = 0;
			let lineNumber = 0;
			for (const line of parseText(Buffer.from(text, "latin1"))) {
				lineNumber++;
				const source = text.slice(offset).split("\n", 1)[0] ?? "";
				assert.deepEqual(line, { offset, lineNumber, parsed: parseLine(source) });
				offset += source.length + 1;
			}
			assert.ok(offset >= text.length, "nothing is left over");
			assert.equal(lineNumber, text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0));
		}),
		sampling,
	);
});

test("whatever clients send, the fields around it stay what they are", () => {
	fc.assert(
		fc.property(hostileLine, hostileLine, hostileLine, (uri, referer, userAgent) => {
			// Without escaping, these two texts cannot be told from the end of the field.
			fc.pre(!/" (\d{3}|-) /.test(uri));
			fc.pre(`${referer}" "`.indexOf('" "') === referer.length);
			const record = recordOf(
				good
					.replace('"-" "curl/8.5.0"', () => `"${referer}" "${userAgent}"`)
					.replace("GET /a.tgz HTTP/1.1", () => uri),
			);
			assert.equal(record.requestUri, uri);
			assert.equal(record.referer, referer || "-");
			assert.equal(record.userAgent, userAgent || "-");
			assert.equal(record.bytesSent, 5);
			assert.equal(record.sourceRegion, "us-east-1");
		}),
		sampling,
	);
});
