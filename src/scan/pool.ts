/**
 * The scanner threads and who reads what: slices are handed out one batch at a time, so a slow file never holds
 * up the others. Small inputs are read in the main thread, which is quicker than starting another one.
 */
import { setImmediate } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { Block } from "../model/flow.ts";
import { scanRangeBytes } from "../model/limits.ts";
import { Kernel, readCells } from "./kernel.ts";
import type { Layout } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";
import { takeThread } from "./threads.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Takes full cells away: called with the blocks of one region, one call at a time. */
export type OnCells = (blocks: Block[]) => Promise<void>;

/** A batch is at most this many small files, and about this many bytes. */
const batchFiles = 128;
const batchBytes = 8 << 20;
/** Bytes read in the main thread before Ctrl-C and the progress line get a turn: about 10 ms. */
const turnBytes = scanRangeBytes;

export function takeRegion(layout: Layout, index: number): Block[] {
	const region = layout.regions[index]!;
	return [readCells(layout.memory, region, "minute"), readCells(layout.memory, region, "hour")];
}

/** Region 0's scanner: the one of the main thread. */
function ownScanner(module: WebAssembly.Module, layout: Layout, onCells: OnCells): Scanner {
	const kernel = new Kernel(module, layout.memory, layout.regions[0]!);
	return new Scanner(kernel, async () => {
		await onCells(takeRegion(layout, 0));
		kernel.exports.clearCells();
	});
}

/** Reads all slices in this thread. */
export async function scanInline(
	module: WebAssembly.Module,
	layout: Layout,
	slices: Slice[],
	onCells: OnCells,
	onResult: (result: SliceResult) => void,
): Promise<void> {
	const scanner = ownScanner(module, layout, onCells);
	let bytes = 0;
	for (const slice of slices) {
		onResult(await scanner.scan(slice));
		bytes += bytesOf(slice);
		if (bytes < turnBytes) continue;
		bytes = 0;
		await setImmediate();
	}
}

/** The main thread and a worker thread for every further region. */
export class Pool {
	private readonly workers: Worker[];
	private readonly module: WebAssembly.Module;
	private readonly layout: Layout;

	constructor(module: WebAssembly.Module, layout: Layout) {
		this.module = module;
		this.layout = layout;
		this.workers = layout.regions.slice(1).map((region) => {
			const worker = takeThread();
			post(worker, { type: "begin", module, memory: layout.memory, region });
			return worker;
		});
	}

	/**
	 * Reads all slices. Takes all cells but the last ones of region 0. Rejects only when a thread itself dies.
	 * The main thread begins at once, while the others start, and answers them between two batches of its own.
	 */
	async scan(slices: Slice[], onCells: OnCells, onResults: (results: SliceResult[]) => void): Promise<void> {
		const batches = batchesOf(slices).reverse();
		let failure: unknown;
		const others = this.scanInWorkers(batches, onCells, onResults).catch((error: unknown) => {
			failure = error;
			batches.length = 0;
		});
		const scanner = ownScanner(this.module, this.layout, onCells);
		for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
			const results: SliceResult[] = [];
			for (const slice of batch) results.push(await scanner.scan(slice));
			onResults(results);
			await setImmediate();
		}
		await others;
		if (failure !== undefined) throw failure;
	}

	/** Takes batches from the end of the list, until it is empty and all workers have handed over their cells. */
	private scanInWorkers(
		batches: Slice[][],
		onCells: OnCells,
		onResults: (results: SliceResult[]) => void,
	): Promise<void> {
		let open = this.workers.length;
		let taking: Promise<void> = Promise.resolve();
		return new Promise((resolve, reject) => {
			const dispatch = (worker: Worker): void => {
				const batch = batches.pop();
				post(worker, batch === undefined ? { type: "finish" } : { type: "scan", slices: batch });
			};
			for (const worker of this.workers) {
				worker.on("error", reject);
				worker.on("message", (message: FromWorker) => {
					if (message.type === "results") {
						onResults(message.results);
						dispatch(worker);
						return;
					}
					taking = taking.then(() => onCells(message.blocks)).then(() => post(worker, { type: "taken" }));
					if (message.last) open--;
					const done = open === 0;
					taking.then(() => {
						if (done) resolve();
					}, reject);
				});
				// Always one batch ahead, so that none waits while the main thread reads.
				dispatch(worker);
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
