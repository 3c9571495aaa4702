/**
 * The bucket of the story: which charts it holds at which time, and how a request for one of them looks.
 * In: Unix seconds. Out: charts in key order, and drafts that the actors of story-actors.ts change to their needs.
 */
import * as charts from "./chart-bucket.ts";
import type { Draft } from "./log-line.ts";
import type { Random } from "./random.ts";
import { type Asker, type BucketIdentity, requestDraft } from "./request-draft.ts";

export const startSeconds = Date.UTC(2026, 9, 12) / 1000;
export const endSeconds = Date.UTC(2026, 9, 15) / 1000;

/** Unix seconds of `12 10:17:05`: a day of October 2026 and a time of it, UTC. */
export function at(text: string): number {
	return Date.parse(`2026-10-${text.replace(" ", "T")}Z`) / 1000;
}

export interface Chart {
	key: string;
	sizeBytes: number;
	/** When CI pushed it; before the story begins for most. */
	sinceSeconds: number;
}

export const pushes: readonly Chart[] = [
	{ key: "gateway-2.9.0.tgz", sizeBytes: 61_843, sinceSeconds: at("12 10:17:05") },
	{ key: "billing-1.8.1.tgz", sizeBytes: 48_120, sinceSeconds: at("13 11:05:40") },
	{ key: "search-0.7.0.tgz", sizeBytes: 35_977, sinceSeconds: at("14 14:33:12") },
];

const inventory: readonly Chart[] = [
	{ key: "auth-3.1.4.tgz", sizeBytes: 27_310 },
	{ key: "billing-1.8.0.tgz", sizeBytes: 48_002 },
	{ key: "catalog-5.0.2.tgz", sizeBytes: 39_411 },
	{ key: "events-1.2.0.tgz", sizeBytes: 22_875 },
	{ key: "gateway-2.8.3.tgz", sizeBytes: 61_502 },
	{ key: "identity-4.4.1.tgz", sizeBytes: 30_066 },
	{ key: "ledger-0.9.7.tgz", sizeBytes: 18_640 },
	{ key: "mailer-1.0.12.tgz", sizeBytes: 15_298 },
	{ key: "media-2.2.0.tgz", sizeBytes: 83_777 },
	{ key: "search-0.6.9.tgz", sizeBytes: 35_880 },
	{ key: "web-7.13.0+build.88.tgz", sizeBytes: 90_204 },
].map((chart) => ({ ...chart, sinceSeconds: 0 }));

/** In key order, as a listing has them. */
export function chartsAt(timeSeconds: number): Chart[] {
	return [...inventory, ...pushes]
		.filter((chart) => chart.sinceSeconds < timeSeconds)
		.sort((left, right) => (left.key < right.key ? -1 : 1));
}

const identity: BucketIdentity = { owner: charts.bucketOwner, name: charts.bucket, host: charts.host };

/** A successful request for a key, or for the bucket when `key` is `-`; `query` begins with `?` or is empty. */
export function request(random: Random, asker: Asker, operation: string, key: string, query = ""): Draft {
	return { ...requestDraft(random, identity, asker, operation, key, query), timeSeconds: startSeconds };
}

/** A whole download of a chart. */
export function download(random: Random, asker: Asker, chart: Chart): Draft {
	const draft = request(random, asker, "REST.GET.OBJECT", chart.key);
	return { ...draft, bytesSent: chart.sizeBytes, objectSizeBytes: chart.sizeBytes };
}

/** One page of a listing: about 330 bytes of XML per key, and a head. */
export function listing(random: Random, asker: Asker, timeSeconds: number, query: string): Draft {
	const draft = request(random, asker, "REST.GET.BUCKET", "-", query);
	return { ...draft, timeSeconds, bytesSent: 290 + 331 * (chartsAt(timeSeconds).length + 1) };
}
