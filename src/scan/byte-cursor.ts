/**
 * A cursor over chunks of compressed bytes, so that decoders can read headers of a known length.
 *
 * In: chunks of any size. Out: exactly the bytes asked for, or `Damage` when the input ends before them.
 * Holds one chunk at a time; bytes are copied only where a request crosses a chunk border.
 */

/** What is wrong with a compressed stream. `decode` adds how far it got and throws `DecodeError`. */
export class Damage extends Error {
	readonly problem: "truncated" | "corrupt";

	constructor(problem: "truncated" | "corrupt", detail: string) {
		super(detail);
		this.problem = problem;
	}
}

const nothing = new Uint8Array(0);

export class ByteCursor {
	readonly #chunks: AsyncIterator<Uint8Array>;
	/** Bytes received and not yet taken. */
	#held: Uint8Array = nothing;
	#inputEnded = false;
	/** Why the input ended, when it failed. What came before can still be taken. */
	inputError: unknown;

	constructor(input: AsyncIterable<Uint8Array>) {
		this.#chunks = input[Symbol.asyncIterator]();
	}

	async atEnd(): Promise<boolean> {
		return (await this.peek(1)).length === 0;
	}

	/** The next `count` bytes without taking them; fewer when the input ends before. */
	async peek(count: number): Promise<Uint8Array> {
		if (this.#held.length < count && !this.#inputEnded) await this.#fill(count);
		return this.#held.subarray(0, count);
	}

	/** Collects first and joins once, so that an input of single bytes stays linear. */
	async #fill(count: number): Promise<void> {
		const parts = [this.#held];
		try {
			for (let heldBytes = this.#held.length; heldBytes < count; ) {
				const { value, done } = await this.#chunks.next();
				if (done) {
					this.#inputEnded = true;
					break;
				}
				parts.push(value);
				heldBytes += value.length;
			}
		} catch (error) {
			this.inputError = error;
			this.#inputEnded = true;
		}
		const filled = parts.filter((part) => part.length > 0);
		this.#held = filled.length === 1 ? filled[0]! : Buffer.concat(filled);
	}

	/** Takes exactly `count` bytes. `what` names them in the error when the input ends inside. */
	async read(count: number, what: string): Promise<Uint8Array> {
		const bytes = await this.peek(count);
		if (bytes.length < count) throw new Damage("truncated", `the file ends inside ${what}`);
		this.#held = this.#held.subarray(count);
		return bytes;
	}

	/** Takes whatever comes next, 1 to `maxBytes` bytes; `undefined` at the end. */
	async some(maxBytes: number): Promise<Uint8Array | undefined> {
		const first = await this.peek(1);
		if (first.length === 0) return undefined;
		const bytes = this.#held.subarray(0, maxBytes);
		this.#held = this.#held.subarray(bytes.length);
		return bytes;
	}

	/** Gives back the last `count` bytes of a piece that `some` returned just before. */
	putBack(piece: Uint8Array, count: number): void {
		if (count === 0) return;
		const tail = piece.subarray(piece.length - count);
		this.#held = this.#held.length === 0 ? tail : Buffer.concat([tail, this.#held]);
	}

	/** Tells the source that no more is wanted, so that it can close its file. */
	async close(): Promise<void> {
		await this.#chunks.return?.();
	}
}
