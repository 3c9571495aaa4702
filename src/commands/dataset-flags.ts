/** The shared flags, chosen for commands that read no logs: what is known beside the dataset, and the output. */
import { commonFlags } from "./flags.ts";

export const knowledgeFlags = {
	region: commonFlags.region,
	clusters: commonFlags.clusters,
	prices: commonFlags.prices,
	"ip-ranges": commonFlags["ip-ranges"],
	"own-account": commonFlags["own-account"],
	dataset: commonFlags.dataset,
};

export const outputFlags = {
	format: commonFlags.format,
	json: commonFlags.json,
	output: commonFlags.output,
	quiet: commonFlags.quiet,
};
