/**
 * Reads the simplest of requests, those that nobody can read in two ways: GET, HTTP/1.1, one Host, no body, no conditions but
 * If-None-Match, every byte printable ASCII, line ends CRLF. In: the bytes of one head. Out: its parts, or `undefined`: then
 * node:http reads it, with all its rules. RFC 9112 §2 to §6.
 */

export interface FastRequest {
	/** As received. */
	target: string;
	ifNoneMatch: string | undefined;
	userAgent: string;
	authority: string;
	forwardedFor: string | undefined;
	hasAuthorization: boolean;
	hasCacheControl: boolean;
}

const requestLine = /^GET (\/[\x21-\x7e]{0,2048}) HTTP\/1\.1$/;
const fieldLine = /^([A-Za-z][A-Za-z0-9-]{0,63}): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;
/** More than that is no simple request. */
const maxFields = 24;

/** They change framing, meaning or what is sent; node:http and exchange.ts know how. */
const notSimple = new Set(
	(
		"content-length transfer-encoding trailer te upgrade expect http2-settings proxy-connection keep-alive " +
		"range if-range if-match if-unmodified-since if-modified-since x-request-id"
	).split(" "),
);

/** `head` as latin1, with the empty line at its end. */
export function readFastRequest(head: string): FastRequest | undefined {
	const lines = head.slice(0, -4).split("\r\n");
	const target = requestLine.exec(lines[0]!)?.[1];
	if (target === undefined || lines.length > maxFields) return undefined;
	const seen = new Map<string, string>();
	for (let at = 1; at < lines.length; at++) {
		const field = fieldLine.exec(lines[at]!);
		if (field === null) return undefined;
		const name = field[1]!.toLowerCase();
		const value = field[2]!;
		if (notSimple.has(name) || seen.has(name)) return undefined;
		if (name === "connection" && value.toLowerCase() !== "keep-alive") return undefined;
		seen.set(name, value);
	}
	const authority = seen.get("host");
	if (authority === undefined) return undefined;
	return {
		target,
		ifNoneMatch: seen.get("if-none-match"),
		userAgent: seen.get("user-agent") ?? "",
		authority,
		forwardedFor: seen.get("x-forwarded-for"),
		hasAuthorization: seen.has("authorization"),
		hasCacheControl: seen.has("cache-control") || seen.has("pragma"),
	};
}
