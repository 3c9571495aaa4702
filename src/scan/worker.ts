/** A scanner thread: slices in, results out, by messages; bytes and cells stay in the shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import type { Block } from "../model/flow.ts";
import { Kernel, readCells } from "./kernel.ts";
import type { Region } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";

export interface WorkerData {
	module: WebAssembly.Module;
	memory: WebAssembly.Memory;
	region: Region;
}

/** "taken" answers "cells": the main thread has put them away. "finish" asks for the last ones. */
export type ToWorker = { type: "scan"; slices: Slice[] } | { type: "taken" } | { type: "finish" };
export type FromWorker =
	| { type: "results"; results: SliceResult[] }
	| { type: "cells"; blocks: Block[]; last: boolean };

const port = parentPort;
if (port === null) throw new Error("scan/worker is not a program; it is started by scan/pool");

const { module, memory, region } = workerData as WorkerData;
const kernel = new Kernel(module, memory, region);
/** Fulfilled when the main thread has put away the cells sent before: one load of cells at most is under way. */
let taken: Promise<void> = Promise.resolve();
let onTaken: (() => void) | undefined;

function sendCells(last: boolean): void {
	const blocks = [readCells(memory, region, "minute"), readCells(memory, region, "hour")];
	kernel.exports.clearCells();
	const message: FromWorker = { type: "cells", blocks, last };
	port!.postMessage(
		message,
		blocks.flatMap((block) =>
			Object.values(block).flatMap((v) => (ArrayBuffer.isView(v) ? [v.buffer as ArrayBuffer] : [])),
		),
	);
}

const scanner = new Scanner(kernel, async () => {
	await taken;
	taken = new Promise((resolve) => {
		onTaken = resolve;
	});
	sendCells(false);
});

async function scanAll(slices: Slice[]): Promise<void> {
	const results: SliceResult[] = [];
	for (const slice of slices) results.push(await scanner.scan(slice));
	port!.postMessage({ type: "results", results } satisfies FromWorker);
}

/** Batches and the end are worked off one after the other; "taken" may be what the running one waits for. */
let work: Promise<void> = Promise.resolve();
let finished = false;

port.on("message", (message: ToWorker) => {
	if (message.type === "taken") onTaken?.();
	else if (message.type === "scan") work = work.then(() => scanAll(message.slices));
	else if (!finished) {
		finished = true;
		work = work.then(() => sendCells(true));
	}
});
