// Loaded before the tests. Properties run with one seed, so that a run can be repeated; `npm run fuzz` gives
// each of them CHARTCOST_FUZZ_SECONDS with new seeds, and fast-check prints the seed of what it finds.
import fc from "fast-check";

const seconds = Number(process.env.CHARTCOST_FUZZ_SECONDS ?? 0);
fc.configureGlobal(
	seconds > 0
		? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: seconds * 1000 }
		: { seed: 20261012 },
);
