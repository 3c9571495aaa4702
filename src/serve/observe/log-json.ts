/**
 * One answered request as a line of JSON: the fields and names of the access log that `chartcost analyze` reads again.
 * `null` is not known or does not apply. `query_dropped` and `complete` are there only when they say something:
 * a query that was dropped, an answer that was cut. Built by concatenation: it is on the way of every hit.
 */
import { jsonText, remembering } from "./log-escape.ts";
import { isoMillis, millisText } from "./log-numbers.ts";
import type { RequestRecord } from "./record.ts";

const userAgentText = remembering(jsonText);

/** Without the line end. */
export function jsonLine(record: RequestRecord): string {
	const { ageS, ttlS, upstreamStatus } = record;
	return (
		`{"ts":"${isoMillis(record.atMs)}","method":"${jsonText(record.method)}","path":"${jsonText(record.path)}` +
		`","status":${record.status},"bytes":${record.bodyBytes},"duration_ms":${millisText(record.durationMs)}` +
		`,"ttfb_ms":${millisText(record.firstByteMs)},"client":"${jsonText(record.client)}` +
		`","user_agent":"${userAgentText(record.userAgent)}","http_version":"${record.httpVersion}` +
		`","repository":"${jsonText(record.repository)}","bucket":"${jsonText(record.bucket)}` +
		`","key":"${jsonText(record.key)}","rule":"${jsonText(record.rule)}","cache":"${record.cache}` +
		`","cache_tier":"${record.tier}","reason":"${jsonText(record.reason)}` +
		`","age_s":${wholeOrNull(ageS)},"ttl_s":${wholeOrNull(ttlS)}` +
		`,"upstream_status":${upstreamStatus ?? null},"upstream_ms":${millisText(record.upstreamMs)}` +
		`,"upstream_bytes":${record.upstreamBytes},"s3_request_id":"${jsonText(record.s3RequestId)}` +
		`","retries":${record.retries},"response_flags":"${record.responseFlags}` +
		`","request_id":"${jsonText(record.requestId)}"` +
		`${record.queryDropped ? ',"query_dropped":true' : ""}${record.complete ? "}" : ',"complete":false}'}`
	);
}

function wholeOrNull(value: number | undefined): string {
	return value === undefined || !Number.isFinite(value) ? "null" : `${Math.round(value)}`;
}
