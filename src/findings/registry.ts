/** All rules in display order: what a chart bucket most often suffers from first. One file per id in rules/. */
import type { Rule } from "./rule.ts";
import { anonymousAccess } from "./rules/anonymous-access.ts";
import { chartmuseumListing } from "./rules/chartmuseum-listing.ts";
import { chartmuseumSweep } from "./rules/chartmuseum-sweep.ts";
import { clientRollout } from "./rules/client-rollout.ts";
import { crossRegionTransfer } from "./rules/cross-region-transfer.ts";
import { errorStorm } from "./rules/error-storm.ts";
import { internetEgress } from "./rules/internet-egress.ts";
import { listStorm } from "./rules/list-storm.ts";
import { natTransfer } from "./rules/nat-transfer.ts";
import { reindexCost } from "./rules/reindex-cost.ts";
import { repeatDownload } from "./rules/repeat-download.ts";
import { requestDrop } from "./rules/request-drop.ts";
import { requestSurge } from "./rules/request-surge.ts";
import { staleClient } from "./rules/stale-client.ts";
import { strayCluster } from "./rules/stray-cluster.ts";

export const rules: readonly Rule[] = [
	strayCluster,
	chartmuseumSweep,
	anonymousAccess,
	requestSurge,
	natTransfer,
	internetEgress,
	crossRegionTransfer,
	staleClient,
	listStorm,
	chartmuseumListing,
	repeatDownload,
	errorStorm,
	reindexCost,
	requestDrop,
	clientRollout,
];
