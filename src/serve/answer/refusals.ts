/**
 * Answers that are not about an object's bytes: refusals, failures, small documents of our own.
 * In: what is wrong. Out: a status, fields and a short body in ChartMuseum's shape `{"error":"…"}`, which its clients print.
 * Nothing that a client or S3 sent is repeated in them.
 */
import type { OriginFailure } from "../origin/origin.ts";
import { commonFields } from "./fields.ts";

export interface SmallReply {
	status: number;
	fields: string[];
	body: Buffer;
	/** The connection is of no more use: what follows on it cannot be trusted. */
	close: boolean;
}

export function smallReply(
	status: number,
	body: string | Buffer,
	options: { contentType?: string; fields?: readonly string[]; close?: boolean } = {},
): SmallReply {
	const bytes = typeof body === "string" ? Buffer.from(body) : body;
	const { contentType = "application/json; charset=utf-8", fields = [], close = false } = options;
	return {
		status,
		fields: [
			...["Content-Type", contentType, "Content-Length", String(bytes.length)],
			...["Cache-Control", "no-store", ...commonFields, ...fields],
		],
		body: bytes,
		close,
	};
}

export function refusal(
	status: number,
	error: string,
	options: { fields?: readonly string[]; close?: boolean } = {},
): SmallReply {
	return smallReply(status, JSON.stringify({ error }), options);
}

export const notFound = () => refusal(404, "not found");
export const objectNotFound = () => refusal(404, "object not found");
/** cm-push prints the text of `error`. */
export const methodNotAllowed = () =>
	refusal(405, "this is a read-only proxy: publish charts to the bucket itself, for example with helm-s3", {
		fields: ["Allow", "GET, HEAD"],
	});

/** Soon, but not at once: S3 said that it is too much, or did not answer at all. */
const retryAfter = ["Retry-After", "2"];

export function failureReply(failure: OriginFailure): SmallReply {
	switch (failure) {
		case "missing":
			return objectNotFound();
		case "forbidden":
			return refusal(403, "S3 denies access to this object");
		case "range":
			return refusal(416, "the range lies beyond the end of the object");
		case "throttled":
			return refusal(503, "S3 asks to slow down", { fields: retryAfter });
		case "archived":
			return refusal(503, "the object is archived and must be restored first");
		case "unavailable":
			return refusal(502, "S3 cannot be reached", { fields: retryAfter });
		case "bucket-missing":
			return refusal(502, "the bucket does not exist");
		case "credentials":
		case "signature":
		case "clock":
			return refusal(502, "S3 does not accept the proxy's credentials");
		default:
			return refusal(502, "S3 gave no usable answer");
	}
}
