/**
 * Prepares indexes without holding up the answers to clients: small ones here, large ones in a thread that is started
 * when one comes, started anew when it dies, and ended when it was idle for a while, as it keeps the memory it used.
 */
import { Worker } from "node:worker_threads";
import { compressIndex } from "./compress.ts";
import { isGzip } from "./decode.ts";
import type { FromIndexWorker, SentIndex, ToIndexWorker } from "./index-worker.ts";
import { prepareIndex } from "./prepare.ts";
import { IndexError, type PreparedIndex, type PrepareOptions } from "./prepared.ts";

export interface IndexPreparer {
	/** Rejects with IndexError: the index must not replace a good one. The compressed forms arrive later. */
	prepare(stored: Buffer, options: PrepareOptions): Promise<PreparedIndex>;
	/** Rejects what waits, ends the thread. */
	close(): Promise<void>;
}

export interface PreparerOptions {
	/** Up to here an index is prepared at once, in about 5 ms. Default 64 KiB. */
	inlineBytes?: number;
	/** An index that takes longer is refused. Default one minute; 23 MB take 1 s. */
	timeoutMs?: number;
	/** After so long without work the thread is ended. Default 2 s. */
	idleMs?: number;
	/** JavaScript heap of the thread; an index that needs more is refused. Default 1,024 MB; 23 MB of YAML need 200. */
	heapMb?: number;
}

interface Job {
	id: number;
	stored: Buffer;
	options: PrepareOptions;
	/** How often a thread died of it. */
	deaths: number;
	resolve(index: PreparedIndex): void;
	reject(error: Error): void;
}

/** A thread may die of the index before; twice is no accident. */
const maxDeaths = 2;

export function createIndexPreparer(options: PreparerOptions = {}): IndexPreparer {
	return new Preparer(options);
}

class Preparer implements IndexPreparer {
	private readonly inlineBytes: number;
	private readonly timeoutMs: number;
	private readonly idleMs: number;
	private readonly heapMb: number;
	private worker: Worker | undefined;
	/** Sent to the worker and not answered: one at a time, so that a death has one cause. */
	private current: Job | undefined;
	private readonly waiting: Job[] = [];
	/** Waiting for their compressed forms, by id. */
	private readonly compressing = new Map<number, (message: Compressed | undefined) => void>();
	private timer: NodeJS.Timeout | undefined;
	private lastId = 0;
	private closed = false;

	constructor({
		inlineBytes = 64 << 10,
		timeoutMs = 60_000,
		idleMs = 2_000,
		heapMb = 1024,
	}: PreparerOptions) {
		this.inlineBytes = inlineBytes;
		this.timeoutMs = timeoutMs;
		this.idleMs = idleMs;
		this.heapMb = heapMb;
	}

	prepare(stored: Buffer, options: PrepareOptions): Promise<PreparedIndex> {
		if (this.closed) return Promise.reject(new IndexError("the index is not read: serve is ending"));
		// Packed, the size says nothing about the time.
		if (stored.length <= this.inlineBytes && !isGzip(stored)) return prepareHere(stored, options);
		return new Promise((resolve, reject) => {
			this.waiting.push({ id: ++this.lastId, stored, options, deaths: 0, resolve, reject });
			this.next();
		});
	}

	async close(): Promise<void> {
		this.closed = true;
		const ending = this.worker?.terminate();
		this.forget(undefined);
		for (const job of this.waiting.splice(0))
			job.reject(new IndexError("the index was not read: serve is ending"));
		await ending;
	}

	private next(): void {
		if (this.current !== undefined) return;
		clearTimeout(this.timer);
		const job = this.waiting.shift();
		if (job === undefined) {
			if (this.compressing.size === 0) this.rest();
			return;
		}
		this.current = job;
		const worker = this.started();
		worker.ref();
		// A copy, as the caller keeps the stored bytes; the copy itself is handed over.
		const stored = new Uint8Array(job.stored);
		const message: ToIndexWorker = { id: job.id, stored, options: job.options };
		worker.postMessage(message, [stored.buffer]);
		this.timer = setTimeout(() => this.end(worker, "it took too long", maxDeaths), this.timeoutMs);
	}

	/** The thread keeps hundreds of MB after a large index; starting another takes 50 ms. */
	private rest(): void {
		const { worker } = this;
		if (worker === undefined) return;
		worker.unref();
		this.timer = setTimeout(() => this.end(worker, "idle", 0), this.idleMs);
		this.timer.unref();
	}

	private started(): Worker {
		if (this.worker !== undefined) return this.worker;
		// dist/index-worker.js: the build puts it beside the bundle that this file becomes part of.
		const worker = new Worker(new URL("./index-worker.js", import.meta.url), {
			resourceLimits: { maxOldGenerationSizeMb: this.heapMb },
		});
		worker.on("message", (message: FromIndexWorker) => this.hear(message));
		worker.on("error", (error) => this.end(worker, error.message, 1));
		worker.on("exit", () => this.end(worker, "its thread ended", 1));
		this.worker = worker;
		return worker;
	}

	private hear(message: FromIndexWorker): void {
		if (message.type === "compressed") {
			this.compressing.get(message.id)?.(message);
			this.compressing.delete(message.id);
			this.next();
			return;
		}
		const job = this.current;
		if (job === undefined || job.id !== message.id) return;
		this.current = undefined;
		if (message.type === "refused") job.reject(new IndexError(message.message));
		else job.resolve(received(message.index, job.stored, this.compressing, job.id));
		this.next();
	}

	/** The thread is gone or must go. Its job is given to another one, until it has cost too many. */
	private end(worker: Worker, reason: string, deaths: number): void {
		if (this.worker !== worker) return;
		void worker.terminate();
		const job = this.current;
		if (job !== undefined && job.deaths + deaths < maxDeaths) {
			this.waiting.unshift({ ...job, deaths: job.deaths + deaths });
			this.current = undefined;
		}
		this.forget(`the index cannot be read: ${reason}`);
		if (this.waiting.length > 0) this.next();
	}

	/** What was under way in the thread comes to nothing. */
	private forget(message: string | undefined): void {
		clearTimeout(this.timer);
		this.worker = undefined;
		this.current?.reject(new IndexError(message ?? "the index was not read: serve is ending"));
		this.current = undefined;
		for (const settle of this.compressing.values()) settle(undefined);
		this.compressing.clear();
	}
}

type Compressed = Extract<FromIndexWorker, { type: "compressed" }>;

async function prepareHere(stored: Buffer, options: PrepareOptions): Promise<PreparedIndex> {
	const prepared = prepareIndex(stored, options);
	return prepared.passedOn ? prepared : { ...prepared, ...compressIndex(prepared.body) };
}

function received(
	sent: SentIndex,
	stored: Buffer,
	compressing: Map<number, (message: Compressed | undefined) => void>,
	id: number,
): PreparedIndex {
	const { body, json, slices, ...rest } = sent;
	const prepared: PreparedIndex = {
		...rest,
		body: body === undefined ? stored : buffer(body),
		gzip: undefined,
		zstd: undefined,
		compressed: new Promise((resolve) => {
			compressing.set(id, (message) => {
				if (message?.gzip !== undefined) prepared.gzip = buffer(message.gzip);
				if (message?.zstd !== undefined) prepared.zstd = buffer(message.zstd);
				resolve();
			});
		}),
		entriesJson: { json: buffer(json), slices },
	};
	return prepared;
}

/** The same memory. */
function buffer(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
