/**
 * The cache of a worker: its own memory, then the owner, who has the disk and S3.
 * In: an Ask. Out: Found, with the owner's head, times and facts; those who want the same object at the same time share one question.
 * Only what is fresh by the owner's times is answered without asking, so that all workers agree on what is fresh.
 */
import { memorySource } from "../cache/body-source.ts";
import { isDoubted } from "../cache/cache.ts";
import { storedFacts } from "../cache/facts.ts";
import { Fill } from "../cache/fill.ts";
import { asOriginError } from "../cache/flight.ts";
import type { Ask, CacheFacts, Found } from "../cache/found.ts";
import { freshnessOf } from "../cache/freshness.ts";
import { memoryBody } from "../cache/growing-body.ts";
import type { Lookup } from "../cache/lookup.ts";
import type { MemoryObject, MemoryTier } from "../cache/memory-tier.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type Origin, type OriginAnswer, OriginError } from "../origin/origin.ts";
import type { OwnerAnswer, OwnerLine } from "./asking.ts";
import { failedFound, ownerFacts, plainFrom, sharedFacts, spanSource } from "./from-owner.ts";
import type { WireFound } from "./wire.ts";

export interface OwnerLookupOptions {
	line: OwnerLine;
	memory: MemoryTier;
	clock: Clock;
	observer: Observer;
}

interface Flight {
	revalidate: boolean;
	/** Purged, or known to have changed, while it was under way: what it brings is not kept. */
	purged: boolean;
	/** Never rejects. */
	shared: Promise<Shared>;
	/** Never rejects. */
	finished: Promise<void>;
}

/** What all who share a question can use; `alone`: nothing, each asks for itself. */
type Shared =
	| { kind: "fill"; fill: Fill; facts: CacheFacts }
	| { kind: "held"; object: MemoryObject; facts: CacheFacts }
	| { kind: "found"; found: Extract<Found, { kind: "missing" | "failed" }> }
	| { kind: "alone"; first(): Found | undefined };

export class OwnerLookup implements Lookup {
	readonly #options: OwnerLookupOptions;
	readonly #flights = new Map<string, Flight>();
	#waiters = 0;

	constructor(options: OwnerLookupOptions) {
		this.#options = options;
	}

	get fillsInFlight(): number {
		return this.#flights.size;
	}

	get waiters(): number {
		return this.#waiters;
	}

	find(ask: Ask): Found | Promise<Found> {
		return this.#inMemory(ask) ?? this.#fromOwner(ask);
	}

	purgeMoving(condition: (idText: string) => boolean): void {
		for (const [id, flight] of this.#flights) {
			if (!condition(id)) continue;
			flight.purged = true;
			this.#flights.delete(id);
		}
	}

	/** The owner says that S3 has another version now. */
	forget(idText: string): void {
		this.#options.memory.remove(idText);
		this.purgeMoving((id) => id === idText);
	}

