/**
 * Reads simple requests, those that nobody can read in two ways: GET or HEAD, HTTP/1.1, one Host, no body, every byte printable
 * ASCII, line ends CRLF, no field twice. In: the bytes of one head. Out: a Visit without its client, or `undefined`: then
 * node:http reads it, with all its rules. RFC 9112 §2 to §6.
 */
import type { Visit } from "./exchange.ts";
import type { RequestIds } from "./request-ids.ts";

const requestLine = /^(GET|HEAD) (\/[\x21-\x7e]{0,2048}) HTTP\/1\.1$/;
const fieldLine = /^([A-Za-z][A-Za-z0-9-]{0,63}): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;
/** More than that is no simple request. */
const maxFields = 24;

/** They change the framing, or the connection. */
const notSimple = new Set(
	"content-length transfer-encoding trailer te upgrade expect http2-settings proxy-connection keep-alive".split(
		" ",
	),
);

/** `head` as latin1, with the empty line at its end. With more than `headerCount` fields it is not simple either. */
export function readFastRequest(
	head: string,
	headerCount: number,
	requestIds: RequestIds,
): Omit<Visit, "client"> | undefined {
	const lines = head.slice(0, -4).split("\r\n");
	const [, method, target] = requestLine.exec(lines[0]!) ?? [];
	if (method === undefined || target === undefined || lines.length > Math.min(maxFields, headerCount) + 1)
		return undefined;
	const fields = new Map<string, string>();
	for (let at = 1; at < lines.length; at++) {
		const field = fieldLine.exec(lines[at]!);
		if (field === null) return undefined;
		const name = field[1]!.toLowerCase();
		const value = field[2]!;
		if (notSimple.has(name) || fields.has(name)) return undefined;
		if (name === "connection" && value.toLowerCase() !== "keep-alive") return undefined;
		fields.set(name, value);
	}
	const authority = fields.get("host");
	if (authority === undefined) return undefined;
	return {
		view: {
			method,
			target,
			conditions: {
				ifMatch: fields.get("if-match"),
				ifUnmodifiedSince: fields.get("if-unmodified-since"),
				ifNoneMatch: fields.get("if-none-match"),
				ifModifiedSince: fields.get("if-modified-since"),
				range: fields.get("range"),
				ifRange: fields.get("if-range"),
			},
			acceptEncoding: fields.get("accept-encoding") ?? "",
			cacheControl: fields.get("cache-control") ?? "",
			authorization: fields.get("authorization"),
			hasBody: false,
			malformed: false,
		},
		userAgent: fields.get("user-agent") ?? "",
		httpVersion: "1.1",
		forwardedFor: fields.get("x-forwarded-for"),
		authority,
		sentId: requestIds.accepted(fields.get("x-request-id")),
	};
}
