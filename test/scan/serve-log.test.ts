/** serve's log in a stream: recognised, translated line by line, and every other log untouched. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { maxLineBytes, scanRangeBytes } from "../../src/model/limits.ts";
import { Unparsed } from "../../src/model/unparsed.ts";
import type { FileOutcome } from "../../src/scan/outcomes.ts";
import { prepareScan, remainingCells, scanFiles } from "../../src/scan/scan.ts";
import { looksLikeServeLog, ServeLog } from "../../src/scan/serve-log.ts";
import { s3LineOf } from "../../src/scan/serve-record.ts";
import { logLine } from "../cli/sandbox.ts";
import { holdsFor } from "../support/fuzz.ts";
import { noWindow } from "../support/kernel-tallies.ts";
import { serveLine, serveLogOf } from "../support/serve-line.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-serve-log-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const startLine = "serve: listening on 127.0.0.1:8080";
const mixed = [startLine, serveLine(), "", logLine(3), serveLine({ cache: "-", bucket: "" }), "{broken"].join(
	"\n",
);

async function translated(chunks: readonly Uint8Array[], log = new ServeLog()): Promise<string> {
	const pieces: Uint8Array[] = [];
	async function* source() {
		yield* chunks;
	}
	for await (const piece of log.lines(source())) pieces.push(piece);
	return Buffer.concat(pieces).toString("latin1");
}

test("recognised by any of its first lines", () => {
	const yes = [serveLine(), `${serveLine()}\n`, mixed, `\n\n${serveLine()}`, `{"a":1}\n${serveLine()}\r\n`];
	for (const text of yes) assert.ok(looksLikeServeLog(Buffer.from(text)), text);
	const no = [
		"",
		"{",
		startLine,
		logLine(1),
		`${logLine(1)} {"ts":1}`,
		'{"level":"info"}\n{"x":1}\n',
		serveLine().slice(0, -1),
	];
	for (const text of no) assert.ok(!looksLikeServeLog(Buffer.from(text)), text);
	assert.ok(!looksLikeServeLog(Buffer.from(`${"x\n".repeat(40_000)}${serveLine()}\n`)), "too late");
});

test("line for line, wherever the stream is cut", async (context) => {
	const expected = mixed
		.split("\n")
		.map((line) => s3LineOf(line) ?? line)
		.join("\n");
	const bytes = Buffer.from(mixed);
	assert.equal(await translated([bytes]), expected);
	await holdsFor(
		context,
		200,
		fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
			const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
			const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
			assert.equal(await translated(chunks), expected);
		}),
	);
});

test("after the head too, and in chunks that end within lines", async () => {
	const text = serveLogOf(Array.from({ length: 500 }, (_, n) => ({ key: `app-1.0.${n}.tgz` })));
	const bytes = Buffer.from(text);
	const chunks = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, n) =>
		bytes.subarray(n * 777, (n + 1) * 777),
	);
	const lines = (await translated(chunks)).split("\n");
	assert.equal(lines.length, 501);
	assert.match(lines[499] ?? "", / SERVE\.GET\.HIT app-1\.0\.499\.tgz /);
});

test("the end of an endless line is no line, whatever it looks like", async () => {
	const head = Buffer.from(`${serveLine()}\n`.repeat(200));
	const endless = [
		Buffer.alloc(maxLineBytes + 1, "x"),
		Buffer.from(`${serveLine()}\n`),
		Buffer.from(`${serveLine()}\n`),
	];
	const lines = (await translated([head, ...endless])).split("\n");
	assert.equal(lines.length, 203);
	assert.ok(lines[200]?.endsWith(`xx${serveLine()}`));
	assert.equal(lines[201], s3LineOf(serveLine()));
});

test("other logs pass as they are", async (context) => {
	await holdsFor(
		context,
		200,
		fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), async (chunks) => {
			assert.equal(await translated(chunks), Buffer.concat(chunks).toString("latin1"));
		}),
	);
});

test("what was decoded before an error comes out before it", async () => {
	async function* broken() {
		yield Buffer.from(`${serveLine()}\n${serveLine().slice(0, 30)}`);
		throw new Error("damaged");
	}
	const pieces: Uint8Array[] = [];
	await assert.rejects(async () => {
		for await (const piece of new ServeLog().lines(broken())) pieces.push(piece);
	}, /damaged/);
	assert.equal(Buffer.concat(pieces).toString(), `${s3LineOf(serveLine())}\n${serveLine().slice(0, 30)}`);
});

/** A zstd frame with one raw block: RFC 8878 sections 3.1.1.1 and 3.1.1.2; 256 bytes to 64 KiB. */
function zstdOf(bytes: Buffer): Buffer {
	const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0, 0, 0, 0]);
	header.writeUInt16LE(bytes.length - 256, 5);
	header.writeUIntLE((bytes.length << 3) | 1, 7, 3);
	return Buffer.concat([header, bytes]);
}

