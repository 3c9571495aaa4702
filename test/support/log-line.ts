/**
 * Writes one access log line from its fields: the opposite of a parser, and knowing nothing of any.
 * In: a `Draft`, the fields as they shall appear. Out: the line without its end, latin1.
 */
import type { Random } from "./random.ts";

export interface Draft {
	bucketOwner: string;
	bucket: string;
	/** Unix seconds. */
	timeSeconds: number;
	remoteIp: string;
	requester: string;
	requestId: string;
	operation: string;
	rawKey: string;
	/** With its quotes, or `-`. */
	requestUri: string;
	status: string;
	errorCode: string;
	/** 0 is written as `-`, as S3 does. */
	bytesSent: number;
	/** `undefined` is written as `-`. */
	objectSizeBytes: number | undefined;
	totalTimeMs: number | undefined;
	turnAroundTimeMs: number | undefined;
	/** With its quotes, or `-`. */
	referer: string;
	/** Without quotes; what a correct parser must find. */
	userAgent: string;
	/** Batch deletes and copies write a bare `-`. */
	isUserAgentBare: boolean;
	versionId: string;
	/** Fields 19 and on, separated by spaces; empty for lines that end with the version id. */
	tail: string;
}

export function renderLine(draft: Draft): string {
	const userAgent = draft.isUserAgentBare ? draft.userAgent : `"${draft.userAgent}"`;
	const tail = draft.tail === "" ? "" : ` ${draft.tail}`;
	return (
		`${draft.bucketOwner} ${draft.bucket} [${timeText(draft.timeSeconds)}] ${draft.remoteIp} ${draft.requester} ` +
		`${draft.requestId} ${draft.operation} ${draft.rawKey} ${draft.requestUri} ${draft.status} ${draft.errorCode} ` +
		`${draft.bytesSent || "-"} ${draft.objectSizeBytes ?? "-"} ${draft.totalTimeMs ?? "-"} ` +
		`${draft.turnAroundTimeMs ?? "-"} ${draft.referer} ${userAgent} ${draft.versionId}${tail}`
	);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));
/** Lines of a generated log share their minutes, and writing a date costs as much as the rest of the line. */
const minuteTexts = new Map<number, string>();

/** `06/Feb/2019:00:00:38 +0000` */
export function timeText(timeSeconds: number): string {
	const minute = Math.floor(timeSeconds / 60);
	let text = minuteTexts.get(minute);
	if (text === undefined) {
		const date = new Date(minute * 60_000);
		const year = String(date.getUTCFullYear()).padStart(4, "0");
		text =
			`${twoDigits[date.getUTCDate()]}/${months[date.getUTCMonth()]}/${year}:` +
			`${twoDigits[date.getUTCHours()]}:${twoDigits[date.getUTCMinutes()]}:`;
		minuteTexts.set(minute, text);
	}
	return `${text}${twoDigits[timeSeconds - minute * 60]} +0000`;
}

const fourHexDigits = Array.from({ length: 1 << 16 }, (_, value) =>
	value.toString(16).toUpperCase().padStart(4, "0"),
);

/** 16 upper-case hex digits, as S3 wrote until it changed to base 32; both are opaque. */
export function requestId(random: Random): string {
	const high = random.next();
	const low = random.next();
	return (
		(fourHexDigits[high >>> 16] ?? "") +
		(fourHexDigits[high & 0xffff] ?? "") +
		(fourHexDigits[low >>> 16] ?? "") +
		(fourHexDigits[low & 0xffff] ?? "")
	);
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** An `x-amz-id-2` of 76 characters. */
export function hostId(random: Random): string {
	let text = "";
	for (let word = 0; word < 15; word++) {
		const bits = random.next();
		text +=
			(base64Digits[bits & 63] ?? "") +
			(base64Digits[(bits >>> 6) & 63] ?? "") +
			(base64Digits[(bits >>> 12) & 63] ?? "") +
			(base64Digits[(bits >>> 18) & 63] ?? "") +
			(base64Digits[(bits >>> 24) & 63] ?? "");
	}
	return `${text}=`;
}
