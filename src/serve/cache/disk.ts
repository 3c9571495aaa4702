/**
 * The disk tier as the cache sees it. disk-store.ts keeps it in files; tests may put their own in place.
 * Every method may reject with an error of the file system: the cache then goes on without the disk (disk-gate.ts).
 */
import type { ObjectHead, ObjectId } from "./object-head.ts";

export interface DiskTier {
	/** The stored object, its file opened; `undefined` when there is none, or none that can be trusted. */
	open(id: ObjectId): Promise<DiskObject | undefined>;
	/** A new object, seen by nobody until it is sealed. `expectedBytes` reserves room: it counts against the limit. */
	create(id: ObjectId, expectedBytes: number | undefined): Promise<DiskWriter>;
	/** S3 said 304: keeps the new head (same body) so that a restart knows it. */
	revalidated(head: ObjectHead): Promise<void>;
	/** `true` when there was one. Open readers read on. A writer of this object is not sealed any more. */
	remove(id: ObjectId): Promise<boolean>;
	/** Everything whose id the condition holds for; the number removed. */
	removeWhere(condition: (id: ObjectId) => boolean): Promise<number>;
	/** What is known to be stored, oldest use first. During the walk after a start it may be incomplete. */
	entries(): Iterable<{ head: ObjectHead; lastUsedMs: number }>;
	/** Bytes of files, sealed and growing, as they count against the limit. */
	readonly usedBytes: number;
	readonly limitBytes: number;
	readonly count: number;
	/** Ends the walk, releases the lock. */
	close(): Promise<void>;
}

export interface DiskObject {
	readonly head: ObjectHead;
	/** Reads body bytes from `position` into `target`, as many as fit; the number read, 0 at the end. */
	read(target: Buffer, position: number): Promise<number>;
	/** The whole body, its sha256 compared with the head's; `undefined` and removed when it differs. */
	readVerified(): Promise<Buffer | undefined>;
	/** Must be called once. */
	close(): void;
}

export interface DiskWriter {
	/** Appends. Rejects when the disk is full, and so on; the writer can then only be discarded. */
	write(chunk: Buffer): Promise<void>;
	/** Reads what has been written so far, while it grows. Also after a failed write, up to what was written. */
	read(target: Buffer, position: number): Promise<number>;
	/**
	 * Makes the object visible in one step (rename). Rejects when the bytes written are not `head.sizeBytes`.
	 * `false`: the object was removed (purged) since `create`, so nothing was kept.
	 */
	seal(head: ObjectHead): Promise<boolean>;
	/** Forgets it. Safe after anything. */
	discard(): Promise<void>;
	/** Readers of the growing file are done: its descriptor may go. Called once, after seal or discard. */
	close(): void;
}
