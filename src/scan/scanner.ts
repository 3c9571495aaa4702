/**
 * One scanner: reads slices of files into the kernel, in whichever thread it lives.
 *
 * In: a slice (a whole file, or a range of a large plain one). Out: counts, samples, how far it got.
 * A range owns the lines that begin inside it; the reader steps over a line that began before it and reads on
 * behind it to finish the last one, so ranges can be read in any order by any thread.
 */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { maxUnparsedSamples, rangeReadBytes, readChunkBytes, sniffBytes } from "../model/limits.ts";
import { DecodeError, decode, problemOf, sniffEncoding } from "./decode.ts";
import type { Kernel, LineCounts } from "./kernel.ts";
import { header } from "./layout.ts";
import { looksLikeServeLog, ServeLog } from "./serve-log.ts";
import { sniff } from "./sniff.ts";

export interface Slice {
	/** Index of the file in the scan's list; also its number in the claim table, plus 1. */
	file: number;
	absolutePath: string;
	/** Bytes of the plain file, or of the decoded stream, where this slice begins and ends. */
	start: number;
	/** `undefined`: to the end. */
	end: number | undefined;
	/** On disk; `undefined` for pipes. */
	sizeBytes: number | undefined;
	/** Look for the same content in other small files. */
	claim: boolean;
}

export interface SliceSample {
	/** 1-based line within the slice. */
	line: number;
	/** Byte in the (decoded) file. */
	offset: number;
	length: number;
	reason: number;
	text: string;
}

export interface SliceResult {
	slice: Slice;
	counts: LineCounts;
	samples: SliceSample[];
	/** The next byte to read when this file is read again: the slice's end, or earlier after an abort. */
	reached: number;
	finished: boolean;
	encoding: "plain" | "gzip" | "zstd";
	/** Content hash of small whole files; "0" otherwise. */
	contentHash: bigint;
	/** Index of the file with the same content, when this one was not read for that reason. */
	duplicateOf: number | undefined;
	problem: { kind: "unreadable" | "permission" | "truncated" | "corrupt"; detail: string } | undefined;
}

/** Called when the cells are full: takes them away, then clears them. */
export type TakeCells = () => Promise<void>;

export class Scanner {
	private readonly kernel: Kernel;
	private readonly takeCells: TakeCells;
	private readonly words: Int32Array;
	private result!: SliceResult;
	/** Bytes of an unfinished line at the start of the buffer. */
	private carried = 0;
	/** File offset of the buffer's first byte. */
	private bufferOffset = 0;
	/** Stands between the decoder and the kernel while a stream is read. */
	private serveLog: ServeLog | undefined;

	constructor(kernel: Kernel, takeCells: TakeCells) {
		this.kernel = kernel;
		this.takeCells = takeCells;
		this.words = new Int32Array(kernel.bytes.buffer);
	}

	private get aborted(): boolean {
		return Atomics.load(this.words, header.abort >> 2) === 1;
	}

	/** Never throws for what is wrong with the file: that is in the result. */
	async scan(slice: Slice): Promise<SliceResult> {
		this.result = {
			slice,
			counts: { lines: 0, records: 0, blank: 0, outsideWindow: 0, otherBucket: 0, unparsed: 0 },
			samples: [],
			reached: slice.start,
			finished: false,
			encoding: "plain",
			contentHash: 0n,
			duplicateOf: undefined,
			problem: undefined,
		};
		// Small files end before an abort is looked at: those that were not begun are left for the next run.
		if (this.aborted) return this.result;
		this.carried = 0;
		this.bufferOffset = slice.start;
		this.serveLog = undefined;
		this.kernel.beginFile();
		try {
			if (slice.sizeBytes === undefined)
				await this.scanStream(createReadStream(slice.absolutePath, pipeOptions(slice)));
			else await this.scanFile(slice, slice.sizeBytes);
		} catch (error) {
			this.result.problem = problemOf(error);
		}
		return this.result;
	}

