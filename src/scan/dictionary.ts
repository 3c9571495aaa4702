/**
 * The main thread's view of the shared dictionaries: ids back to keys and flows, and both put in again when a
 * dataset is read back. Ids are positions: 0, 1, 2 … in order of first sight; key 0 and flow strings below
 * `kindCount` are the "(other)" entries that stand for whatever exceeds a limit.
 */
import type { Flow } from "../model/flow.ts";
import { hasEscape } from "../model/key-list.ts";
import { Kernel } from "./kernel.ts";
import { descriptor, entryBytes, flowBytes, header, Kind, type Layout } from "./layout.ts";

/** How pooled values are called in reports. */
export const pooledName = "(other)";

export class Dictionary {
	private readonly kernel: Kernel;
	private readonly words: Int32Array;
	/** What was read out before, by id: flows share their strings, and equal ones are the same object. */
	private readonly strings: string[] = [];
	private readonly pairs: [string, string][] = [];
	private readonly callers: [string, string][] = [];
	private readonly tails: (string | undefined)[][] = [];

	/** `fresh`: enters the "(other)" strings; false when another thread's dictionary is only looked at. */
	constructor(module: WebAssembly.Module, layout: Layout, fresh = true) {
		this.kernel = new Kernel(module, layout.memory, layout.regions[0]!);
		this.words = new Int32Array(layout.memory.buffer);
		if (fresh) this.enterPooledStrings();
	}

	private enterPooledStrings(): void {
		const names: Record<Kind, string> = {
			[Kind.bucket]: `- ${pooledName}`,
			[Kind.caller]: `${pooledName} ${pooledName}`,
			// No operation that a log can name: it has a space.
			[Kind.operation]: `${pooledName} operation`,
			[Kind.outcome]: "- -",
			[Kind.agent]: pooledName,
			[Kind.tail]: "",
			[Kind.key]: pooledName,
		};
		for (const kind of Object.values(Kind)) {
			const id = this.kernel.exports.restoreString(kind, ...this.place(names[kind]));
			this.words[(header.kindOther >> 2) + kind] = id;
			// The pooled entry itself does not use up the limit.
			Atomics.sub(this.words, (header.kindCounts >> 2) + kind, 1);
		}
	}

	/** Copies latin1 text into the scratch buffer. */
	private place(text: string): [number, number] {
		const { bufferAddress, bufferBytes } = this.kernel.region;
		if (text.length > bufferBytes)
			throw new RangeError(`string of ${text.length} bytes does not fit the dictionary`);
		Buffer.from(this.kernel.bytes.buffer, bufferAddress, bufferBytes).write(text, 0, "latin1");
		return [bufferAddress, text.length];
	}

	private word(address: number): number {
		return this.words[address >> 2]!;
	}

	get keyCount(): number {
		return this.word(header.keys + descriptor.count);
	}

	get flowCount(): number {
		return this.word(header.flows + descriptor.count);
	}

	private text(base: number, id: number): string {
		const entry = this.word(base + descriptor.entries) + id * entryBytes;
		return this.kernel.latin1(this.word(entry), this.word(entry + 4));
	}

	/** The key as logged, latin1. */
	rawKey(id: number): string {
		return this.text(header.keys, id);
	}

	/** Is the key as logged not the key itself? */
	keyIsEncoded(id: number): boolean {
		const entry = this.word(header.keys + descriptor.entries) + id * entryBytes;
		const start = this.word(entry);
		return hasEscape(this.kernel.bytes, start, start + this.word(entry + 4));
	}

	/** The id of a key as logged, or -1. Not while other threads scan with the first region. */
	findKey(rawKey: string): number {
		return this.kernel.exports.findString(Kind.key, ...this.place(rawKey)) | 0;
	}

	flow(id: number): Flow {
		const at = (this.word(header.flows + descriptor.entries) + id * flowBytes) >> 2;
		const string = (i: number): string => this.string(this.words[at + i]!);
		const [bucketOwner, bucket] = this.pair(this.words[at]!);
		const [remoteIp, requester] = this.caller(this.words[at + 1]!);
		const [status, errorCode] = this.pair(this.words[at + 3]!);
		const tail = this.tail(this.words[at + 5]!);
		return {
			bucketOwner,
			bucket,
			remoteIp,
			requester,
			operation: string(2),
			status,
			errorCode,
			userAgent: string(4) || "-",
			signatureVersion: tail[0],
			cipherSuite: tail[1],
			authType: tail[2],
			hostHeader: tail[3],
			tlsVersion: tail[4],
			accessPointArn: tail[5],
			aclRequired: tail[6],
			sourceRegion: tail[7],
			listing: this.words[at + 6]!,
		};
	}

	/** Operations and user agents are few, and many flows share them. */
	private string(id: number): string {
		this.strings[id] ??= this.text(header.strings, id);
		return this.strings[id];
	}

	/** Bucket owner and bucket, or status and error code. */
	private pair(id: number): [string, string] {
		this.pairs[id] ??= splitFirst(this.text(header.strings, id));
		return this.pairs[id];
	}

	private caller(id: number): [string, string] {
		let caller = this.callers[id];
		if (caller === undefined) {
			const [ip, rest] = splitFirst(this.text(header.strings, id));
			caller = [ip, rest.startsWith(" ") ? rest.replace(/^ +/, "") : rest];
			this.callers[id] = caller;
		}
		return caller;
	}

	private tail(id: number): (string | undefined)[] {
		let tail = this.tails[id];
		if (tail === undefined) {
			const text = this.text(header.strings, id);
			tail =
				text === ""
					? []
					: text
							.slice(1)
							.split(" ")
							.map((token) => token || "-");
			this.tails[id] = tail;
		}
		return tail;
	}

	/** Adds a key of a dataset; returns its id, or -1 when the limit is reached. */
	restoreKey(rawKey: string): number {
		return this.kernel.exports.restoreString(Kind.key, ...this.place(rawKey)) | 0;
	}

	/** Adds a flow of a dataset; returns its id. Equal flows get ids of their own. */
	restoreFlow(flow: Flow): number {
		const tail = [
			flow.signatureVersion,
			flow.cipherSuite,
			flow.authType,
			flow.hostHeader,
			flow.tlsVersion,
			flow.accessPointArn,
			flow.aclRequired,
			flow.sourceRegion,
		].filter((token) => token !== undefined);
		const strings: [Kind, string][] = [
			[Kind.bucket, `${flow.bucketOwner} ${flow.bucket}`],
			[Kind.caller, `${flow.remoteIp} ${flow.requester}`],
			[Kind.operation, flow.operation],
			[Kind.outcome, `${flow.status} ${flow.errorCode}`],
			[Kind.agent, flow.userAgent],
			[Kind.tail, tail.map((token) => ` ${token}`).join("")],
		];
		const ids = strings.map(([kind, text]) => {
			const id = this.kernel.exports.internString(kind, ...this.place(text)) | 0;
			return id === -1 ? this.word(header.kindOther + kind * 4) : id;
		});
		const { bufferAddress } = this.kernel.region;
		for (const [i, id] of [...ids, flow.listing].entries()) this.words[(bufferAddress >> 2) + i] = id;
		return this.kernel.exports.restoreFlow(bufferAddress);
	}

	/** Marks a file's content as read before, under the number `unit`. */
	claimHash(hash: bigint, unit: number): void {
		this.kernel.exports.claimHash(hash, unit);
	}
}

function splitFirst(text: string): [string, string] {
	const space = text.indexOf(" ");
	return [text.slice(0, space), text.slice(space + 1)];
}
