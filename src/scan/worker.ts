/** A scanner thread: slices in, results out, by messages; bytes and cells stay in the shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import { Kernel } from "./kernel.ts";
import type { Region } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";

export interface WorkerData {
	module: WebAssembly.Module;
	memory: WebAssembly.Memory;
	region: Region;
}

/** "cleared" answers "full": the main thread has taken the cells. */
export type ToWorker = { type: "scan"; slices: Slice[] } | { type: "cleared" };
export type FromWorker = { type: "results"; results: SliceResult[] } | { type: "full" };

const port = parentPort;
if (port === null) throw new Error("scan/worker is not a program; it is started by scan/pool");

const { module, memory, region } = workerData as WorkerData;
const kernel = new Kernel(module, memory, region);
let cleared: (() => void) | undefined;

const scanner = new Scanner(kernel, async () => {
	const answered = new Promise<void>((resolve) => {
		cleared = resolve;
	});
	port.postMessage({ type: "full" } satisfies FromWorker);
	await answered;
	kernel.exports.clearCells();
});

async function scanAll(slices: Slice[]): Promise<void> {
	const results: SliceResult[] = [];
	for (const slice of slices) results.push(await scanner.scan(slice));
	port!.postMessage({ type: "results", results } satisfies FromWorker);
}

port.on("message", (message: ToWorker) => {
	if (message.type === "cleared") cleared?.();
	else void scanAll(message.slices);
});
