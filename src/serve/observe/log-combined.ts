/**
 * One answered request in the combined log format of Apache and nginx, for tools that know nothing else:
 * `CLIENT - - [DATE] "METHOD PATH PROTOCOL" STATUS BYTES "REFERER" "USER AGENT"`, times in UTC, no referer kept.
 * Escapes are nginx's, and so is `HTTP/2.0`.
 */
import { quotedText, remembering } from "./log-escape.ts";
import { clfTime } from "./log-numbers.ts";
import type { RequestRecord } from "./record.ts";

const userAgentText = remembering(quotedText);

/** Without the line end. */
export function combinedLine(record: RequestRecord): string {
	return (
		`${bareText(record.client)} - - [${clfTime(record.atMs)}] "${quotedText(record.method)} ` +
		`${quotedText(record.path)} HTTP/${record.httpVersion}" ${record.status} ${record.bodyBytes} "-" ` +
		`"${userAgentText(record.userAgent)}"`
	);
}

/** A field outside quotes ends at a space. */
function bareText(text: string): string {
	return quotedText(text).replaceAll(" ", "\\x20");
}
