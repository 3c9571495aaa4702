/**
 * A request of node:http or node:http2 as a Visit. In: what Node parsed. Out: the few fields that matter.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { LimitConfig } from "../config/config.ts";
import type { Visit } from "./exchange.ts";
import type { RequestIds } from "./request-ids.ts";

export type AnyRequest = IncomingMessage | Http2ServerRequest;

export function visitOf(request: AnyRequest, requestIds: RequestIds): Visit {
	const { method = "", url = "", headers } = request;
	return {
		view: {
			method,
			target: url,
			conditions: {
				ifMatch: headers["if-match"],
				ifUnmodifiedSince: headers["if-unmodified-since"],
				ifNoneMatch: headers["if-none-match"],
				ifModifiedSince: headers["if-modified-since"],
				range: headers.range,
				ifRange: oneOf(headers["if-range"]),
			},
			acceptEncoding: oneOf(headers["accept-encoding"]) ?? "",
			cacheControl: headers["cache-control"] ?? "",
			authorization: headers.authorization,
			hasBody: hasBody(headers),
			malformed: isMalformed(request),
		},
		client: request.socket.remoteAddress ?? "",
		userAgent: headers["user-agent"] ?? "",
		httpVersion: request.httpVersion,
		forwardedFor: oneOf(headers["x-forwarded-for"]),
		authority: headers.host ?? oneOf(headers[":authority"]),
		sentId: requestIds.accepted(headers["x-request-id"]),
	};
}

function oneOf(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value.join(", ") : value;
}

/** Node takes more than it is told, or leaves out what is too much: neither is an answer. */
export function isOverLimit({ rawHeaders }: AnyRequest, limits: LimitConfig): boolean {
	let count = 0;
	let bytes = 0;
	for (let at = 0; at < rawHeaders.length; at += 2) {
		if (rawHeaders[at]![0] !== ":") count++;
		bytes += rawHeaders[at]!.length + rawHeaders[at + 1]!.length;
	}
	return count > limits.headerCount || bytes > limits.headerBytes;
}

/** RFC 9112 §3.2: no Host, or more than one, is refused; §2.3: HTTP/0.9 is no version of today. */
function isMalformed({ httpVersion, rawHeaders }: AnyRequest): boolean {
	let hosts = 0;
	for (let at = 0; at < rawHeaders.length; at += 2) if (/^host$/i.test(rawHeaders[at]!)) hosts++;
	if (hosts > 1 || (hosts === 0 && httpVersion === "1.1")) return true;
	return !/^[12]\.\d$/.test(httpVersion);
}

function hasBody(headers: IncomingHttpHeaders): boolean {
	if (headers["transfer-encoding"] !== undefined) return true;
	const length = headers["content-length"];
	return length !== undefined && length !== "0";
}
