/**
 * Drives a node:zlib stream one piece at a time: write a piece, get all that came out of it.
 *
 * A pipe would be shorter, but a stream that fails drops the output it still holds, and a decoder that
 * reaches the end of its data before the end of its input leaves a pipe waiting for ever.
 */
import type { Transform } from "node:stream";

/** The streams of node:zlib, as far as a pump needs them. */
export interface ZlibStream extends Transform {
	/** Input bytes used so far. */
	readonly bytesWritten: number;
}

export class ZlibPump {
	readonly #stream: ZlibStream;
	#output: Uint8Array[] = [];
	#wake: () => void = () => {};
	/** The stream saw the end of its data; what follows in the input was not touched. */
	ended = false;
	failure: Error | undefined;

	constructor(stream: ZlibStream) {
		this.#stream = stream;
		stream.on("data", (bytes: Uint8Array) => this.#output.push(bytes));
		stream.on("end", () => {
			this.ended = true;
			this.#wake();
		});
		stream.on("error", (error: Error) => {
			this.failure = error;
			this.#wake();
		});
	}

	get usedBytes(): number {
		return this.#stream.bytesWritten;
	}

	/** Look at `failure` and `ended` afterwards. Pieces should be small: their whole output is held. */
	async write(piece: Uint8Array): Promise<Uint8Array[]> {
		// The callback never comes when the stream ends or fails on this piece; those events wake instead.
		await this.#until((wake) => this.#stream.write(piece, wake));
		return this.#take();
	}

	/** No more input. */
	async finish(): Promise<Uint8Array[]> {
		await this.#until(() => this.#stream.end());
		return this.#take();
	}

	close(): void {
		this.#stream.destroy();
	}

	async #until(act: (wake: () => void) => void): Promise<void> {
		if (this.ended || this.failure !== undefined) return;
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
			act(() => resolve());
		});
	}

	#take(): Uint8Array[] {
		const output = this.#output;
		this.#output = [];
		return output;
	}
}
