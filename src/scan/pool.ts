/**
 * The scanner threads and who reads what: slices are handed out one batch at a time, so a slow file never holds
 * up the others. Small inputs are read in the main thread, which is quicker than starting another one.
 */
import { Worker } from "node:worker_threads";
import type { Block } from "../model/flow.ts";
import { scanRangeBytes } from "../model/limits.ts";
import { Kernel, readCells } from "./kernel.ts";
import type { Layout } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker.ts";

/** Takes full cells away: called with the blocks of one region, one call at a time. */
export type OnCells = (blocks: Block[]) => Promise<void>;

/** A batch is at most this many small files, and about this many bytes. */
const batchFiles = 128;
const batchBytes = 8 << 20;

export function takeRegion(layout: Layout, index: number): Block[] {
	const region = layout.regions[index]!;
	return [readCells(layout.memory, region, "minute"), readCells(layout.memory, region, "hour")];
}

/** Reads all slices in this thread. */
export async function scanInline(
	module: WebAssembly.Module,
	layout: Layout,
	slices: Slice[],
	onCells: OnCells,
): Promise<SliceResult[]> {
	const kernel = new Kernel(module, layout.memory, layout.regions[0]!);
	const scanner = new Scanner(kernel, async () => {
		await onCells(takeRegion(layout, 0));
		kernel.exports.clearCells();
	});
	const results: SliceResult[] = [];
	for (const slice of slices) results.push(await scanner.scan(slice));
	return results;
}

export class Pool {
	private readonly layout: Layout;
	private readonly workers: Worker[];

	constructor(module: WebAssembly.Module, layout: Layout) {
		this.layout = layout;
		// dist/worker.js: the build puts it beside the bundle that this file becomes part of.
		const script = new URL("./worker.js", import.meta.url);
		this.workers = layout.regions.map((region) => {
			const workerData: WorkerData = { module, memory: layout.memory, region };
			return new Worker(script, { workerData });
		});
	}

	/** Reads all slices. Rejects only when a thread itself dies. */
	scan(slices: Slice[], onCells: OnCells, onResults: (results: SliceResult[]) => void): Promise<void> {
		const batches = batchesOf(slices);
		let nextBatch = 0;
		let open = batches.length;
		let taking: Promise<void> = Promise.resolve();
		return new Promise((resolve, reject) => {
			if (open === 0) resolve();
			const dispatch = (worker: Worker): void => {
				const batch = batches[nextBatch++];
				if (batch !== undefined) worker.postMessage({ type: "scan", slices: batch } satisfies ToWorker);
			};
			for (const [index, worker] of this.workers.entries()) {
				worker.removeAllListeners();
				worker.on("error", reject);
				worker.on("message", (message: FromWorker) => {
					if (message.type === "full") {
						taking = taking
							.then(() => onCells(takeRegion(this.layout, index)))
							.then(() => worker.postMessage({ type: "cleared" } satisfies ToWorker));
						taking.catch(reject);
						return;
					}
					onResults(message.results);
					open--;
					if (open === 0) resolve();
					else dispatch(worker);
				});
				dispatch(worker);
			}
		});
	}

	async close(): Promise<void> {
		await Promise.all(this.workers.map((worker) => worker.terminate()));
	}
}

function batchesOf(slices: Slice[]): Slice[][] {
	const batches: Slice[][] = [];
	let batch: Slice[] = [];
	let bytes = 0;
	for (const slice of slices) {
		batch.push(slice);
		bytes += (slice.end ?? slice.sizeBytes ?? scanRangeBytes) - slice.start;
		if (batch.length >= batchFiles || bytes >= batchBytes) {
			batches.push(batch);
			batch = [];
			bytes = 0;
		}
	}
	if (batch.length > 0) batches.push(batch);
	return batches;
}