	private async scanFile(slice: Slice, sizeBytes: number): Promise<void> {
		const descriptor = openSync(slice.absolutePath, "r");
		try {
			// Compressed files are one slice, whose start counts decoded bytes.
			const whole = slice.end === undefined;
			const { bufferAddress } = this.kernel.region;
			let position = whole ? 0 : Math.max(0, slice.start - 1);
			this.bufferOffset = position;
			const first = whole ? readChunkBytes : rangeReadBytes;
			let length = this.read(descriptor, 0, position, Math.min(first, sizeBytes - position));
			let isServeLog = false;
			if (position === 0) {
				const head = this.kernel.bytes.slice(bufferAddress, bufferAddress + Math.min(length, sniffBytes));
				this.result.encoding = sniffEncoding(head);
				isServeLog = whole && looksLikeServeLog(head);
			}
			if (whole && slice.claim && length === sizeBytes && length > 0 && this.isDuplicate(length)) return;
			if (this.result.encoding !== "plain" || isServeLog) {
				// Read again from the start, as a stream.
				this.kernel.reportProgress(0, -length);
				await this.scanStream(createReadStream(slice.absolutePath), this.result.encoding);
				return;
			}
			position += length;
			const end = slice.end ?? sizeBytes;
			let skip = slice.start > 0 ? this.startOfLine(length) : 0;
			while (skip === -1 && position < end) {
				// The line that began before this slice is longer than one chunk.
				this.bufferOffset = position;
				length = this.read(descriptor, 0, position, Math.min(readChunkBytes, sizeBytes - position));
				if (length === 0) break;
				position += length;
				skip = this.startOfLine(length);
			}
			if (skip === -1) {
				this.finish(end);
				return;
			}
			let filled = length;
			for (;;) {
				const atEnd = position >= sizeBytes || length === 0;
				const stopped = await this.consume(filled, end, atEnd, skip);
				skip = 0;
				if (stopped) return;
				if (atEnd || this.bufferOffset >= end) break;
				const wanted = position < end ? rangeReadBytes : sniffBytes;
				length = this.read(descriptor, this.carried, position, Math.min(wanted, sizeBytes - position));
				position += length;
				filled = this.carried + length;
			}
			this.finish(Math.min(end, sizeBytes));
		} finally {
			closeSync(descriptor);
		}
	}

	/** Reads into the buffer at `at`; returns the bytes read, 0 at the end of the file. */
	private read(descriptor: number, at: number, position: number, length: number): number {
		if (length <= 0) return 0;
		const read = readSync(
			descriptor,
			this.kernel.bytes,
			this.kernel.region.bufferAddress + at,
			length,
			position,
		);
		this.kernel.reportProgress(0, read);
		return read;
	}

	/** Offset behind the first newline of the buffer, or -1. */
	private startOfLine(length: number): number {
		const { bufferAddress } = this.kernel.region;
		const at = this.kernel.bytes.subarray(bufferAddress, bufferAddress + length).indexOf(0x0a);
		return at === -1 ? -1 : at + 1;
	}

	/** Moves the bytes [from, length) to the start of the buffer. */
	private drop(from: number, length: number): void {
		const { bufferAddress } = this.kernel.region;
		this.kernel.bytes.copyWithin(bufferAddress, bufferAddress + from, bufferAddress + length);
		this.bufferOffset += from;
	}

	private isDuplicate(length: number): boolean {
		const { bufferAddress } = this.kernel.region;
		this.result.contentHash = BigInt.asUintN(64, this.kernel.exports.contentHash(bufferAddress, length));
		const before = this.kernel.exports.claim(bufferAddress, length, this.result.slice.file + 1);
		if (before === 0 || before === this.result.slice.file + 1) return false;
		this.result.duplicateOf = before - 1;
		this.result.finished = true;
		return true;
	}

