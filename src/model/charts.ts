/**
 * What the pictures of the HTML report are drawn from: requests over time by client and by source. Made from a case
 * (src/charts-data.ts) only when a page is asked for. Text in it comes from logs: reports escape it.
 */
import type { Breakdown } from "./analysis.ts";

/** Equal steps of time. The first and the last may be cut by the window. */
export interface Bins {
	startSeconds: number;
	/** Whole hours. */
	hoursPerBin: number;
	count: number;
	/** Hours of each bin that lie in the window, for rates. */
	hours: number[];
	/** False where the logs cover a bin only in part, or late records may still come. */
	complete: boolean[];
}

/** One colour in the pictures: a client, or all that are not shown on their own. */
export interface ChartClient {
	/** `aws-sdk-go/1.37.28`, and what it is known to be; `null`: the rest. */
	client: string | null;
	software: string;
	/** Clients in it. */
	clients: number;
	/** By bin. */
	requests: Float64Array;
}

/** One row of the heat map: a source, or all that are not shown on their own. */
export interface ChartSource {
	/** `null`: the rest. */
	sourceIp: string | null;
	cluster: string;
	networkPath: string;
	/** Sources in it. */
	sources: number;
	/** What a finding says of it: not in the cluster map, or with an old client after the others moved. */
	flag: "" | "stray" | "left behind";
	requests: Float64Array;
	/** By bin: which of `clients` sent most, -1 where nothing came. */
	client: Int8Array;
}

export interface Charts {
	/** Those with the most requests first. */
	buckets: string[];
	/** Most requests first; the rest last. */
	clients: ChartClient[];
	clientBins: Bins;
	/** Flagged ones first, then most requests; the rest last. */
	sources: ChartSource[];
	sourceBins: Bins;
	byChart: Breakdown;
}
