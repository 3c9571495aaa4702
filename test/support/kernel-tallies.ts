/**
 * The same tallies twice: from the kernel, and from the reference parser added up in a Map. Both are plain values,
 * so that tests compare them with one deepEqual. Flows are compared by their fields, never by their ids.
 */
import assert from "node:assert/strict";
import type { Block, Flow } from "../../src/model/flow.ts";
import { grainSeconds } from "../../src/model/flow.ts";
import { maxLineBytes, maxSampleBytes, maxUnparsedSamples, readChunkBytes } from "../../src/model/limits.ts";
import { Unparsed } from "../../src/model/unparsed.ts";
import type { Dictionary } from "../../src/scan/dictionary.ts";
import { Kernel, type LineCounts } from "../../src/scan/kernel.ts";
import { header, type LayoutOptions } from "../../src/scan/layout.ts";
import { takeRegion } from "../../src/scan/pool.ts";
import { flowOf, parseText } from "../../src/scan/reference.ts";
import { prepareScan, type ScannerHost, type ScanWindow } from "../../src/scan/scan.ts";

export interface Sum {
	requests: number;
	bytesSent: number;
	objectBytes: number;
	/** Unix seconds. */
	firstSeconds: number;
	lastSeconds: number;
}

export interface Sample {
	line: number;
	offset: number;
	reason: number;
	text: string;
}

/** Everything that a scan says about a text. */
export interface TextTallies {
	counts: LineCounts;
	/** The first of them, as far as the cap of samples goes. */
	samples: Sample[];
	/** By flow and minute, on two lines. */
	minutes: Map<string, Sum>;
	/** By flow, hour and raw key, on three lines. */
	hours: Map<string, Sum>;
}

export interface Conditions {
	maxLineBytes: number;
	window: ScanWindow;
}

export const noWindow: ScanWindow = { from: undefined, to: undefined, bucket: undefined };
export const normal: Conditions = { maxLineBytes, window: noWindow };

export function emptyTallies(): TextTallies {
	return {
		counts: { lines: 0, records: 0, blank: 0, outsideWindow: 0, otherBucket: 0, unparsed: 0 },
		samples: [],
		minutes: new Map(),
		hours: new Map(),
	};
}

function addTo(sums: Map<string, Sum>, name: string, add: Sum): void {
	const sum = sums.get(name);
	if (sum === undefined) {
		sums.set(name, { ...add });
		return;
	}
	sum.requests += add.requests;
	sum.bytesSent += add.bytesSent;
	sum.objectBytes += add.objectBytes;
	sum.firstSeconds = Math.min(sum.firstSeconds, add.firstSeconds);
	sum.lastSeconds = Math.max(sum.lastSeconds, add.lastSeconds);
}

const flowFields: readonly (keyof Flow)[] = [
	...(["bucketOwner", "bucket", "remoteIp", "requester", "operation", "status", "errorCode"] as const),
	...(["userAgent", "signatureVersion", "cipherSuite", "authType", "hostHeader", "tlsVersion"] as const),
	...(["accessPointArn", "aclRequired", "sourceRegion", "listing"] as const),
];

/** `undefined` and `"-"` stay apart. */
export function flowName(flow: Flow): string {
	return JSON.stringify(flowFields.map((field) => flow[field] ?? null));
}

/** What the reference parser finds, added up the obvious way. */
export function oracleTallies(bytes: Uint8Array, { maxLineBytes: limit, window }: Conditions): TextTallies {
	const tallies = emptyTallies();
	const { counts, samples } = tallies;
	const reject = (sample: Sample): void => {
		counts.unparsed++;
		if (samples.length < maxUnparsedSamples) samples.push(sample);
	};
	for (const { offset, lineNumber, parsed } of parseText(bytes)) {
		counts.lines++;
		const newline = bytes.indexOf(0x0a, offset);
		const line = bytes.subarray(offset, newline === -1 ? bytes.length : newline);
		const ended = line.at(-1) === 0x0d && line.length <= limit ? line.subarray(0, -1) : line;
		const text = Buffer.from(ended.subarray(0, maxSampleBytes)).toString("latin1");
		const place = { line: lineNumber, offset, text };
		if (line.length > limit) reject({ ...place, reason: Unparsed.tooLong });
		else if ("blank" in parsed) counts.blank++;
		else if ("reason" in parsed) reject({ ...place, reason: parsed.reason });
		else {
			const { record } = parsed;
			const { timeSeconds: time } = record;
			if (time < (window.from ?? time) || time >= (window.to ?? time + 1)) counts.outsideWindow++;
			else if (window.bucket !== undefined && record.bucket !== window.bucket) counts.otherBucket++;
			else {
				counts.records++;
				const one = {
					requests: 1,
					bytesSent: record.bytesSent,
					objectBytes: record.objectSizeBytes,
					firstSeconds: time,
					lastSeconds: time,
				};
				const flow = flowName(flowOf(record));
				addTo(tallies.minutes, `${flow}\n${Math.floor(time / 60)}`, one);
				addTo(tallies.hours, `${flow}\n${Math.floor(time / 3600)}\n${record.rawKey}`, one);
			}
		}
	}
	return tallies;
}

