/**
 * One download of one object, shared by everybody who wants it: begun by the first, ended by nobody's leaving.
 * In: S3's answer with its body. Out: bytes to any number of readers while they arrive, and a head with checksums at the
 * end. The last byte is held back until the body is known to be whole and right, so that a broken one never ends cleanly.
 */
import { createHash } from "node:crypto";
import { type Origin, type OriginAnswer, OriginError } from "../origin/origin.ts";
import type { BodySource } from "./body-source.ts";
import { checksumCheck } from "./checksums.ts";
import type { GrowingBody } from "./growing-body.ts";
import type { ObjectHead } from "./object-head.ts";

export interface FillOptions {
	/** From the answer's fields; `sha256` is filled in at the end. */
	head: ObjectHead;
	answer: OriginAnswer;
	body: GrowingBody;
	/** For resuming where the body broke off. */
	origin: Origin;
	/** Ends the download; the fill calls it when no reader is left and going on is not worth it. */
	abort: AbortController;
	onIntegrityFailure(where: string): void;
}

/** A body that breaks off is continued so often, with If-Match, before the readers are cut off. */
const maxResumes = 2;

/** Without readers: smaller objects, and those half there, are finished all the same. The next reader is near. */
const continueBytes = 64 << 20;

export class Fill {
	readonly head: ObjectHead;
	/** Bytes that S3 sent for it. */
	upstreamBytes = 0;
	state: "growing" | "done" | "failed" = "growing";
	error: unknown;
	/** `false`: given up because nobody read it any more, or over and let go of. Who comes now asks anew. */
	joinable = true;
	readonly #options: FillOptions;
	readonly #readers = new Set<{ position: number }>();
	/** Readers that wait for bytes, and the writer that waits for readers. */
	#waiting: (() => void)[] = [];
	#moved: (() => void)[] = [];
	#onIdle: (() => void) | undefined;

	constructor(options: FillOptions) {
		this.#options = options;
		this.head = options.head;
	}

	get body(): GrowingBody {
		return this.#options.body;
	}

	get whole(): Buffer | undefined {
		return this.state === "done" ? this.#options.body.whole : undefined;
	}

	get readers(): number {
		return this.#readers.size;
	}

	/** Receives everything; resolves when the body is whole and right, rejects otherwise. Never call twice. */
	async run(): Promise<void> {
		try {
			await this.#receive();
			this.state = "done";
		} catch (error) {
			this.error = error;
			this.state = "failed";
			throw error;
		} finally {
			this.#wake();
		}
	}

	/** A reader that starts anywhere. */
	reader(): BodySource {
		const reader = { position: 0 };
		this.#readers.add(reader);
		const fill = this;
		return {
			get whole() {
				return fill.whole;
			},
			next: (position, maxBytes) => fill.#next(reader, position, maxBytes),
			close: () => {
				if (!this.#readers.delete(reader)) return;
				this.#readerMoved();
				if (this.#readers.size > 0) return;
				if (this.#onIdle !== undefined) this.#letGo(this.#onIdle);
				if (this.state !== "growing" || this.#worthFinishing()) return;
				this.joinable = false;
				this.#options.abort.abort();
			},
		};
	}

	/** Calls back once nobody reads any more; at once when nobody does. */
	whenIdle(callback: () => void): void {
		if (this.#readers.size === 0) this.#letGo(callback);
		else this.#onIdle = callback;
	}

	#letGo(callback: () => void): void {
		this.#onIdle = undefined;
		this.joinable = false;
		callback();
	}

	/** The lowest position that a reader still needs. */
	slowestReader(): number {
		let lowest = Number.POSITIVE_INFINITY;
		for (const { position } of this.#readers) lowest = Math.min(lowest, position);
		return lowest;
	}

	readerMoved(): Promise<void> {
		return new Promise((resolve) => this.#moved.push(resolve));
	}

	async #next(reader: { position: number }, position: number, maxBytes: number): Promise<Buffer> {
		reader.position = position;
		this.#readerMoved();
		const { body } = this.#options;
		for (;;) {
			// What failed is cut off at once, whatever is still there to read (Traffic Server #2189: hanging readers).
			if (this.state === "failed") throw this.error;
			const available = this.#releasedBytes() - position;
			if (available > 0) return body.read(position, Math.min(maxBytes, available));
			if (this.state === "done") return Buffer.alloc(0);
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	#releasedBytes(): number {
		const { receivedBytes } = this.#options.body;
		return this.state === "done" ? receivedBytes : Math.min(receivedBytes, this.head.sizeBytes - 1);
	}

	#worthFinishing(): boolean {
		return (
			this.head.sizeBytes <= continueBytes || this.#options.body.receivedBytes >= this.head.sizeBytes / 2
		);
	}

	async #receive(): Promise<void> {
		const { answer, body, onIntegrityFailure } = this.#options;
		const sha256 = createHash("sha256");
		const check = answer.checksum === undefined ? undefined : checksumCheck(answer.checksum);
		const take = async (part: OriginAnswer) => {
			for await (const chunk of part.body) {
				this.upstreamBytes += chunk.length;
				if (body.receivedBytes + chunk.length > this.head.sizeBytes) {
					onIntegrityFailure("length");
					throw new OriginError("bad-answer", `the body is longer than its ${this.head.sizeBytes} bytes`);
				}
				sha256.update(chunk);
				check?.update(chunk);
				const room = body.append(chunk);
				if (room !== undefined) await room;
				this.#wake();
			}
		};
		let part = answer;
		for (let resumes = 0; ; resumes++) {
			try {
				await take(part);
				break;
			} catch (error) {
				part = await this.#resumed(error, resumes);
			}
		}
		if (body.receivedBytes !== this.head.sizeBytes) {
			onIntegrityFailure("length");
			throw new OriginError("broken", `the body has ${body.receivedBytes} of ${this.head.sizeBytes} bytes`);
		}
		if (check !== undefined && !check.matches()) {
			onIntegrityFailure("checksum");
			throw new OriginError("broken", `the body does not fit S3's ${answer.checksum?.algorithm} checksum`);
		}
		this.head.sha256 = sha256.digest("hex");
	}

	/** The rest of a body that broke off, if S3 still has the same object; else the error again. */
	async #resumed(error: unknown, resumes: number): Promise<OriginAnswer> {
		const { origin, body, abort } = this.#options;
		const { etag, key, sizeBytes } = this.head;
		const first = body.receivedBytes;
		const broken = error instanceof OriginError && error.failure === "broken";
		const sameIsKnown = etag !== "" && !etag.startsWith("W/") && first > 0 && first < sizeBytes;
		if (!broken || !sameIsKnown || resumes >= maxResumes) throw error;
		const range = { first, last: undefined };
		const rest = await origin.request({ method: "GET", key, range, ifMatch: etag, signal: abort.signal });
		const right =
			rest.status === 206 && rest.etag === etag && rest.contentRange.startsWith(`bytes ${first}-`);
		if (right) return rest;
		rest.cancel();
		throw error;
	}

	#wake(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const resolve of waiting) resolve();
	}

	#readerMoved(): void {
		if (this.#moved.length === 0) return;
		const moved = this.#moved;
		this.#moved = [];
		for (const resolve of moved) resolve();
	}
}
