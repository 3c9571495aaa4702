/** A line of serve's log as the line that S3 would have written: read back by the reference parser, field by field. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeKey } from "../../src/model/keys.ts";
import type { LogRecord } from "../../src/model/record.ts";
import { parseLine } from "../../src/scan/reference.ts";
import { s3LineOf } from "../../src/scan/serve-record.ts";
import type { CacheOutcome, RequestRecord } from "../../src/serve/observe/record.ts";
import { holdsFor } from "../support/fuzz.ts";
import { serveLine, serveRecord } from "../support/serve-line.ts";

/** The record that the parser finds in the translated line. */
function read(line: string): LogRecord {
	const translated = s3LineOf(line);
	assert.ok(translated !== undefined, line);
	assert.doesNotMatch(translated, /[^\x20-\xff]/);
	const parsed = parseLine(translated);
	assert.ok("record" in parsed, translated);
	return parsed.record;
}

test("a hit, field by field", () => {
	const record = read(serveLine());
	assert.deepEqual(
		{
			bucket: record.bucket,
			timeSeconds: record.timeSeconds,
			remoteIp: record.remoteIp,
			requester: record.requester,
			operation: record.operation,
			rawKey: record.rawKey,
			requestUri: record.requestUri,
			status: record.status,
			errorCode: record.errorCode,
			bytesSent: record.bytesSent,
			objectSizeBytes: record.objectSizeBytes,
			userAgent: record.userAgent,
			hostHeader: record.hostHeader,
		},
		{
			bucket: "acme-charts",
			timeSeconds: Date.UTC(2026, 9, 12, 0, 0, 1) / 1000,
			remoteIp: "10.1.2.3",
			requester: "chartcost-serve",
			operation: "SERVE.GET.HIT",
			rawKey: "nginx-1.2.3.tgz",
			requestUri: undefined,
			status: "200",
			errorCode: "-",
			bytesSent: 4096,
			objectSizeBytes: 0,
			userAgent: "Helm/3.14.0",
			hostHeader: undefined,
		},
	);
});

test("the operation says how the cache took part, and whether S3 gave an answer that it bills", () => {
	const cases: [cache: CacheOutcome, upstream: number | undefined, operation: string][] = [
		["hit", undefined, "HIT"],
		["stale", 503, "STALE"],
		["stale", 0, "STALE"],
		["stale", undefined, "STALE"],
		["stale", 403, "STALE_ASKED"],
		["coalesced", 200, "COALESCED"],
		["coalesced", undefined, "COALESCED"],
		["coalesced", 503, "COALESCED"],
		["negative", undefined, "NEGATIVE"],
		["-", undefined, "LOCAL"],
		["miss", 200, "MISS"],
		["miss", 404, "MISS"],
		["miss", 503, "UNANSWERED"],
		["miss", 0, "UNANSWERED"],
		["miss", undefined, "COALESCED"],
		["revalidated", 304, "REVALIDATED"],
		["revalidated", undefined, "COALESCED"],
		["bypass", 206, "BYPASS"],
		["error", 403, "ERROR"],
		["error", 200, "ERROR"],
		["error", 500, "UNANSWERED"],
		["error", 0, "UNANSWERED"],
		["error", undefined, "UNANSWERED"],
	];
	for (const [cache, upstreamStatus, operation] of cases)
		assert.equal(read(serveLine({ cache, upstreamStatus })).operation, `SERVE.GET.${operation}`);
	assert.equal(read(serveLine({ method: "HEAD" })).operation, "SERVE.HEAD.HIT");
	for (const method of ["DELETE", "PUT", "get", "A B", "GET\n", "__proto__", ""])
		assert.equal(read(serveLine({ method, cache: "-" })).operation, "SERVE.OTHER.LOCAL");
});

