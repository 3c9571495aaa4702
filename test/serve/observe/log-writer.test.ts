/**
 * The buffered writer: when it writes, rotation, the end, and R-26: a sink that stands still or is broken costs lines,
 * which are counted and said once, never a wait. With a scripted sink, real files, a real pipe and a full device.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	closeSync,
	constants,
	mkdtempSync,
	openSync,
	readFileSync,
	readSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type LogSink, openDescriptorSink, openFileSink } from "../../../src/serve/observe/log-sink.ts";
import { createLogWriter } from "../../../src/serve/observe/log-writer.ts";

/** A sink whose writes end when the test says so, and timers that run when the test says so. */
function bench() {
	let text = "";
	let under: { bytes: Buffer; done: (error: Error | undefined, written: number) => void } | undefined;
	const timers = new Map<number, { delayMs: number; action: () => void }>();
	let nextTimer = 0;
	const messages: string[] = [];
	const reopened: string[] = [];
	const sink: LogSink = {
		write: (bytes, done) => {
			assert.equal(under, undefined, "one write at a time");
			under = { bytes, done };
		},
		reopen: async () => void reopened.push(text),
		close: () => {},
	};
	return {
		sink,
		messages,
		said: (level: string, message: string) => void messages.push(`${level}: ${message}`),
		reopened,
		text: () => text,
		writing: () => under?.bytes.toString(),
		/** Ends the write under way: with all of it, or an error after `written` bytes. */
		finish(error?: Error, written?: number) {
			const { bytes, done } = under!;
			under = undefined;
			const count = written ?? (error ? 0 : bytes.length);
			text += bytes.toString("latin1", 0, count);
			done(error, count);
		},
		after(delayMs: number, action: () => void) {
			const id = nextTimer++;
			timers.set(id, { delayMs, action });
			return () => void timers.delete(id);
		},
		/** Runs the timers that wait for `delayMs`; how many there were. */
		pass(delayMs: number) {
			const due = [...timers].filter(([, timer]) => timer.delayMs === delayMs);
			for (const [id, { action }] of due) {
				timers.delete(id);
				action();
			}
			return due.length;
		},
	};
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("lines are written together after 200 ms, by one timer", () => {
	const on = bench();
	const writer = createLogWriter(on);
	writer.write("a");
	writer.write("b");
	assert.equal(on.writing(), undefined);
	assert.equal(on.pass(200), 1);
	assert.equal(on.writing(), "a\nb\n");
	writer.write("c");
	on.finish();
	assert.equal(on.pass(200), 1);
	on.finish();
	assert.equal(on.text(), "a\nb\nc\n");
	assert.equal(on.pass(200), 0);
});

test("lines are written at once when they are 64 KB", () => {
	const on = bench();
	const writer = createLogWriter(on);
	for (let line = 0; line < 65; line++) writer.write("x".repeat(1023));
	assert.equal(on.writing()?.length, 64 << 10);
	on.finish();
	assert.equal(writer.dropped, 0);
});

test("R-26 a stuck sink: memory stays bounded, lines are counted, said once, and it recovers", () => {
	const on = bench();
	const writer = createLogWriter(on);
	const line = "x".repeat(999);
	for (let count = 0; count < 20_000; count++) writer.write(line);
	assert.ok(writer.dropped > 15_000 && writer.dropped < 16_000, String(writer.dropped));
	assert.equal(on.messages.length, 1);
	const lost = writer.dropped;
	// The write ends, but it was overtaken by lines: no recovery yet. The next one is.
	on.finish();
	assert.equal(on.messages.length, 1);
	on.finish();
	assert.equal(on.messages.length, 2);
	assert.equal(on.text().split("\n").length - 1 + lost, 20_000);
	writer.write("again");
	on.pass(200);
	on.finish();
	assert.match(on.text(), /x\nagain\n$/);
	assert.equal(writer.dropped, lost);
});

test("R-26 a full disk: said once, tried again each second, no line is torn", () => {
	const on = bench();
	const writer = createLogWriter(on);
	const said = on.messages;
	writer.write("first");
	writer.write("second");
	on.pass(200);
	on.finish(new Error("ENOSPC"), 8);
	writer.write("third");
	for (let attempt = 0; attempt < 5; attempt++) {
		assert.equal(on.pass(1000), 1);
		on.finish(new Error("ENOSPC"));
	}
	assert.equal(said.length, 1);
	assert.match(said[0] ?? "", /^error: .*ENOSPC/);
	on.pass(1000);
	on.finish();
	assert.equal(said.length, 2);
	on.pass(200);
	on.finish();
	assert.equal(on.text(), "first\nsecond\nthird\n");
	assert.equal(writer.dropped, 0);
});

test("reopening: what was collected goes to the old file, a line that was begun there does not end in the new one", async () => {
	const on = bench();
	const writer = createLogWriter(on);
	writer.write("old");
	const done = writer.reopen();
	await turn();
	on.finish(new Error("EIO"), 2);
	writer.write("new");
	await done;
	assert.deepEqual(on.reopened, ["ol"]);
	assert.equal(on.writing(), "new\n");
	assert.equal(writer.dropped, 1);
	on.finish();
});

test("reopening under load happens between two writes, although there is always more to write", async () => {
	const on = bench();
	const writer = createLogWriter(on);
	const more = () => {
		for (let line = 0; line < 70; line++) writer.write("y".repeat(1023));
	};
	more();
	const done = writer.reopen();
	for (let turns = 0; turns < 10 && on.reopened.length === 0; turns++) {
		more();
		if (on.writing() !== undefined) on.finish();
		await turn();
	}
	await done;
	assert.equal(on.reopened.length, 1);
});

test("the end: everything is written; a sink that stands still does not hold it up, its lines are counted", async () => {
	const good = bench();
	const writer = createLogWriter(good);
	writer.write("last");
	const closed = writer.close(1000);
	await turn();
	good.finish();
	await closed;
	assert.equal(good.text(), "last\n");
	writer.write("too late");
	assert.equal(writer.dropped, 1);

	const stuck = bench();
	const other = createLogWriter(stuck);
	other.write("a");
	stuck.pass(200);
	// As much as would be written at once.
	other.write("b".repeat(70_000));
	const ended = other.close(5000);
	await turn();
	stuck.pass(5000);
	await ended;
	assert.equal(other.dropped, 2);
	// The sink is closed: a write that ends after that begins no other.
	stuck.finish();
	assert.equal(stuck.pass(200), 0);
	assert.equal(stuck.writing(), undefined);
});

test("property: whatever fails, whole lines in order, and written plus dropped is all", () => {
	const step = fc.oneof(
		{ weight: 4, arbitrary: fc.constant("write") },
		...["200", "1000", "ok", "fail", "part"].map((name) => ({ weight: 1, arbitrary: fc.constant(name) })),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), fc.nat(100), (steps, cut) => {
			const on = bench();
			const writer = createLogWriter(on);
			let written = 0;
			for (const name of steps) {
				if (name === "write") writer.write(`line ${written++}`);
				else if (name === "200" || name === "1000") on.pass(Number(name));
				else if (on.writing() !== undefined) {
					const part = Math.min(cut, (on.writing()?.length ?? 1) - 1);
					if (name === "ok") on.finish();
					else on.finish(new Error("EIO"), name === "part" ? part : 0);
				}
			}
			while (on.writing() !== undefined || on.pass(200) + on.pass(1000) > 0)
				if (on.writing() !== undefined) on.finish();
			const expected = Array.from({ length: written }, (_, line) => `line ${line}\n`).join("");
			assert.equal(on.text(), expected);
			assert.equal(writer.dropped, 0);
		}),
	);
});

