/** Changes of one name happen one after the other, in the order in which they were asked for. */

export class NameQueue {
	readonly #tails = new Map<string, Promise<unknown>>();

	run<Result>(name: string, change: () => Promise<Result>): Promise<Result> {
		const before = this.#tails.get(name);
		const result = before === undefined ? change() : before.then(change);
		const tail: Promise<void> = result.then(
			() => this.#done(name, tail),
			() => this.#done(name, tail),
		);
		this.#tails.set(name, tail);
		return result;
	}

	/** `undefined` when nothing changes there; else it resolves (never rejects) when what was asked for is done. */
	pending(name: string): Promise<unknown> | undefined {
		return this.#tails.get(name);
	}

	async idle(): Promise<void> {
		while (this.#tails.size > 0) await Promise.all(this.#tails.values());
	}

	#done(name: string, tail: Promise<void>): void {
		if (this.#tails.get(name) === tail) this.#tails.delete(name);
	}
}
