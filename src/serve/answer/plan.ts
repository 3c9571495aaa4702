/**
 * What a client gets of an object: all of it, a part, "not modified", or a refusal.
 * In: the conditional and range fields of a request, and what the object is. Out: a status and a span of bytes.
 * RFC 9110 §13.2.2 (order of preconditions), §14 (ranges), §13.1.5 (If-Range).
 */

/** As received; `undefined` where the client sent none. */
export interface Conditions {
	ifMatch: string | undefined;
	ifUnmodifiedSince: string | undefined;
	ifNoneMatch: string | undefined;
	ifModifiedSince: string | undefined;
	range: string | undefined;
	ifRange: string | undefined;
}

export interface Entity {
	/** With quotes; empty when there is none. */
	etag: string;
	/** HTTP date; empty when there is none. */
	lastModified: string;
	sizeBytes: number;
}

export type AnswerPlan =
	| { status: 200 }
	| { status: 206; first: number /** Inclusive. */; last: number }
	| { status: 304 }
	| { status: 412 }
	| { status: 416 };

export function planAnswer(method: string, asked: Conditions, entity: Entity): AnswerPlan {
	if (fails(asked, entity)) return { status: 412 };
	if (isNotModified(asked, entity)) return { status: 304 };
	if (asked.range === undefined || method !== "GET") return { status: 200 };
	if (asked.ifRange !== undefined && !isSameAs(asked.ifRange, entity)) return { status: 200 };
	return planRange(asked.range, entity.sizeBytes);
}

function fails({ ifMatch, ifUnmodifiedSince }: Conditions, { etag, lastModified }: Entity): boolean {
	if (ifMatch !== undefined) return ifMatch.trim() !== "*" && !tagsOf(ifMatch).includes(etag);
	if (ifUnmodifiedSince === undefined) return false;
	const [asked, modified] = [Date.parse(ifUnmodifiedSince), Date.parse(lastModified)];
	return modified > asked;
}

/** If-None-Match decides alone where it is there (RFC 9110 §13.1.3). */
function isNotModified(
	{ ifNoneMatch, ifModifiedSince }: Conditions,
	{ etag, lastModified }: Entity,
): boolean {
	if (ifNoneMatch !== undefined) {
		if (ifNoneMatch === etag && etag !== "") return true;
		return ifNoneMatch.trim() === "*" || tagsOf(ifNoneMatch).some((tag) => weak(tag) === weak(etag));
	}
	if (ifModifiedSince === undefined) return false;
	return Date.parse(lastModified) <= Date.parse(ifModifiedSince);
}

/** A header line has at most 16 KB, so there are few. */
function tagsOf(list: string): string[] {
	return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function weak(tag: string): string {
	return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** Strong comparison; a date must be the very one that was sent. */
function isSameAs(ifRange: string, { etag, lastModified }: Entity): boolean {
	if (ifRange.startsWith("W/")) return false;
	if (ifRange.startsWith('"')) return ifRange === etag;
	return lastModified !== "" && Date.parse(ifRange) === Date.parse(lastModified);
}

/** Where a wanted range lies, before the size is known; everything when it cannot be told. */
export function wantedSpan(range: string | undefined): { first: number; last: number | undefined } {
	const [, from, to = ""] = /^bytes=(\d{1,15})-(\d{0,15})$/i.exec(range?.trim() ?? "") ?? [];
	const first = Number(from ?? 0);
	const last = to === "" ? undefined : Number(to);
	return last !== undefined && last < first ? { first: 0, last: undefined } : { first, last };
}

/** One range is served; several, and what is no range, are answered with everything, as §14.2 allows. */
function planRange(range: string, sizeBytes: number): AnswerPlan {
	const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/i.exec(range.trim()) ?? [];
	if (from === "" && to === "") return { status: 200 };
	if (from === "") {
		const wanted = Number(to);
		if (wanted === 0 || sizeBytes === 0) return { status: 416 };
		return { status: 206, first: Math.max(0, sizeBytes - wanted), last: sizeBytes - 1 };
	}
	const first = Number(from);
	const last = to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
	if (to !== "" && Number(to) < first) return { status: 200 };
	if (first >= sizeBytes) return { status: 416 };
	return { status: 206, first, last };
}
