/**
 * The memory tier: whole small objects, least recently used ones leave first. A walk through all old charts must not
 * flush what is hot: once the tier is full, an object is taken in at its second sight only.
 */
import { LRUCache } from "lru-cache";
import type { Observer } from "../observe/observer.ts";
import type { ObjectHead } from "./object-head.ts";

export interface MemoryObject {
	/** Replaced, never changed, when S3 confirms the object. */
	head: ObjectHead;
	readonly body: Buffer;
	/** Answers made ready for this object by answer/prepared.ts; forgotten with it. */
	prepared: unknown;
}

/** An entry's share beside its body: map slot, head, prepared answer heads. */
const overheadBytes = 2048;
/** Names seen once while the tier was full. */
const maxSightings = 16_384;

export class MemoryTier {
	readonly #objects: LRUCache<string, MemoryObject>;
	readonly #seen = new LRUCache<string, true>({ max: maxSightings });
	readonly limitBytes: number;

	constructor(options: { limitBytes: number; observer: Observer }) {
		this.limitBytes = Math.max(1, options.limitBytes);
		this.#objects = new LRUCache({
			maxSize: this.limitBytes,
			sizeCalculation: ({ body }) => body.length + overheadBytes,
			dispose: ({ body }, _key, reason) => {
				if (reason === "evict") options.observer.evicted({ tier: "mem", cause: "size", bytes: body.length });
			},
		});
	}

	/** Marks the object as used. */
	get(id: string): MemoryObject | undefined {
		return this.#objects.get(id);
	}

	put(id: string, head: ObjectHead, body: Buffer): void {
		const sizeBytes = body.length + overheadBytes;
		if (sizeBytes > this.limitBytes) return;
		const full = this.#objects.calculatedSize + sizeBytes > this.limitBytes;
		if (full && !this.#objects.has(id) && !this.#seen.has(id)) {
			this.#seen.set(id, true);
			return;
		}
		this.#objects.set(id, { head, body, prepared: undefined });
	}

	remove(id: string): boolean {
		this.#seen.delete(id);
		return this.#objects.delete(id);
	}

	/** Most recently used first. */
	entries(): IterableIterator<[string, MemoryObject]> {
		return this.#objects.entries();
	}

	get count(): number {
		return this.#objects.size;
	}

	get usedBytes(): number {
		return this.#objects.calculatedSize;
	}
}
