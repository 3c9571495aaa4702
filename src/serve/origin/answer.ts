/**
 * S3's good answers: status and header fields in, an OriginAnswer out, or the reason why it is none. Only fields that
 * OriginAnswer has are looked at, so nothing else can get to a client; their values must be fit to be sent on.
 */
import type { OriginAnswer, OriginRequest } from "./origin.ts";

export type RawHeaders = Record<string, string | string[] | undefined>;

/** Everything of an OriginAnswer that stands in its head. */
export type AnswerHead = Omit<OriginAnswer, "body" | "cancel" | "headMs" | "retries">;

/** A C0 control but tab, or DEL: RFC 9110 §5.5 allows none, and CR and LF would split our own answer. */
const controls = /[\x00-\x08\x0a-\x1f\x7f]/;

/** One value; a text that says what is wrong when there are two, or when it must not be sent on. */
function oneValue(headers: RawHeaders, name: string): { value: string } | { wrong: string } {
	const value = headers[name] ?? "";
	if (typeof value !== "string") return { wrong: `${name} stands twice` };
	return controls.test(value) ? { wrong: `${name} has control characters` } : { value };
}

/** For what is only written down: versitygw with an access log says its request id twice. */
function firstValue(headers: RawHeaders, name: string): { value: string } | { wrong: string } {
	return oneValue({ [name]: [headers[name]].flat()[0] }, name);
}

const fieldNames = {
	etag: "etag",
	lastModified: "last-modified",
	contentType: "content-type",
	contentEncoding: "content-encoding",
	contentDisposition: "content-disposition",
	contentLanguage: "content-language",
	cacheControl: "cache-control",
	contentRange: "content-range",
} as const;

type Fields = Record<keyof typeof fieldNames | "requestId", string>;

/** The head that an answer with `status` gives to `request`; a sentence when it makes no sense. */
export function readHead(request: OriginRequest, status: number, headers: RawHeaders): AnswerHead | string {
	const requestId = firstValue(headers, "x-amz-request-id");
	if ("wrong" in requestId) return requestId.wrong;
	const fields = { requestId: requestId.value } as Fields;
	for (const [field, name] of Object.entries(fieldNames)) {
		const read = oneValue(headers, name);
		if ("wrong" in read) return read.wrong;
		fields[field as keyof Fields] = read.value;
	}
	const length = oneValue(headers, "content-length");
	if ("wrong" in length) return length.wrong;
	const contentLength = length.value === "" ? undefined : wholeNumber(length.value);
	if (length.value !== "" && contentLength === undefined) return "Content-Length is no number";
	const wrong =
		wrongFraming(request, status, contentLength, headers) ??
		wrongValidator(request, status, fields) ??
		wrongRange(request, status, contentLength, fields);
	if (wrong !== undefined) return wrong;
	return {
		...fields,
		status: status as AnswerHead["status"],
		contentLength: status === 304 ? undefined : contentLength,
		checksum: status === 200 && request.range === undefined ? readChecksum(headers) : undefined,
	};
}

/** A body that ends with its connection cannot be told from half of it. */
function wrongFraming(
	request: OriginRequest,
	status: number,
	contentLength: number | undefined,
	headers: RawHeaders,
): string | undefined {
	if (status === 304) return request.ifNoneMatch === undefined ? "304 without If-None-Match" : undefined;
	if (status === 206 && request.range === undefined) return "206 without Range";
	if (request.method === "HEAD" || contentLength !== undefined) return undefined;
	return /\bchunked\s*$/i.test(String(headers["transfer-encoding"] ?? ""))
		? undefined
		: "neither Content-Length nor chunked";
}

/** A server that does not know If-Match. What a 304 is about is for the cache to judge: it can ask again. */
function wrongValidator({ ifMatch }: OriginRequest, status: number, { etag }: Fields): string | undefined {
	if (etag === "" || status === 304 || ifMatch === undefined) return undefined;
	return isSameTag(etag, ifMatch) ? undefined : "another ETag than If-Match allows";
}

/** Weak comparison, RFC 9110 §8.8.3.2. */
export const isSameTag = (one: string, other: string) =>
	one.replace(/^W\//, "") === other.replace(/^W\//, "");

/** Another range than the one asked for would be stored at the wrong place. */
function wrongRange(
	{ range }: OriginRequest,
	status: number,
	contentLength: number | undefined,
	{ contentRange }: Fields,
): string | undefined {
	if (status !== 206 || range === undefined) return undefined;
	const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(contentRange);
	const [first, last] = [Number(match?.[1]), Number(match?.[2])];
	const isAsked = first === range.first && (range.last === undefined || last <= range.last);
	if (!isAsked) return "Content-Range is not the one asked for";
	const isWhole = contentLength === undefined || contentLength === last - first + 1;
	return isWhole ? undefined : "Content-Range and Content-Length differ";
}

function wholeNumber(text: string): number | undefined {
	return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Strongest first; S3 sends the one it keeps. Length of the base64 text. */
const algorithms = [
	["sha256", 44],
	["crc64nvme", 12],
	["crc32c", 8],
	["crc32", 8],
	["sha1", 28],
] as const;

/** Checksums of parts (`…-3`, or by x-amz-checksum-type) are none of the body. */
function readChecksum(headers: RawHeaders): AnswerHead["checksum"] {
	if (headers["x-amz-checksum-type"] === "COMPOSITE") return undefined;
	for (const [algorithm, length] of algorithms) {
		const base64 = headers[`x-amz-checksum-${algorithm}`];
		if (typeof base64 === "string" && base64.length === length && /^[A-Za-z0-9+/]+=*$/.test(base64))
			return { algorithm, base64 };
	}
	return undefined;
}
