/**
 * The cache: an object from memory, from disk, or from S3, whichever is right first.
 * In: an Ask. Out: Found, at once when a fresh object lies in memory. Everybody who asks S3 about the same object at the same
 * time shares one flight (flight.ts). What may be sent is decided in freshness.ts, what is kept in keep.ts.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { OriginAnswer, OriginError } from "../origin/origin.ts";
import { memorySource } from "./body-source.ts";
import type { DiskTier } from "./disk.ts";
import { factsOf, storedFacts, upstreamFacts } from "./facts.ts";
import { asOriginError, Flight, headOf, type Started } from "./flight.ts";
import type { Ask, Found } from "./found.ts";
import { freshnessOf, mayStore } from "./freshness.ts";
import { Heads, isFailure } from "./heads.ts";
import { receiveAndKeep, type Tiers } from "./keep.ts";
import type { MemoryTier } from "./memory-tier.ts";
import type { Negatives } from "./negatives.ts";
import type { ObjectHead } from "./object-head.ts";
import { foundAfterFailure, foundConfirmed, foundGrowing, foundStored } from "./outcome.ts";
import { passed, passedAlone } from "./pass.ts";
import { type Stored, StoredObjects } from "./stored.ts";
import { confirmedHead, Upkeep } from "./upkeep.ts";

export interface CacheOptions {
	memory: MemoryTier;
	negatives: Negatives;
	/** `undefined`: no disk, or switched off just now. */
	disk(): DiskTier | undefined;
	clock: Clock;
	observer: Observer;
	maxObjectBytes: number;
	/** A range that begins further into a missing object is passed through. */
	rangeFillMaxBytes: number;
}

interface Under {
	flight: Flight;
	/** Never rejects; says what went wrong after S3's head. */
	finished: Promise<OriginError | undefined>;
	/** Requests that have waited for it. */
	askers: number;
}

export class Cache {
	readonly #options: CacheOptions;
	readonly #stored: StoredObjects;
	readonly #upkeep: Upkeep;
	readonly #heads = new Heads();
	readonly #flights = new Map<string, Under>();
	/** What goes to the disk behind the answers. */
	readonly #background = new Set<Promise<void>>();
	readonly #tiers: Tiers;
	#waiters = 0;

