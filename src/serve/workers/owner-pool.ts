/**
 * The owner's side put together: its server answers the workers' questions, its observer takes their counts, its log their lines.
 * In: the owner's parts. Out: the pool, and what the admin port sees: the numbers of all processes as one.
 */
import type { Operated, PurgeRequest } from "../admin/operated.ts";
import type { Clock } from "../clock.ts";
import type { ServeConfig } from "../config/config.ts";
import type { PreparedIndex } from "../index-file/prepared.ts";
import type { LogWriter } from "../observe/log-writer.ts";
import type { ServeObserver } from "../observe/serve-observer.ts";
import type { Repository } from "../repository.ts";
import type { Server } from "../server.ts";
import { WorkerPool } from "./pool.ts";
import { addSums } from "./sums.ts";
import type { Launch } from "./worker-process.ts";

export interface OwnerPoolOptions {
	server: Server;
	/** As it was set, not this process's share of it. */
	config: ServeConfig;
	version: string;
	clock: Clock;
	launch: Launch;
	observer: ServeObserver;
	writer: LogWriter | undefined;
}

export function ownerPool(options: OwnerPoolOptions): WorkerPool {
	const { server, config, version, clock, launch, observer, writer } = options;
	return new WorkerPool({
		...{ config, version, clock, launch },
		side: { cache: server.cache, repositories: () => server.byName },
		last: {
			get connections() {
				return server.connections;
			},
			take(socket) {
				server.take(socket);
				// It was accepted paused. TLS reads by itself.
				if (config.tls === undefined) socket.resume();
			},
		},
		log: (bytes) => {
			// Whole lines; the writer adds the last line end.
			writer?.write(bytes.toString("utf8", 0, bytes.length - 1), linesIn(bytes));
		},
		sums: (sums) => addSums(observer, sums),
		dropped: () => observer.refused("connections"),
		say: (level, message) => observer.said(level, message),
	});
}

/** What the admin port may ask and do, of all processes. Entries are the owner's: workers hold copies of some. */
export function operateAll(own: Operated, pool: WorkerPool): Operated {
	return {
		...own,
		gauges() {
			const [gauges, sum] = [own.gauges(), pool.gauges];
			return {
				...gauges,
				memoryBytes: gauges.memoryBytes + sum.memoryBytes,
				memoryLimitBytes: gauges.memoryLimitBytes + sum.memoryLimitBytes,
				memoryEntries: gauges.memoryEntries + sum.memoryEntries,
				waiters: gauges.waiters + sum.waiters,
				connections: gauges.connections + sum.connections,
				workers: {
					...{ ready: pool.readyCount, restarts: pool.restarts, hung: pool.hung },
					...{ cpuSeconds: sum.cpuSeconds, residentBytes: sum.residentBytes },
				},
			};
		},
		async purge(what: PurgeRequest) {
			// The owner first: what a worker asks for afterwards is not what was purged.
			const removed = await own.purge(what);
			await pool.purge(what);
			return removed;
		},
	};
}

/** Tells the workers what a new index says otherwise than the one before. */
export function indexNews(pool: () => WorkerPool | undefined) {
	const before = new Map<string, PreparedIndex["digests"]>();
	return ({ config: { name } }: Repository, { digests }: PreparedIndex): void => {
		const files: string[] = [];
		for (const [file, digest] of before.get(name) ?? []) if (digests.get(file) !== digest) files.push(file);
		before.set(name, digests);
		pool()?.tell({ type: "index", repository: name, files });
	};
}

const lineEnd = 0x0a;

function linesIn(bytes: Buffer): number {
	let lines = 0;
	for (let at = bytes.indexOf(lineEnd); at !== -1; at = bytes.indexOf(lineEnd, at + 1)) lines++;
	return lines;
}
