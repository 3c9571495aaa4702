/** The dataset's folder: segments, manifest and lock, and what is said when one of them is not right. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import type { Block, Flow } from "../../src/model/flow.ts";
import {
	type Manifest,
	readCellFiles,
	readDataset,
	readManifest,
	SegmentWriter,
} from "../../src/rollup/dataset.ts";
import type { FileRow } from "../../src/rollup/files.ts";
import { flowOf, parseText } from "../../src/scan/reference.ts";
import { fixtureTexts } from "../support/hostile-text.ts";

const root = mkdtempSync(path.join(tmpdir(), "chartcost-dataset-"));
after(() => rmSync(root, { recursive: true, force: true }));
let dataset = "";
let count = 0;
beforeEach(() => {
	dataset = path.join(root, String(count++));
});

const flows: Flow[] = fixtureTexts.flatMap(({ bytes }) =>
	[...parseText(bytes)].flatMap(({ parsed }) => ("record" in parsed ? [flowOf(parsed.record)] : [])),
);

const block = (grain: Block["grain"], flow: number): Block => ({
	grain,
	rows: 1,
	flow: Int32Array.of(flow),
	time: Int32Array.of(500_000),
	key: grain === "hour" ? Int32Array.of(1) : new Int32Array(0),
	requests: Int32Array.of(3),
	bytesSent: Float64Array.of(10),
	objectBytes: Float64Array.of(20),
	first: Int32Array.of(1),
	last: Int32Array.of(2),
});

const fileRow = (name: string): FileRow => ({
	path: name,
	absolutePath: `/logs/${name}`,
	sizeBytes: 100,
	modifiedMs: 1_791_763_200_123.5,
	contentHash: "ffffffffffffffff",
	status: "read",
	detail: "",
	done: [
		[0, 10],
		[50, 100],
	],
	finished: true,
	lines: 6,
	records: 1,
	blank: 1,
	outsideWindow: 1,
	otherBucket: 1,
	unparsed: 2,
});

const about: Omit<Manifest, "schema" | "segments"> = {
	writtenBy: "chartcost",
	savedAt: "2026-10-14T00:00:00Z",
	complete: true,
	collection: { sources: ["/logs"], typedSources: ["logs"], from: null, to: null, bucket: null },
	samples: [],
	problems: [],
	pooled: [],
};

/** One segment with one flow, one key and one cell of each grain. */
function addSegment(first: number, previous?: Manifest): Manifest {
	const writer = new SegmentWriter(dataset, previous);
	writer.addBlock(block("minute", first));
	writer.addBlock(block("hour", first));
	writer.addDictionary(first, [flows[first]!], first, [`key-${first}`]);
	writer.addFiles([fileRow(`${first}.log`)]);
	return writer.commit(about, previous);
}

async function cells(grain: Block["grain"]): Promise<Block[]> {
	const blocks: Block[] = [];
	for await (const block of readCellFiles(dataset, readManifest(dataset)!, grain)) blocks.push(block);
	return blocks;
}

/** Everything in the folder, to be sure that an error changed none of it. */
const listing = () =>
	readdirSync(dataset, { recursive: true, encoding: "utf8" })
		.sort()
		.map((name) => {
			const file = path.join(dataset, name);
			return [name, existsSync(file) && name.includes(".") ? readFileSync(file).toString("base64") : ""];
		});

test("segments follow each other, and their ids run on", async () => {
	assert.equal(readManifest(dataset), undefined);
	const second = addSegment(1, addSegment(0));
	assert.deepEqual(readManifest(dataset), second);
	const content = await readDataset(dataset, second);
	assert.deepEqual(content.flows, flows.slice(0, 2));
	assert.deepEqual([...content.keys], ["key-0", "key-1"]);
	assert.deepEqual(content.files, [fileRow("0.log"), fileRow("1.log")]);
	assert.deepEqual(await cells("minute"), [block("minute", 0), block("minute", 1)]);
	assert.deepEqual(await cells("hour"), [block("hour", 0), block("hour", 1)]);
	assert.deepEqual(readdirSync(dataset).sort(), ["manifest.json", "segment-000001", "segment-000002"]);
});

