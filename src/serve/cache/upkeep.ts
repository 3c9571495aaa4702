/**
 * What S3's word changes in what is stored: a 304 makes it fresh again, a 404 makes it forgotten.
 * In: an Ask and what S3 said. Out: memory, disk and known-missing keys brought up to date; nobody waits for the disk.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { isSameTag } from "../origin/answer.ts";
import type { OriginAnswer, OriginError } from "../origin/origin.ts";
import type { DiskTier } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";
import type { Ask } from "./found.ts";
import type { MemoryTier } from "./memory-tier.ts";
import type { Negatives } from "./negatives.ts";
import type { ObjectHead } from "./object-head.ts";

export interface UpkeepOptions {
	memory: MemoryTier;
	negatives: Negatives;
	/** `undefined`: no disk, or switched off just now. */
	disk(): DiskTier | undefined;
	clock: Clock;
	observer: Observer;
}

export class Upkeep {
	readonly #options: UpkeepOptions;

	constructor(options: UpkeepOptions) {
		this.#options = options;
	}

	/** The stored object is fresh again; or S3 means another one, and ours is of no use any more. */
	confirmed(ask: Ask, storedHead: ObjectHead, answer: OriginAnswer): void {
		const { memory, clock } = this.#options;
		const head = confirmedHead(storedHead, answer, clock.nowMs());
		if (head === undefined) {
			this.#forget(ask);
			return;
		}
		const object = memory.get(ask.idText);
		if (object !== undefined && object.head.sha256 === head.sha256) {
			object.head = head;
			object.prepared = undefined;
		}
		if (ask.held !== undefined) ask.held.head = head;
		this.#onDisk((disk) => disk.revalidated(head));
	}

	/** What S3 does not have any more is forgotten. */
	failed(ask: Ask, error: OriginError): void {
		if (!meansMissing(error, ask)) return;
		const { negatives, clock } = this.#options;
		negatives.add(ask.idText, clock.nowMs(), ask.rule.notFoundTtlMs);
		this.#forget(ask);
	}

	#forget({ id, idText }: Ask): void {
		this.#options.memory.remove(idText);
		this.#onDisk((disk) => disk.remove(id));
	}

	#onDisk(step: (disk: DiskTier) => Promise<unknown>): void {
		const disk = this.#options.disk();
		if (disk === undefined) return;
		step(disk).catch((error) => this.#options.observer.diskFailed(errnoOf(error)));
	}
}

/**
 * RFC 9111 §4.3.4: what a 304 says replaces what was stored; S3's metadata can change without the bytes, and so without the ETag.
 * `undefined`: it is about another object.
 */
export function confirmedHead(head: ObjectHead, answer: OriginAnswer, nowMs: number): ObjectHead | undefined {
	if (answer.etag !== "" && !isSameTag(answer.etag, head.etag)) return undefined;
	return {
		...head,
		lastModified: answer.lastModified || head.lastModified,
		contentDisposition: answer.contentDisposition || head.contentDisposition,
		contentLanguage: answer.contentLanguage || head.contentLanguage,
		cacheControl: answer.cacheControl || head.cacheControl,
		validatedAtMs: nowMs,
	};
}

/** 403 is S3's word for a missing key when it may not say 404; but not for one that the index names, or the index. */
export function meansMissing({ failure }: OriginError, { forbiddenIsMissing, listed, accept }: Ask): boolean {
	if (failure === "missing") return true;
	return failure === "forbidden" && forbiddenIsMissing && !listed && accept === undefined;
}
