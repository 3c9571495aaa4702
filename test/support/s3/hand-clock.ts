/**
 * A clock for src/serve that stands still until a test moves it. Sleeps wait for it, not for the real time.
 *
 *   const clock = new HandClock();
 *   const refreshed = something(clock);                    sleeps
 *   await clock.sleeping();                                until somebody does
 *   await clock.advance(60_000);                           sleeps that are due end, in order, also those begun meanwhile
 *   clock.jump(-86_400_000);                               the wall clock alone: somebody set it
 */
import type { Clock } from "../../../src/serve/clock.ts";

interface Sleep {
	untilMs: number;
	durationMs: number;
	end: () => void;
}

export class HandClock implements Clock {
	#wallMs: number;
	#monotonicMs = 1000;
	#sleeps: Sleep[] = [];
	#watchers = new Set<() => void>();
	/** What `random` gives, in turn; the last one for ever. */
	chances: number[] = [0.5];

	constructor(startMs = Date.UTC(2026, 0, 1)) {
		this.#wallMs = startMs;
	}

	nowMs(): number {
		return this.#wallMs;
	}

	monotonicMs(): number {
		return this.#monotonicMs;
	}

	random(): number {
		return (this.chances.length > 1 ? this.chances.shift() : this.chances[0]) ?? 0.5;
	}

	sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			const leave = () => {
				this.#sleeps = this.#sleeps.filter((other) => other !== sleep);
				reject(signal?.reason);
			};
			const end = () => {
				signal?.removeEventListener("abort", leave);
				resolve();
			};
			const sleep = { untilMs: this.#monotonicMs + durationMs, durationMs, end };
			signal?.addEventListener("abort", leave, { once: true });
			this.#sleeps.push(sleep);
			for (const watcher of [...this.#watchers]) watcher();
		});
	}

	/** How long the sleepers wanted to sleep, longest waiting first. */
	get pending(): readonly number[] {
		return this.#sleeps.map(({ durationMs }) => durationMs);
	}

	/** Resolves when so many sleep. Rejects after 10 s of real time. */
	sleeping(count = 1, timeoutMs = 10_000): Promise<void> {
		if (this.#sleeps.length >= count) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const watcher = () => {
				if (this.#sleeps.length < count) return;
				clearTimeout(timer);
				this.#watchers.delete(watcher);
				resolve();
			};
			const timer = setTimeout(() => {
				this.#watchers.delete(watcher);
				reject(new Error(`hand clock: ${this.#sleeps.length} sleep, not ${count}, after ${timeoutMs} ms`));
			}, timeoutMs);
			this.#watchers.add(watcher);
		});
	}

	/** Time goes by, on both clocks. Network and files are not waited for, promises are. */
	async advance(durationMs: number): Promise<void> {
		const untilMs = this.#monotonicMs + durationMs;
		for (;;) {
			const next = this.#sleeps.reduce<Sleep | undefined>(
				(first, sleep) => (first === undefined || sleep.untilMs < first.untilMs ? sleep : first),
				undefined,
			);
			if (next === undefined || next.untilMs > untilMs) break;
			this.#moveTo(Math.max(next.untilMs, this.#monotonicMs));
			this.#sleeps = this.#sleeps.filter((other) => other !== next);
			next.end();
			await turn();
		}
		this.#moveTo(untilMs);
		await turn();
	}

	/** Somebody sets the clock: ages change, durations do not. */
	jump(byMs: number): void {
		this.#wallMs += byMs;
	}

	#moveTo(monotonicMs: number): void {
		this.#wallMs += monotonicMs - this.#monotonicMs;
		this.#monotonicMs = monotonicMs;
	}
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
