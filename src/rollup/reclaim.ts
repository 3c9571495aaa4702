/**
 * Gives the memory of dropped blocks back at once. V8 lets some 64 MB of dead array buffers pile up before it looks
 * for them; with a million keys in memory that is what the bound of 400 MB has no room for.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: ((options: { type: "minor" | "major" }) => void) | undefined;

/** `major`: everything that is dead; some 100 ms when 100,000 files have been listed. */
export function reclaim(type: "minor" | "major" = "minor"): void {
	if (collect === undefined) {
		setFlagsFromString("--expose-gc");
		collect = runInNewContext("gc") as NonNullable<typeof collect>;
	}
	collect({ type });
}
