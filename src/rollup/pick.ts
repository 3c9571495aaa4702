/** Minute rows of chosen flows out of all blocks, as one block: what the diagnosis looks at more closely. */
import { type Block, grainSeconds } from "../model/flow.ts";
import { rowKernel, timeBound } from "./kernel.ts";
import { collectRows } from "./rows.ts";

/** `mask` has a 1 for every wanted flow. Minutes outside [fromSeconds, toSeconds) are left out. */
export async function pickFlows(
	minutes: () => AsyncIterable<Block> | Iterable<Block>,
	mask: Uint8Array,
	fromSeconds: number,
	toSeconds: number,
): Promise<Block> {
	const kernel = rowKernel();
	const [from, to] = [timeBound(fromSeconds, grainSeconds.minute), timeBound(toSeconds, grainSeconds.minute)];
	const wanted = kernel.put(mask);
	try {
		return await collectRows(minutes(), (into, rows) =>
			kernel.exports.pickRows(into, rows, wanted, from, to),
		);
	} finally {
		kernel.exports.free(wanted);
	}
}
