/**
 * What is worth beginning before the command line is understood: a thread, when an argument names a large file.
 * In: the arguments as typed. Wrong guesses cost a thread that nobody uses and nobody waits for.
 */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { prestart } from "../ready-threads.ts";

/** Commands that read SOURCE. */
const readers = new Set(["analyze", "attribute", "compare", "rollouts"]);
/** Below this a file is read before a thread has started. */
const largeBytes = 64 << 20;

export function beginEarly([command = "", ...rest]: readonly string[]): void {
	if (!readers.has(command) || availableParallelism() < 2) return;
	// The main thread reads as well.
	if (rest.some(isLarge)) prestart(1);
}

function isLarge(argument: string): boolean {
	try {
		const found = statSync(argument);
		return found.isFile() && found.size >= largeBytes;
	} catch {
		// Missing, forbidden, or no path at all but a condition: the command says so, if it is wrong.
		return false;
	}
}
