/** A scanner thread: slices in, results out, by messages; bytes and cells stay in the shared memory. */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Block } from "../model/flow.ts";
import { Kernel, readCells } from "./kernel.ts";
import type { Region } from "./layout.ts";
import { Scanner, type Slice, type SliceResult } from "./scanner.ts";

/** The thread's own part of the memory, and the kernel to work on it. */
interface Begin {
	type: "begin";
	module: WebAssembly.Module;
	memory: WebAssembly.Memory;
	region: Region;
}

/** "begin" comes first. "taken" answers "cells": the main thread has put them away. "finish" asks for the last ones. */
export type ToWorker = Begin | { type: "scan"; slices: Slice[] } | { type: "taken" } | { type: "finish" };
export type FromWorker =
	| { type: "results"; results: SliceResult[] }
	| { type: "cells"; blocks: Block[]; last: boolean };

class ScannerThread {
	private readonly port: MessagePort;
	private readonly begin: Begin;
	private readonly kernel: Kernel;
	private readonly scanner: Scanner;
	/** Fulfilled when the main thread has put away the cells sent before: one load of cells at most is under way. */
	private taken: Promise<void> = Promise.resolve();
	private onTaken: (() => void) | undefined;
	/** Batches and the end are worked off one after the other; "taken" may be what the running one waits for. */
	private work: Promise<void> = Promise.resolve();
	private finished = false;

	constructor(port: MessagePort, begin: Begin) {
		this.port = port;
		this.begin = begin;
		this.kernel = new Kernel(begin.module, begin.memory, begin.region);
		this.scanner = new Scanner(this.kernel, async () => {
			await this.taken;
			this.taken = new Promise((resolve) => {
				this.onTaken = resolve;
			});
			this.sendCells(false);
		});
	}

	receive(message: Exclude<ToWorker, Begin>): void {
		if (message.type === "taken") this.onTaken?.();
		else if (message.type === "scan") this.work = this.work.then(() => this.scanAll(message.slices));
		else if (!this.finished) {
			this.finished = true;
			this.work = this.work.then(() => this.sendCells(true));
		}
	}

	private sendCells(last: boolean): void {
		const { memory, region } = this.begin;
		const blocks = [readCells(memory, region, "minute"), readCells(memory, region, "hour")];
		this.kernel.exports.clearCells();
		const message: FromWorker = { type: "cells", blocks, last };
		this.port.postMessage(
			message,
			blocks.flatMap((block) =>
				Object.values(block).flatMap((v) => (ArrayBuffer.isView(v) ? [v.buffer as ArrayBuffer] : [])),
			),
		);
	}

	private async scanAll(slices: Slice[]): Promise<void> {
		const results: SliceResult[] = [];
		for (const slice of slices) results.push(await this.scanner.scan(slice));
		this.port.postMessage({ type: "results", results } satisfies FromWorker);
	}
}

const port = parentPort;
if (port === null) throw new Error("scan/worker is not a program; it is started by scan/pool");
let thread: ScannerThread | undefined;
port.on("message", (message: ToWorker) => {
	if (message.type === "begin") thread = new ScannerThread(port, message);
	else thread!.receive(message);
});