/** Adds the kernel's cells to the tallies. */
export function addBlocks(
	tallies: TextTallies,
	blocks: readonly Block[],
	dictionary: Pick<Dictionary, "flow" | "rawKey">,
): void {
	const names = new Map<number, string>();
	const nameOf = (flow: number): string => {
		const name = names.get(flow) ?? flowName(dictionary.flow(flow));
		names.set(flow, name);
		return name;
	};
	for (const block of blocks) {
		for (let row = 0; row < block.rows; row++) {
			const time = block.time[row]!;
			const start = time * grainSeconds[block.grain];
			const name = `${nameOf(block.flow[row]!)}\n${time}`;
			const sum = {
				requests: block.requests[row]!,
				bytesSent: block.bytesSent[row]!,
				objectBytes: block.objectBytes[row]!,
				firstSeconds: start + block.first[row]!,
				lastSeconds: start + block.last[row]!,
			};
			if (block.grain === "minute") addTo(tallies.minutes, name, sum);
			else addTo(tallies.hours, `${name}\n${dictionary.rawKey(block.key[row]!)}`, sum);
		}
	}
}

/** A kernel in this thread, used for one text after the other; its dictionaries live on between them. */
export class KernelRig {
	readonly host: ScannerHost;
	readonly kernel: Kernel;
	private readonly words: Int32Array;

	constructor(options: Partial<LayoutOptions> = {}) {
		this.host = prepareScan({ scanners: 1, files: 16, ...options });
		this.kernel = new Kernel(this.host.module, this.host.layout.memory, this.host.layout.regions[0]!);
		this.words = new Int32Array(this.host.layout.memory.buffer);
	}

	/** The header words that `scanFiles` sets once are set for every text here. */
	setConditions({ maxLineBytes: limit, window }: Conditions): void {
		this.words[header.maxLineBytes >> 2] = limit;
		const times = new BigInt64Array(this.host.layout.memory.buffer, header.windowFrom, 2);
		times[0] = BigInt(window.from ?? -(2 ** 40));
		times[1] = BigInt(window.to ?? 2 ** 40);
		// In the header's second half, where nothing else stands.
		const address = 49_152;
		const bucket = Buffer.from(window.bucket ?? "", "latin1");
		this.kernel.bytes.set(bucket, address);
		this.words[header.bucketFilter >> 2] = window.bucket === undefined ? 0 : address;
		this.words[header.bucketFilterLength >> 2] = bucket.length;
	}

	/** Takes the cells of the region into the tallies, as the host does when they are full and at the end. */
	take(tallies: TextTallies): void {
		addBlocks(tallies, takeRegion(this.host.layout, 0), this.host.dictionary);
		this.kernel.exports.clearCells();
	}

	/** A text that failed leaves nothing behind for the next one. */
	private forget(): void {
		this.kernel.beginFile();
		this.kernel.exports.clearCells();
		this.kernel.takeSamples();
		this.kernel.takeCounts();
	}

	/** Feeds the text piece by piece, the way a reader does: what is left of one piece comes before the next. */
	feed(pieces: readonly Uint8Array[], conditions: Conditions = normal): TextTallies {
		this.setConditions(conditions);
		this.forget();
		const { bufferAddress } = this.kernel.region;
		const tallies = emptyTallies();
		let carried = 0;
		let offset = 0;
		for (const [index, piece] of pieces.entries()) {
			assert.ok(piece.length <= readChunkBytes, "a piece that fits the buffer");
			this.kernel.bytes.set(piece, bufferAddress + carried);
			const filled = carried + piece.length;
			const final = index === pieces.length - 1 ? 1 : 0;
			let from = 0;
			for (;;) {
				const next = this.kernel.exports.feed(
					bufferAddress + from,
					bufferAddress + filled,
					0x7fffffff,
					final,
				);
				this.collect(tallies, offset + from);
				from = next - bufferAddress;
				if (!this.kernel.full) break;
				this.take(tallies);
			}
			carried = filled - from;
			this.kernel.bytes.copyWithin(bufferAddress, bufferAddress + from, bufferAddress + filled);
			offset += from;
		}
		this.take(tallies);
		return tallies;
	}

	private collect({ counts, samples }: TextTallies, offset: number): void {
		for (const { line, reason, text, ...sample } of this.kernel.takeSamples()) {
			if (samples.length >= maxUnparsedSamples) break;
			samples.push({ line: counts.lines + line, offset: offset + sample.offset, reason, text });
		}
		const more = this.kernel.takeCounts();
		for (const name of Object.keys(more) as (keyof LineCounts)[]) counts[name] += more[name];
	}
}

/** Dictionaries only grow, and beyond their limits they pool: a night of fuzzing needs new ones now and then. */
const maxUses = 1500;

/** Rigs of one kind, one after the other. */
export function rigs(options: Partial<LayoutOptions>): () => KernelRig {
	let uses = 0;
	let rig: KernelRig | undefined;
	return () => {
		if (rig === undefined || uses++ >= maxUses) {
			rig = new KernelRig(options);
			uses = 0;
		}
		return rig;
	};
}
