/**
 * The scanner threads and who reads what: slices are handed out one batch at a time, so a slow file never holds
 * up the others. Small inputs are read in the main thread, which is quicker than starting another one.
 */
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Block } from "../model/flow.ts";
import { scanRangeBytes } from "../model/limits.ts";
import { Kernel, readCells } from "./kernel.ts";
import type { Layout } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker.ts";

/** A scanner makes next to no garbage; the default would let each keep 48 MB of it. */
const youngMb = 4;

/** Takes full cells away: called with the blocks of one region, one call at a time. */
export type OnCells = (blocks: Block[]) => Promise<void>;

/** A batch is at most this many small files, and about this many bytes. */
const batchFiles = 128;
const batchBytes = 8 << 20;
/** Bytes read in the main thread before Ctrl-C and the progress line get a turn: about 20 ms. */
const turnBytes = 16 << 20;

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
	onResult: (result: SliceResult) => void,
): Promise<void> {
	const kernel = new Kernel(module, layout.memory, layout.regions[0]!);
	const scanner = new Scanner(kernel, async () => {
		await onCells(takeRegion(layout, 0));
		kernel.exports.clearCells();
	});
	let bytes = 0;
	for (const slice of slices) {
		onResult(await scanner.scan(slice));
		bytes += bytesOf(slice);
		if (bytes < turnBytes) continue;
		bytes = 0;
		await setImmediate();
	}
}

export class Pool {
	private readonly workers: Worker[];

	constructor(module: WebAssembly.Module, layout: Layout) {
		// dist/worker.js: the build puts it beside the bundle that this file becomes part of.
		const script = new URL("./worker.js", import.meta.url);
		this.workers = layout.regions.map((region) => {
			const workerData: WorkerData = { module, memory: layout.memory, region };
			return new Worker(script, { workerData, resourceLimits: { maxYoungGenerationSizeMb: youngMb } });
		});
	}

	/** Reads all slices and takes all cells. Rejects only when a thread itself dies. */
	scan(slices: Slice[], onCells: OnCells, onResults: (results: SliceResult[]) => void): Promise<void> {
		const batches = batchesOf(slices);
		let nextBatch = 0;
		let openBatches = batches.length;
		let openWorkers = this.workers.length;
		let taking: Promise<void> = Promise.resolve();
		return new Promise((resolve, reject) => {
			const dispatch = (worker: Worker): void => {
				const batch = batches[nextBatch++];
				if (batch !== undefined) post(worker, { type: "scan", slices: batch });
				else if (openBatches === 0) for (const each of this.workers) post(each, { type: "finish" });
			};
			for (const worker of this.workers) {
				worker.removeAllListeners();
				worker.on("error", reject);
				worker.on("message", (message: FromWorker) => {
					if (message.type === "results") {
						onResults(message.results);
						openBatches--;
						dispatch(worker);
						return;
					}
					taking = taking.then(() => onCells(message.blocks)).then(() => post(worker, { type: "taken" }));
					if (message.last) openWorkers--;
					const done = openWorkers === 0;
					taking.then(() => {
						if (done) resolve();
					}, reject);
				});
				dispatch(worker);
			}
		});
	}

	/** The threads hold nothing by now, so nobody needs to wait for their end. */
	close(): void {
		for (const worker of this.workers) void worker.terminate();
	}
}

function post(worker: Worker, message: ToWorker): void {
	worker.postMessage(message);
}

function batchesOf(slices: Slice[]): Slice[][] {
	const batches: Slice[][] = [];
	let batch: Slice[] = [];
	let bytes = 0;
	for (const slice of slices) {
		batch.push(slice);
		bytes += bytesOf(slice);
		if (batch.length >= batchFiles || bytes >= batchBytes) {
			batches.push(batch);
			batch = [];
			bytes = 0;
		}
	}
	if (batch.length > 0) batches.push(batch);
	return batches;
}

/** As far as it is known; a pipe counts as one range. */
function bytesOf({ start, end, sizeBytes }: Slice): number {
	return (end ?? sizeBytes ?? scanRangeBytes) - start;
}
