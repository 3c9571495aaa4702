/**
 * The access log formats: golden lines, and hostile text that must stay in its field of its line (S-48).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createAccessLog } from "../../../src/serve/observe/access-log.ts";
import { combinedLine } from "../../../src/serve/observe/log-combined.ts";
import { envoyLine } from "../../../src/serve/observe/log-envoy.ts";
import { jsonLine } from "../../../src/serve/observe/log-json.ts";
import { aRecord, hostileRecord } from "./records.ts";

const miss = {
	cache: "miss",
	reason: "absent",
	tier: "-",
	ageS: 0,
	upstreamStatus: 200,
	upstreamMs: 31.5,
	upstreamBytes: 4096,
	s3RequestId: "8F2A",
	retries: 1,
	responseFlags: "-",
	queryDropped: true,
	complete: false,
	durationMs: 57.9,
	forwardedFor: "198.51.100.9, 192.0.2.7",
	authority: "charts.example.com",
} as const;

test("JSON: the fields of the specification, in its order", () => {
	assert.equal(
		jsonLine(aRecord()),
		'{"ts":"2026-11-25T07:14:01.042Z","method":"GET","path":"/charts/app-1.2.3.tgz","status":200,"bytes":4096,' +
			'"duration_ms":0.123,"ttfb_ms":0.050,"client":"192.0.2.7","user_agent":"Helm/3.14.2","http_version":"1.1",' +
			'"repository":"charts","bucket":"team-charts","key":"stable/app-1.2.3.tgz","rule":"default","cache":"hit",' +
			'"cache_tier":"mem","reason":"","age_s":12,"ttl_s":86388,"upstream_status":null,"upstream_ms":null,' +
			'"upstream_bytes":0,"s3_request_id":"","retries":0,"response_flags":"RFCF","request_id":"01J-7"}',
	);
	assert.deepEqual(JSON.parse(jsonLine(aRecord(miss))), {
		...JSON.parse(jsonLine(aRecord())),
		...{
			cache: "miss",
			reason: "absent",
			cache_tier: "-",
			age_s: 0,
			upstream_status: 200,
			upstream_ms: 31.5,
		},
		...{ upstream_bytes: 4096, s3_request_id: "8F2A", retries: 1, response_flags: "-", duration_ms: 57.9 },
		...{ query_dropped: true, complete: false },
	});
});

test("JSON: what is not known is null, also when it is no number", () => {
	const line = JSON.parse(jsonLine(aRecord({ durationMs: Number.NaN, firstByteMs: -1, ageS: undefined })));
	assert.deepEqual([line.duration_ms, line.ttfb_ms, line.age_s], [null, null, null]);
});

test("Envoy: its default format, RFCF on hits", () => {
	assert.equal(
		envoyLine(aRecord()),
		'[2026-11-25T07:14:01.042Z] "GET /charts/app-1.2.3.tgz HTTP/1.1" 200 RFCF 0 4096 0 - "-" "Helm/3.14.2" "01J-7" "-" "-"',
	);
	assert.equal(
		envoyLine(aRecord({ ...miss, httpVersion: "2.0" })),
		'[2026-11-25T07:14:01.042Z] "GET /charts/app-1.2.3.tgz HTTP/2" 200 - 0 4096 57 31 "198.51.100.9, 192.0.2.7" ' +
			'"Helm/3.14.2" "01J-7" "charts.example.com" "team-charts"',
	);
});

test("combined: as nginx writes it", () => {
	assert.equal(
		combinedLine(aRecord({ userAgent: "" })),
		'192.0.2.7 - - [25/Nov/2026:07:14:01 +0000] "GET /charts/app-1.2.3.tgz HTTP/1.1" 200 4096 "-" "-"',
	);
	assert.match(
		combinedLine(aRecord({ userAgent: 'a"b\\c\n\x1b[31m\xe9漢', client: "a b" })),
		/^a\\x20b - - .* "a\\x22b\\x5Cc\\x0A\\x1B\[31m\\xE9\\xE6\\xBC\\xA2"$/,
	);
});

test("times: before and after the second changes, at its end, and with a broken clock", () => {
	const times = [0, 999, 1000, 1999.999, Date.UTC(2024, 1, 29, 23, 59, 59, 999), Number.NaN];
	assert.deepEqual(
		times.map((atMs) => JSON.parse(jsonLine(aRecord({ atMs }))).ts),
		[
			...["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.999Z", "1970-01-01T00:00:01.000Z"],
			...["1970-01-01T00:00:01.999Z", "2024-02-29T23:59:59.999Z", "1970-01-01T00:00:00.000Z"],
		],
	);
	assert.match(
		combinedLine(aRecord({ atMs: Date.UTC(2024, 1, 29, 23, 5, 9) })),
		/\[29\/Feb\/2024:23:05:09 \+0000]/,
	);
	for (const atMs of [1e300, -1e300, Number.POSITIVE_INFINITY])
		for (const lineOf of [jsonLine, combinedLine, envoyLine]) assert.ok(lineOf(aRecord({ atMs })));
});

/** What must never be in a log file: a terminal would act on it, or a reader would see another line. */
const dangerous = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

