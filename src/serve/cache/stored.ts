/**
 * Finds what is stored: in memory, or on disk, from where small objects move to memory, once for all who ask.
 * In: an Ask. Out: head and body, whatever its age. A disk that fails means that nothing is stored there.
 */
import type { Observer } from "../observe/observer.ts";
import { type BodySource, diskSource, memorySource } from "./body-source.ts";
import type { DiskObject, DiskTier } from "./disk.ts";
import { errnoOf } from "./flight.ts";
import type { Ask } from "./found.ts";
import type { MemoryTier } from "./memory-tier.ts";
import type { ObjectHead, ObjectId } from "./object-head.ts";

export interface Stored {
	head: ObjectHead;
	tier: "mem" | "disk";
	source: BodySource;
}

export interface StoredOptions {
	memory: MemoryTier;
	disk(): DiskTier | undefined;
	observer: Observer;
}

type Loaded = { head: ObjectHead; body: Buffer } | { large: DiskObject } | undefined;

export class StoredObjects {
	readonly #options: StoredOptions;
	/** Small objects on their way from disk to memory. */
	readonly #loads = new Map<string, Promise<Loaded>>();

	constructor(options: StoredOptions) {
		this.#options = options;
	}

	async find(ask: Ask): Promise<Stored | undefined> {
		const { held, idText } = ask;
		if (held !== undefined) return inMemory(held.head, held.body);
		const object = this.#options.memory.get(idText);
		return object === undefined ? this.#onDisk(ask) : inMemory(object.head, object.body);
	}

	async #onDisk(ask: Ask): Promise<Stored | undefined> {
		const { id, idText } = ask;
		const under = this.#loads.get(idText);
		const load = under ?? this.#load(ask).finally(() => this.#loads.delete(idText));
		if (under === undefined) this.#loads.set(idText, load);
		const loaded = await load;
		if (loaded === undefined) return undefined;
		if ("body" in loaded) {
			return { ...inMemory(loaded.head, loaded.body), tier: "disk" };
		}
		// An opened file is read by one: the others open it anew.
		const object = under === undefined ? loaded.large : await this.#open(id);
		if (object === undefined) return undefined;
		return { head: object.head, tier: "disk", source: diskSource(object) };
	}

	async #load({ id, idText, maxMemoryBytes, accept }: Ask): Promise<Loaded> {
		const object = await this.#open(id);
		if (object === undefined) return undefined;
		if (object.head.sizeBytes > maxMemoryBytes) return { large: object };
		try {
			const body = await object.readVerified();
			if (body === undefined) return undefined;
			// The asker keeps what it has accepted.
			if (accept === undefined) this.#options.memory.put(idText, object.head, body);
			return { head: object.head, body };
		} catch (error) {
			this.#options.observer.diskFailed(errnoOf(error));
			return undefined;
		} finally {
			object.close();
		}
	}

	async #open(id: ObjectId): Promise<DiskObject | undefined> {
		try {
			return await this.#options.disk()?.open(id);
		} catch (error) {
			this.#options.observer.diskFailed(errnoOf(error));
			return undefined;
		}
	}
}

function inMemory(head: ObjectHead, body: Buffer): Stored {
	return { head, tier: "mem", source: memorySource(body) };
}
