/**
 * One question to S3 about one object, shared by all who ask meanwhile: a 304, a body that starts to arrive, or a failure.
 * In: the question. Out: `started` as soon as S3's head is here, `finished` when nothing more will come.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type Origin, type OriginAnswer, OriginError } from "../origin/origin.ts";
import type { DiskTier } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";
import { Fill } from "./fill.ts";
import { diskBody, type GrowingBody, memoryBody } from "./growing-body.ts";
import type { ObjectHead, ObjectId } from "./object-head.ts";

export type Started =
	| { kind: "growing"; fill: Fill; answer: OriginAnswer }
	| { kind: "unchanged"; answer: OriginAnswer }
	/** Nobody keeps it. The first to take the answer streams it; for the others it is `undefined`. */
	| { kind: "unkept"; take(): OriginAnswer | undefined; why: PassReason }
	| { kind: "failed"; error: OriginError };

export type PassReason = "too-large" | "no-length" | "no-store" | "no-room";

export interface FlightPlan {
	id: ObjectId;
	origin: Origin;
	ifNoneMatch: string | undefined;
	/** Larger bodies grow on disk. */
	maxMemoryBytes: number;
	mayStore(cacheControl: string): boolean;
}

export interface FlightContext {
	clock: Clock;
	observer: Observer;
	/** `undefined`: no disk, or switched off just now. */
	disk(): DiskTier | undefined;
	maxObjectBytes: number;
}

export class Flight {
	/** Never rejects. */
	readonly started: Promise<Started>;
	/** Purged while it was under way: what it brings is not kept. */
	purged = false;
	readonly #plan: FlightPlan;
	readonly #context: FlightContext;
	readonly #abort = new AbortController();

	constructor(plan: FlightPlan, context: FlightContext) {
		this.#plan = plan;
		this.#context = context;
		this.started = this.#start();
	}

	/** What a 304 is about; `undefined`: none was asked for. */
	get ifNoneMatch(): string | undefined {
		return this.#plan.ifNoneMatch;
	}

	async #start(): Promise<Started> {
		const { id, origin, ifNoneMatch } = this.#plan;
		let answer: OriginAnswer | undefined;
		try {
			answer = await origin.request({
				method: "GET",
				key: id.key,
				ifNoneMatch,
				signal: this.#abort.signal,
			});
			return answer.status === 304 ? { kind: "unchanged", answer } : await this.#fill(answer);
		} catch (error) {
			answer?.cancel();
			return { kind: "failed", error: asOriginError(error) };
		}
	}

	async #fill(answer: OriginAnswer): Promise<Started> {
		const { mayStore } = this.#plan;
		const { maxObjectBytes } = this.#context;
		const { contentLength } = answer;
		if (!mayStore(answer.cacheControl)) return unkept(answer, "no-store");
		if (contentLength === undefined) return unkept(answer, "no-length");
		if (contentLength > maxObjectBytes) return unkept(answer, "too-large");
		const place = await this.#place(contentLength);
		if (place === undefined) return unkept(answer, "no-room");
		const fill: Fill = new Fill({
			head: headOf(this.#plan.id, answer, contentLength, this.#context.clock.nowMs()),
			answer,
			body: place(() => fill),
			origin: this.#plan.origin,
			abort: this.#abort,
			onIntegrityFailure: (where) => this.#context.observer.integrityFailed(where),
		});
		return { kind: "growing", fill, answer };
	}

	/** Where the body will grow; the fill, which does not exist yet, is asked later how far its readers are. */
	async #place(sizeBytes: number): Promise<((fill: () => Fill) => GrowingBody) | undefined> {
		const { observer } = this.#context;
		if (sizeBytes <= this.#plan.maxMemoryBytes) return () => memoryBody(sizeBytes);
		const disk = this.#context.disk();
		if (disk === undefined) return undefined;
		try {
			const writer = await disk.create(this.#plan.id, sizeBytes);
			return (fill) =>
				diskBody({
					writer,
					slowestReader: () => fill().slowestReader(),
					readerMoved: () => fill().readerMoved(),
					onDiskFailure: (error) => observer.diskFailed(errnoOf(error)),
				});
		} catch (error) {
			observer.diskFailed(errnoOf(error));
			return undefined;
		}
	}
}

function unkept(answer: OriginAnswer, why: PassReason): Started {
	let left: OriginAnswer | undefined = answer;
	return {
		kind: "unkept",
		why,
		take() {
			const taken = left;
			left = undefined;
			return taken;
		},
	};
}

export function headOf(id: ObjectId, answer: OriginAnswer, sizeBytes: number, nowMs: number): ObjectHead {
	const { etag, lastModified, contentType, contentEncoding, contentDisposition, contentLanguage } = answer;
	return {
		bucketId: id.bucketId,
		key: id.key,
		sizeBytes,
		etag,
		lastModified,
		contentType,
		contentEncoding,
		contentDisposition,
		contentLanguage,
		cacheControl: answer.cacheControl,
		sha256: "",
		storedAtMs: nowMs,
		validatedAtMs: nowMs,
	};
}

export function asOriginError(error: unknown): OriginError {
	if (error instanceof OriginError) return error;
	const message = error instanceof Error ? error.message : String(error);
	return new OriginError("bad-answer", message, { cause: error });
}
