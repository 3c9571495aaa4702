/**
 * One object, one file: two header slots, then the body. Each slot holds magic and version, a sequence number, the
 * length and the CRC of the head, and the head as JSON. The slot with the higher number counts; a new head goes to
 * the other slot, so a write that is cut short leaves the old head in force.
 *
 *     0     "chartob" 1 | u32 sequence | u32 length of JSON | u32 CRC of sequence, length and JSON | JSON | zeros
 *     4096  the same, a hole until the first new head
 *     8192  body
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { idText, type ObjectHead, type ObjectId } from "./object-head.ts";

/** Goes up when an older program could not read the files any more: the folder is then set aside. */
export const schemaVersion = 1;

/** A page and a block of nearly every file system. A head with a key of 1,024 bytes takes about a third of it. */
export const slotBytes = 4096;
export const bodyOffset = 2 * slotBytes;

const magic = Buffer.from("chartob\x01", "latin1");
const jsonOffset = magic.length + 12;

/** What a head was read from. */
export interface StoredHead {
	head: ObjectHead;
	/** Of the slot in force; the next one goes to the other slot. */
	sequence: number;
}

/** Thrown by `encodeSlot`: nothing is wrong with the disk, this object just cannot be kept there. */
export class HeadTooLarge extends Error {
	constructor(jsonBytes: number) {
		super(`the head of the object takes ${jsonBytes} bytes, more than a slot of ${slotBytes} bytes holds`);
		this.name = "HeadTooLarge";
	}
}

/** Names carry nothing of the key: no traversal, no reserved names, no case folding, no length limit. */
export function fileName(id: ObjectId): string {
	return createHash("sha256").update(idText(id)).digest("hex");
}

/** Below the cache folder: 256 folders, so that none gets too large. */
export function objectPath(name: string): string {
	return `${name.slice(0, 2)}/${name}`;
}

/** What a file takes from the limit: whole blocks, as `du` counts them (a hole counts as full). */
export function footprintBytes(fileBytes: number): number {
	return Math.ceil(fileBytes / slotBytes) * slotBytes;
}

export function slotPosition(sequence: number): number {
	return (sequence % 2) * slotBytes;
}

/** A whole slot. @throws HeadTooLarge */
export function encodeSlot(head: ObjectHead, sequence: number): Buffer {
	const json = Buffer.from(JSON.stringify(plainHead(head)), "utf8");
	if (jsonOffset + json.length > slotBytes) throw new HeadTooLarge(json.length);
	const slot = Buffer.alloc(slotBytes);
	magic.copy(slot, 0);
	slot.writeUInt32LE(sequence >>> 0, magic.length);
	slot.writeUInt32LE(json.length, magic.length + 4);
	json.copy(slot, jsonOffset);
	slot.writeUInt32LE(checksum(slot, json.length), magic.length + 8);
	return slot;
}

/** The head in force in the first `bodyOffset` bytes of a file; `undefined` when neither slot can be trusted. */
export function decodeSlots(header: Buffer): StoredHead | undefined {
	let newest: StoredHead | undefined;
	for (const start of [0, slotBytes]) {
		const stored = decodeSlot(header.subarray(start, start + slotBytes));
		if (stored && (newest === undefined || stored.sequence > newest.sequence)) newest = stored;
	}
	return newest;
}

function decodeSlot(slot: Buffer): StoredHead | undefined {
	if (slot.length < slotBytes || slot.compare(magic, 0, magic.length, 0, magic.length) !== 0)
		return undefined;
	const sequence = slot.readUInt32LE(magic.length);
	const length = slot.readUInt32LE(magic.length + 4);
	if (length > slotBytes - jsonOffset) return undefined;
	if (slot.readUInt32LE(magic.length + 8) !== checksum(slot, length)) return undefined;
	const head = readHead(slot.toString("utf8", jsonOffset, jsonOffset + length));
	return head && { head, sequence };
}

function checksum(slot: Buffer, jsonBytes: number): number {
	const numbers = crc32(slot.subarray(magic.length, magic.length + 8));
	return crc32(slot.subarray(jsonOffset, jsonOffset + jsonBytes), numbers);
}

const texts = [
	"bucketId",
	"key",
	"etag",
	"lastModified",
	"contentType",
	"contentEncoding",
	"contentDisposition",
	"contentLanguage",
	"cacheControl",
	"sha256",
] as const;
const numbers = ["sizeBytes", "storedAtMs", "validatedAtMs"] as const;

/** Only the fields that belong to a head, in one order. */
function plainHead(head: ObjectHead): Record<string, string | number> {
	return Object.fromEntries([...texts, ...numbers].map((field) => [field, head[field]]));
}

function readHead(json: string): ObjectHead | undefined {
	let value: Record<string, unknown>;
	try {
		value = JSON.parse(json);
	} catch {
		return undefined;
	}
	if (typeof value !== "object" || value === null) return undefined;
	const good =
		texts.every((field) => typeof value[field] === "string") &&
		numbers.every((field) => Number.isFinite(value[field])) &&
		Number.isSafeInteger(value["sizeBytes"]) &&
		(value["sizeBytes"] as number) >= 0 &&
		/^[0-9a-f]{64}$/.test(value["sha256"] as string);
	return good ? (plainHead(value as unknown as ObjectHead) as unknown as ObjectHead) : undefined;
}
