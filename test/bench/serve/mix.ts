/**
 * What a repository sees: 70 % conditional index.yaml, 25 % hot charts, 5 % charts that nobody asked for before, S3 30 ms away;
 * at a constant rate. In: a proxy. Out: latencies by kind, CPU per request, S3 requests.
 */
import * as faults from "../../support/s3/faults.ts";
import { type BenchBucket, hotFiles } from "./bucket.ts";
import type { Server } from "./contestants.ts";
import { drivePace } from "./drive.ts";
import { usageOf } from "./machine.ts";
import type { Latencies } from "./pace.ts";

export interface MixRow {
	proxy: string;
	kinds: Record<string, Latencies>;
	cpuMicros: number;
	s3Requests: number;
	requests: number;
	rssBytes: number;
}

const s3DelayMs = 30;

export async function measureMix(
	proxy: Server,
	bucket: BenchBucket,
	{ perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<MixRow> {
	const url = `http://127.0.0.1:${proxy.port}/`;
	for (const file of hotFiles) await (await fetch(url + file)).arrayBuffer();
	const index = await fetch(`${url}index.yaml`);
	await index.arrayBuffer();
	const etag = index.headers.get("etag") ?? "";
	const misses = bucket.fresh(Math.ceil(perSecond * seconds * 0.05) + 2, 20_000).map((file) => `/${file}`);
	const undo = bucket.s3.always({}, faults.delayed(s3DelayMs));
	bucket.s3.forget();
	const before = usageOf(proxy.pids);
	const kinds = [
		{ name: "index", share: 0.7, paths: ["/index.yaml"], headers: { "If-None-Match": etag } },
		{ name: "hot", share: 0.25, paths: hotFiles.map((file) => `/${file}`) },
		{ name: "miss", share: 0.05, paths: misses, once: true },
	];
	const result = await drivePace({ port: proxy.port, perSecond, seconds, connections: 256, kinds });
	undo();
	const after = usageOf(proxy.pids);
	return {
		proxy: proxy.name,
		kinds: result.kinds,
		cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / result.all.count) * 1e6,
		s3Requests: bucket.s3.count(),
		requests: result.all.count,
		rssBytes: after.rssBytes,
	};
}
