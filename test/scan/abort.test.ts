/** Ctrl-C while the main thread itself reads: it gets a turn, what was read counts, the rest is left for later. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { prepareScan, scanFiles } from "../../src/scan/scan.ts";
import { logLine } from "../cli/sandbox.ts";

/** More than the main thread reads in one turn. */
const lines = 40_000;

test("an abort during the first file leaves the second one unread", async () => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-abort-"));
	try {
		const files = ["a.log", "b.log"].map((name) => {
			const absolutePath = path.join(folder, name);
			writeFileSync(absolutePath, `${logLine(1)}\n`.repeat(lines));
			return { absolutePath, sizeBytes: statSync(absolutePath).size, done: [] };
		});
		const host = prepareScan({ scanners: 1, files: files.length });
		const controller = new AbortController();
		setImmediate(() => controller.abort());
		const outcomes = await scanFiles(host, files, {
			window: { from: undefined, to: undefined, bucket: undefined },
			signal: controller.signal,
			onProgress: undefined,
			onCells: async () => {},
		});
		const [first, second] = outcomes;
		assert.ok(first!.counts.lines > 0 && first!.counts.lines < lines && !first!.finished);
		assert.ok(first!.done[0]![1] < statSync(files[0]!.absolutePath).size);
		assert.deepEqual([second!.finished, second!.counts.lines, second!.done], [false, 0, []]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
