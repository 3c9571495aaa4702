/**
 * What becomes of a download: it is received, checked, and kept in memory and on disk, or forgotten.
 * In: a flight whose body grows. Out: nothing anybody waits for, but the promise that the body was whole.
 */
import type { Observer } from "../observe/observer.ts";
import type { DiskTier, DiskWriter } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";
import type { Fill } from "./fill.ts";
import type { Flight } from "./flight.ts";
import type { Ask } from "./found.ts";
import type { MemoryTier } from "./memory-tier.ts";
import { idText, type ObjectHead } from "./object-head.ts";

export interface Tiers {
	memory: MemoryTier;
	/** `undefined`: no disk, or switched off just now. */
	disk(): DiskTier | undefined;
	observer: Observer;
	/** Goes on while nobody waits; the end of the server does. Never rejects. */
	background(work: Promise<void>): void;
}

/** Resolves when the body is whole, accepted and kept in memory; the disk follows. Rejects with what went wrong. */
export async function receiveAndKeep(flight: Flight, fill: Fill, ask: Ask, tiers: Tiers): Promise<void> {
	const { writer } = fill.body;
	try {
		await fill.run();
		const { whole } = fill;
		if (ask.accept !== undefined && whole !== undefined) await ask.accept(whole, fill.head);
	} catch (error) {
		forgetWriter(writer, fill);
		throw error;
	}
	if (flight.purged || !asTheIndexSays(fill.head, ask, tiers.observer)) {
		forgetWriter(writer, fill);
		return;
	}
	const { whole } = fill;
	if (whole === undefined) {
		await seal(fill, tiers, writer);
		return;
	}
	// The asker keeps what it has accepted.
	if (ask.accept === undefined) tiers.memory.put(idText(fill.head), fill.head, whole);
	tiers.background(keepOnDisk(flight, fill.head, whole, tiers));
}

/** A forced push may be ahead of the index: what S3 has is passed on, and asked for again until both agree. */
function asTheIndexSays({ sha256 }: ObjectHead, { expectedSha256 }: Ask, observer: Observer): boolean {
	if (expectedSha256 === undefined || expectedSha256 === sha256) return true;
	observer.integrityFailed("digest");
	return false;
}

/** A body that grew on disk becomes visible; its file stays open for those who still read it. */
async function seal(fill: Fill, { observer }: Tiers, opened: DiskWriter | undefined): Promise<void> {
	const { writer } = fill.body;
	if (writer === undefined) return forgetWriter(opened, fill);
	try {
		await writer.seal(fill.head);
	} catch (error) {
		observer.diskFailed(errnoOf(error));
		await writer.discard().catch(() => {});
	}
	fill.whenIdle(() => writer.close());
}

function forgetWriter(writer: DiskWriter | undefined, fill: Fill): void {
	if (writer === undefined) return;
	fill.whenIdle(() => {
		writer
			.discard()
			.catch(() => {})
			.finally(() => writer.close());
	});
}

/** In the background: the answer does not wait, and a disk that fails costs nothing but a later download. */
async function keepOnDisk(flight: Flight, head: ObjectHead, body: Buffer, tiers: Tiers): Promise<void> {
	const disk = tiers.disk();
	if (disk === undefined) return;
	let writer: DiskWriter | undefined;
	try {
		writer = await disk.create(head, body.length);
		await writer.write(body);
		if (flight.purged) await writer.discard();
		else await writer.seal(head);
	} catch (error) {
		tiers.observer.diskFailed(errnoOf(error));
		await writer?.discard().catch(() => {});
	} finally {
		writer?.close();
	}
}