	/**
	 * Feeds the first `filled` bytes of the buffer, without the first `skip`: moving a megabyte of shared memory takes
	 * as long as reading it. Lines beginning at or behind `end` stay. Returns true when the scan was aborted.
	 */
	private async consume(filled: number, end: number, final: boolean, skip = 0): Promise<boolean> {
		const { bufferAddress } = this.kernel.region;
		let from = skip;
		for (;;) {
			const limit = Math.min(0x7fffffff, Math.max(0, end - this.bufferOffset) + bufferAddress);
			const feedOffset = this.bufferOffset + from;
			const p = this.kernel.exports.feed(bufferAddress + from, bufferAddress + filled, limit, final ? 1 : 0);
			from = p - bufferAddress;
			this.collect(feedOffset);
			if (!this.kernel.full) break;
			await this.takeCells();
		}
		this.carried = filled - from;
		if (from > 0) this.drop(from, filled);
		this.result.reached = this.bufferOffset;
		return this.aborted && !final;
	}

	private collect(feedOffset: number): void {
		const linesBefore = this.result.counts.lines;
		for (const sample of this.kernel.takeSamples()) {
			if (this.result.samples.length >= maxUnparsedSamples) break;
			this.result.samples.push({
				...sample,
				line: linesBefore + sample.line,
				offset: feedOffset + sample.offset,
				...this.serveLog?.placeOf(sample.reason, feedOffset + sample.offset),
			});
		}
		const counts = this.kernel.takeCounts();
		this.kernel.reportProgress(counts.lines, 0);
		for (const name of Object.keys(counts) as (keyof LineCounts)[]) this.result.counts[name] += counts[name];
	}

	private finish(reached: number): void {
		this.result.reached = reached;
		this.result.finished = true;
	}

	/** Pipes and compressed files: one pass from the start; a resumed one steps over what was read before. */
	private async scanStream(input: AsyncIterable<Uint8Array>, known?: SliceResult["encoding"]): Promise<void> {
		const counted = this.counting(input);
		const { source, encoding } = known ? { source: counted, encoding: known } : await sniff(counted);
		this.result.encoding = encoding;
		const { start } = this.result.slice;
		// From the byte before it, which is a newline unless the abort came within an over-long line.
		let skip = Math.max(0, start - 1);
		this.bufferOffset = skip;
		if (start > 0) this.kernel.beginWithinLine();
		const serveLog = new ServeLog();
		this.serveLog = serveLog;
		let broken: unknown;
		try {
			for await (const chunk of serveLog.lines(decode(source, encoding))) {
				serveLog.forgetBefore(this.bufferOffset);
				const from = Math.min(skip, chunk.length);
				skip -= from;
				if (await this.feedChunk(chunk.subarray(from))) return;
			}
		} catch (error) {
			if (!(error instanceof DecodeError)) throw error;
			broken = error;
		}
		if (await this.consume(this.carried, Number.MAX_SAFE_INTEGER, true)) return;
		this.finish(this.bufferOffset);
		if (broken !== undefined) throw broken;
	}

	/** Returns true when the scan was aborted. */
	private async feedChunk(chunk: Uint8Array): Promise<boolean> {
		const { bufferAddress } = this.kernel.region;
		for (let from = 0; from < chunk.length; from += readChunkBytes) {
			const piece = chunk.subarray(from, from + readChunkBytes);
			this.kernel.bytes.set(piece, bufferAddress + this.carried);
			if (await this.consume(this.carried + piece.length, Number.MAX_SAFE_INTEGER, false)) return true;
		}
		return false;
	}

	private async *counting(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		for await (const chunk of input) {
			this.kernel.reportProgress(0, chunk.length);
			yield chunk;
		}
	}
}

/** `-` is standard input. */
function pipeOptions(slice: Slice): { fd?: number } {
	return slice.absolutePath === "-" ? { fd: 0 } : {};
}
