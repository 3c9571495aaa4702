/**
 * From what the cache found to what the client gets: conditions and ranges applied, fields chosen, S3's failures put in our words.
 * In: Found, the request's conditions, the rule. Out: a Reply that owns the body's source.
 */
import { memorySource } from "../cache/body-source.ts";
import { headOf } from "../cache/flight.ts";
import type { Found } from "../cache/found.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import type { Rule } from "../config/config.ts";
import type { FoundIndex } from "../index-file/holder.ts";
import type { PreparedIndex } from "../index-file/prepared.ts";
import type { ObjectType } from "../listener/route.ts";
import type { OriginAnswer } from "../origin/origin.ts";
import { cacheStatus, objectFields, type Sent } from "./fields.ts";
import { type AnswerPlan, type Conditions, planAnswer } from "./plan.ts";
import { failureReply, objectNotFound, type SmallReply } from "./refusals.ts";
import { type About, type Content, fromSmall, type Reply } from "./reply.ts";

export interface Asked {
	method: "GET" | "HEAD";
	conditions: Conditions;
	acceptEncoding: string;
	rule: Rule;
	type: ObjectType;
	nowMs: number;
}

/** By extension: buckets say binary/octet-stream or anything else (chart-repositories T24). */
export const contentTypes: Record<ObjectType, string> = {
	index: "application/x-yaml",
	package: "application/gzip",
	provenance: "application/pgp-signature",
};

export function objectReply(found: Found, asked: Asked, about: About): Reply {
	switch (found.kind) {
		case "object": {
			const { head, source, facts } = found;
			const sent = sentOf(head, asked);
			const plan = planAnswer(asked.method, asked.conditions, sent);
			const content = contentOf(plan, asked.method, sent.sizeBytes, (first, last) => ({
				kind: "source",
				source,
				first,
				last,
			}));
			if (content.kind === "none") source.close();
			return { status: plan.status, fields: objectFields(sent, plan, facts), content, close: false, about };
		}
		case "head": {
			const sent = sentOf(found.head, asked);
			const plan = planAnswer(asked.method, asked.conditions, sent);
			const fields = objectFields(sent, plan, found.facts);
			return { status: plan.status, fields, content: { kind: "none" }, close: false, about };
		}
		case "pass":
			return passReply(found, asked, about);
		case "missing":
			return failedReply(objectNotFound(), asked, about);
		case "failed":
			return failedReply(failureReply(found.error.failure), asked, about);
	}
}

/** Also a 404 says whether S3 was asked for it. */
function failedReply(small: SmallReply, { method }: Asked, about: About): Reply {
	const fields = [...small.fields, "Cache-Status", cacheStatus(about.facts)];
	return fromSmall({ ...small, fields }, method, about);
}

export function indexReply(found: FoundIndex, asked: Asked, about: About): Reply {
	if (found.kind !== "index") return objectReply(found, asked, about);
	const { index, head, facts } = found;
	const form = indexForm(index, asked.acceptEncoding);
	const { body } = form;
	const sent = sentOfForm(head, form, asked);
	const plan = planAnswer(asked.method, asked.conditions, sent);
	const content = contentOf(plan, asked.method, body.length, (first, last) => ({
		kind: "source",
		source: memorySource(body),
		first,
		last,
	}));
	return { status: plan.status, fields: objectFields(sent, plan, facts), content, close: false, about };
}

/** What an index is sent as. */
export interface IndexForm {
	body: Buffer;
	etag: string;
	encoding: "" | "gzip" | "zstd";
	/** There are other forms of it. */
	varies: boolean;
}

/** The smallest form that the client asked for by name (RFC 9110 §12.5.3); Helm asks for none and could not read it. */
export function indexForm(index: PreparedIndex, acceptEncoding: string): IndexForm {
	const varies = !index.passedOn;
	if (acceptEncoding !== "") {
		const forms = [
			["zstd", index.zstd],
			["gzip", index.gzip],
		] as const;
		for (const [encoding, body] of forms) {
			if (body === undefined || !accepts(acceptEncoding, encoding)) continue;
			return { body, etag: `${index.etag.slice(0, -1)}-${encoding}"`, encoding, varies };
		}
	}
	return { body: index.body, etag: index.etag, encoding: "", varies };
}

