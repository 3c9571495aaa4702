/**
 * Access log lines on their way to a sink: collected, written at 64 KB, after 200 ms, when the log is reopened and at
 * the end. One write is under way at a time. A sink that stands still or fails (a full disk, a pipe whose reader is gone)
 * never holds up a request and never fills memory: beyond a limit lines are dropped and counted, which is said once,
 * and once more when the sink takes lines again. A line is written whole or not at all, unless the sink never recovers.
 */
import type { LogSink } from "./log-sink.ts";

export interface LogWriter {
	/** `line` has no line end. Never throws. `lines`: so many, with line ends between them, from a worker process. */
	write(line: string, lines?: number): void;
	/** Lines that were lost, since the start. */
	readonly dropped: number;
	/** Log rotation: what was collected goes to the old file, what follows to the new one. Never rejects. */
	reopen(): Promise<void>;
	/** Writes what is left, for at most `timeoutMs`, and counts the rest as dropped. */
	close(timeoutMs: number): Promise<void>;
}

export interface LogWriterOptions {
	sink: LogSink;
	said: (level: "info" | "warn" | "error", message: string) => void;
	/** Runs `action` once after `delayMs`; the result takes it back. Must not keep the process alive. */
	after?: (delayMs: number, action: () => void) => () => void;
}

/** One write: large enough that its cost is spread over a hundred lines. */
const flushChars = 64 << 10;
/** How long a line may wait for others: people who follow a log do not notice. */
const flushMs = 200;
/** Kept while a write is under way or the sink is broken: 0.2 s of 40,000 requests a second. */
const maxPendingChars = 4 << 20;
const lineEnd = 0x0a;
/** A broken sink is tried again so often. */
const retryMs = 1000;

const unreferenced = (delayMs: number, action: () => void): (() => void) => {
	const timer = setTimeout(action, delayMs);
	timer.unref();
	return () => clearTimeout(timer);
};

export function createLogWriter({ sink, said, after = unreferenced }: LogWriterOptions): LogWriter {
	/** Lines with their ends, not yet handed to the sink. */
	let pending = "";
	let pendingLines = 0;
	/** Handed to the sink, or left of what it failed to take; empty when nothing is. */
	let rest: Buffer = Buffer.alloc(0);
	/** The sink has not called back yet. */
	let writing = false;
	/** `rest` begins inside a line: its beginning is out already. */
	let torn = false;
	let broken = false;
	/** Nothing may be written now: the file is being opened again. */
	let held = false;
	let closed = false;
	let dropped = 0;
	let droppedAtWrite = 0;
	/** At the moment when it was last said that lines are dropped; `undefined` while all is well. */
	let droppedBefore: number | undefined;
	let cancelTimer: (() => void) | undefined;
	const whenIdle: (() => void)[] = [];
	let reopening: Promise<void> = Promise.resolve();

	function write(line: string, lines = 1): void {
		if (closed || pending.length + line.length >= maxPendingChars) {
			drop(lines);
			return;
		}
		pending += `${line}\n`;
		pendingLines += lines;
		if (pending.length >= flushChars) {
			if (!writing && !broken) flush();
		} else if (cancelTimer === undefined) cancelTimer = after(flushMs, onTimer);
	}

	function drop(lines: number): void {
		dropped += lines;
		if (droppedBefore !== undefined || closed) return;
		droppedBefore = dropped - lines;
		if (!broken) said("warn", "The access log cannot be written fast enough or at all: lines are dropped.");
	}

	function onTimer(): void {
		cancelTimer = undefined;
		flush();
	}

	function flush(): void {
		if (writing || held || (rest.length === 0 && pendingLines === 0)) return;
		if (rest.length === 0) {
			rest = Buffer.from(pending, "utf8");
			pending = "";
			pendingLines = 0;
		}
		writing = true;
		droppedAtWrite = dropped;
		sink.write(rest, written);
	}

	function written(error: Error | undefined, bytes: number): void {
		writing = false;
		if (closed) return;
		if (bytes > 0) torn = rest[bytes - 1] !== lineEnd;
		rest = rest.subarray(bytes);
		if (error) failed(error);
		else recovered();
		if (!error && pending.length >= flushChars) flush();
		else if (pendingLines > 0 || rest.length > 0) cancelTimer ??= after(error ? retryMs : flushMs, onTimer);
		if (!writing) for (const resume of whenIdle.splice(0)) resume();
	}

	function failed(error: Error): void {
		if (!broken) {
			droppedBefore ??= dropped;
			said(
				"error",
				`The access log cannot be written (${error.message}): lines may be lost; it is tried again.`,
			);
		}
		broken = true;
	}

	function recovered(): void {
		broken = false;
		// Under lasting overload each write ends well and lines are lost all the same: that is no recovery.
		if (droppedBefore === undefined || dropped !== droppedAtWrite) return;
		said("info", `The access log is written again; ${dropped - droppedBefore} lines were dropped.`);
		droppedBefore = undefined;
	}

	/** Until no write is under way. */
	function settled(): Promise<void> {
		return writing ? new Promise((resolve) => whenIdle.push(resolve)) : Promise.resolve();
	}

	async function openAgain(): Promise<void> {
		held = true;
		await settled();
		// What was collected until now belongs to the old file.
		held = false;
		flush();
		held = true;
		await settled();
		if (torn && rest.length > 0) {
			// The beginning of this line is in the old file.
			rest = rest.subarray(rest.indexOf(lineEnd) + 1);
			dropped++;
		}
		torn = false;
		try {
			await sink.reopen();
		} catch (error) {
			const why = error instanceof Error ? error.message : String(error);
			said("error", `The access log could not be opened again (${why}): the old file is written to.`);
		}
		held = false;
		flush();
	}

	function reopen(): Promise<void> {
		reopening = reopening.then(openAgain);
		return reopening;
	}

	/** All of it; stops when the sink fails. */
	async function drain(): Promise<void> {
		await reopening;
		await settled();
		while (rest.length > 0 || pendingLines > 0) {
			flush();
			await settled();
			if (broken) return;
		}
	}

	async function close(timeoutMs: number): Promise<void> {
		cancelTimer?.();
		await new Promise<void>((resolve) => {
			const cancel = after(timeoutMs, resolve);
			void drain().then(() => {
				cancel();
				resolve();
			});
		});
		closed = true;
		const lost = pendingLines + linesIn(rest);
		dropped += lost;
		if (lost > 0) said("warn", `${lost} lines of the access log could not be written before the end.`);
		cancelTimer?.();
		sink.close();
	}

	return {
		write,
		get dropped() {
			return dropped;
		},
		reopen,
		close,
	};
}

function linesIn(bytes: Buffer): number {
	let lines = 0;
	for (const byte of bytes) if (byte === lineEnd) lines++;
	return lines;
}
