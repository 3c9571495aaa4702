/**
 * chartcost against what it replaces: ChartMuseum on the same bucket. In: both, running. Out: requests a second for the index and
 * for a package, and S3 requests for 10,000 of clients.
 */
import { type BenchBucket, hotFiles } from "./bucket.ts";
import type { Server } from "./contestants.ts";
import { drivePace } from "./drive.ts";
import { wrk } from "./wrk.ts";

export interface MuseumRow {
	proxy: string;
	indexPerSecond: number;
	indexMicros: number;
	packagePerSecond: number;
	packageMicros: number;
	s3Per10k: number;
	s3Lists: number;
	rssBytes: number;
}

/** Sent at a rate that ChartMuseum can follow; 70 % index, 30 % packages. */
const counted = { perSecond: 100, seconds: 10 };

export async function measureMuseum(proxy: Server, bucket: BenchBucket, seconds: number): Promise<MuseumRow> {
	const url = `http://127.0.0.1:${proxy.port}`;
	await (await fetch(`${url}/index.yaml`)).arrayBuffer();
	const at = proxy.name.startsWith("ChartMuseum") ? "/charts/" : "/";
	await (await fetch(`${url}${at}${hotFiles[0]}`)).arrayBuffer();
	const index = await wrk(proxy, { path: "/index.yaml", seconds });
	const chart = await wrk(proxy, { path: `${at}${hotFiles[0]}`, seconds });
	await bucket.s3.settled(60_000);
	bucket.s3.forget();
	const kinds = [
		{ name: "index", share: 0.7, paths: ["/index.yaml"] },
		{ name: "chart", share: 0.3, paths: hotFiles.map((file) => `${at}${file}`) },
	];
	const { all } = await drivePace({ port: proxy.port, ...counted, connections: 64, kinds });
	await bucket.s3.settled(60_000);
	return {
		proxy: proxy.name,
		indexPerSecond: index.perSecond,
		indexMicros: index.cpuMicros,
		packagePerSecond: chart.perSecond,
		packageMicros: chart.cpuMicros,
		s3Per10k: (bucket.s3.count() / all.count) * 10_000,
		s3Lists: (bucket.s3.count({ key: "" }) / all.count) * 10_000,
		rssBytes: chart.rssBytes,
	};
}
