/**
 * An answer of the fake S3 before it becomes bytes, and S3's errors in that form. Faults change replies; send.ts
 * writes them.
 */
import type { Body } from "./body.ts";
import { memoryBody } from "./body.ts";

export interface Reply {
	status: number;
	/** In order. Content-Length comes from the body unless it is given here. */
	headers: [name: string, value: string][];
	/** For HEAD and 304 it is not sent. */
	body: Body;
}

export const emptyBody = memoryBody(Buffer.alloc(0));

/** An error as S3 answers it. `details` become elements after code and message. */
export class S3Error extends Error {
	readonly status: number;
	readonly code: string;
	readonly details: Record<string, string>;
	readonly headers: [string, string][];
	constructor(
		status: number,
		code: string,
		message: string,
		details: Record<string, string> = {},
		headers: [string, string][] = [],
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.details = details;
		this.headers = headers;
	}
}

export function errorReply(error: S3Error, requestId = "FAKEREQUESTID"): Reply {
	const fields = {
		Code: error.code,
		Message: error.message,
		...error.details,
		RequestId: requestId,
		HostId: "fake/host=",
	};
	const elements = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
	const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements.join("")}</Error>`;
	return {
		status: error.status,
		headers: [["Content-Type", "application/xml"], ...error.headers],
		body: memoryBody(Buffer.from(xml)),
	};
}

export function escapeXml(text: string): string {
	return text.replace(/[<>&"\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The value of a header field of a reply, name in any case. */
export function replyHeader(reply: Reply, name: string): string | undefined {
	return reply.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
}

/** The reply with one header field replaced, added, or (`undefined`) removed. */
export function withHeader(reply: Reply, name: string, value: string | undefined): Reply {
	const headers = reply.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
	if (value !== undefined) headers.push([name, value]);
	return { ...reply, headers };
}
