/**
 * The index of one repository in a worker: made ready by the owner, asked about as its rule says, each version sent once.
 * In: the owner's line. Out: what IndexHolder gives; those who ask meanwhile share one question, as they would share one to S3.
 */
import { storedFacts } from "../cache/facts.ts";
import { asOriginError } from "../cache/flight.ts";
import { freshnessOf } from "../cache/freshness.ts";
import type { IndexLookup } from "../cache/lookup.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import type { Clock } from "../clock.ts";
import type { Rule } from "../config/config.ts";
import type { FoundIndex } from "../index-file/holder.ts";
import type { PreparedIndex } from "../index-file/prepared.ts";
import type { Observer } from "../observe/observer.ts";
import type { OwnerAnswer, OwnerLine } from "./asking.ts";
import { failedFound, ownerFacts, plainFrom, sharedFacts, spanSource } from "./from-owner.ts";
import { compressedFrom, indexFrom } from "./sent-index.ts";
import type { WireAsk, WireFound } from "./wire.ts";

export interface OwnerIndexOptions {
	line: OwnerLine;
	clock: Clock;
	observer: Observer;
	/** Its name. */
	repository: string;
	rule: Rule;
	onNew(index: PreparedIndex, head: ObjectHead): void;
}

interface Held {
	index: PreparedIndex;
	head: ObjectHead;
}

interface Flight {
	revalidate: boolean;
	found: Promise<FoundIndex>;
}

export class OwnerIndex implements IndexLookup {
	readonly #options: OwnerIndexOptions;
	#held: Held | undefined;
	#flight: Flight | undefined;
	/** Counts purges: what was asked for before one is not held after it. */
	#generation = 0;

	constructor(options: OwnerIndexOptions) {
		this.#options = options;
	}

	get current(): Held | undefined {
		return this.#held;
	}

	forget(): void {
		this.#generation++;
		this.#held = undefined;
		this.#flight = undefined;
	}

	takeOver({ current }: { current: Held | undefined }): void {
		this.#held = current;
	}

	async find(method: "GET" | "HEAD", revalidate: boolean): Promise<FoundIndex> {
		const fresh = revalidate ? undefined : this.#fresh();
		if (fresh !== undefined) return fresh;
		const under = this.#flight;
		if (under !== undefined && (under.revalidate || !revalidate)) {
			const found = await under.found;
			// A body that nobody keeps is for one.
			if (found.kind !== "pass" && found.kind !== "head" && found.kind !== "object")
				return { ...found, facts: sharedFacts(found.facts, this.#options.observer) };
		}
		const flight: Flight = { revalidate, found: this.#ask(method, revalidate) };
		this.#flight = flight;
		const found = await flight.found;
		if (this.#flight === flight) this.#flight = undefined;
		return found;
	}

	/** The owner has a new one: its digests say which packages are not to be trusted. */
	async refresh(): Promise<void> {
		const [held, generation] = [this.#held, this.#generation];
		try {
			const answer = await this.#options.line.ask(this.#question("current", "GET", false));
			const { found } = answer;
			if (found.kind === "index") await this.#taken(answer, found, held, generation);
			else answer.cancel();
		} catch {
			// Gone again; whoever wants it asks.
		}
	}

	#fresh(): FoundIndex | undefined {
		const held = this.#held;
		if (held === undefined) return undefined;
		const freshness = freshnessOf(held.head, this.#options.rule, this.#options.clock.nowMs());
		if (freshness.state !== "fresh") return undefined;
		return { kind: "index", ...held, facts: storedFacts("hit", "mem", freshness) };
	}

	async #ask(method: "GET" | "HEAD", revalidate: boolean): Promise<FoundIndex> {
		const [held, generation] = [this.#held, this.#generation];
		try {
			const answer = await this.#options.line.ask(this.#question("index", method, revalidate));
			const { found } = answer;
			if (found.kind === "object") return this.#passedOn(answer, found.head);
			if (found.kind !== "index") return plainFrom(found, answer);
			const index = await this.#taken(answer, found, held, generation);
			return { kind: "index", index, head: found.head, facts: ownerFacts(answer) };
		} catch (error) {
			return failedFound(asOriginError(error));
		}
	}

	#question(kind: WireAsk["kind"], method: "GET" | "HEAD", revalidate: boolean): WireAsk {
		return {
			...{ kind, repository: this.#options.repository, key: "", method, revalidate },
			...{ firstByte: 0, lastByte: undefined, roomBytes: -1 },
			have: this.#held?.index.sourceSha256 ?? "",
		};
	}

	/** Larger than what is read of an index; what it lists is not known. */
	#passedOn(answer: OwnerAnswer, head: ObjectHead): FoundIndex {
		this.#held = undefined;
		return { kind: "object", head, source: spanSource(answer, head.sizeBytes), facts: ownerFacts(answer) };
	}

	async #taken(
		answer: OwnerAnswer,
		{ head, follows }: Extract<WireFound, { kind: "index" }>,
		asked: Held | undefined,
		generation: number,
	): Promise<PreparedIndex> {
		if (follows === "same" && asked !== undefined) {
			if (this.#held === asked) this.#held = { index: asked.index, head };
			return asked.index;
		}
		const index = indexFrom(await wholeOf(answer), async (have) => {
			const forms = await this.#options.line.ask({ ...this.#question("compressed", "GET", false), have });
			return compressedFrom(await wholeOf(forms));
		});
		// It must not replace what came meanwhile, nor what was purged.
		const newer = this.#held !== asked && (this.#held?.head.storedAtMs ?? 0) > head.storedAtMs;
		if (newer || generation !== this.#generation) return index;
		const isNew = this.#held?.index.sourceSha256 !== index.sourceSha256;
		this.#held = { index, head };
		if (isNew) this.#options.onNew(index, head);
		return index;
	}
}

async function wholeOf(answer: OwnerAnswer): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for await (const piece of answer.body()) pieces.push(piece);
	return Buffer.concat(pieces);
}