interface Scanned {
	outcome: FileOutcome;
	operations: Record<string, number>;
	keys: number;
}

async function scan(name: string, bytes: Uint8Array, done: [number, number][] = []): Promise<Scanned> {
	const absolutePath = path.join(folder, name);
	writeFileSync(absolutePath, bytes);
	const host = prepareScan({ scanners: 1, files: 1 });
	const [outcome] = await scanFiles(host, [{ absolutePath, sizeBytes: bytes.length, done }], {
		window: noWindow,
		signal: undefined,
		onProgress: undefined,
		onCells: async () => assert.fail("more cells than a test has"),
	});
	const operations: Record<string, number> = {};
	for (const block of remainingCells(host.layout)) {
		if (block.grain !== "minute") continue;
		for (let row = 0; row < block.rows; row++) {
			const { operation } = host.dictionary.flow(block.flow[row]!);
			operations[operation] = (operations[operation] ?? 0) + block.requests[row]!;
		}
	}
	return { outcome: outcome!, operations, keys: host.dictionary.keyCount };
}

test("a file, plain or compressed: records, S3's among them, and what is neither at its place", async () => {
	const bytes = Buffer.from(mixed);
	for (const [name, content] of [
		["a.log", bytes],
		["a.log.gz", gzipSync(bytes)],
		["a.log.zst", zstdOf(bytes)],
	] as const) {
		const { outcome, operations } = await scan(name, content);
		assert.deepEqual(operations, { "SERVE.GET.HIT": 1, "SERVE.GET.LOCAL": 1, "REST.GET.OBJECT": 1 }, name);
		assert.deepEqual(outcome.counts, {
			lines: 6,
			records: 3,
			blank: 1,
			outsideWindow: 0,
			otherBucket: 0,
			unparsed: 2,
		});
		assert.deepEqual(
			outcome.samples.map(({ line, offset, reason, text }) => ({ line, offset, reason, text })),
			[
				{ line: 1, offset: 0, reason: Unparsed.serve, text: startLine },
				{ line: 6, offset: mixed.indexOf("{broken"), reason: Unparsed.serve, text: "{broken" },
			],
		);
		assert.ok(outcome.finished);
	}
});

test("a file larger than a range is read whole, and lines over the limit are one each", async () => {
	const tooLong = serveLine({ path: `/${"p".repeat(maxLineBytes * 1.2)}` });
	const grows = serveLine({ key: "€".repeat(120_000) });
	const one = `${serveLine({ path: `/${"x".repeat(9_000)}` })}\n`;
	const count = Math.ceil((scanRangeBytes * 1.2) / one.length);
	const text = `${one.repeat(count)}${tooLong}\n${grows}\n${one}`;
	const { outcome, operations, keys } = await scan("large.log", Buffer.from(text));
	assert.deepEqual(operations, { "SERVE.GET.HIT": count + 1 });
	assert.deepEqual(
		[outcome.counts.lines, outcome.counts.records, outcome.counts.unparsed],
		[count + 3, count + 1, 2],
	);
	assert.equal(keys, 2, "the pooled one and the chart");
	assert.deepEqual(
		outcome.samples.map(({ line, offset }) => [line, offset]),
		[
			[count + 1, one.length * count],
			[count + 2, Buffer.byteLength(`${one.repeat(count)}${tooLong}\n`)],
		],
	);
});

test("a file that was read in part is read on from there", async () => {
	const text = serveLogOf([{ cache: "miss", upstreamStatus: 200 }, { cache: "negative" }, { cache: "hit" }]);
	const first = `${s3LineOf(serveLine({ cache: "miss", upstreamStatus: 200 }))}\n`;
	for (const [name, bytes] of [
		["part.log", Buffer.from(text)],
		["part.log.gz", gzipSync(text)],
	] as const) {
		const { outcome, operations } = await scan(name, bytes, [[0, first.length]]);
		assert.deepEqual(operations, { "SERVE.GET.NEGATIVE": 1, "SERVE.GET.HIT": 1 }, name);
		assert.ok(outcome.finished);
	}
});
