/**
 * A running chart proxy: repositories over one cache, behind one data port.
 * In: checked settings, and the parts that reach outside (credentials, disk, clock, observer). Out: a server that can reload, be
 * purged, tell its state (admin/operated.ts) and drain.
 */

import type { Socket } from "node:net";
import { Answerer, type AnswererOptions } from "./answer/answerer.ts";
import { nodeOutlet } from "./answer/node-outlet.ts";
import { Cache } from "./cache/cache.ts";
import type { GatedDisk } from "./cache/disk-gate.ts";
import type { Lookup } from "./cache/lookup.ts";
import { MemoryTier } from "./cache/memory-tier.ts";
import { Negatives } from "./cache/negatives.ts";
import type { Clock } from "./clock.ts";
import type { Address, RepositoryConfig, ServeConfig } from "./config/config.ts";
import { ruleOf } from "./config/rules.ts";
import { apiAnswer } from "./index-file/api.ts";
import type { IndexPreparer } from "./index-file/holder.ts";
import type { PreparedIndex } from "./index-file/prepared.ts";
import { type ExchangeOptions, exchange } from "./listener/exchange.ts";
import { FastPath } from "./listener/fast-path.ts";
import { type Listener, startListener } from "./listener/listener.ts";
import { visitOf } from "./listener/node-request.ts";
import { createRequestIds } from "./listener/request-ids.ts";
import { createRouter } from "./listener/route.ts";
import type { Observer } from "./observe/observer.ts";
import type { CredentialSource } from "./origin/credentials.ts";
import { createS3Origin, type S3Origin } from "./origin/s3-origin.ts";
import { Repository, type RepositoryOptions } from "./repository.ts";

export interface ServerParts {
	credentials: CredentialSource;
	clock: Clock;
	observer: Observer;
	/** `undefined`: memory only. */
	disk: GatedDisk | undefined;
	preparer: IndexPreparer;
	/** Who may read; `undefined`: everybody. */
	authorize: AnswererOptions["authorize"];
	challenge: readonly string[];
	version: string;
	/** Certificates to trust at custom endpoints. */
	ca?: string | Buffer | undefined;
	/** In a worker process: who is asked instead of disk and S3. */
	owner?: Owner | undefined;
	/** With worker processes: they are told. */
	onNewIndex?: ((repository: Repository, index: PreparedIndex) => void) | undefined;
}

/** The process that has disk and S3, as a worker sees it; workers/owner.ts. */
export interface Owner {
	cache(memory: MemoryTier): Lookup;
	origin(place: RepositoryConfig): S3Origin;
	index(config: RepositoryConfig): NonNullable<RepositoryOptions["ownerIndex"]>;
}

/** What changes as a whole when the settings are read again. */
interface Setup {
	config: ServeConfig;
	repositories: ReadonlyMap<string, Repository>;
	origins: ReadonlyMap<string, S3Origin>;
	answerer: Answerer;
}

export class Server {
	readonly cache: Lookup;
	readonly memory: MemoryTier;
	readonly negatives = new Negatives();
	readonly parts: ServerParts;
	#setup: Setup;
	#listener: Listener | undefined;
	#fastPath: FastPath | undefined;
	#draining = false;

	constructor(config: ServeConfig, parts: ServerParts) {
		this.parts = parts;
		const { clock, observer, disk } = parts;
		this.memory = new MemoryTier({ limitBytes: config.cache.memoryBytes, observer });
		this.cache =
			parts.owner?.cache(this.memory) ??
			new Cache({
				memory: this.memory,
				negatives: this.negatives,
				disk: () => (disk?.usable === true ? disk : undefined),
				clock,
				observer,
				maxObjectBytes: config.cache.maxObjectBytes,
				rangeFillMaxBytes: config.origin.rangeFillMaxBytes,
			});
		this.#setup = this.#setUp(config, new Map());
	}

	get config(): ServeConfig {
		return this.#setup.config;
	}

