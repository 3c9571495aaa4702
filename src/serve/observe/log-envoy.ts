/**
 * One answered request in Envoy's default access log format, so that dashboards and parsers of the Envoy in front of S3
 * go on: `RFCF` on hits. Source: Envoy documentation, "Access logging", default format string.
 * `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%
 * %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%"
 * "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"`
 */
import { quotedText, remembering } from "./log-escape.ts";
import { isoMillis } from "./log-numbers.ts";
import type { RequestRecord } from "./record.ts";

const userAgentText = remembering(quotedText);
/** Envoy's names of protocols: HTTP/2 has no minor version. */
const protocols: Record<string, string> = { "1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2.0": "HTTP/2" };

/** Without the line end. Request bodies are refused, so bytes received is 0; where S3 was asked, its host is the bucket. */
export function envoyLine(record: RequestRecord): string {
	const { upstreamMs, upstreamStatus } = record;
	const upstreamHost = upstreamStatus === undefined ? "-" : quotedText(record.bucket);
	return (
		`[${isoMillis(record.atMs)}] "${quotedText(record.method)} ${quotedText(record.path)} ` +
		`${protocols[record.httpVersion] ?? "-"}" ${record.status} ${record.responseFlags || "-"} 0 ` +
		`${record.bodyBytes} ${wholeMs(record.durationMs)} ${wholeMs(upstreamMs)} ` +
		`"${quotedText(record.forwardedFor ?? "")}" "${userAgentText(record.userAgent)}" ` +
		`"${quotedText(record.requestId)}" "${quotedText(record.authority ?? "")}" "${upstreamHost}"`
	);
}

function wholeMs(durationMs: number | undefined): string {
	return durationMs === undefined || !(durationMs >= 0) ? "-" : `${Math.floor(durationMs)}`;
}
