/**
 * The reference parser of S3 server access logs: slow, obvious, and kept for ever as the kernel's oracle.
 *
 * In: one line (or a whole text) of a log. Out: the record, the reason why the line is none, or "blank".
 * The format has no escaping: clients write raw quotes, spaces and bytes into the URI, the referer and the
 * user agent. So those three are found by what must follow them, and everything else is a token between spaces.
 * Field order: S3 User Guide, "Amazon S3 server access log format". Every branch here has a twin in kernel/.
 */
import { type Flow, Listing } from "../model/flow.ts";
import { maxLineBytes } from "../model/limits.ts";
import type { LogRecord } from "../model/record.ts";
import { Unparsed } from "../model/unparsed.ts";

/** `reason` is a code of `Unparsed`. */
export type ParsedLine = { record: LogRecord } | { reason: number } | { blank: true };

/** A line of a text, with its place: `offset` in bytes from the start, `lineNumber` from 1. */
export interface LocatedLine {
	offset: number;
	lineNumber: number;
	parsed: ParsedLine;
}

/** The fields up to the key, all but the time as written; `end` is where the request URI begins. */
type Head = Pick<
	LogRecord,
	"bucketOwner" | "bucket" | "timeSeconds" | "remoteIp" | "requester" | "requestId" | "operation" | "rawKey"
> & { end: number };
/** The request URI and what came of it; `end` is where the referer begins. */
type Request = Pick<LogRecord, "requestUri" | "status" | "errorCode" | "bytesSent" | "objectSizeBytes"> & {
	end: number;
};
/** Referer and user agent; `end` is the position right behind them. */
type Agent = Pick<LogRecord, "referer" | "userAgent"> & { end: number };
type Tail = Omit<LogRecord, keyof Head | keyof Request | keyof Agent>;

/** At most 15 digits, so that every number is an exact integer: 10^15 < 2^53. */
const outcome = String.raw`(\d{3}|-) (-|[A-Za-z][A-Za-z0-9._]*) (\d{1,15}|-) (\d{1,15}|-) (?:\d{1,15}|-) (?:\d{1,15}|-) `;
/** Searched for from `lastIndex` on: quotes in a URI are not escaped. */
const quotedUriEnd = new RegExp(`" ${outcome}`, "g");
/** Matched at `lastIndex` only: a bare URI ends at its space. */
const bareUriEnd = new RegExp(` ${outcome}`, "y");

/**
 * Two parts or more: REST.GET.OBJECT, SOAP.PUT.OBJECT, S3.COMPUTE.OBJECT.CHECKSUM.
 * New operations appear without notice, so the shape is checked and never the name.
 */
const operationShape = /^[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)+$/;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const timeBytes = 28;
const timeShape = /^\[(\d\d)\/([A-Z][a-z][a-z])\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]$/;

/**
 * Parses all lines of a text. Lines end at `\n`; the last one may lack it.
 * Nothing follows a final `\n`, so an empty text has no lines and "a\n" has one.
 */
export function* parseText(bytes: Uint8Array): Generator<LocatedLine> {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let offset = 0;
	for (let lineNumber = 1; offset < text.length; lineNumber++) {
		const newline = text.indexOf(0x0a, offset);
		const end = newline === -1 ? text.length : newline;
		yield { offset, lineNumber, parsed: parseLine(text.toString("latin1", offset, end)) };
		offset = end + 1;
	}
}

/** Parses one line: latin1 (one character per byte), without its `\n`, with its `\r` if it has one. */
export function parseLine(line: string): ParsedLine {
	if (line.length > maxLineBytes) return { reason: Unparsed.tooLong };
	const text = line.endsWith("\r") ? line.slice(0, -1) : line;
	if (text === "") return { blank: true };

	const head = parseHead(text);
	if (typeof head === "number") return { reason: head };
	const request = parseRequest(text, head.end);
	if (request === undefined) return { reason: Unparsed.requestUri };
	const agent = parseAgent(text, request.end);
	if (agent === undefined) return { reason: Unparsed.agent };
	const tail = parseTail(text, agent.end);
	if (tail === undefined) return { reason: Unparsed.tail };

	const { end: _head, ...headFields } = head;
	const { end: _request, ...requestFields } = request;
	const { end: _agent, ...agentFields } = agent;
	return { record: { ...headFields, ...requestFields, ...agentFields, ...tail } };
}

