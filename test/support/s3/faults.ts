/**
 * What can go wrong with one answer of the fake S3. A fault is a plain value; its parts may be combined by spreading:
 *
 *   s3.next({ key: "a.tgz" }, faults.slowDown(), faults.resetAfter(1000), none);   one each, in order; then healthy
 *   s3.always({ method: "GET" }, { ...faults.drip(1, 100), interim: [103] });      until s3.healthy()
 *   s3.script = (request, n) => (n % 2 === 0 ? faults.internalError() : undefined);
 *   const hold = gate(); s3.next({}, { hold }); await s3.received({}, 1); hold.open();
 */
import { partOf } from "./body.ts";
import { emptyBody, errorReply, type Reply, S3Error, withHeader } from "./reply.ts";

export interface Fault {
	/** The answer waits until the gate opens: so that 1,000 waiters can gather. */
	hold?: Gate;
	/** The answer waits so long (real time). */
	delayMs?: number;
	/** Instead of S3's own answer. The reply handed in may also be changed and given back. */
	reply?: (normal: Reply) => Reply;
	/** 1xx answers sent before. */
	interim?: readonly number[];
	/** Lines put into the head as they are (latin1, no line end needed), control bytes included. */
	rawHeaderLines?: readonly string[];
	/** How the length is told. Default: the true Content-Length. `close`: not at all, the connection ends the body. */
	length?: number | "chunked" | "close";
	/** `before-head`, or after that many body bytes (0: after the head), … */
	cutAt?: "before-head" | number;
	/** … the connection is reset, ended cleanly, or silent until the gate opens (then it goes on). Default `reset`. */
	cut?: "reset" | "fin" | Gate;
	/** Bytes sent behind the body. */
	extraBytes?: number;
	/** The body in such pieces. */
	drip?: { bytes: number; everyMs: number };
	/** The byte at that position is another one. */
	flipByteAt?: number;
}

/** Something that waits until a test lets it go. Once open it stays open. */
export interface Gate {
	readonly opened: Promise<void>;
	open(): void;
}

export function gate(): Gate {
	let open = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open };
}

/** Nothing: a place in a queue of faults at which S3 is healthy. */
export const none: Fault = {};

const fails =
	(status: number, code: string, message: string, headers: [string, string][] = []) =>
	(details: Record<string, string> = {}): Fault => ({
		reply: () => errorReply(new S3Error(status, code, message, details, headers)),
	});

export const resetBeforeHead: Fault = { cutAt: "before-head", cut: "reset" };
export const finBeforeHead: Fault = { cutAt: "before-head", cut: "fin" };
export const resetAfter = (bodyBytes: number): Fault => ({ cutAt: bodyBytes, cut: "reset" });
/** A short body that ends cleanly. */
export const finAfter = (bodyBytes: number): Fault => ({ cutAt: bodyBytes, cut: "fin" });
export const stallBeforeHead = (until: Gate): Fault => ({ cutAt: "before-head", cut: until });
export const stallAfterHead = (until: Gate): Fault => ({ cutAt: 0, cut: until });
export const stallAfter = (bodyBytes: number, until: Gate): Fault => ({ cutAt: bodyBytes, cut: until });
export const drip = (bytes: number, everyMs: number): Fault => ({ drip: { bytes, everyMs } });
export const extraBytes = (count: number): Fault => ({ extraBytes: count });
export const contentLength = (bytes: number): Fault => ({ length: bytes });
export const chunked: Fault = { length: "chunked" };
export const withoutLength: Fault = { length: "close" };
export const interim = (...statuses: number[]): Fault => ({ interim: statuses });
export const flipByte = (position: number): Fault => ({ flipByteAt: position });
export const delayed = (delayMs: number): Fault => ({ delayMs });
export const held = (hold: Gate): Fault => ({ hold });

export const slowDown = fails(503, "SlowDown", "Please reduce your request rate.");
export const serviceUnavailable = fails(503, "ServiceUnavailable", "Service is unable to handle request.");
export const internalError = fails(
	500,
	"InternalError",
	"We encountered an internal error. Please try again.",
);
export const tooManyRequests = fails(429, "TooManyRequestsException", "Too many requests.");
export const accessDenied = fails(403, "AccessDenied", "Access Denied");
/** With 400, as S3 has it; some say 403. */
export const expiredToken = (status: 400 | 403 = 403): Fault =>
	fails(status, "ExpiredToken", "The provided token has expired.")();
/** The Date header says what S3's clock shows. */
export const timeTooSkewed = (serverMs: number): Fault => ({
	reply: () =>
		withHeader(
			errorReply(
				new S3Error(
					403,
					"RequestTimeTooSkewed",
					"The difference between the request time and the current time is too large.",
				),
			),
			"Date",
			new Date(serverMs).toUTCString(),
		),
});
export const permanentRedirect = (region: string, endpoint = `s3.${region}.amazonaws.com`): Fault =>
	fails(
		301,
		"PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint.",
		[["x-amz-bucket-region", region]],
	)({ Endpoint: endpoint });
export const temporaryRedirect = (location: string): Fault =>
	fails(307, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.", [
		["Location", location],
	])({ Endpoint: location.replace(/^https?:\/\//, "").replace(/\/.*$/, "") });
export const authorizationMalformed = (region: string): Fault =>
	fails(
		400,
		"AuthorizationHeaderMalformed",
		"The authorization header is malformed; the region is wrong",
	)({
		Region: region,
	});

/** 304 with the given ETag, whatever was asked: for an ETag that nobody holds, or another one than asked for. */
export const notModified = (etag: string | undefined): Fault => ({
	reply: () => ({ status: 304, headers: etag === undefined ? [] : [["ETag", etag]], body: emptyBody }),
});
/** One header field replaced, or (`undefined`) left out: another ETag, no ETag, a wrong checksum, … */
export const header = (name: string, value: string | undefined): Fault => ({
	reply: (normal) => withHeader(normal, name, value),
});
/** A head of so many bytes more. */
export const hugeHeaders = (bytes: number): Fault => ({
	rawHeaderLines: Array.from(
		{ length: Math.ceil(bytes / 1024) },
		(_, n) => `x-amz-meta-${n}: ${"h".repeat(1005)}`,
	),
});
/** `line` goes into the head as it is: `x-amz-meta-a: b\x00c`, `Content-Type: a\rb`, … */
export const rawHeaderLine = (line: string): Fault => ({ rawHeaderLines: [line] });
/** The first half of the body only, as if that were all: the length agrees, checksum and ETag do not. */
export const truncatedObject: Fault = {
	reply: (normal) => ({ ...normal, body: partOf(normal.body, 0, Math.floor(normal.body.sizeBytes / 2)) }),
};
