/** Records for the tests of observation: a hit from memory, with whatever a test changes, and hostile ones. */
import fc from "fast-check";
import type { RequestRecord } from "../../../src/serve/observe/record.ts";

export function aRecord(changes: Partial<RequestRecord> = {}): RequestRecord {
	return {
		atMs: Date.UTC(2026, 10, 25, 7, 14, 1, 42),
		method: "GET",
		path: "/charts/app-1.2.3.tgz",
		queryDropped: false,
		status: 200,
		bodyBytes: 4096,
		durationMs: 0.1234,
		firstByteMs: 0.05,
		client: "192.0.2.7",
		userAgent: "Helm/3.14.2",
		httpVersion: "1.1",
		requestId: "01J-7",
		repository: "charts",
		bucket: "team-charts",
		key: "stable/app-1.2.3.tgz",
		rule: "default",
		cache: "hit",
		tier: "mem",
		reason: "",
		ageS: 12,
		ttlS: 86_388,
		upstreamStatus: undefined,
		upstreamMs: undefined,
		upstreamBytes: 0,
		s3RequestId: "",
		retries: 0,
		responseFlags: "RFCF",
		complete: true,
		...changes,
	};
}

const pieces = [
	...["\n", "\r\n", "\t", "\0", "\x1b[31m", "\x7f", "\x9b", "\u2028", "\u2029", "\u202e", "\ufeff", "\u200b"],
	...[
		"\ud800",
		"\udc00",
		"😀",
		"\u{e0001}",
		'"',
		"\\",
		"'",
		'","status":500,"x":"',
		"é",
		"漢",
		" ",
		"%0a",
		"</script>",
		"a",
	],
];

/** What comes over the wire at its worst, mixed with plain text. */
export const hostileText = fc.oneof(
	fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join("")),
	fc.string({ unit: "binary", maxLength: 30 }),
	fc
		.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
		.map((units) => String.fromCharCode(...units)),
	fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
);

export const hostileRecord = fc
	.record({
		method: hostileText,
		path: hostileText,
		client: hostileText,
		userAgent: hostileText,
		requestId: hostileText,
		repository: hostileText,
		bucket: hostileText,
		key: hostileText,
		rule: hostileText,
		reason: hostileText,
		s3RequestId: hostileText,
		forwardedFor: hostileText,
		authority: hostileText,
		queryDropped: fc.boolean(),
		complete: fc.boolean(),
		atMs: fc.integer({ min: 0, max: 4e12 }),
		durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
		status: fc.integer({ min: 100, max: 599 }),
		bodyBytes: fc.nat(),
	})
	.map(aRecord);
