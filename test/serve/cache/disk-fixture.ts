/** What the tests of the disk tier share: a clock moved by hand, an observer that remembers, objects with bodies. */
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import type { DiskTier } from "../../../src/serve/cache/disk.ts";
import { footprintBytes } from "../../../src/serve/cache/disk-format.ts";
import type { openDiskStore } from "../../../src/serve/cache/disk-store.ts";
import type { ObjectHead, ObjectId } from "../../../src/serve/cache/object-head.ts";
import type { Clock } from "../../../src/serve/clock.ts";
import type { Observer } from "../../../src/serve/observe/observer.ts";

export class HandClock implements Clock {
	now = Date.UTC(2026, 0, 1);
	nowMs = () => this.now;
	monotonicMs = () => this.now;
	random = () => Math.random();
	sleep = (durationMs: number) => new Promise<void>((resolve) => setTimeout(resolve, durationMs));
}

export interface Memory {
	observer: Observer;
	said: string[];
	errnos: string[];
	evicted: { cause: string; bytes: number }[];
	integrity: string[];
}

export function rememberingObserver(): Memory {
	const memory = {
		said: [] as string[],
		errnos: [] as string[],
		evicted: [] as { cause: string; bytes: number }[],
		integrity: [] as string[],
	};
	const nothing = () => {};
	const observer: Observer = {
		answered: nothing,
		upstream: nothing,
		retried: nothing,
		revalidated: nothing,
		staleServed: nothing,
		evicted: ({ cause, bytes }) => memory.evicted.push({ cause, bytes }),
		diskFailed: (errno) => memory.errnos.push(errno),
		integrityFailed: (where) => memory.integrity.push(where),
		refused: nothing,
		shed: nothing,
		credentialsRefreshed: nothing,
		clockOffset: nothing,
		said: (_level, message) => memory.said.push(message),
	};
	return { ...memory, observer };
}

export function temporaryFolder(t: TestContext): string {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-disk-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return path.join(folder, "cache");
}

export type StoreOptions = Parameters<typeof openDiskStore>[0];
export const mebibyte = 1 << 20;

export function storeOptions(dir: string, over: Partial<StoreOptions> = {}): StoreOptions {
	return {
		dir,
		limitBytes: 64 * mebibyte,
		fsync: "off",
		clock: new HandClock(),
		observer: rememberingObserver().observer,
		...over,
	};
}

export const idOf = (key: string): ObjectId => ({ bucketId: "s3.eu-west-1.amazonaws.com/charts", key });

/** Bytes that tell where they are from. */
export function bodyOf(key: string, sizeBytes: number): Buffer {
	const seed = createHash("sha256").update(key).digest();
	const body = Buffer.alloc(sizeBytes);
	for (let at = 0; at < sizeBytes; at += seed.length) seed.copy(body, at);
	if (sizeBytes >= 8) body.writeUInt32LE(sizeBytes, sizeBytes - 4);
	return body;
}

export function headOf(key: string, body: Buffer, over: Partial<ObjectHead> = {}): ObjectHead {
	const sha256 = createHash("sha256").update(body).digest("hex");
	return {
		...idOf(key),
		sizeBytes: body.length,
		etag: `"${sha256.slice(0, 32)}"`,
		lastModified: "Thu, 01 Jan 2026 00:00:00 GMT",
		contentType: "application/gzip",
		contentEncoding: "",
		contentDisposition: "",
		contentLanguage: "",
		cacheControl: "",
		sha256,
		storedAtMs: 1,
		validatedAtMs: 1,
		...over,
	};
}

/** Whether it was kept. Everything that was opened is closed, whatever happens. */
export async function put(
	tier: DiskTier,
	key: string,
	body: Buffer,
	chunkBytes = 64 << 10,
): Promise<boolean> {
	const writer = await tier.create(idOf(key), body.length);
	try {
		for (let at = 0; at < body.length; at += chunkBytes) {
			await writer.write(body.subarray(at, at + chunkBytes));
		}
		return await writer.seal(headOf(key, body));
	} catch (error) {
		await writer.discard().catch(() => {});
		throw error;
	} finally {
		writer.close();
	}
}

/** The body, read as a client's answer is read. */
export async function get(tier: DiskTier, key: string, chunkBytes = 64 << 10): Promise<Buffer | undefined> {
	const object = await tier.open(idOf(key));
	if (object === undefined) return undefined;
	try {
		const body = Buffer.alloc(object.head.sizeBytes);
		for (let at = 0; at < body.length; ) {
			const bytes = await object.read(body.subarray(at, at + chunkBytes), at);
			if (bytes === 0) throw new Error("ended early");
			at += bytes;
		}
		return body;
	} finally {
		object.close();
	}
}

/** Every file below a folder, with its size. */
export function filesBelow(folder: string): { name: string; sizeBytes: number }[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.map((name) => ({ name, state: lstatSync(path.join(folder, name)) }))
		.filter(({ state }) => !state.isDirectory())
		.map(({ name, state }) => ({ name, sizeBytes: state.size }));
}

export const isObject = (name: string) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name);

/** What the objects and growing files take, as the limit counts them. */
export function footprintOnDisk(dir: string): number {
	return filesBelow(dir)
		.filter(({ name }) => isObject(name) || name.startsWith("tmp/"))
		.reduce((sum, { sizeBytes }) => sum + footprintBytes(sizeBytes), 0);
}
