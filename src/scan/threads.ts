/**
 * Scanner threads, started when they are needed or, for a large file on the command line, a moment before that: a
 * thread needs 50 ms to start, in which the main thread loads the program.
 */
import { Worker } from "node:worker_threads";

/** A scanner makes next to no garbage; the default would let each keep 48 MB of it. */
const youngMb = 4;

const ready: Worker[] = [];

/** Starts threads that wait for their first message. They keep nothing alive. */
export function prestart(count: number): void {
	for (let i = 0; i < count; i++) {
		const worker = start();
		worker.unref();
		// Should it die before it is taken, nobody misses it: the taker's listeners see the next one.
		worker.on("error", () => ready.splice(ready.indexOf(worker), 1));
		ready.push(worker);
	}
}

export function takeThread(): Worker {
	const worker = ready.pop();
	if (worker === undefined) return start();
	worker.removeAllListeners("error");
	worker.ref();
	return worker;
}

function start(): Worker {
	// dist/worker.js: the build puts it beside the bundle that this file becomes part of.
	return new Worker(new URL("./worker.js", import.meta.url), {
		resourceLimits: { maxYoungGenerationSizeMb: youngMb },
	});
}
