/**
 * The index of one repository: the stored index.yaml, asked about as its rule says, made ready once per version, and kept when
 * S3 is gone or holds something that Helm could not read.
 * In: the cache and a preparer. Out: the prepared index and how it was found.
 */
import type { Ask, CacheFacts, Found, Held } from "../cache/found.ts";
import type { Lookup } from "../cache/lookup.ts";
import type { ObjectHead } from "../cache/object-head.ts";
import { OriginError } from "../origin/origin.ts";
import type { PreparedIndex, PrepareOptions } from "./prepared.ts";

/** Away from the event loop: an index can have 20 MB. Rejects with IndexError. */
export interface IndexPreparer {
	prepare(stored: Buffer, options: PrepareOptions): Promise<PreparedIndex>;
}

/** `object`: larger than `maxBytes`, passed on unread. */
export type FoundIndex = { kind: "index"; index: PreparedIndex; head: ObjectHead; facts: CacheFacts } | Found;

export interface IndexHolderOptions {
	cache: Pick<Lookup, "find">;
	preparer: IndexPreparer;
	prepareOptions: PrepareOptions;
	/** How to ask for index.yaml; `held` and `accept` are the holder's. */
	ask: Ask;
	/** A version that was not there before; `nowMs` is when S3 gave it. */
	onNew(index: PreparedIndex, head: ObjectHead): void;
	/** Once per version that is broken or too large. */
	onRefused(message: string): void;
}

type HeldIndex = Held & { index: PreparedIndex };

export class IndexHolder {
	readonly #options: IndexHolderOptions;
	#held: HeldIndex | undefined;
	/** The version that was made ready last, or is being made ready, by its checksum. */
	#preparing: { sha256: string; index: Promise<PreparedIndex> } | undefined;
	/** Checksum, or ETag where the body was not read. */
	#refused = "";
	/** Counts purges: what was asked for before one is not held after it. */
	#generation = 0;

	constructor(options: IndexHolderOptions) {
		this.#options = options;
	}

	/** The newest good index, whatever its age; `undefined` before the first. */
	get current(): { index: PreparedIndex; head: ObjectHead } | undefined {
		return this.#held;
	}

	/** A purge: also what is on its way is answered with, and not held. */
	forget(): void {
		this.#generation++;
		this.#held = undefined;
		this.#preparing = undefined;
	}

	/** Settings were read again, and these are as before: S3 may be out of reach just now. */
	takeOver({ current }: Pick<IndexHolder, "current">): void {
		if (current === undefined) return;
		this.#held = { ...current, body: current.index.body };
	}

	async find(method: "GET" | "HEAD", revalidate: boolean): Promise<FoundIndex> {
		const generation = this.#generation;
		const held = this.#held;
		const found = await this.#options.cache.find({
			...this.#options.ask,
			// A HEAD of an index that is not here fetches it: its size and ETag are those of what is made of it.
			method: "GET",
			revalidate,
			held,
			accept: (body, head) => this.#accept(body, head, generation),
		});
		if (found.kind === "pass" && method === "HEAD") found.answer.cancel();
		if (found.kind !== "object") return found;
		const isTooLarge = found.head.sizeBytes > this.#options.prepareOptions.maxBytes;
		return isTooLarge ? this.#passedOn(found) : await this.#fromObject(found, held, generation);
	}

	#passedOn(found: Extract<Found, { kind: "object" }>): FoundIndex {
		const { key, etag, sizeBytes } = found.head;
		const { maxBytes } = this.#options.prepareOptions;
		// What it lists is not known: nobody should be told by the one before.
		this.#held = undefined;
		this.#refuse(
			etag,
			`${key} has ${sizeBytes} bytes, more than ${maxBytes} (max-index): it is passed on unread, its URLs as they are`,
		);
		return found;
	}

	async #fromObject(
		found: Extract<Found, { kind: "object" }>,
		asked: HeldIndex | undefined,
		generation: number,
	): Promise<FoundIndex> {
		const { head, source, facts } = found;
		try {
			// What was asked with first: it must not replace what came meanwhile.
			const held = [asked, this.#held].find((one) => one?.head.sha256 === head.sha256);
			if (held !== undefined) return { kind: "index", index: held.index, head, facts };
			const body = source.whole ?? (await wholeOf(head, source));
			const index = await this.#prepared(body, head, generation);
			return { kind: "index", index, head, facts };
		} catch (error) {
			const failure = error instanceof OriginError ? error : this.#refusal(error, head);
			return { kind: "failed", error: failure, facts: { ...facts, cache: "error", reason: failure.failure } };
		} finally {
			source.close();
		}
	}

	/** Before it replaces a good one. */
	async #accept(body: Buffer, head: ObjectHead, generation: number): Promise<void> {
		try {
			await this.#prepared(body, head, generation);
		} catch (error) {
			throw this.#refusal(error, head);
		}
	}

	async #prepared(body: Buffer, head: ObjectHead, generation: number): Promise<PreparedIndex> {
		if (this.#preparing?.sha256 !== head.sha256) {
			const index = this.#options.preparer.prepare(body, this.#options.prepareOptions);
			this.#preparing = { sha256: head.sha256, index };
		}
		const { index: coming } = this.#preparing;
		const index = await coming;
		if (this.#held?.index !== index && generation === this.#generation) {
			this.#held = { head, body: index.body, index };
			this.#options.onNew(index, head);
		}
		return index;
	}

	#refusal(error: unknown, head: ObjectHead): OriginError {
		const why = error instanceof Error ? error.message : String(error);
		const message = `${head.key} is not kept: ${why}`;
		this.#refuse(head.sha256, message);
		return new OriginError("bad-answer", message, { status: 200, cause: error });
	}

	#refuse(version: string, message: string): void {
		if (this.#refused !== version) this.#options.onRefused(message);
		this.#refused = version;
	}
}

async function wholeOf(
	head: ObjectHead,
	source: { next(position: number, maxBytes: number): Promise<Buffer> },
): Promise<Buffer> {
	const whole = Buffer.allocUnsafe(head.sizeBytes);
	for (let position = 0; position < whole.length; ) {
		const piece = await source.next(position, whole.length - position);
		if (piece.length === 0) throw new OriginError("broken", "the stored index is shorter than its head says");
		position += piece.copy(whole, position);
	}
	return whole;
}
