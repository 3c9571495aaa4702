/**
 * Finds what is stored: in memory, or on disk, from where small objects move to memory, once for all who ask.
 * In: an Ask. Out: head and body, whatever its age. A disk that fails means that nothing is stored there.
 */
import type { Observer } from "../observe/observer.ts";
import { type BodySource, diskSource, memorySource } from "./body-source.ts";
import type { DiskObject, DiskTier } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";
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

interface Load {
	loaded: Promise<Loaded>;
	/** Purged while it was under way: it does not go into memory. */
	purged: boolean;
}

export class StoredObjects {
	readonly #options: StoredOptions;
	/** Small objects on their way from disk to memory. */
	readonly #loads = new Map<string, Load>();

	constructor(options: StoredOptions) {
		this.#options = options;
	}

	async find(ask: Ask): Promise<Stored | undefined> {
		const { held, idText } = ask;
		if (held !== undefined) return inMemory(held.head, held.body);
		const object = this.#options.memory.get(idText);
		return object === undefined ? this.#onDisk(ask) : inMemory(object.head, object.body);
	}

	/** What is on its way from the disk is not put into memory; whoever waits for it gets it. */
	purgeLoads(condition: (idText: string) => boolean): void {
		for (const [id, load] of this.#loads) {
			if (!condition(id)) continue;
			load.purged = true;
			this.#loads.delete(id);
		}
	}

	async #onDisk(ask: Ask): Promise<Stored | undefined> {
		const { id, idText } = ask;
		const under = this.#loads.get(idText);
		const loaded = await (under ?? this.#begin(ask)).loaded;
		// A download may have brought a newer one meanwhile.
		const object = ask.accept === undefined ? this.#options.memory.get(idText) : undefined;
		if (loaded === undefined || "body" in loaded) {
			if (object !== undefined && object.body !== loaded?.body) return inMemory(object.head, object.body);
			return loaded && { ...inMemory(loaded.head, loaded.body), tier: "disk" };
		}
		// An opened file is read by one: the others open it anew.
		const opened = under === undefined ? loaded.large : await this.#open(id);
		if (opened === undefined) return undefined;
		return { head: opened.head, tier: "disk", source: diskSource(opened) };
	}

	#begin(ask: Ask): Load {
		const load: Load = { loaded: this.#load(ask, () => load.purged), purged: false };
		this.#loads.set(ask.idText, load);
		void load.loaded.then(() => {
			if (this.#loads.get(ask.idText) === load) this.#loads.delete(ask.idText);
		});
		return load;
	}

	/** Never rejects. */
	async #load({ id, idText, maxMemoryBytes, accept }: Ask, purged: () => boolean): Promise<Loaded> {
		const object = await this.#open(id);
		if (object === undefined) return undefined;
		if (object.head.sizeBytes > maxMemoryBytes) return { large: object };
		try {
			const body = await object.readVerified();
			if (body === undefined) return undefined;
			// The asker keeps what it has accepted.
			const { memory } = this.#options;
			if (accept === undefined && !purged() && memory.get(idText) === undefined) {
				memory.put(idText, object.head, body);
			}
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
