/**
 * Keys that S3 said it does not have, for a short time: a 404 is a billed request. Bounded, apart from what is stored,
 * so that a flood of made-up names can neither grow without end nor push objects out.
 */
import { LRUCache } from "lru-cache";

/** At some 200 bytes each: 2 MB at most. */
const maxNegatives = 10_000;

export class Negatives {
	readonly #untilMs = new LRUCache<string, { atMs: number; untilMs: number }>({ max: maxNegatives });

	add(id: string, nowMs: number, ttlMs: number): void {
		if (ttlMs > 0) this.#untilMs.set(id, { atMs: nowMs, untilMs: nowMs + ttlMs });
	}

	/** Since when and until when it is known to be missing. A clock that was set back ends the knowledge. */
	get(id: string, nowMs: number): { atMs: number; untilMs: number } | undefined {
		const known = this.#untilMs.get(id);
		if (known === undefined) return undefined;
		if (nowMs < known.untilMs && nowMs >= known.atMs) return known;
		this.#untilMs.delete(id);
		return undefined;
	}

	remove(id: string): boolean {
		return this.#untilMs.delete(id);
	}

	removeWhere(condition: (id: string) => boolean): number {
		const gone = [...this.#untilMs.keys()].filter(condition);
		for (const id of gone) this.#untilMs.delete(id);
		return gone.length;
	}

	get count(): number {
		return this.#untilMs.size;
	}
}
