/**
 * Many clients at once: a thousand who miss the same object, two hundred who read a large index slowly.
 * In: the S3 behind. Out: S3 requests, waits, memory. Each time with a server of its own.
 */
import * as faults from "../../support/s3/faults.ts";
import { type BenchBucket, bucketName } from "./bucket.ts";
import { startChartcost } from "./contestants.ts";
import type { HerdResult } from "./crowd.ts";
import { driveHerd, driveSlow } from "./drive.ts";
import { usageOf } from "./machine.ts";

export interface HerdRow extends HerdResult {
	clients: number;
	bodyBytes: number;
	s3Gets: number;
}

/** As S3 answers. */
const s3DelayMs = 30;

export async function measureHerds(bucket: BenchBucket): Promise<HerdRow[]> {
	const proxy = await startChartcost({ s3: bucket.s3 });
	const rows: HerdRow[] = [];
	try {
		// Compiled code and open connections, as in a server that runs.
		for (const [clients, bodyBytes] of [
			[200, 20_000],
			[10, 20_000],
			[100, 20_000],
			[1000, 20_000],
			[1000, 1 << 20],
		] as const) {
			const [file = ""] = bucket.fresh(1, bodyBytes);
			bucket.s3.forget();
			const undo = bucket.s3.always({}, faults.delayed(s3DelayMs));
			const result = await driveHerd({ port: proxy.port, path: `/${file}`, clients, bodyBytes });
			undo();
			rows.push({ ...result, clients, bodyBytes, s3Gets: bucket.s3.count({ method: "GET", key: file }) });
		}
	} finally {
		await proxy.stop();
	}
	return rows.slice(1);
}

export interface SlowRow {
	indexBytes: number;
	readers: number;
	/** With the index in memory and nobody reading. */
	beforeBytes: number;
	/** While all readers stand still, the most that was seen. */
	heldBytes: number;
	afterBytes: number;
	wrong: number;
}

const slowIndexBytes = 20_000_000;
const readers = 200;

export async function measureSlowReaders(bucket: BenchBucket): Promise<SlowRow> {
	const before = bucket.s3.bucket(bucketName).objects.get("index.yaml")!;
	bucket.putIndex(slowIndexBytes);
	const proxy = await startChartcost({ s3: bucket.s3, flags: ["--index-ttl", "1h"] });
	try {
		const url = `http://127.0.0.1:${proxy.port}/index.yaml`;
		let bodyBytes = 0;
		for (let nth = 0; nth < 3; nth++) bodyBytes = (await (await fetch(url)).arrayBuffer()).byteLength;
		const beforeBytes = await settled(proxy.pids);
		let heldBytes = 0;
		const watch = setInterval(() => {
			heldBytes = Math.max(heldBytes, usageOf(proxy.pids).rssBytes);
		}, 200);
		const plan = { port: proxy.port, path: "/index.yaml", clients: readers, bodyBytes, holdMs: 4000 };
		const { wrong } = await driveSlow(plan, () => clearInterval(watch));
		clearInterval(watch);
		const afterBytes = usageOf(proxy.pids).rssBytes;
		return { indexBytes: bodyBytes, readers, beforeBytes, heldBytes, afterBytes, wrong };
	} finally {
		await proxy.stop();
		bucket.s3.bucket(bucketName).objects.set("index.yaml", before);
	}
}

/** Compression and garbage of the start are over when memory has stood still for a second, or after 20 s. */
async function settled(pids: readonly number[]): Promise<number> {
	let rssBytes = 0;
	for (let tries = 0; tries < 20; tries++) {
		await new Promise((resolve) => setTimeout(resolve, 1000));
		const now = usageOf(pids).rssBytes;
		if (Math.abs(now - rssBytes) < 1e6) return now;
		rssBytes = now;
	}
	return rssBytes;
}