	get repositories(): readonly Repository[] {
		return [...this.#setup.repositories.values()];
	}

	get origins(): ReadonlyMap<string, S3Origin> {
		return this.#setup.origins;
	}

	/** By their names, of the settings that hold now. */
	get byName(): ReadonlyMap<string, Repository> {
		return this.#setup.repositories;
	}

	get draining(): boolean {
		return this.#draining;
	}

	get connections(): number {
		return this.#listener?.connections ?? 0;
	}

	/** Where it listens. Rejects with the error of listen(2). `handed`: nowhere, connections come by `take`. */
	async listen(where: "handed" | undefined = undefined): Promise<Address> {
		const { config } = this.#setup;
		const { clock, observer } = this.parts;
		const requestIds = createRequestIds(() => clock.random());
		const exchangeOptions: ExchangeOptions = {
			...{ clock, observer, requestIds },
			answerer: () => this.#setup.answerer,
			closing: () => this.#draining,
		};
		const fastPath = new FastPath({
			...exchangeOptions,
			limits: config.limits,
			memory: this.memory,
		});
		this.#fastPath = fastPath;
		this.#listener = await startListener({
			listen: where ?? config.listen,
			tls: config.tls,
			limits: config.limits,
			observer,
			fastPath,
			onRequest: (request, response) =>
				void exchange(
					visitOf(request, requestIds),
					nodeOutlet(response, config.limits.writeIdleTimeoutMs),
					exchangeOptions,
				),
		});
		return this.#listener.address;
	}

	/** A connection that was accepted elsewhere. */
	take(socket: Socket): void {
		this.#listener?.take(socket);
	}

	/** All or nothing: throws before anything has changed. Sizes, ports and folders stay as they were at the start. */
	reload(config: ServeConfig): void {
		const before = this.#setup;
		const setup = this.#setUp(config, before.origins);
		for (const [name, repository] of setup.repositories) {
			const same = before.repositories.get(name);
			if (same !== undefined) repository.takeOver(same);
		}
		this.#listener?.reloadCertificate();
		this.#setup = setup;
		this.#fastPath?.forget();
		for (const [place, origin] of before.origins) if (!setup.origins.has(place)) void origin.close();
	}

	/** Not ready any more; answers still go out, on new connections, too. */
	beginDrain(): void {
		this.#draining = true;
	}

	/** No new connections; resolves when the last answer is out, or after `timeoutMs`. */
	async drain(timeoutMs: number): Promise<void> {
		this.#draining = true;
		await this.#listener?.drain(timeoutMs);
	}

	/** After `drain`: waits for what is being stored, then lets go of S3 and the disk. */
	async close(): Promise<void> {
		const settled = new AbortController();
		const patience = this.parts.clock.sleep(2000, settled.signal).catch(() => {});
		await Promise.race([this.cache.settled(), patience]);
		// A wait that goes on would keep the process for as long.
		settled.abort();
		await Promise.allSettled([...this.#setup.origins.values()].map((origin) => origin.close()));
		await this.parts.disk?.close();
	}

	#setUp(config: ServeConfig, known: ReadonlyMap<string, S3Origin>): Setup {
		const origins = new Map<string, S3Origin>();
		const repositories = new Map<string, Repository>();
		for (const repository of config.repositories) {
			const place = placeOf(repository);
			const origin = origins.get(place) ?? known.get(place) ?? this.#origin(config, repository);
			origins.set(place, origin);
			repositories.set(repository.name, this.#repository(config, repository, origin));
		}
		const { clock, observer, authorize, challenge, version } = this.parts;
		const answerer = new Answerer({
			router: createRouter(config.repositories, config.api),
			repositories,
			cache: this.cache,
			clock,
			observer,
			version,
			authorize,
			challenge,
			api: (index, segments, query) => apiAnswer(index, "GET", ["charts", ...segments], query),
			rejectQueries: config.query === "reject",
			obeyClientCacheControl: config.clientCacheControl,
			maxPending: config.limits.pendingRequests,
		});
		return { config, repositories, origins, answerer };
	}

	#origin({ origin: settings }: ServeConfig, place: RepositoryConfig): S3Origin {
		const { credentials, clock, observer, version, ca, owner } = this.parts;
		return (
			owner?.origin(place) ?? createS3Origin({ place, settings, credentials, clock, observer, version, ca })
		);
	}

	#repository(config: ServeConfig, repository: RepositoryConfig, origin: S3Origin): Repository {
		const { observer, owner, onNewIndex } = this.parts;
		return new Repository({
			config: repository,
			origin,
			cache: this.cache,
			preparer: this.parts.preparer,
			ruleOf: (file) => ruleOf(repository, file),
			maxMemoryObjectBytes: config.cache.maxMemoryObjectBytes,
			indexBytes: config.limits.indexBytes,
			ownerIndex: owner?.index(repository),
			onNewIndex: (changed, index) => {
				// What was missing a moment ago may be what was just published.
				this.negatives.removeWhere((id) => id.startsWith(changed.idPrefix));
				this.#fastPath?.forget();
				onNewIndex?.(changed, index);
				for (const note of index.notes) observer.said("warn", `index of ${changed.config.name}: ${note}`);
			},
			onRefusedIndex: (refusing, message) =>
				observer.said("error", `repository ${refusing.config.name}: ${message}`),
		});
	}
}

/** Repositories of one bucket share connections and what was learnt about it. */
function placeOf({ bucket, region, endpointUrl, pathStyle, dualStack, fips }: RepositoryConfig): string {
	return JSON.stringify([bucket, region, endpointUrl, pathStyle, dualStack, fips]);
}
