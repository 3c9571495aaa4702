/**
 * The host's side of the WebAssembly kernel: one `Kernel` per scanner thread over the shared memory.
 *
 * In: bytes in the region's buffer. Out: counters, samples of unparsed lines, and the cells as blocks.
 */
import { setFlagsFromString } from "node:v8";
import type { Block } from "../model/flow.ts";
import { wasmBase64 } from "./kernel/wasm.ts";
import {
	cellBytes,
	type Layout,
	type Region,
	regionWord,
	sampleBytes,
	sampleTextBytes,
	tableWord,
} from "./layout.ts";

export interface KernelExports {
	start(region: number): void;
	feed(p: number, end: number, limit: number, final: number): number;
	clearCells(): void;
	claim(p: number, length: number, unit: number): number;
	contentHash(p: number, length: number): bigint;
	claimHash(hash: bigint, unit: number): number;
	restoreString(kind: number, p: number, length: number): number;
	findString(kind: number, p: number, length: number): number;
	internString(kind: number, p: number, length: number): number;
	restoreFlow(p: number): number;
}

/** What a feed counted; the sums over all feeds of a file satisfy lines = records + unparsed + skipped. */
export interface LineCounts {
	lines: number;
	records: number;
	blank: number;
	outsideWindow: number;
	otherBucket: number;
	unparsed: number;
}

/** An unparsed line, relative to the feed it was seen in. */
export interface RawSample {
	/** 1-based within the feeds since the counters were last taken. */
	line: number;
	/** Bytes from the start of the feed. */
	offset: number;
	length: number;
	/** Index into `unparsedReasons`. */
	reason: number;
	/** The first bytes, latin1. */
	text: string;
}

/** Compiled once in the main thread; a module can be handed to worker threads as it is. */
export function compileKernel(): WebAssembly.Module {
	// V8's baseline compiler has been seen to lose locals (see intern.ts), and the optimising one needs only
	// milliseconds for a kernel of this size.
	setFlagsFromString("--no-liftoff");
	return new WebAssembly.Module(Buffer.from(wasmBase64, "base64"));
}

export class Kernel {
	readonly exports: KernelExports;
	readonly bytes: Uint8Array;
	readonly region: Region;
	private readonly words: Int32Array;
	private readonly doubles: Float64Array;

	constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, region: Region) {
		const instance = new WebAssembly.Instance(module, { env: { memory } });
		this.exports = instance.exports as unknown as KernelExports;
		this.bytes = new Uint8Array(memory.buffer);
		this.words = new Int32Array(memory.buffer);
		this.doubles = new Float64Array(memory.buffer);
		this.region = region;
		this.exports.start(region.address);
	}

	private word(offset: number): number {
		return this.words[(this.region.address + offset) >> 2]!;
	}

	private setWord(offset: number, value: number): void {
		this.words[(this.region.address + offset) >> 2] = value;
	}

	/** True when the cells must be taken before more lines fit. */
	get full(): boolean {
		return this.word(regionWord.full) === 1;
	}

	/** Forgets a half-read over-long line: another file begins. */
	beginFile(): void {
		this.setWord(regionWord.discarding, 0);
	}

	/** Bytes up to the next newline belong to a line that has been counted already. */
	beginWithinLine(): void {
		this.setWord(regionWord.discarding, 1);
	}

	/** The counters since the last call, set back to zero. */
	takeCounts(): LineCounts {
		const counts = {
			lines: this.word(regionWord.lines),
			records: this.word(regionWord.records),
			blank: this.word(regionWord.blank),
			outsideWindow: this.word(regionWord.outsideWindow),
			otherBucket: this.word(regionWord.otherBucket),
			unparsed: this.word(regionWord.unparsed),
		};
		for (let offset = regionWord.lines; offset <= regionWord.unparsed; offset += 4) this.setWord(offset, 0);
		return counts;
	}

	/** The samples since the last call. Call before `takeCounts`, whose reset restarts their line numbers. */
	takeSamples(): RawSample[] {
		const count = this.word(regionWord.samples);
		const samples: RawSample[] = [];
		for (let i = 0; i < count; i++) {
			const at = this.region.address + regionWord.sampleArea + i * sampleBytes;
			const length = this.words[(at + 8) >> 2]!;
			samples.push({
				line: this.words[at >> 2]!,
				offset: this.words[(at + 4) >> 2]!,
				length,
				reason: this.words[(at + 12) >> 2]!,
				text: this.latin1(at + 16, Math.min(length, sampleTextBytes)),
			});
		}
		this.setWord(regionWord.samples, 0);
		return samples;
	}

	/** Records that were pooled, per kind and then for flows; not reset. */
	pooled(): number[] {
		return Array.from({ length: 8 }, (_, kind) => this.word(regionWord.pooled + kind * 4));
	}

	latin1(address: number, length: number): string {
		return Buffer.from(this.bytes.buffer, address, length).toString("latin1");
	}

	/** Shows the main thread how far this one is. */
	reportProgress(lines: number, bytes: number): void {
		const base = this.region.address >> 3;
		this.doubles[base + (regionWord.progressLines >> 3)]! += lines;
		this.doubles[base + (regionWord.progressBytes >> 3)]! += bytes;
	}
}

