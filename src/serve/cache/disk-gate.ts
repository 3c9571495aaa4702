/**
 * The disk tier with two switches, one for reading and one for writing: after an error of the disk it is left alone
 * for half a minute, then for longer, so that a full or dying disk costs requests nothing. A full disk is still read.
 * What is said, is said once per change.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { DiskObject, DiskTier, DiskWriter } from "./disk.ts";
import { errnoOf } from "./disk-files.ts";

export interface GatedDisk extends DiskTier {
	/** `false`: nothing can be stored for now, and `create` rejects with DiskOff. */
	readonly usable: boolean;
}

/** Thrown by `create` while the disk is switched off: go on without it. */
export class DiskOff extends Error {
	constructor() {
		super("nothing is written to the disk cache for a while after an error");
		this.name = "DiskOff";
	}
}

/** A full disk is seldom emptied sooner. */
const firstPauseMs = 30_000;
/** One try in so long costs nothing, and a repaired disk is found soon enough. */
const longestPauseMs = 480_000;

/** `open`, `revalidated` and the removals never reject: a failing disk looks like an empty one. */
export function gateDisk(tier: DiskTier, parts: { clock: Clock; observer: Observer }): GatedDisk {
	const reading = new Gate("read", parts);
	const writing = new Gate("written", parts);
	return {
		get usable() {
			return writing.usable;
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
			if (!reading.usable) return undefined;
			const object = await reading.orNothing(() => tier.open(id));
			return object && watchedObject(object, reading);
		},
		async create(id, expectedBytes) {
			if (!writing.usable) throw new DiskOff();
			const writer = await writing.watch(() => tier.create(id, expectedBytes));
			return watchedWriter(writer, reading, writing);
		},
		// Also while it is off: the tier knows the new head from then on, written down or not.
		async revalidated(head) {
			await writing.orNothing(() => tier.revalidated(head));
		},
		// Also while it is off: what was purged must not come back with the disk. When the file stays, the tier has
		// forgotten it all the same.
		remove: async (id) => (await writing.orNothing(() => tier.remove(id))) ?? true,
		removeWhere: async (condition) => (await writing.orNothing(() => tier.removeWhere(condition))) ?? 0,
		entries: () => tier.entries(),
		close: () => tier.close(),
	};
}

class Gate {
	readonly #what: "read" | "written";
	readonly #clock: Clock;
	readonly #observer: Observer;
	#offUntilMs = 0;
	/** Zero: the last thing that was tried went well. */
	#pauseMs = 0;

	constructor(what: "read" | "written", { clock, observer }: { clock: Clock; observer: Observer }) {
		this.#what = what;
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

	/** An object reached the disk, or bytes came from it. */
	worked(): void {
		if (this.#pauseMs === 0 || !this.usable) return;
		this.#pauseMs = 0;
		this.#observer.said("info", `the disk cache is ${this.#what} again`);
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
			`the disk cache is not ${this.#what} for now: ${errno}. Requests are answered all the same; it is tried again in ${firstPauseMs / 1000} s`,
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

function watchedWriter(writer: DiskWriter, reading: Gate, writing: Gate): DiskWriter {
	return {
		write: (chunk) => writing.watch(() => writer.write(chunk)),
		read: (target, position) => reading.watch(() => writer.read(target, position)),
		async seal(head) {
			const sealed = await writing.watch(() => writer.seal(head));
			writing.worked();
			return sealed;
		},
		async discard() {
			await writing.orNothing(() => writer.discard());
		},
		close: () => writer.close(),
	};
}
