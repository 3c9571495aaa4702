/**
 * Whole answers made ready as bytes, once a second for each object that is asked for: what a hit costs is then one write.
 * In: an object in memory, its rule, the time. Out: the bytes of its 200 and of its 304, as answer/fields.ts would have them.
 */
import { storedFacts } from "../cache/facts.ts";
import type { Ask, CacheFacts } from "../cache/found.ts";
import type { Freshness } from "../cache/freshness.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import type { Rule } from "../config/config.ts";
import type { ObjectType } from "../listener/route.ts";
import { objectFields } from "./fields.ts";
import { type IndexForm, sentOf, sentOfForm } from "./object-reply.ts";
import type { AnswerPlan, Entity } from "./plan.ts";

/** What is in memory: a package (cache/memory-tier.ts) or the index (ready-index.ts). */
export interface ReadyObject {
	readonly head: ObjectHead;
	readonly body: Buffer;
	/** `ReadyAnswers`, kept until they are made anew. */
	prepared: unknown;
	/** Of an index. */
	readonly form?: IndexForm;
}

export interface ReadyAnswers {
	head: ObjectHead;
	/** What conditions are held against. */
	entity: Entity;
	rule: Rule;
	repository: Ask["repository"];
	/** `Age` and `ttl` are right in this second. */
	second: number;
	facts: CacheFacts;
	/** Head and body in one, for bodies up to `joinBytes`; else the head alone. */
	ok: Buffer;
	joined: boolean;
	notModified: Buffer;
}

/** Copying a body once a second is cheaper than two writes for each request, up to here. */
const joinBytes = 64 << 10;

/** Bodies that are there twice, joined with their heads: a few hundred hot packages. The memory tier does not count them. */
const maxJoinedBytes = 16 << 20;

/** The joined answers at hand, bounded together; the one made longest ago goes first. */
export class ReadyShelf {
	readonly #sizes = new Map<ReadyObject, number>();
	#joinedBytes = 0;

	/** Those of this second, made now if need be. */
	answers(
		object: ReadyObject,
		ask: Ask,
		type: ObjectType,
		freshness: Freshness,
		nowMs: number,
	): ReadyAnswers {
		const before = object.prepared;
		const ready = readyAnswers(object, ask, type, freshness, nowMs);
		if (ready !== before && ready.joined) this.#keep(object, ready.ok.length);
		return ready;
	}

	#keep(object: ReadyObject, sizeBytes: number): void {
		this.#drop(object);
		this.#sizes.set(object, sizeBytes);
		this.#joinedBytes += sizeBytes;
		for (const oldest of this.#sizes.keys()) {
			if (this.#joinedBytes <= maxJoinedBytes) return;
			this.#drop(oldest);
			oldest.prepared = undefined;
		}
	}

	#drop(object: ReadyObject): void {
		this.#joinedBytes -= this.#sizes.get(object) ?? 0;
		this.#sizes.delete(object);
	}
}

function readyAnswers(
	object: ReadyObject,
	{ rule, repository }: Ask,
	type: ObjectType,
	freshness: Freshness,
	nowMs: number,
): ReadyAnswers {
	const second = Math.floor(nowMs / 1000);
	const there = object.prepared as ReadyAnswers | undefined;
	if (there !== undefined && there.second === second) {
		if (there.rule === rule && there.repository === repository && there.head === object.head) return there;
	}
	const facts = storedFacts("hit", "mem", freshness);
	const { head: stored, form } = object;
	const sent = form === undefined ? sentOf(stored, { rule, type }) : sentOfForm(stored, form, { rule, type });
	const headOf = (plan: AnswerPlan, reason: string) =>
		Buffer.from(
			`HTTP/1.1 ${plan.status} ${reason}\r\n${lines(objectFields(sent, plan, facts))}\r\n`,
			"latin1",
		);
	const head = headOf({ status: 200 }, "OK");
	const joined = object.body.length <= joinBytes;
	const ready: ReadyAnswers = {
		head: stored,
		entity: sent,
		rule,
		repository,
		second,
		facts,
		ok: joined ? Buffer.concat([head, object.body]) : head,
		joined,
		notModified: headOf({ status: 304 }, "Not Modified"),
	};
	object.prepared = ready;
	return ready;
}

function lines(fields: readonly string[]): string {
	let text = "";
	for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`;
	return text;
}