/** By name, or by `*`, with a weight above 0. */
export function accepts(acceptEncoding: string, encoding: string): boolean {
	let star = false;
	for (const part of acceptEncoding.toLowerCase().split(",")) {
		const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
		const weight = parameters.find((parameter) => parameter.startsWith("q="));
		const wanted = weight === undefined || Number(weight.slice(2)) > 0;
		if (name === encoding) return wanted;
		if (name === "*") star = wanted;
	}
	return star;
}

export function sentOfForm(
	head: ObjectHead,
	{ body, etag, encoding, varies }: IndexForm,
	asked: Pick<Asked, "rule" | "type">,
): Sent {
	return { ...sentOf(head, asked), sizeBytes: body.length, etag, contentEncoding: encoding, varies };
}

export function sentOf(head: ObjectHead, { rule, type }: Pick<Asked, "rule" | "type">): Sent {
	const respected = rule.origin === "respect-origin" && head.cacheControl !== "" ? head.cacheControl : "";
	return {
		contentType: contentTypes[type],
		etag: head.etag,
		lastModified: head.lastModified,
		sizeBytes: head.sizeBytes,
		contentDisposition: head.contentDisposition,
		contentLanguage: head.contentLanguage,
		contentEncoding: "",
		varies: false,
		cacheControl: respected || rule.cacheControl,
		dateMs: head.validatedAtMs,
	};
}

function contentOf(
	plan: AnswerPlan,
	method: string,
	sizeBytes: number,
	span: (first: number, last: number) => Content,
): Content {
	if (method === "HEAD") return { kind: "none" };
	if (plan.status === 200) return span(0, sizeBytes - 1);
	return plan.status === 206 ? span(plan.first, plan.last) : { kind: "none" };
}

/** S3's stream begins at the wanted byte, or before it: what comes too early is left out. */
function passReply(found: Extract<Found, { kind: "pass" }>, asked: Asked, about: About): Reply {
	const { answer, facts } = found;
	const { start, sizeBytes } = placeOf(answer);
	const head = headOf({ bucketId: "", key: "" }, answer, sizeBytes ?? 0, 0);
	const sent = { ...sentOf(head, asked), dateMs: asked.nowMs };
	const plan: AnswerPlan =
		sizeBytes === undefined ? { status: 200 } : planAnswer(asked.method, asked.conditions, sent);
	const hasBody = asked.method === "GET" && (plan.status === 200 || plan.status === 206);
	const skipBytes = (plan.status === 206 ? plan.first : 0) - start;
	if (!hasBody || skipBytes < 0) {
		answer.cancel();
		if (hasBody) return fromSmall(failureReply("bad-answer"), asked.method, about);
	}
	const lengthBytes = plan.status === 206 ? plan.last - plan.first + 1 : sizeBytes;
	const fields = objectFields(sent, plan, facts);
	return {
		status: plan.status,
		fields: sizeBytes === undefined ? withoutLength(fields) : fields,
		content: hasBody ? { kind: "stream", answer, skipBytes, lengthBytes } : { kind: "none" },
		close: false,
		about,
	};
}

function placeOf({ status, contentRange, contentLength }: OriginAnswer): {
	start: number;
	sizeBytes: number | undefined;
} {
	if (status !== 206) return { start: 0, sizeBytes: contentLength };
	const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange) ?? [];
	return { start: Number(first ?? 0), sizeBytes: total === undefined ? undefined : Number(total) };
}

function withoutLength(fields: string[]): string[] {
	const at = fields.indexOf("Content-Length");
	return at === -1 ? fields : [...fields.slice(0, at), ...fields.slice(at + 2)];
}