/** Copies a region's cells out as a block. Any thread may call this while the region's own thread stands still. */
export function readCells(memory: WebAssembly.Memory, region: Region, grain: Block["grain"]): Block {
	const words = new Int32Array(memory.buffer);
	const table = (region.address + regionWord[grain]) >> 2;
	const word = (offset: number): number => words[table + (offset >> 2)]!;
	const cold = word(tableWord.coldCount);
	const hot = word(tableWord.count);
	const rows = cold + hot;
	const block: Block = {
		grain,
		rows,
		flow: new Int32Array(rows),
		time: new Int32Array(rows),
		key: new Int32Array(grain === "hour" ? rows : 0),
		requests: new Int32Array(rows),
		bytesSent: new Float64Array(rows),
		objectBytes: new Float64Array(rows),
		first: new Int32Array(rows),
		last: new Int32Array(rows),
	};
	copyColumns(memory, word(tableWord.cold), word(tableWord.coldLimit), cold, block);
	copyCells(memory, word(tableWord.hot), hot, block, cold);
	return block;
}

/** Copies the `count` cold cells: two columns of doubles, then six of words, each `limit` long. */
function copyColumns(
	memory: WebAssembly.Memory,
	address: number,
	limit: number,
	count: number,
	block: Block,
): void {
	for (const [i, column] of [block.bytesSent, block.objectBytes].entries())
		column.set(new Float64Array(memory.buffer, address + i * limit * 8, count));
	const { flow, time, key, requests, first, last } = block;
	for (const [i, column] of [flow, time, key, requests, first, last].entries()) {
		const from = address + limit * 16 + i * limit * 4;
		if (column.length > 0) column.set(new Int32Array(memory.buffer, from, count));
	}
}

/** Copies `count` cells from `address` into the block's rows from `row` on. */
function copyCells(
	memory: WebAssembly.Memory,
	address: number,
	count: number,
	block: Block,
	row: number,
): void {
	const words = new Int32Array(memory.buffer, address, (count * cellBytes) >> 2);
	const doubles = new Float64Array(memory.buffer, address, (count * cellBytes) >> 3);
	const stride = cellBytes >> 2;
	const withKeys = block.key.length > 0;
	for (let i = 0, at = 0; i < count; i++, at += stride, row++) {
		block.flow[row] = words[at]!;
		block.time[row] = words[at + 1]!;
		if (withKeys) block.key[row] = words[at + 2]!;
		block.requests[row] = words[at + 3]!;
		block.first[row] = words[at + 4]!;
		block.last[row] = words[at + 5]!;
		const sizes = at >> 1;
		block.bytesSent[row] = doubles[sizes + 3]!;
		block.objectBytes[row] = doubles[sizes + 4]!;
	}
}

/** Progress of one region: lines and bytes on disk so far. */
export function readProgress(layout: Layout, region: Region): { lines: number; bytes: number } {
	const doubles = new Float64Array(layout.memory.buffer, region.address + regionWord.progressLines, 2);
	return { lines: doubles[0]!, bytes: doubles[1]! };
}
