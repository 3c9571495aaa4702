/**
 * What S3's refusals mean: status, a few header fields and the beginning of an error body in, a Trouble out.
 * Of the body only Code, Region and Endpoint are taken, and nothing of it reaches a client: it names bucket, key and
 * access key. Source: AWS, "Error responses"; the table of reactions is in retry.ts.
 */
import { type OriginError, type OriginFailure, OriginError as Refused } from "./origin.ts";
import { isPlainName, regionOfHost } from "./partitions.ts";

/** How a failure can be helped, if at all. */
export type Remedy =
	/** A connection that S3 had closed already: again at once, on a new one. */
	| "reconnect"
	/** Again after a while. */
	| "wait"
	/** Sign with S3's clock. */
	| "clock"
	/** Sign with renewed credentials. */
	| "credentials"
	/** Sign for `region`, at its host. */
	| "region"
	/** Ask at `location`, once. */
	| "redirect"
	/** HEAD has no body that would say: ask with a GET. */
	| "ask"
	| "none";

/** One attempt that failed. */
export interface Trouble {
	failure: OriginFailure;
	remedy: Remedy;
	/** For the log: no secret. */
	message: string;
	status: number | undefined;
	code: string;
	requestId: string;
	region?: string | undefined;
	location?: string | undefined;
	/** S3's clock when it answered. */
	serverNowMs?: number | undefined;
	retryAfterMs?: number | undefined;
	cause?: unknown;
}

/** What is looked at of an answer that is no object. */
export interface RefusedAnswer {
	method: "GET" | "HEAD";
	status: number;
	/** Names in lower case. */
	header(name: string): string;
	/** The beginning of the body. */
	body: string;
	/** The wall clock when it came. */
	nowMs: number;
}

/** S3's error bodies have a few hundred bytes; those of proxies in between may be pages. */
export const maxErrorBodyBytes = 16 << 10;
export const maxErrorBodyMs = 5000;

/** S3 refuses what was signed further off than this. */
const maxSkewMs = 15 * 60_000;

type Meaning = readonly [failure: OriginFailure, remedy: Remedy];

const meaningOfCode: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
	["RequestTimeTooSkewed", ["clock", "clock"]],
	["ExpiredToken", ["credentials", "credentials"]],
	["InvalidToken", ["credentials", "credentials"]],
	["TokenRefreshRequired", ["credentials", "credentials"]],
	["InvalidAccessKeyId", ["credentials", "credentials"]],
	// The same in versitygw, with status 404: not to be taken for a missing object.
	["XAdminUserNotFound", ["credentials", "credentials"]],
	["SignatureDoesNotMatch", ["signature", "none"]],
	["PermanentRedirect", ["region", "region"]],
	["AuthorizationHeaderMalformed", ["region", "region"]],
	["IllegalLocationConstraintException", ["region", "region"]],
	["TemporaryRedirect", ["region", "redirect"]],
	["AccessDenied", ["forbidden", "none"]],
	["NoSuchKey", ["missing", "none"]],
	["NoSuchBucket", ["bucket-missing", "none"]],
	["InvalidBucketName", ["bucket-missing", "none"]],
	["InvalidObjectState", ["archived", "none"]],
	["SlowDown", ["throttled", "wait"]],
	["RequestTimeout", ["unavailable", "wait"]],
]);

/** By status, for codes that are not in the table and answers without one. */
function meaningOfStatus(status: number): Meaning {
	if (status === 404) return ["missing", "none"];
	if (status === 401 || status === 403) return ["forbidden", "none"];
	if (status === 412) return ["changed", "none"];
	if (status === 416) return ["range", "none"];
	if (status === 429 || status === 503) return ["throttled", "wait"];
	if (status === 408 || status === 409) return ["unavailable", "wait"];
	if (status === 301) return ["region", "region"];
	if (status === 307) return ["region", "redirect"];
	if (status >= 300 && status < 400) return ["region", "none"];
	if (status === 501 || status === 505 || status < 500) return ["bad-answer", "none"];
	return ["unavailable", "wait"];
}

