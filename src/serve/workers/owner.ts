/**
 * The parts of a worker's server that lead to the owner instead of to disk and S3.
 * In: the owner's line. Out: a cache, an index and an origin for Server, and what the owner's messages do to them.
 */
import type { MemoryTier } from "../cache/memory-tier.ts";
import type { Clock } from "../clock.ts";
import type { RepositoryConfig, ServeConfig } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { CredentialSource } from "../origin/credentials.ts";
import { bucketIdOf } from "../origin/endpoint.ts";
import { OriginError } from "../origin/origin.ts";
import type { S3Origin } from "../origin/s3-origin.ts";
import type { Repository, RepositoryOptions } from "../repository.ts";
import type { Owner } from "../server.ts";
import type { OwnerLine } from "./asking.ts";
import { OwnerIndex } from "./owner-index.ts";
import { OwnerLookup } from "./owner-lookup.ts";

export interface OwnerOptions {
	line: OwnerLine;
	clock: Clock;
	observer: Observer;
}

export class FromOwner implements Owner {
	readonly #options: OwnerOptions;
	#lookup: OwnerLookup | undefined;

	constructor(options: OwnerOptions) {
		this.#options = options;
	}

	cache(memory: MemoryTier): OwnerLookup {
		this.#lookup = new OwnerLookup({ ...this.#options, memory });
		return this.#lookup;
	}

	/** Names the bucket as the owner does; nobody asks it anything. */
	origin(place: RepositoryConfig): S3Origin {
		return {
			bucketId: bucketIdOf(place),
			request: () => Promise.reject(new OriginError("aborted", "only the owner process asks S3")),
			state: () => ({ status: "ok", sinceMs: 0, isDown: false, region: place.region, clockOffsetMs: 0 }),
			close: async () => {},
		};
	}

	index({ name }: RepositoryConfig): NonNullable<RepositoryOptions["ownerIndex"]> {
		return (rule, onNew) => new OwnerIndex({ ...this.#options, repository: name, rule, onNew });
	}

	/** The owner says that S3 has another version of it, or none. */
	changed(idText: string): void {
		this.#lookup?.forget(idText);
	}

	/** Packages that the new index contradicts are asked for anew, before anybody has seen that index here. */
	newIndex(repository: Repository, files: readonly string[]): void {
		for (const file of files) this.#lookup?.forget(repository.idPrefix + file);
		if (repository.index instanceof OwnerIndex) void repository.index.refresh();
	}
}

/** Those are the owner's alone. */
export const noCredentials: CredentialSource = {
	current: () => Promise.reject(new OriginError("credentials", "only the owner process has credentials")),
	renew: async () => false,
	state: () => ({ expiresAtMs: undefined, failing: false }),
	close: () => {},
};

/**
 * One process's part of what the settings bound: memory in equal parts for the owner and the workers, requests that wait in equal parts
 * for the workers. An object larger than a process's part is passed on, not kept.
 */
export function shareOf(config: ServeConfig): ServeConfig {
	const { cache, limits, workers } = config;
	const memoryBytes = Math.floor(cache.memoryBytes / (workers + 1));
	const maxMemoryObjectBytes = Math.min(cache.maxMemoryObjectBytes, memoryBytes);
	const pendingRequests = Math.ceil(limits.pendingRequests / workers);
	return {
		...config,
		cache: { ...cache, memoryBytes, maxMemoryObjectBytes },
		limits: { ...limits, pendingRequests },
	};
}