/** The part of a record that makes its flow: all but key, time, sizes and ids. */
export function flowOf(record: LogRecord): Flow {
	return {
		bucketOwner: record.bucketOwner,
		bucket: record.bucket,
		remoteIp: record.remoteIp,
		requester: record.requester,
		operation: record.operation,
		status: record.status,
		errorCode: record.errorCode,
		userAgent: record.userAgent,
		signatureVersion: record.signatureVersion,
		cipherSuite: record.cipherSuite,
		authType: record.authType,
		hostHeader: record.hostHeader,
		tlsVersion: record.tlsVersion,
		accessPointArn: record.accessPointArn,
		aclRequired: record.aclRequired,
		sourceRegion: record.sourceRegion,
		listing: listingOf(record.operation, record.requestUri),
	};
}

function listingOf(operation: string, requestUri: string | undefined): number {
	if (operation !== "REST.GET.BUCKET" || requestUri === undefined) return 0;
	const isNextPage = requestUri.includes("marker=") || requestUri.includes("continuation-token=");
	return (
		(requestUri.includes("list-type=2") ? Listing.v2 : 0) |
		(isNextPage ? Listing.nextPage : 0) |
		(requestUri.includes("delimiter=") ? Listing.delimiter : 0)
	);
}

/** Fields 1 to 8, or the `Unparsed` code of the first one that is missing. */
function parseHead(text: string): Head | number {
	const bucketOwner = tokenAt(text, 0);
	if (bucketOwner === undefined) return Unparsed.bucket;
	let at = bucketOwner.length + 1;
	const bucket = tokenAt(text, at);
	if (bucket === undefined) return Unparsed.bucket;
	at += bucket.length + 1;

	const timeSeconds = secondsOf(text.slice(at, at + timeBytes));
	if (timeSeconds === undefined || text[at + timeBytes] !== " ") return Unparsed.time;
	at += timeBytes + 1;

	const remoteIp = tokenAt(text, at);
	if (remoteIp === undefined) return Unparsed.caller;
	at += remoteIp.length + 1;
	// Anonymised logs were seen with two spaces here, and an IP is never followed by an empty field.
	while (text[at] === " ") at++;
	const requester = requesterAt(text, at);
	if (requester === undefined) return Unparsed.caller;
	at += requester.length + 1;
	const requestId = tokenAt(text, at);
	if (requestId === undefined) return Unparsed.caller;
	at += requestId.length + 1;

	const operation = tokenAt(text, at);
	if (operation === undefined || !operationShape.test(operation)) return Unparsed.operation;
	at += operation.length + 1;
	const rawKey = tokenAt(text, at);
	if (rawKey === undefined) return Unparsed.key;
	const end = at + rawKey.length + 1;
	return { bucketOwner, bucket, timeSeconds, remoteIp, requester, requestId, operation, rawKey, end };
}

/** The non-empty text from `start` up to the next space or the end of the line. */
function tokenAt(text: string, start: number): string | undefined {
	const space = text.indexOf(" ", start);
	return text.slice(start, space === -1 ? text.length : space) || undefined;
}

/** A requester is one token, but for CloudFront's origin access identities, whose names have three spaces. */
function requesterAt(text: string, start: number): string | undefined {
	const token = tokenAt(text, start);
	if (token === undefined || !token.endsWith("user/CloudFront")) return token;
	const middle = " Origin Access Identity ";
	const middleStart = start + token.length;
	if (!text.startsWith(middle, middleStart)) return token;
	const identity = tokenAt(text, middleStart + middle.length);
	return identity === undefined ? token : token + middle + identity;
}