test("a commit without predecessor replaces the dataset, and removes what nobody names", async () => {
	addSegment(0);
	mkdirSync(path.join(dataset, "segment-000007"));
	writeFileSync(path.join(dataset, "segment-000007", "minutes-0.parquet"), "half");
	writeFileSync(path.join(dataset, "notes.txt"), "mine");
	addSegment(1);
	assert.deepEqual(readdirSync(dataset).sort(), ["manifest.json", "notes.txt", "segment-000008"]);
	assert.deepEqual(await cells("minute"), [block("minute", 1)]);
});

test("what is abandoned leaves the old dataset as it was", () => {
	const first = addSegment(0);
	const before = listing();
	const writer = new SegmentWriter(dataset, first);
	writer.addBlock(block("minute", 1));
	assert.ok(existsSync(path.join(dataset, "lock")));
	writer.abandon();
	assert.deepEqual(listing(), before);
});

test("one writer at a time; a dead one does not count", () => {
	const first = addSegment(0);
	const lock = path.join(dataset, "lock");
	// The parent of this process is alive, and not this process.
	writeFileSync(lock, `${process.ppid}\n`);
	assert.throws(() => new SegmentWriter(dataset, first), { message: /another chartcost/, exitCode: 1 });
	assert.ok(existsSync(lock), "the other one's lock stays");
	const { pid } = spawnSync(process.execPath, ["--version"]);
	for (const dead of [`${pid}\n`, "", "not a number", "0", "-1"]) {
		writeFileSync(lock, dead);
		new SegmentWriter(dataset, first).abandon();
		assert.ok(!existsSync(lock), JSON.stringify(dead));
	}
	// A process that died with the number this one has now.
	writeFileSync(lock, `${process.pid}\n`);
	new SegmentWriter(dataset, first).abandon();
});

test("a manifest that is damaged, foreign or newer says so, and nothing is deleted", () => {
	addSegment(0);
	const file = path.join(dataset, "manifest.json");
	const good = readFileSync(file, "utf8");
	for (const [text, message] of [
		["", /damaged/],
		[good.slice(0, 80), /damaged.*not JSON/],
		["null", /damaged/],
		["[]", /damaged/],
		['{"schema":"other/thing@1","segments":[]}', /damaged/],
		['{"schema":"chartcost/dataset@1"}', /damaged.*segments/],
		['{"schema":"chartcost/dataset@","segments":[]}', /damaged/],
		[good.replace("dataset@1", "dataset@2"), /newer version.*left as it is/],
	] as const) {
		writeFileSync(file, text);
		const before = listing();
		assert.throws(() => readManifest(dataset), { name: "ChartcostError", message, exitCode: 1 }, text);
		assert.deepEqual(listing(), before);
	}
});

test("every file of a segment that is missing or damaged is named", async () => {
	const manifest = addSegment(0);
	const segment = path.join(dataset, "segment-000001");
	const kept = path.join(root, "kept");
	cpSync(segment, kept, { recursive: true });
	for (const name of readdirSync(kept)) {
		for (const content of [undefined, "PAR1 garbage PAR1", ""]) {
			if (content === undefined) rmSync(path.join(segment, name));
			else writeFileSync(path.join(segment, name), content);
			const before = listing();
			const read = async () => {
				await readDataset(dataset, manifest);
				await cells("minute");
				await cells("hour");
			};
			await assert.rejects(read(), { name: "ChartcostError", message: /damaged/, exitCode: 1 }, name);
			assert.deepEqual(listing(), before);
			cpSync(path.join(kept, name), path.join(segment, name));
		}
	}
	await readDataset(dataset, manifest);
});