test("what is missing is a dash, and an IPv4 client of a socket for both families is IPv4", () => {
	const record = read(serveLine({ bucket: "", key: "", client: "", userAgent: "", status: 0 }));
	assert.deepEqual(
		[record.bucket, record.rawKey, record.remoteIp, record.userAgent, record.status],
		["-", "-", "-", "-", "-"],
	);
	assert.equal(read(serveLine({ client: "::ffff:10.1.2.3" })).remoteIp, "10.1.2.3");
	assert.equal(read(serveLine({ client: "2001:db8::1" })).remoteIp, "2001:db8::1");
});

const hostile = fc.oneof(
	fc.string({ unit: "binary" }),
	fc.string({
		unit: fc.constantFrom('"', " ", "\n", "\r", "\\", "-", "%", "+", "\0", "é", "\x7f", '" ', ' "'),
	}),
	fc.constantFrom(
		'" 200 - 1 1 1 1 "-" "x" -',
		"\u202e",
		"\u2028",
		"\ud800",
		"index.yaml",
		"π/日本語-1.0.0+b.tgz",
	),
);

test("whatever clients send, the line is one record with their key, agent and numbers", async (context) => {
	await holdsFor(
		context,
		2000,
		fc.property(
			fc.record({
				key: hostile,
				userAgent: hostile,
				path: hostile,
				reason: hostile,
				requestId: hostile,
				status: fc.integer({ min: 100, max: 599 }),
				bodyBytes: fc.integer({ min: 0, max: 2 ** 40 }),
				durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
				queryDropped: fc.boolean(),
				complete: fc.boolean(),
			}),
			(over: Partial<RequestRecord>) => {
				const given = serveRecord(over);
				const record = read(serveLine(over));
				const whole = Buffer.from(given.key).toString("utf8");
				assert.equal(decodeKey(record.rawKey, record.operation), whole === "" ? "-" : whole);
				assert.equal(record.status, String(given.status));
				assert.equal(record.bytesSent, given.bodyBytes);
				const agent = given.userAgent;
				if (/^[\x20-\x7e]+$/.test(agent)) assert.equal(record.userAgent, agent);
				// Header bytes come as one character each, and are bytes again.
				if (/^[\xa0-\xff]+$/.test(agent)) assert.equal(record.userAgent, agent);
			},
		),
	);
});

test("what is no line of serve is none, and nothing throws", async (context) => {
	const good = JSON.parse(serveLine()) as Record<string, unknown>;
	const wrong: Record<string, unknown>[] = [
		{ ts: "2026-02-30T00:00:00.000Z" },
		{ ts: "2026-13-01T00:00:00.000Z" },
		{ ts: "2026-10-12T25:00:00.000Z" },
		{ ts: "1999-01-01T00:00:00.000Z" },
		{ ts: "2026-10-12 00:00:00" },
		{ ts: 1_760_000_000 },
		{ method: 1 },
		{ status: "200" },
		{ status: 20 },
		{ status: 2000 },
		{ status: 200.5 },
		{ bytes: -1 },
		{ bytes: 1e16 },
		{ bytes: "1" },
		{ client: "10.0.0.1 evil" },
		{ client: null },
		{ bucket: "a\nb" },
		{ key: null },
		{ user_agent: 7 },
		{ cache: "HIT" },
		{ cache: "toString" },
		{ upstream_status: "200" },
		...Object.keys({ ts: 0, method: 0, status: 0, bytes: 0, client: 0, bucket: 0, key: 0, cache: 0 }).map(
			(name) => ({ [name]: undefined }),
		),
	];
	for (const over of wrong)
		assert.equal(s3LineOf(JSON.stringify({ ...good, ...over })), undefined, JSON.stringify(over));
	assert.ok(s3LineOf(`${JSON.stringify(good)}\r`));
	for (const text of ["", "{", '{"', "{}", "[]", "null", '{"ts":', serveLine().slice(1), `${serveLine()}x`])
		assert.equal(s3LineOf(text), undefined, text);
	await holdsFor(
		context,
		1000,
		fc.property(fc.oneof(fc.json(), fc.string({ unit: "binary" })), (text) => {
			assert.equal(s3LineOf(text), undefined);
		}),
	);
});
