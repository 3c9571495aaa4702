/**
 * One answered request as a line of JSON: the fields and names of the access log that `chartcost analyze` reads again.
 * `null` is not known or does not apply. `query_dropped` and `complete` are there only when they say something:
 * a query that was dropped, an answer that was cut. Built by concatenation: it is on the way of every hit.
 */
import { jsonText, remembering } from "./log-escape.ts";
import { isoMillis, millisText } from "./log-numbers.ts";
import type { RequestRecord } from "./record.ts";

const userAgentText = remembering(jsonText);

/** What stands between the parts that differ from request to request. */
interface FixedText {
	afterTime: string;
	afterClient: string;
	end: string;
}

/** Without the line end. */
export function jsonLine(record: RequestRecord): string {
	const { alike, durationMs, firstByteMs } = record;
	let fixed = alike?.text as FixedText | undefined;
	if (fixed === undefined) {
		fixed = fixedText(record);
		if (alike !== undefined) {
			// In one piece: what is put together from many is put together anew in each line.
			fixed = {
				...fixed,
				afterTime: inOnePiece(fixed.afterTime),
				afterClient: inOnePiece(fixed.afterClient),
			};
			alike.text = fixed;
		}
	}
	const duration = millisText(durationMs);
	const firstByte = firstByteMs === durationMs ? duration : millisText(firstByteMs);
	return (
		`{"ts":"${isoMillis(record.atMs)}${fixed.afterTime}${duration},"ttfb_ms":${firstByte}` +
		`,"client":"${jsonText(record.client)}${fixed.afterClient}${jsonText(record.requestId)}${fixed.end}`
	);
}

function fixedText(record: RequestRecord): FixedText {
	const { ageS, ttlS, upstreamStatus } = record;
	return {
		afterTime:
			`","method":"${jsonText(record.method)}","path":"${jsonText(record.path)}` +
			`","status":${record.status},"bytes":${record.bodyBytes},"duration_ms":`,
		afterClient:
			`","user_agent":"${userAgentText(record.userAgent)}","http_version":"${record.httpVersion}` +
			`","repository":"${jsonText(record.repository)}","bucket":"${jsonText(record.bucket)}` +
			`","key":"${jsonText(record.key)}","rule":"${jsonText(record.rule)}","cache":"${record.cache}` +
			`","cache_tier":"${record.tier}","reason":"${jsonText(record.reason)}` +
			`","age_s":${wholeOrNull(ageS)},"ttl_s":${wholeOrNull(ttlS)}` +
			`,"upstream_status":${upstreamStatus ?? null},"upstream_ms":${millisText(record.upstreamMs)}` +
			`,"upstream_bytes":${record.upstreamBytes},"s3_request_id":"${jsonText(record.s3RequestId)}` +
			`","retries":${record.retries},"response_flags":"${record.responseFlags}","request_id":"`,
		end: `"${record.queryDropped ? ',"query_dropped":true' : ""}${record.complete ? "}" : ',"complete":false}'}`,
	};
}

function inOnePiece(text: string): string {
	return Buffer.from(text).toString();
}

function wholeOrNull(value: number | undefined): string {
	return value === undefined || !Number.isFinite(value) ? "null" : `${Math.round(value)}`;
}
