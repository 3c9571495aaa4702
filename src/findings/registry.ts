/** All rules in display order: what a chart bucket most often suffers from first. One file per id in rules/. */
import type { Rule } from "./rule.ts";
import { chartmuseumListing } from "./rules/chartmuseum-listing.ts";
import { chartmuseumSweep } from "./rules/chartmuseum-sweep.ts";
import { clientRollout } from "./rules/client-rollout.ts";
import { staleClient } from "./rules/stale-client.ts";
import { strayCluster } from "./rules/stray-cluster.ts";

export const rules: readonly Rule[] = [
	strayCluster,
	chartmuseumSweep,
	staleClient,
	chartmuseumListing,
	clientRollout,
];
