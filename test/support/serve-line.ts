/**
 * Lines of serve's access log for tests, by the formatter that serve uses. In: what is to be special about a request.
 * Out: the record, and its line without the line end.
 */
import { jsonLine } from "../../src/serve/observe/log-json.ts";
import type { RequestRecord } from "../../src/serve/observe/record.ts";

/** A hit from memory, one second into 2026-10-12. */
export function serveRecord(over: Partial<RequestRecord> = {}): RequestRecord {
	return {
		atMs: Date.UTC(2026, 9, 12, 0, 0, 1, 234),
		method: "GET",
		path: "/charts/nginx-1.2.3.tgz",
		queryDropped: false,
		status: 200,
		bodyBytes: 4096,
		durationMs: 1.25,
		firstByteMs: 0.5,
		client: "10.1.2.3",
		userAgent: "Helm/3.14.0",
		httpVersion: "1.1",
		requestId: "r-1",
		repository: "charts",
		bucket: "acme-charts",
		key: "nginx-1.2.3.tgz",
		rule: "default",
		cache: "hit",
		tier: "mem",
		reason: "",
		ageS: 10,
		ttlS: 86_390,
		upstreamStatus: undefined,
		upstreamMs: undefined,
		upstreamBytes: 0,
		s3RequestId: "",
		retries: 0,
		responseFlags: "RFCF",
		complete: true,
		...over,
	};
}

export function serveLine(over: Partial<RequestRecord> = {}): string {
	return jsonLine(serveRecord(over));
}

/** The whole log: a line for each, with line ends. */
export function serveLogOf(requests: readonly Partial<RequestRecord>[]): string {
	return requests.map((request) => `${serveLine(request)}\n`).join("");
}
