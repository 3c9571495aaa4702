/**
 * One line of serve's own access log (JSON, serve/observe/log-json.ts) as the line that S3 would have written for it, so
 * that everything behind the kernel needs to know one format only. In: a line. Out: the other line, latin1, or nothing.
 *
 * The caller is the client, the operation says how the cache took part (`SERVE.GET.HIT`), the bytes are those that the
 * client got. Whether S3 bills a request for it is in the operation; price/operations.ts has the rules.
 */

import { serveRequester } from "../model/flow.ts";

/** How the cache took part, as the log says it and as the operation says it. */
const outcomes = new Map([
	["hit", "HIT"],
	["stale", "STALE"],
	["coalesced", "COALESCED"],
	["negative", "NEGATIVE"],
	["-", "LOCAL"],
	["miss", "MISS"],
	["revalidated", "REVALIDATED"],
	["bypass", "BYPASS"],
	["error", "ERROR"],
]);
/** These say by themselves that S3 was not asked for this client. */
const withoutS3 = new Set(["HIT", "COALESCED", "NEGATIVE", "LOCAL"]);

/** Others are refused by serve; hostile clients must not invent operations. */
const methods = new Set(["GET", "HEAD"]);
const token = /^[\x21-\x7e]{1,255}$/;
/** Years that the log format of S3 is read for. */
const timeShape = /^((2[01]\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d))(?:\.\d{1,9})?Z$/;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

type Fields = Record<string, unknown>;

/** `undefined`: not a line of serve's log. Without its line end; `\r` does not matter. */
export function s3LineOf(text: string): string | undefined {
	const fields = fieldsOf(text);
	if (fields === undefined) return undefined;
	const time = logTime(fields["ts"]);
	const operation = operationOf(fields);
	const bucket = tokenOf(fields["bucket"]);
	const client = tokenOf(fields["client"]);
	const status = statusOf(fields["status"]);
	const bytes = countOf(fields["bytes"]);
	const durationMs = countOf(fields["duration_ms"]);
	const key = fields["key"];
	const agent = fields["user_agent"];
	if (time === undefined || operation === undefined || bucket === undefined || client === undefined)
		return undefined;
	if (status === undefined || bytes === undefined || durationMs === undefined) return undefined;
	if (typeof key !== "string" || typeof agent !== "string") return undefined;
	const caller = `${withoutMapping(client)} ${serveRequester}`;
	return `- ${bucket} ${time} ${caller} - ${operation} ${loggedKey(key)} - ${status} - ${bytes} - ${durationMs} - - "${headerBytes(agent)}" -`;
}

function fieldsOf(text: string): Fields | undefined {
	if (!text.startsWith('{"')) return undefined;
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Fields) : undefined;
	} catch {
		return undefined;
	}
}

/** `2026-10-12T00:00:07.123Z` as `[12/Oct/2026:00:00:07 +0000]`. */
function logTime(value: unknown): string | undefined {
	const parts = typeof value === "string" ? timeShape.exec(value) : null;
	if (parts === null) return undefined;
	const [, second = "", year, month, day, time] = parts;
	if (second === lastTime.second) return lastTime.text;
	const atMs = Date.parse(`${second}Z`);
	// A day that does not exist is another one, or none.
	if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 19) !== second) return undefined;
	lastTime = { second, text: `[${day}/${months[Number(month) - 1]}/${year}:${time} +0000]` };
	return lastTime.text;
}

/** Most lines are of the second of the line before. */
let lastTime = { second: "", text: "" };

function operationOf({ method, cache, upstream_status: upstream }: Fields): string | undefined {
	const outcome = typeof cache === "string" ? outcomes.get(cache) : undefined;
	if (typeof method !== "string" || outcome === undefined) return undefined;
	if (upstream !== null && typeof upstream !== "number") return undefined;
	return `SERVE.${methods.has(method) ? method : "OTHER"}.${billedName(outcome, upstream)}`;
}

/**
 * The outcome, such that its name decides whether S3 bills a request. `upstream` is S3's status, 0 when it gave none,
 * `null` when nothing was sent to S3 for this client alone: many clients may have waited for one request.
 * S3 bills 4xx and never 5xx: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ErrorCodeBilling.html
 */
function billedName(outcome: string, upstream: number | null): string {
	if (withoutS3.has(outcome)) return outcome;
	const isBilled = upstream !== null && upstream >= 200 && upstream < 500;
	if (outcome === "STALE") return isBilled ? "STALE_ASKED" : "STALE";
	if (isBilled) return outcome;
	return upstream === null && outcome !== "ERROR" ? "COALESCED" : "UNANSWERED";
}

/** Empty is `-`. */
function tokenOf(value: unknown): string | undefined {
	if (value === "") return "-";
	return typeof value === "string" && token.test(value) ? value : undefined;
}

/** `::ffff:10.0.0.1` is how a socket for both families shows an IPv4 client. */
function withoutMapping(client: string): string {
	return client.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** 0: the client left before there was one. */
function statusOf(value: unknown): string | undefined {
	if (value === 0) return "-";
	return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 999 ? String(value) : undefined;
}

function countOf(value: unknown): string | undefined {
	if (value === null) return "-";
	if (typeof value !== "number" || !(value >= 0 && value < 1e15)) return undefined;
	return String(Math.floor(value));
}

/** Encoded twice, as keys are logged: model/keys.ts decodes both. */
function loggedKey(key: string): string {
	if (key === "") return "-";
	if (/^[A-Za-z0-9\-_.~/]+$/.test(key)) return key;
	return Buffer.from(key)
		.toString("latin1")
		.replace(/[^A-Za-z0-9\-_.~/]/g, (byte) => `%25${hex(byte)}`);
}

/** A header's bytes are one character each; a text with others can only be somebody else's, and becomes UTF-8. */
function headerBytes(text: string): string {
	const bytes = /[^\x00-\xff]/.test(text) ? Buffer.from(text).toString("latin1") : text;
	return bytes.replace(/[\x00-\x1f\x7f]/g, (byte) => `\\x${hex(byte)}`);
}

function hex(byte: string): string {
	return byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
}