const bounded = { timeout: 20_000 };

async function until(condition: () => boolean): Promise<void> {
	const limit = Date.now() + 10_000;
	while (!condition()) {
		assert.ok(Date.now() < limit, "in time");
		await turn();
	}
}

test("files: appended to, mode 0640, rotated by rename", bounded, async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-log-"));
	try {
		const file = path.join(folder, "access.log");
		const writer = createLogWriter({ sink: await openFileSink(file), said: () => {} });
		assert.equal(statSync(file).mode & 0o777, 0o640);
		writer.write("one");
		renameSync(file, `${file}.1`);
		await writer.reopen();
		writer.write("two");
		await writer.close(5000);
		assert.equal(readFileSync(`${file}.1`, "utf8"), "one\n");
		assert.equal(readFileSync(file, "utf8"), "two\n");
		const again = createLogWriter({ sink: await openFileSink(file), said: () => {} });
		again.write("three");
		await again.close(5000);
		assert.equal(readFileSync(file, "utf8"), "two\nthree\n");
		await assert.rejects(openFileSink(path.join(folder, "missing", "x.log")), /ENOENT/);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("R-26 a device that is full, then another file after a reopening", bounded, async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-log-"));
	try {
		const file = path.join(folder, "access.log");
		symlinkSync("/dev/full", file);
		const said: string[] = [];
		const writer = createLogWriter({
			sink: await openFileSink(file),
			said: (_, message) => said.push(message),
			after: (_, action) => {
				const timer = setTimeout(action, 5);
				return () => clearTimeout(timer);
			},
		});
		writer.write("kept");
		await until(() => said.length > 0);
		assert.match(said[0] ?? "", /ENOSPC/);
		rmSync(file);
		await writer.reopen();
		await until(() => said.length > 1);
		await writer.close(5000);
		assert.equal(readFileSync(file, "utf8"), "kept\n");
		assert.equal(writer.dropped, 0);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("R-26 a pipe whose reader stands still, reads on, and goes away", bounded, async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-pipe-"));
	const fifo = path.join(folder, "pipe");
	execFileSync("mkfifo", [fifo]);
	const reader = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
	const said: string[] = [];
	let readerOpen = true;
	try {
		const writer = createLogWriter({
			sink: await openDescriptorSink(openSync(fifo, constants.O_WRONLY)),
			said: (level, message) => said.push(`${level} ${message}`),
		});
		const line = "z".repeat(999);
		const begin = performance.now();
		let lines = 0;
		while (writer.dropped === 0 && lines < 20_000) {
			writer.write(line);
			if (++lines % 100 === 0) await turn();
		}
		assert.ok(writer.dropped > 0, "the pipe holds 64 KB, the buffer 4 MB");
		assert.ok(performance.now() - begin < 5000, "nothing waited");
		let got = 0;
		const chunk = Buffer.alloc(1 << 20);
		const read = () => {
			try {
				got += readSync(reader, chunk);
			} catch {
				// Nothing there now.
			}
			return got === (lines - writer.dropped) * 1000;
		};
		await until(read);
		assert.equal(said.length, 2);
		closeSync(reader);
		readerOpen = false;
		const before = writer.dropped;
		for (let count = 0; count < 200; count++) writer.write(line);
		await until(() => said.length === 3);
		assert.match(said[2] ?? "", /^error .*EPIPE/);
		await writer.close(1000);
		assert.equal(writer.dropped - before, 200);
	} finally {
		if (readerOpen) closeSync(reader);
		rmSync(folder, { recursive: true });
	}
});