test("S-48 JSON: any text comes back exactly, on one line that no terminal acts on", () => {
	fc.assert(
		fc.property(hostileRecord, (record) => {
			const line = jsonLine(record);
			assert.doesNotMatch(line, dangerous);
			// As it comes out of the file.
			const parsed = JSON.parse(Buffer.from(line, "utf8").toString("utf8"));
			const { method, path, client, repository, bucket, key, rule, reason, status } = record;
			assert.deepEqual(
				[parsed.method, parsed.path, parsed.client, parsed.user_agent, parsed.request_id, parsed.repository],
				[method, path, client, record.userAgent, record.requestId, repository],
			);
			assert.deepEqual(
				[parsed.bucket, parsed.key, parsed.rule, parsed.reason, parsed.s3_request_id, parsed.status],
				[bucket, key, rule, reason, record.s3RequestId, status],
			);
			assert.equal(parsed.ts, new Date(record.atMs).toISOString());
			assert.ok(Math.abs(parsed.duration_ms - record.durationMs) <= 0.000501);
			assert.equal(parsed.query_dropped, record.queryDropped || undefined);
			assert.equal(parsed.complete, record.complete ? undefined : false);
		}),
	);
});

const quoted = '"([ !#-~]*)"';
const envoyPattern = new RegExp(
	`^\\[[^\\]]+] ${quoted} \\d+ [A-Z,-]+ 0 \\d+ \\d+ (?:\\d+|-) ${quoted} ${quoted} ${quoted} ${quoted} ${quoted}$`,
);
const combinedPattern = new RegExp(`^([!#-~]+) - - \\[[^\\]]+] ${quoted} \\d+ \\d+ "-" ${quoted}$`);

/** What a reader of the file makes of a field. */
function unescaped(field: string): string {
	const bytes = field.replace(/\\x([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
	return bytes === "-" ? "" : bytes;
}
/** What was received, as bytes: latin1, and UTF-8 above. */
function received(text: string): string {
	const bytes = Array.from(text, (character) =>
		character.charCodeAt(0) <= 0xff ? character : Buffer.from(character, "utf8").toString("latin1"),
	).join("");
	return bytes === "-" ? "" : bytes;
}

test("S-48 Envoy and combined: a field stays in its quotes and its bytes can be got back", () => {
	fc.assert(
		fc.property(hostileRecord, (record) => {
			const envoy = envoyPattern.exec(envoyLine(record));
			const [, , forwardedFor, userAgent, requestId, authority] = envoy ?? [];
			assert.deepEqual(
				[forwardedFor, userAgent, requestId, authority].map((field) => unescaped(field ?? "?")),
				[record.forwardedFor, record.userAgent, record.requestId, record.authority].map((text) =>
					received(text ?? ""),
				),
			);
			const [, client, , agent] = combinedPattern.exec(combinedLine(record)) ?? [];
			assert.deepEqual(
				[unescaped(client ?? "?"), unescaped(agent ?? "?")],
				[received(record.client), received(record.userAgent)],
			);
		}),
	);
});

test("JSON: a record that is like the one before is written as if it were alone", () => {
	fc.assert(
		fc.property(hostileRecord, hostileRecord, (record, other) => {
			const { atMs, durationMs, firstByteMs, client, requestId } = other;
			const next = { ...record, atMs, durationMs, firstByteMs, client, requestId };
			const alike = { text: undefined };
			assert.equal(jsonLine({ ...record, alike }), jsonLine(record));
			assert.notEqual(alike.text, undefined);
			assert.equal(jsonLine({ ...next, alike }), jsonLine(next));
		}),
	);
});

test("a user agent that was seen before is written the same, also after thousands of others", () => {
	const odd = 'x"\n';
	const before = jsonLine(aRecord({ userAgent: odd }));
	for (let agent = 0; agent < 2000; agent++) jsonLine(aRecord({ userAgent: `agent ${agent}\t` }));
	assert.equal(jsonLine(aRecord({ userAgent: odd })), before);
	assert.equal(
		JSON.parse(jsonLine(aRecord({ userAgent: "y\t".repeat(9000) }))).user_agent,
		"y\t".repeat(9000),
	);
});

test("a log in a format is lines to the writer, none is none", () => {
	const lines: string[] = [];
	const writer = { write: (line: string) => void lines.push(line) };
	createAccessLog("none", writer)(aRecord());
	assert.equal(lines.length, 0);
	for (const format of ["json", "envoy", "combined"] as const) createAccessLog(format, writer)(aRecord());
	assert.deepEqual(lines, [jsonLine(aRecord()), envoyLine(aRecord()), combinedLine(aRecord())]);
});