/** What an answer means that is neither the object nor a 304. */
export function troubleOf(answer: RefusedAnswer): Trouble {
	const { status, nowMs } = answer;
	const code = elementOf(answer.body, "Code");
	const requestId = answer.header("x-amz-request-id");
	const serverNowMs = dateOf(answer.header("date"));
	const region = regionIn(answer);
	let [failure, remedy] = meaningOfCode.get(code) ?? meaningOfStatus(status);
	if (code === "" && answer.method === "HEAD") {
		// The head alone tells these two: a clock that is far off, and another Region.
		const skewMs = serverNowMs === undefined ? 0 : Math.abs(serverNowMs - nowMs);
		if (status === 403 && skewMs > maxSkewMs - 60_000) [failure, remedy] = ["clock", "clock"];
		else if (status === 400 && region !== undefined) [failure, remedy] = ["region", "region"];
		else if (status === 400 || status === 403 || (status === 301 && region === undefined)) remedy = "ask";
	}
	const what = code === "" ? `${status}` : `${status} ${code}`;
	return {
		...{ failure, remedy, status, code, requestId, region, serverNowMs },
		message: `S3 answered ${what}${requestId === "" ? "" : ` (request ${requestId})`}`,
		location: answer.header("location"),
		retryAfterMs: retryAfterOf(answer.header("retry-after"), nowMs),
	};
}

/** x-amz-bucket-region is S3's plainest word; then the body's Region, then the endpoint it names. */
function regionIn({ header, body }: RefusedAnswer): string | undefined {
	const said = [header("x-amz-bucket-region"), elementOf(body, "Region")].find(isPlainName);
	return said ?? regionOfHost(elementOf(body, "Endpoint"));
}

/** The text of the first element of that name, when it is as plain as S3's codes, Regions and hosts are. */
function elementOf(body: string, name: string): string {
	const text = new RegExp(`<${name}>([A-Za-z0-9.-]{1,255})</${name}>`).exec(body)?.[1];
	return text ?? "";
}

function dateOf(text: string): number | undefined {
	const ms = text === "" ? Number.NaN : Date.parse(text);
	return Number.isNaN(ms) ? undefined : ms;
}

/** RFC 9110 §10.2.3: seconds or a date. */
function retryAfterOf(text: string, nowMs: number): number | undefined {
	if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
	const ms = dateOf(text);
	return ms === undefined ? undefined : Math.max(0, ms - nowMs);
}

/** undici's and node's codes of a server that was there and went away before it answered. */
const resetCodes = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
/** It spoke, but not HTTP as we know it. On a used connection it may be the rest of an earlier answer. */
const nonsense = /^HTTPParserError$|^HPE_|^UND_ERR_(HEADERS_OVERFLOW|RES_)/;

/** Somebody else's certificate, or none that can be trusted: the next try would see the same. */
const distrust = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/;

/** Ours, not S3's: the server ends, or a value cannot be put into a head. */
const ours: Readonly<Record<string, OriginFailure>> = {
	UND_ERR_CLOSED: "aborted",
	UND_ERR_DESTROYED: "aborted",
	UND_ERR_INVALID_ARG: "bad-answer",
};

/** What it means that no answer came at all. */
export function troubleOfError(error: unknown, host: string): Trouble {
	const { code, message, name } = innermost(error);
	const base = { status: undefined, code: "", requestId: "", cause: error };
	const why = message || code || name;
	const own = ours[code];
	if (own !== undefined)
		return { ...base, failure: own, remedy: "none", message: `${host} was not asked: ${why}` };
	if (nonsense.test(code) || nonsense.test(name))
		return {
			...base,
			failure: "bad-answer",
			remedy: "reconnect",
			message: `${host} does not speak HTTP: ${why}`,
		};
	const remedy = resetCodes.has(code) ? "reconnect" : distrust.test(code) ? "none" : "wait";
	return { ...base, failure: "unavailable", remedy, message: `${host}: no answer (${why})` };
}

/** undici wraps errors of DNS and TLS, node wraps several attempts to connect into one. */
function innermost(error: unknown): { code: string; message: string; name: string } {
	const { cause, errors, code, message, name } = error as Error & { errors?: unknown[]; code?: unknown };
	if (errors?.[0] !== undefined) return innermost(errors[0]);
	if (cause !== undefined && typeof code !== "string") return innermost(cause);
	return { code: typeof code === "string" ? code : "", message: message ?? "", name: name ?? "error" };
}

/** The error that leaves the origin. */
export function originError(trouble: Trouble, retries: number, note = ""): OriginError {
	const { failure, status, code, requestId, cause } = trouble;
	return new Refused(failure, trouble.message + note, { status, code, requestId, retries, cause });
}
