/**
 * A stream of decoded log bytes in which serve's own access log is replaced, line by line, by what S3 would have written
 * (serve-record.ts). In: bytes of any log. Out: the same bytes, or lines for the kernel, as many as there were.
 *
 * Lines that are not serve's stay as they are: the kernel counts and samples them, or reads them if they are S3's. They
 * begin elsewhere in the new stream; `placeOf` knows where they stood.
 */
import { maxLineBytes, sniffBytes } from "../model/limits.ts";
import { Unparsed } from "../model/unparsed.ts";
import { s3LineOf } from "./serve-record.ts";

const newline = 0x0a;

/**
 * Is one of the complete lines at the beginning serve's? Not only the first: what `kubectl logs` gives begins with
 * serve's start line. A log without a line end is one line.
 */
export function looksLikeServeLog(head: Uint8Array): boolean {
	const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffBytes));
	for (let at = 0; at < bytes.length; ) {
		const found = bytes.indexOf(newline, at);
		const end = found === -1 ? bytes.length : found;
		// Nearly every line of every log ends here.
		if (bytes[at] === 0x7b && s3LineOf(bytes.toString("utf8", at, end)) !== undefined) return true;
		at = bytes.indexOf('\n{"', at) + 1 || bytes.length;
	}
	return false;
}

interface KeptLine {
	/** Where it begins in what comes out, and in what went in. */
	out: number;
	in: number;
}

export class ServeLog {
	/** The stream is serve's log. Known when its first piece comes out. */
	isServe = false;
	#kept: KeptLine[] = [];
	/** Bytes taken and given so far. */
	#in = 0;
	#out = 0;
	/** The beginning of a line whose end has not come. */
	#rest: Buffer = Buffer.alloc(0);
	/** Within a line that is too long to be looked at. */
	#isPassing = false;

	async *lines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		let head: Buffer | undefined = Buffer.alloc(0);
		let failure: { error: unknown } | undefined;
		try {
			for await (const chunk of source) {
				if (head === undefined) {
					yield this.isServe ? this.#translate(chunk) : chunk;
					continue;
				}
				head = head.length === 0 ? Buffer.from(chunk) : Buffer.concat([head, chunk]);
				if (head.length < sniffBytes) continue;
				yield this.#begin(head);
				head = undefined;
			}
		} catch (error) {
			// What came before the damage comes out first.
			failure = { error };
		}
		if (head !== undefined) yield this.#begin(head);
		if (this.#rest.length > 0) yield this.#line(this.#rest, "");
		if (failure !== undefined) throw failure.error;
	}

	/** Of an unparsed line that begins at `offset` of the new stream: where it stood, and why it is none. */
	placeOf(reason: number, offset: number): { offset: number; reason: number } {
		if (!this.isServe) return { offset, reason };
		return {
			offset: this.#kept.find((line) => line.out === offset)?.in ?? offset,
			// The line is no attempt at S3's format, whatever the kernel missed in it.
			reason: reason === Unparsed.tooLong ? reason : Unparsed.serve,
		};
	}

	/** Lines before `offset` are not asked for again. */
	forgetBefore(offset: number): void {
		this.#kept = this.#kept.filter((line) => line.out >= offset);
	}

	#begin(head: Buffer): Uint8Array {
		this.isServe = looksLikeServeLog(head);
		return this.isServe ? this.#translate(head) : head;
	}

	#translate(chunk: Uint8Array): Uint8Array {
		const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
		const lines: Buffer[] = [];
		let at = 0;
		for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, at)) {
			const line = bytes.subarray(at, end);
			lines.push(this.#isPassing ? this.#pass(line, "\n") : this.#line(line, "\n"));
			this.#isPassing = false;
			at = end + 1;
		}
		this.#rest = bytes.subarray(at);
		// The kernel counts a line of any length and keeps none of it.
		if (this.#isPassing || this.#rest.length > maxLineBytes) {
			if (!this.#isPassing) this.#keep();
			lines.push(this.#pass(this.#rest, ""));
			this.#rest = Buffer.alloc(0);
			this.#isPassing = true;
		}
		return Buffer.concat(lines);
	}

	#line(line: Buffer, end: string): Buffer {
		const translated = line.length > maxLineBytes ? undefined : s3LineOf(line.toString("utf8"));
		// A key grows when it is encoded.
		if (translated === undefined || translated.length > maxLineBytes) {
			this.#keep();
			return this.#pass(line, end);
		}
		const bytes = Buffer.from(translated + end, "latin1");
		this.#in += line.length + end.length;
		this.#out += bytes.length;
		return bytes;
	}

	#pass(line: Buffer, end: string): Buffer {
		this.#in += line.length + end.length;
		this.#out += line.length + end.length;
		return end === "" ? Buffer.from(line) : Buffer.concat([line, Buffer.from(end)]);
	}

	#keep(): void {
		this.#kept.push({ out: this.#out, in: this.#in });
	}
}
