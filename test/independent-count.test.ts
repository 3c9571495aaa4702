/**
 * `attribute` says exactly what the generator wrote: 50,000 lines with every quirk, in plain, zipped, small and
 * copied files. The same with over a million lines, and against awk and DuckDB: test/peers/independent-count.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { attribute } from "../src/attribute.ts";
import { readTallies } from "../src/ingest.ts";
import { analysisOptions } from "./support/analysis-options.ts";
import { counted, printedCounts, trueCounts, writeCountedLogs } from "./support/count-check.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-count-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const truth = writeCountedLogs(folder, 50_000, 31);

const options = analysisOptions(folder, { sources: [folder], region: "us-east-1", top: 1_000_000 });

for (const [dimension, name] of counted) {
	test(`by ${dimension}`, async () => {
		const { breakdown, total } = await attribute({ ...options, by: [dimension], where: [] });
		const rows = breakdown.rows.map(({ group, ...row }) => ({ ...group, ...row }));
		assert.deepEqual(printedCounts(rows, dimension), trueCounts(truth, name));
		assert.equal(breakdown.other, null);
		const { requests, bytesSent, errors } = total;
		assert.deepEqual([requests, bytesSent, errors], [truth.records, truth.bytesSent, truth.errors]);
	});
}

test("every line is a record, unparsed or skipped; copies are named and not counted", async () => {
	const { input, dispose } = await readTallies({ ...options, threads: 1 }, false);
	dispose();
	const { lines, records, unparsed, skippedReasons, duplicates } = input;
	assert.deepEqual(
		{ lines, records, unparsed, blank: skippedReasons.blank, duplicates },
		{
			lines: truth.lines,
			records: truth.records,
			unparsed: truth.unparsed,
			blank: truth.blank,
			duplicates: 2,
		},
	);
	assert.ok(unparsed > 100 && skippedReasons.blank > 100);
});