	constructor(options: CacheOptions) {
		this.#options = options;
		this.#stored = new StoredObjects(options);
		this.#upkeep = new Upkeep(options);
		const background = (work: Promise<void>) => {
			this.#background.add(work);
			void work.then(() => this.#background.delete(work));
		};
		this.#tiers = { ...options, background };
	}

	get fillsInFlight(): number {
		return this.#flights.size;
	}

	/** Requests that wait for the disk or for S3. */
	get waiters(): number {
		return this.#waiters;
	}

	/** Without waiting when a fresh object lies in memory, or is known to be missing. Never rejects. */
	find(ask: Ask): Found | Promise<Found> {
		const nowMs = this.#options.clock.nowMs();
		if (!ask.revalidate) {
			const known = this.#inMemory(ask, nowMs) ?? this.#knownMissing(ask, nowMs);
			if (known !== undefined) return known;
		}
		return this.#findSlowly(ask);
	}

	/** Marks what is on its way, from S3 or from the disk, so that it is not kept; whoever waits for it still gets it. */
	purgeMoving(condition: (idText: string) => boolean): void {
		this.#stored.purgeLoads(condition);
		for (const [id, { flight }] of this.#flights) {
			if (!condition(id)) continue;
			flight.purged = true;
			this.#flights.delete(id);
		}
	}

	/** Resolves when no download is under way, and what they brought is on the disk. */
	async settled(): Promise<void> {
		await Promise.all([...this.#flights.values()].map(({ finished }) => finished));
		await Promise.all(this.#background);
	}

	#inMemory(ask: Ask, nowMs: number): Found | undefined {
		const { held, idText, rule } = ask;
		const object = held ?? this.#options.memory.get(idText);
		if (object === undefined) return undefined;
		const freshness = freshnessOf(object.head, rule, nowMs);
		if (freshness.state !== "fresh" || isDoubted(object.head, ask)) return undefined;
		return {
			kind: "object",
			head: object.head,
			source: memorySource(object.body),
			facts: storedFacts("hit", "mem", freshness),
		};
	}

	#knownMissing({ idText }: Ask, nowMs: number): Found | undefined {
		const missing = this.#options.negatives.get(idText, nowMs);
		if (missing === undefined) return undefined;
		const ttlS = Math.ceil((missing.untilMs - nowMs) / 1000);
		const ageS = Math.floor((nowMs - missing.atMs) / 1000);
		return { kind: "missing", facts: factsOf("negative", { reason: "known-missing", ageS, ttlS }) };
	}

	async #findSlowly(ask: Ask): Promise<Found> {
		this.#waiters++;
		try {
			const stored = await this.#stored.find(ask);
			const ready = stored === undefined ? undefined : this.#ready(ask, stored);
			if (ready !== undefined) return ready;
			if (stored === undefined && ask.method === "HEAD" && !this.#flights.has(ask.idText)) {
				return await this.#head(ask);
			}
			const found = await this.#askS3(ask, stored);
			if (stored !== undefined && !usesSource(found, stored)) stored.source.close();
			return found;
		} finally {
			this.#waiters--;
		}
	}

	/** What is stored, if it may be sent without waiting for S3. */
	#ready(ask: Ask, stored: Stored): Found | undefined {
		if (ask.revalidate || isDoubted(stored.head, ask)) return undefined;
		const freshness = freshnessOf(stored.head, ask.rule, this.#options.clock.nowMs());
		if (freshness.state === "fresh") return foundStored(stored, storedFacts("hit", stored.tier, freshness));
		if (freshness.state !== "usable") return undefined;
		const refreshStarted = !this.#flights.has(ask.idText);
		if (refreshStarted) this.#begin(ask, stored.head);
		this.#options.observer.staleServed("revalidating");
		const facts = storedFacts("stale", stored.tier, freshness);
		return foundStored(stored, { ...facts, reason: "revalidating", refreshStarted });
	}

	async #askS3(ask: Ask, stored: Stored | undefined): Promise<Found> {
		const joined = this.#flights.get(ask.idText);
		const under = joined ?? this.#begin(ask, stored?.head);
		const collapsed = joined !== undefined;
		under.askers++;
		let started = await under.flight.started;
		if (started.kind === "growing" && !started.fill.joinable) {
			this.#leave(ask.idText, under);
			return this.#askS3(ask, stored);
		}
		// What is to be accepted is in memory; what is too large for that is passed on as it comes.
		if (started.kind === "growing" && ask.accept !== undefined && started.fill.body.whole !== undefined) {
			const error = await under.finished;
			if (error !== undefined) started = { kind: "failed", error };
		}
		switch (started.kind) {
			case "growing":
				return this.#joined(ask, started, { collapsed, reason: stored === undefined ? "absent" : "changed" });
			case "unchanged":
				// Somebody asked on behalf of a copy that we do not have: ask for ourselves.
				if (stored === undefined || stored.head.etag !== under.flight.ifNoneMatch) {
					return this.#askS3(ask, stored);
				}
				return this.#confirmed(ask, stored, started.answer, collapsed);
			case "unkept":
				return passed(ask, started);
			case "failed":
				return this.#afterFailure(ask, stored, started.error, collapsed);
		}
	}

