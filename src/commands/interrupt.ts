/**
 * Ctrl-C: the first one asks the run to stop at a line boundary and save, the second one quits at once.
 * The signal travels with the options of a run. There is one terminal, so there is one controller.
 */
import { ExitCode } from "../model/errors.ts";

const controller = new AbortController();

/** From here on Ctrl-C aborts the signal instead of ending the process. `what` is what then happens. */
export function onInterrupt(
	say: (text: string) => void,
	what = "stopping at the next line and saving",
): AbortSignal {
	process.on("SIGINT", () => {
		if (controller.signal.aborted) process.exit(ExitCode.interrupted);
		say(`${what}; press Ctrl-C again to quit at once`);
		controller.abort();
	});
	return controller.signal;
}

/** Whatever fails after Ctrl-C failed because of it. */
export function wasInterrupted(): boolean {
	return controller.signal.aborted;
}
