/**
 * The record of a hit from memory, kept with the head that asked for it: the next one differs in time, client and id only.
 * In: what was asked, what was sent. Out: a RequestRecord whose times, client and id the caller sets.
 */
import type { ReadyAnswers, ReadyObject } from "../answer/ready.ts";
import type { CacheFacts } from "../cache/found.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Visit } from "./exchange.ts";

/** Holds while the same answer is sent: until the second is over, or the object is another. */
export interface HitRecord {
	/** Of the answers that were ready: each second has its own. The answers themselves are not held, they can be large. */
	facts: CacheFacts;
	status: number;
	record: RequestRecord;
}

export function hitRecord(
	visit: Omit<Visit, "client">,
	{ body, head }: ReadyObject,
	ready: ReadyAnswers,
	status: number,
): HitRecord {
	const { facts, rule, repository } = ready;
	const { target } = visit.view;
	const query = target.indexOf("?");
	const record: RequestRecord = {
		atMs: 0,
		method: "GET",
		path: query === -1 ? target : target.slice(0, query),
		queryDropped: query !== -1,
		status,
		bodyBytes: status === 200 ? body.length : 0,
		durationMs: 0,
		firstByteMs: 0,
		client: "",
		userAgent: visit.userAgent,
		httpVersion: "1.1",
		requestId: "",
		repository: repository.name,
		bucket: repository.bucket,
		key: head.key,
		rule: rule.name,
		cache: "hit",
		tier: "mem",
		reason: "",
		ageS: facts.ageS,
		ttlS: facts.ttlS,
		upstreamStatus: undefined,
		upstreamMs: undefined,
		upstreamBytes: 0,
		s3RequestId: "",
		retries: 0,
		responseFlags: "RFCF",
		complete: true,
		forwardedFor: visit.forwardedFor,
		authority: visit.authority,
		refreshStarted: false,
		alike: { text: undefined },
	};
	return { facts, status, record };
}