/** Unix seconds of `[06/Feb/2019:00:00:38 +0000]`, or `undefined` when it is not such a time. */
function secondsOf(text: string): number | undefined {
	const match = timeShape.exec(text);
	if (match === null) return undefined;
	const month = months.indexOf(match[2] ?? "");
	const [day, year, hour, minute, second, offsetHours, offsetMinutes] = [1, 3, 4, 5, 6, 8, 9].map((group) =>
		Number(match[group]),
	) as [number, number, number, number, number, number, number];
	if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined;
	// S3 began in 2006; what claims to be from far away is damage.
	if (year < 2000 || year > 2199) return undefined;

	// Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
	const date = new Date(0);
	date.setUTCFullYear(year, month, day);
	// A date that does not exist (31 April, day 0, month -1) falls into another month.
	if (date.getUTCMonth() !== month) return undefined;

	// Unix time has no leap second: 23:59:60 is counted in the minute it was written in.
	const seconds = hour * 3600 + minute * 60 + Math.min(second, 59);
	const offsetSeconds = (offsetHours * 60 + offsetMinutes) * 60;
	return date.getTime() / 1000 + seconds - (match[7] === "-" ? -offsetSeconds : offsetSeconds);
}

/** Fields 9 to 15: a URI ends only where status, error code and four numbers follow, whatever it contains. */
function parseRequest(text: string, start: number): Request | undefined {
	if (text[start] === '"') {
		quotedUriEnd.lastIndex = start + 1;
		const found = quotedUriEnd.exec(text);
		return found === null ? undefined : requestOf(text.slice(start + 1, found.index), found);
	}
	const uri = tokenAt(text, start);
	if (uri === undefined) return undefined;
	bareUriEnd.lastIndex = start + uri.length;
	const found = bareUriEnd.exec(text);
	return found === null ? undefined : requestOf(uri === "-" ? undefined : uri, found);
}

function requestOf(requestUri: string | undefined, found: RegExpExecArray): Request {
	return {
		requestUri,
		status: found[1] ?? "-",
		errorCode: found[2] ?? "-",
		bytesSent: countOf(found[3]),
		objectSizeBytes: countOf(found[4]),
		end: found.index + found[0].length,
	};
}

/** `-` stands for zero bytes here: S3 User Guide on Bytes Sent, "or `-` if zero". */
function countOf(field: string | undefined): number {
	return field === undefined || field === "-" ? 0 : Number(field);
}

/**
 * Fields 16 and 17. No field behind the user agent can hold a quote, so the last quote of the line ends it.
 * Known to be undecidable: a referer that itself contains `" "`. It is cut there.
 */
function parseAgent(text: string, start: number): Agent | undefined {
	const lastQuote = text.lastIndexOf('"');
	if (text[start] !== '"') {
		const referer = tokenAt(text, start);
		if (referer === undefined) return undefined;
		const agentStart = start + referer.length + 1;
		if (text[agentStart] !== '"') return bareAgent(text, referer, agentStart);
		if (lastQuote === agentStart) return undefined;
		return agentOf(referer, text.slice(agentStart + 1, lastQuote), lastQuote + 1);
	}
	const between = text.indexOf('" "', start + 1);
	if (between !== -1 && between + 2 < lastQuote) {
		return agentOf(text.slice(start + 1, between), text.slice(between + 3, lastQuote), lastQuote + 1);
	}
	if (lastQuote === start || text[lastQuote + 1] !== " ") return undefined;
	return bareAgent(text, text.slice(start + 1, lastQuote), lastQuote + 2);
}

function bareAgent(text: string, referer: string, start: number): Agent | undefined {
	const userAgent = tokenAt(text, start);
	return userAgent === undefined ? undefined : agentOf(referer, userAgent, start + userAgent.length);
}

function agentOf(referer: string, userAgent: string, end: number): Agent {
	return { referer: referer || "-", userAgent: userAgent || "-", end };
}

/** Fields 18 to 27. AWS appends fields over the years: older lines stop early, newer ones go on. */
function parseTail(text: string, start: number): Tail | undefined {
	if (text[start] !== " ") return undefined;
	const [versionId, ...rest] = text.slice(start + 1).split(" ");
	if (versionId === undefined || versionId === "") return undefined;
	const fields = rest.map((field) => field || "-");
	return {
		versionId,
		hostId: fields[0],
		signatureVersion: fields[1],
		cipherSuite: fields[2],
		authType: fields[3],
		hostHeader: fields[4],
		tlsVersion: fields[5],
		accessPointArn: fields[6],
		aclRequired: fields[7],
		sourceRegion: fields[8],
	};
}
