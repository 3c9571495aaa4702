/**
 * The disk tier with a switch: after an error of the disk it is left alone for half a minute, then for longer, so that
 * a full or dying disk costs requests nothing. While it is off nothing is found and nothing is stored. What is said,
 * is said once per change.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { DiskObject, DiskTier, DiskWriter } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";

export interface GatedDisk extends DiskTier {
	/** `false`: do not ask. `create` rejects with DiskOff, `open` finds nothing. */
	readonly usable: boolean;
}

/** Thrown by `create` while the disk is switched off: go on without it. */
export class DiskOff extends Error {
	constructor() {
		super("the disk cache is switched off after an error");
		this.name = "DiskOff";
	}
}

/** A full disk is seldom emptied sooner. */
const firstPauseMs = 30_000;
/** One try in so long costs nothing, and a repaired disk is found soon enough. */
const longestPauseMs = 480_000;

/** `removed` and `open` never reject; a failing disk looks like an empty one. */
export function gateDisk(tier: DiskTier, parts: { clock: Clock; observer: Observer }): GatedDisk {
	const gate = new Gate(parts.clock, parts.observer);
	return {
		get usable() {
			return gate.usable;
		},
		get usedBytes() {
			return tier.usedBytes;
		},
		get limitBytes() {
			return tier.limitBytes;
		},
		get count() {
			return tier.count;
		},
		async open(id) {
			if (!gate.usable) return undefined;
			const object = await gate.orNothing(() => tier.open(id));
			return object && watchedObject(object, gate);
		},
		async create(id, expectedBytes) {
			if (!gate.usable) throw new DiskOff();
			return watchedWriter(await gate.watch(() => tier.create(id, expectedBytes)), gate);
		},
		async revalidated(head) {
			if (gate.usable) await gate.orNothing(() => tier.revalidated(head));
		},
		// Also while it is off: what was purged must not come back with the disk. When the file stays, the tier has
		// forgotten it all the same.
		remove: async (id) => (await gate.orNothing(() => tier.remove(id))) ?? true,
		removeWhere: async (condition) => (await gate.orNothing(() => tier.removeWhere(condition))) ?? 0,
		entries: () => tier.entries(),
		close: () => tier.close(),
	};
}

class Gate {
	readonly #clock: Clock;
	readonly #observer: Observer;
	#offUntilMs = 0;
	/** Zero: the last thing that was tried went well. */
	#pauseMs = 0;

	constructor(clock: Clock, observer: Observer) {
		this.#clock = clock;
		this.#observer = observer;
	}

	get usable(): boolean {
		return this.#pauseMs === 0 || this.#clock.monotonicMs() >= this.#offUntilMs;
	}

	async watch<Result>(step: () => Promise<Result>): Promise<Result> {
		try {
			return await step();
		} catch (error) {
			this.#failed(error);
			throw error;
		}
	}

	async orNothing<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
		try {
			return await this.watch(step);
		} catch {
			return undefined;
		}
	}

	/** Bytes reached the disk, or came from it. */
	worked(): void {
		if (this.#pauseMs === 0 || !this.usable) return;
		this.#pauseMs = 0;
		this.#observer.said("info", "the disk cache works again");
	}

	#failed(error: unknown): void {
		const errno = errnoOf(error);
		// An object over the limit, a head too large: the disk is fine.
		if (errno === "unknown" || !this.usable) return;
		const began = this.#pauseMs === 0;
		this.#pauseMs = began ? firstPauseMs : Math.min(2 * this.#pauseMs, longestPauseMs);
		this.#offUntilMs = this.#clock.monotonicMs() + this.#pauseMs;
		if (!began) return;
		this.#observer.said(
			"warn",
			`the disk cache is off: ${errno}. Requests are answered from memory and S3; it is tried again in ${firstPauseMs / 1000} s`,
		);
	}
}

function watchedObject(object: DiskObject, gate: Gate): DiskObject {
	return {
		head: object.head,
		async read(target, position) {
			const bytes = await gate.watch(() => object.read(target, position));
			gate.worked();
			return bytes;
		},
		async readVerified() {
			const body = await gate.watch(() => object.readVerified());
			gate.worked();
			return body;
		},
		close: () => object.close(),
	};
}

function watchedWriter(writer: DiskWriter, gate: Gate): DiskWriter {
	return {
		write: (chunk) => gate.watch(() => writer.write(chunk)),
		read: (target, position) => gate.watch(() => writer.read(target, position)),
		async seal(head) {
			const sealed = await gate.watch(() => writer.seal(head));
			gate.worked();
			return sealed;
		},
		async discard() {
			await gate.orNothing(() => writer.discard());
		},
		close: () => writer.close(),
	};
}
