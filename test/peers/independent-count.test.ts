/**
 * Over a million lines with every quirk and copies: `attribute`, with one thread and with two, equals the generator's
 * truth; and on the lines that awk and DuckDB can take apart, it equals what awk and DuckDB count.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
	type CountedRow,
	type Counts,
	counted,
	printedCounts,
	shown,
	trueCounts,
	writeCountedLogs,
} from "../support/count-check.ts";
import type { Sum } from "../support/truth.ts";

const lines = 1_050_000;
const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "chartcost-million-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const logs = path.join(folder, "logs");
const plain = path.join(folder, "plain.log");
mkdirSync(logs);
const truth = writeCountedLogs(logs, lines, 47);

interface Printed {
	rows: CountedRow[];
	other: null;
	total: Sum;
}

function attribute(source: string, dimension: string, threads: number): Printed {
	const flags = ["--by", dimension, "--json", "--top", "1000000", "--threads", String(threads)];
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		[program, "attribute", source, ...flags, "--region", "us-east-1"],
		{ cwd: folder, encoding: "utf8", maxBuffer: 256 << 20, timeout: 120_000 },
	);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout) as Printed;
}

for (const threads of [1, 2]) {
	for (const [dimension, name] of counted) {
		test(`truth, by ${dimension}, ${threads} thread${threads === 1 ? "" : "s"}`, () => {
			assert.ok(truth.lines > 1_000_000);
			const { rows, other, total } = attribute(logs, dimension, threads);
			assert.deepEqual(printedCounts(rows, dimension), trueCounts(truth, name));
			assert.equal(other, null);
			assert.deepEqual([total.requests, total.bytesSent], [truth.records, truth.bytesSent]);
		});
	}
}

/**
 * Lines with three quoted fields and no quote within them, in ASCII. awk splits them at the quotes and then at spaces;
 * it writes those it can take apart to `plain`, and what it counted to stdout.
 */
const awkProgram = String.raw`
BEGIN { FS = "\"" }
{ sub(/\r$/, "") }
NF != 7 || /[\200-\377]/ || $5 != " " || $7 !~ /^ [^ ]/ { next }
{
	words = split($1, head, " ")
	if (split($3, end, " ") != 6 || words < 9) next
	operation = head[words - 1]
	if (operation !~ /^[A-Z0-9_]+\.[A-Z0-9_.]+$/) next
	bytes = end[3] == "-" ? 0 : end[3]
	requester = head[6]
	for (i = 7; i < words - 2; i++) requester = requester " " head[i]
	add("source-ip", head[5])
	add("operation", operation)
	add("status", end[1])
	add("user-agent", $6)
	add("requester", requester)
	print > plain
}
function add(dimension, value) {
	requests[dimension "\t" value]++
	sent[dimension "\t" value] += bytes
}
END { for (name in requests) printf "%s\t%d\t%.0f\n", name, requests[name], sent[name] }
`;

/** Dimension → counts, from lines of dimension, value, requests and bytes. */
function tableOf(text: string): Map<string, Counts> {
	const tables = new Map<string, Counts>();
	for (const line of text.split("\n").filter((line) => line !== "")) {
		const [dimension = "", value = "", requests, bytes] = line.split("\t");
		const counts = tables.get(dimension) ?? new Map<string, [number, number]>();
		tables.set(dimension, counts.set(shown(value), [Number(requests), Number(bytes)]));
	}
	return tables;
}

test("awk counts the same on the lines it can take apart", () => {
	// No copies, and no NUL bytes, which some versions of awk end a line at.
	const script = `(cat large.log small-*0.log; gzip -dc zipped.log.gz) | tr -d '\\000' | awk -v plain="$1" "$2"`;
	const { status, stdout, stderr } = spawnSync("sh", ["-c", script, "sh", plain, awkProgram], {
		cwd: logs,
		encoding: "latin1",
		env: { PATH: process.env["PATH"], LC_ALL: "C" },
		maxBuffer: 64 << 20,
	});
	assert.equal(status, 0, stderr);
	const tables = tableOf(stdout);
	for (const [dimension] of counted) {
		const { rows, total } = attribute(plain, dimension, 2);
		assert.deepEqual(printedCounts(rows, dimension), tables.get(dimension));
		assert.ok(total.requests > 0.95 * truth.records, `${total.requests} of ${truth.records}`);
	}
});

/** The peer of the benchmark counts everything; here it is asked by dimension. */
const duckdbProgram = `
import { DuckDBInstance } from "@duckdb/node-api";
const pattern = process.argv[2];
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(\`CREATE TABLE log AS SELECT regexp_extract(line, '\${pattern}',
	['ip', 'requester', 'operation', 'status', 'bytes', 'agent']) AS f
	FROM read_csv('\${process.argv[1]}', columns={'line': 'VARCHAR'}, delim='\\\\x01', quote='', escape='', header=false,
		auto_detect=false, strict_mode=false, max_line_size=4194304)\`);
const fields = { "source-ip": "ip", operation: "operation", status: "status", "user-agent": "agent", requester: "requester" };
for (const [dimension, field] of Object.entries(fields)) {
	const reader = await connection.runAndReadAll(\`SELECT f.\${field}, count(*)::DOUBLE,
		coalesce(sum(try_cast(f.bytes AS BIGINT)), 0)::DOUBLE FROM log WHERE f.operation <> '' GROUP BY 1\`);
	for (const row of reader.getRows()) console.log([dimension, ...row].join("\\t"));
}`;
const linePattern =
	String.raw`^[^ ]+ [^ ]+ \[[^\]]+\] ([^ ]+) +(.+) [^ ]+ ([A-Z0-9_]+\.[A-Z0-9_.]+) [^ ]+ "[^"]*" ([0-9]{3}|-) ` +
	'[^ ]+ ([0-9]+|-) [^ ]+ [^ ]+ [^ ]+ "[^"]*" "([^"]*)" ';

test("DuckDB counts the same on the lines it can take apart", () => {
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		["--input-type=module", "-e", duckdbProgram, "--", plain, linePattern],
		{ cwd: fileURLToPath(new URL("../..", import.meta.url)), encoding: "utf8", maxBuffer: 64 << 20 },
	);
	assert.equal(status, 0, stderr);
	const tables = tableOf(Buffer.from(stdout, "utf8").toString("latin1"));
	for (const [dimension] of counted) {
		const { rows } = attribute(plain, dimension, 1);
		assert.deepEqual(printedCounts(rows, dimension), tables.get(dimension));
	}
	assert.ok(readFileSync(plain).length > 100_000_000);
});
