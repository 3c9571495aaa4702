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

export type FoundIndex =
	| { kind: "index"; index: PreparedIndex; head: ObjectHead; facts: CacheFacts }
	| Exclude<Found, { kind: "object" }>;

export interface IndexHolderOptions {
	cache: Pick<Lookup, "find">;
	preparer: IndexPreparer;
	prepareOptions: PrepareOptions;
	/** How to ask for index.yaml; `held` and `accept` are the holder's. */
	ask: Ask;
	/** A version that was not there before; `nowMs` is when S3 gave it. */
	onNew(index: PreparedIndex, head: ObjectHead): void;
	/** Once per broken version. */
	onRefused(message: string): void;
}

export class IndexHolder {
	readonly #options: IndexHolderOptions;
	#held: (Held & { index: PreparedIndex }) | undefined;
	/** The version that was made ready last, or is being made ready, by its checksum. */
	#preparing: { sha256: string; index: Promise<PreparedIndex> } | undefined;
	#refusedSha256 = "";

	constructor(options: IndexHolderOptions) {
		this.#options = options;
	}

	/** The newest good index, whatever its age; `undefined` before the first. */
	get current(): { index: PreparedIndex; head: ObjectHead } | undefined {
		return this.#held;
	}

	forget(): void {
		this.#held = undefined;
		this.#preparing = undefined;
	}

	async find(method: "GET" | "HEAD", revalidate: boolean): Promise<FoundIndex> {
		const found = await this.#options.cache.find({
			...this.#options.ask,
			// A HEAD of an index that is not here fetches it: its size and ETag are those of what is made of it.
			method: "GET",
			revalidate,
			held: this.#held,
			accept: (body, head) => this.#accept(body, head),
		});
		if (found.kind === "pass" && method === "HEAD") found.answer.cancel();
		return found.kind === "object" ? this.#fromObject(found) : found;
	}

	async #fromObject(found: Extract<Found, { kind: "object" }>): Promise<FoundIndex> {
		const { head, source, facts } = found;
		try {
			const held = this.#held;
			if (held !== undefined && held.head.sha256 === head.sha256) {
				return { kind: "index", index: held.index, head, facts };
			}
			const body = source.whole ?? (await wholeOf(head, source));
			const index = await this.#prepared(body, head);
			return { kind: "index", index, head, facts };
		} catch (error) {
			const failure = error instanceof OriginError ? error : this.#refused(error, head);
			return { kind: "failed", error: failure, facts: { ...facts, cache: "error", reason: failure.failure } };
		} finally {
			source.close();
		}
	}

	/** Before it replaces a good one. */
	async #accept(body: Buffer, head: ObjectHead): Promise<void> {
		try {
			await this.#prepared(body, head);
		} catch (error) {
			throw this.#refused(error, head);
		}
	}

	async #prepared(body: Buffer, head: ObjectHead): Promise<PreparedIndex> {
		if (this.#preparing?.sha256 !== head.sha256) {
			const index = this.#options.preparer.prepare(body, this.#options.prepareOptions);
			this.#preparing = { sha256: head.sha256, index };
		}
		const { index: coming } = this.#preparing;
		const index = await coming;
		if (this.#held?.index !== index) {
			this.#held = { head, body: index.body, index };
			this.#options.onNew(index, head);
		}
		return index;
	}

	#refused(error: unknown, head: ObjectHead): OriginError {
		const why = error instanceof Error ? error.message : String(error);
		const message = `${head.key} is not kept: ${why}`;
		if (this.#refusedSha256 !== head.sha256) this.#options.onRefused(message);
		this.#refusedSha256 = head.sha256;
		return new OriginError("bad-answer", message, { status: 200, cause: error });
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
