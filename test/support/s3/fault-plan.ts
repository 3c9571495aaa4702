/**
 * Which fault the next request suffers: a script, queues by filter, and lasting ones, in this order. In: a recorded
 * request. Out: the fault, or none.
 */
import { type Fault, none } from "./faults.ts";
import { matches, type RecordedRequest, type RequestFilter } from "./request-log.ts";

/** `n` counts the requests that the script was asked for, from 1. */
export type FaultScript = (request: RecordedRequest, n: number) => Fault | undefined;

export class FaultPlan {
	script: FaultScript | undefined;
	#asked = 0;
	#queues: { filter: RequestFilter; faults: Fault[] }[] = [];
	#lasting: { filter: RequestFilter; fault: Fault }[] = [];

	/** One fault for each of the next requests that match, in order. */
	next(filter: RequestFilter, ...faults: readonly Fault[]): void {
		this.#queues.push({ filter, faults: [...faults] });
	}

	/** Until the function that is returned is called, or `clear`. */
	always(filter: RequestFilter, fault: Fault): () => void {
		const entry = { filter, fault };
		this.#lasting.push(entry);
		return () => {
			this.#lasting = this.#lasting.filter((other) => other !== entry);
		};
	}

	clear(): void {
		this.script = undefined;
		this.#queues = [];
		this.#lasting = [];
	}

	/** Faults that were asked for and have not happened. */
	get pending(): number {
		return this.#queues.reduce((sum, { faults }) => sum + faults.length, 0);
	}

	take(request: RecordedRequest): Fault {
		if (this.script !== undefined) {
			this.#asked++;
			const scripted = this.script(request, this.#asked);
			if (scripted !== undefined) return scripted;
		}
		const queue = this.#queues.find(({ filter, faults }) => faults.length > 0 && matches(filter, request));
		if (queue !== undefined) return queue.faults.shift() ?? none;
		return this.#lasting.find(({ filter }) => matches(filter, request))?.fault ?? none;
	}
}