	/** Starts the flight; the end of its download is seen to here, whoever waits. */
	#begin(ask: Ask, storedHead: ObjectHead | undefined): Under {
		const { id, idText, origin, rule } = ask;
		const plan = {
			id,
			origin,
			ifNoneMatch: storedHead?.etag || undefined,
			maxMemoryBytes: ask.maxMemoryBytes,
			mayStore: (cacheControl: string) => mayStore(cacheControl, rule),
		};
		const flight = new Flight(plan, this.#options);
		const under: Under = { flight, finished: this.#finish(flight, ask, storedHead), askers: 0 };
		this.#flights.set(idText, under);
		void under.finished.then(() => this.#leave(idText, under));
		void flight.started.then((started) => {
			// Asked for in the background: nobody takes it, and its connection would wait for ever.
			if (started.kind === "unkept" && under.askers === 0) started.take()?.cancel();
		});
		return under;
	}

	/** Who comes from now on does not join it. Another one may have taken its place already. */
	#leave(idText: string, under: Under): void {
		if (this.#flights.get(idText) === under) this.#flights.delete(idText);
	}

	async #finish(
		flight: Flight,
		ask: Ask,
		storedHead: ObjectHead | undefined,
	): Promise<OriginError | undefined> {
		const { observer } = this.#options;
		const started = await flight.started;
		const checking = storedHead !== undefined;
		if (started.kind === "failed") {
			if (checking) observer.revalidated("error");
			if (!flight.purged) this.#upkeep.failed(ask, started.error);
			return started.error;
		}
		if (started.kind === "unchanged" && storedHead !== undefined) {
			this.#upkeep.confirmed(ask, storedHead, started.answer);
		}
		if (checking) observer.revalidated(started.kind === "unchanged" ? "304" : "200");
		if (started.kind !== "growing") return undefined;
		this.#options.negatives.remove(ask.idText);
		try {
			await receiveAndKeep(flight, started.fill, ask, this.#tiers);
			return undefined;
		} catch (error) {
			return asOriginError(error);
		}
	}

	#joined(
		ask: Ask,
		started: Extract<Started, { kind: "growing" }>,
		how: Parameters<typeof foundGrowing>[2],
	): Found | Promise<Found> {
		const { rangeFillMaxBytes } = this.#options;
		const { head, body } = started.fill;
		const { firstByte } = ask;
		// Beyond the end there is nothing to wait for.
		const isNear =
			firstByte <= Math.max(rangeFillMaxBytes, body.receivedBytes) || firstByte >= head.sizeBytes;
		if (isNear && body.isComplete) return foundGrowing(ask, started, how);
		// The download may have been begun for this asker alone: then it ends here.
		started.fill.reader().close();
		return passedAlone(ask, isNear ? "no-room" : "too-large");
	}

	#confirmed(ask: Ask, stored: Stored, answer: OriginAnswer, collapsed: boolean): Found | Promise<Found> {
		const nowMs = this.#options.clock.nowMs();
		const head = confirmedHead(stored.head, answer, nowMs);
		if (head === undefined) {
			// Not ours: without a copy, S3 must answer with a body.
			stored.source.close();
			return this.#askS3(ask, undefined);
		}
		return foundConfirmed(ask, stored, head, { answer, collapsed, nowMs });
	}

	#afterFailure(ask: Ask, stored: Stored | undefined, error: OriginError, collapsed: boolean): Found {
		const { clock, observer } = this.#options;
		return foundAfterFailure(ask, stored, error, { collapsed, nowMs: clock.nowMs(), observer });
	}

	async #head(ask: Ask): Promise<Found> {
		const { said, collapsed } = await this.#heads.ask(ask);
		if (isFailure(said)) {
			if (!collapsed) this.#upkeep.failed(ask, said);
			return this.#afterFailure(ask, undefined, said, collapsed);
		}
		const head = headOf(ask.id, said, said.contentLength ?? 0, this.#options.clock.nowMs());
		const facts = factsOf("miss", { ...upstreamFacts(said, collapsed, () => 0), reason: "absent" });
		return { kind: "head", head, facts };
	}
}

/** The index says otherwise, and S3 was not asked since it says so: a package that was pushed again. */
export function isDoubted({ sha256, validatedAtMs }: ObjectHead, asked: Ask): boolean {
	const { expectedSha256, expectedSinceMs } = asked;
	return expectedSha256 !== undefined && expectedSha256 !== sha256 && validatedAtMs < expectedSinceMs;
}

function usesSource(found: Found, stored: Stored): boolean {
	return found.kind === "object" && found.source === stored.source;
}
