/**
 * The header fields of an answer about an object, as a raw list: name, value, name, value.
 * In: what the object is, how the cache found it, what the client gets of it. Out: fields built from an allow-list; nothing of
 * S3's answer passes by itself. RFC 9111 §5.1 (Age), RFC 9211 (Cache-Status).
 */
import type { CacheFacts } from "../cache/found.ts";
import type { AnswerPlan } from "./plan.ts";

export interface Sent {
	contentType: string;
	/** With quotes; empty when there is none. */
	etag: string;
	lastModified: string;
	sizeBytes: number;
	contentDisposition: string;
	contentLanguage: string;
	/** Only of our own making: `gzip` or `zstd` forms of the index. */
	contentEncoding: "" | "gzip" | "zstd";
	/** There are other forms of it. */
	varies: boolean;
	cacheControl: string;
	/** When S3 last confirmed it: the Date of what is sent. */
	dateMs: number;
}

/** Every answer carries them. */
export const commonFields = ["X-Content-Type-Options", "nosniff", "Via", "1.1 chartcost"] as const;

export function objectFields(sent: Sent, plan: AnswerPlan, facts: CacheFacts): string[] {
	const fields: string[] = [];
	const add = (name: string, value: string) => {
		if (value !== "") fields.push(name, value);
	};
	const hasBody = plan.status === 200 || plan.status === 206;
	if (hasBody) {
		add("Content-Type", sent.contentType);
		add("Content-Length", String(plan.status === 206 ? plan.last - plan.first + 1 : sent.sizeBytes));
		add("Content-Encoding", sent.contentEncoding);
		add("Content-Disposition", sent.contentDisposition);
		add("Content-Language", sent.contentLanguage);
		add("Accept-Ranges", "bytes");
	}
	if (plan.status === 206) add("Content-Range", `bytes ${plan.first}-${plan.last}/${sent.sizeBytes}`);
	if (plan.status === 416) fields.push("Content-Range", `bytes */${sent.sizeBytes}`, "Content-Length", "0");
	if (plan.status === 412) fields.push("Content-Length", "0");
	add("ETag", sent.etag);
	add("Last-Modified", sent.lastModified);
	if (sent.varies) fields.push("Vary", "Accept-Encoding");
	add("Cache-Control", sent.cacheControl);
	add("Date", httpDate(sent.dateMs));
	if (facts.ageS !== undefined) fields.push("Age", String(facts.ageS));
	fields.push("Cache-Status", cacheStatus(facts), ...commonFields);
	return fields;
}

let lastSecond = Number.NaN;
let lastDate = "";

/** RFC 9110 §5.6.7. */
export function httpDate(ms: number): string {
	const second = Math.floor(ms / 1000);
	if (second !== lastSecond) {
		lastSecond = second;
		lastDate = new Date(second * 1000).toUTCString();
	}
	return lastDate;
}

/** RFC 9211. All parts are tokens of ours or numbers. */
export function cacheStatus(facts: CacheFacts): string {
	const { cache, reason, ttlS, upstreamStatus, stored, collapsed } = facts;
	const parts = ["chartcost"];
	if (cache === "hit" || cache === "negative") parts.push("hit");
	else if (cache === "stale" && reason === "revalidating") parts.push("hit");
	else parts.push(`fwd=${forwarded(facts)}`);
	if (upstreamStatus !== undefined && upstreamStatus > 0) parts.push(`fwd-status=${upstreamStatus}`);
	if (ttlS !== undefined && Number.isFinite(ttlS)) parts.push(`ttl=${Math.floor(ttlS)}`);
	if (stored) parts.push("stored");
	if (collapsed) parts.push("collapsed");
	if (cache === "negative" || cache === "stale" || cache === "error") parts.push(`detail=${reason}`);
	return parts.join("; ");
}

function forwarded({ cache, reason }: CacheFacts): string {
	if (cache === "bypass") return "bypass";
	if (cache === "revalidated" || cache === "stale" || reason === "changed") return "stale";
	return "uri-miss";
}