	async settled(): Promise<void> {
		await Promise.all([...this.#flights.values()].map(({ finished }) => finished));
	}

	#inMemory(ask: Ask): Found | undefined {
		if (ask.revalidate) return undefined;
		const object = this.#options.memory.get(ask.idText);
		if (object === undefined) return undefined;
		const freshness = freshnessOf(object.head, ask.rule, this.#options.clock.nowMs());
		if (freshness.state !== "fresh" || isDoubted(object.head, ask)) return undefined;
		const { head, body } = object;
		const facts = storedFacts("hit", "mem", freshness);
		return { kind: "object", head, source: memorySource(body), facts };
	}

	async #fromOwner(ask: Ask): Promise<Found> {
		this.#waiters++;
		try {
			// A range of a large object must not wait for the whole, and news of a head needs no body.
			if (ask.method === "HEAD" || ask.firstByte > 0) return await this.#alone(ask);
			const under = this.#flights.get(ask.idText);
			const joins = under !== undefined && !under.purged && (under.revalidate || !ask.revalidate);
			const { shared } = joins ? under : this.#begin(ask);
			return (await this.#use(await shared, joins)) ?? (await this.#alone(ask));
		} catch (error) {
			return failedFound(asOriginError(error));
		} finally {
			this.#waiters--;
		}
	}

	#use(shared: Shared, joined: boolean): Found | undefined {
		switch (shared.kind) {
			case "fill": {
				if (!shared.fill.joinable) return undefined;
				const facts = joined ? sharedFacts(shared.facts, this.#options.observer) : shared.facts;
				return {
					kind: "object",
					head: shared.fill.head,
					source: shared.fill.reader(),
					facts,
				};
			}
			case "held": {
				const { head, body } = shared.object;
				const facts = joined ? sharedFacts(shared.facts, this.#options.observer) : shared.facts;
				return { kind: "object", head, source: memorySource(body), facts };
			}
			case "found":
				return joined
					? { ...shared.found, facts: sharedFacts(shared.found.facts, this.#options.observer) }
					: shared.found;
			case "alone":
				return joined ? undefined : shared.first();
		}
	}

	#begin(ask: Ask): Flight {
		let fill: Promise<void> = Promise.resolve();
		const flight: Flight = {
			...{ revalidate: ask.revalidate, purged: false },
			shared: this.#ask(ask, (filling) => {
				fill = this.#keep(ask, flight, filling);
			}),
			finished: Promise.resolve(),
		};
		flight.finished = flight.shared.then(() => fill);
		this.#flights.set(ask.idText, flight);
		void flight.finished.then(() => {
			if (this.#flights.get(ask.idText) === flight) this.#flights.delete(ask.idText);
		});
		return flight;
	}

	async #ask(ask: Ask, onFill: (fill: Fill) => void): Promise<Shared> {
		const { memory, line, observer } = this.#options;
		const held = memory.get(ask.idText);
		try {
			const answer = await line.ask({
				...wireAsk(ask),
				have: held?.head.sha256 ?? "",
				roomBytes: ask.maxMemoryBytes,
			});
			const { found } = answer;
			if (found.kind === "object" && found.follows === "same" && held !== undefined) {
				held.head = found.head;
				return { kind: "held", object: held, facts: ownerFacts(answer) };
			}
			if (found.kind === "object" && found.follows === "whole") {
				const fill = fillOf(found, answer, observer);
				onFill(fill);
				return { kind: "fill", fill, facts: ownerFacts(answer) };
			}
			const plain = foundOf(found, answer);
			if (plain.kind === "missing") memory.remove(ask.idText);
			if (plain.kind === "missing" || plain.kind === "failed") return { kind: "found", found: plain };
			return { kind: "alone", first: once(plain) };
		} catch (error) {
			return { kind: "found", found: failedFound(asOriginError(error)) };
		}
	}

	/** As the owner's cache does with what comes from S3 (cache/keep.ts): what the index contradicts is not kept. */
	async #keep({ idText, expectedSha256 }: Ask, flight: Flight, fill: Fill): Promise<void> {
		try {
			await fill.run();
		} catch {
			// Whoever reads it is told.
			return;
		}
		const { head, whole } = fill;
		if (flight.purged || whole === undefined) return;
		if (expectedSha256 === undefined || expectedSha256 === head.sha256)
			this.#options.memory.put(idText, head, whole);
	}

	async #alone(ask: Ask): Promise<Found> {
		const answer = await this.#options.line.ask({ ...wireAsk(ask), have: "", roomBytes: -1 });
		return foundOf(answer.found, answer);
	}
}

function wireAsk({ repository, id, method, revalidate, firstByte, lastByte }: Ask) {
	return {
		...{ kind: "object" as const, repository: repository.name, key: id.key },
		...{ method, revalidate, firstByte, lastByte },
	};
}

function foundOf(found: WireFound, answer: OwnerAnswer): Found {
	if (found.kind !== "object") return plainFrom(found, answer);
	const { head } = found;
	return {
		kind: "object",
		head,
		source: spanSource(answer, head.sizeBytes),
		facts: ownerFacts(answer),
	};
}

function fillOf(
	{ head }: Extract<WireFound, { kind: "object" }>,
	answer: OwnerAnswer,
	observer: Observer,
): Fill {
	const abort = new AbortController();
	abort.signal.addEventListener("abort", () => answer.cancel());
	return new Fill({
		head: { ...head },
		answer: originAnswer(head, answer),
		body: memoryBody(head.sizeBytes),
		...{ origin: nobody, abort },
		onIntegrityFailure: (where) => observer.integrityFailed(where),
	});
}

/** As if the owner were S3. */
function originAnswer(head: ObjectHead, answer: OwnerAnswer): OriginAnswer {
	return {
		...head,
		...{ status: 200, contentRange: "", contentLength: head.sizeBytes, checksum: undefined },
		...{ requestId: "", headMs: 0, retries: 0 },
		body: answer.body(),
		cancel: () => answer.cancel(),
	};
}

function once(found: Found): () => Found | undefined {
	let left: Found | undefined = found;
	return () => {
		const taken = left;
		left = undefined;
		return taken;
	};
}

/** The owner has continued what broke off; what is broken here stays so. */
const nobody: Origin = {
	bucketId: "",
	request: () => Promise.reject(new OriginError("broken", "the body from the owner process broke off")),
	close: async () => {},
};
