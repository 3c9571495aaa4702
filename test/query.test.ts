/**
 * DuckDB as a second opinion: sums by SQL over the dataset, and over both exports, equal what `attribute` says of
 * the same logs, on the fixture story and on generated logs full of quirks.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { analyze } from "../src/analyze.ts";
import { attribute } from "../src/attribute.ts";
import { exportDataset } from "../src/export.ts";
import { type Dimension, dimensionNames } from "../src/model/dimensions.ts";
import type { AnalysisOptions } from "../src/model/options.ts";
import { describeTables, query } from "../src/query.ts";
import { SegmentWriter } from "../src/rollup/dataset.ts";
import { sqlName } from "../src/views.ts";
import { logLine } from "./cli/sandbox.ts";
import { defaultOptions, generateFile } from "./support/generate.ts";
import { everyQuirk } from "./support/quirks.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
let folder: string;
let options: AnalysisOptions;

before(async () => {
	folder = mkdtempSync(join(tmpdir(), "chartcost-sql-"));
	mkdirSync(join(folder, "logs"));
	await generateFile(join(folder, "logs/quirks.log"), {
		...defaultOptions,
		size: { lines: 2000 },
		quirks: everyQuirk(0.01),
	});
	// An operation that nobody knows, in the bucket's own Region: nothing of it has a price.
	const odd = logLine(1).replace("192.0.2.10", "10.0.0.9").replace("REST.GET.OBJECT", "REST.TELEPORT.OBJECT");
	writeFileSync(join(folder, "logs/odd.log"), `${odd}\n`.repeat(7));
	options = {
		sources: [join(fixtures, "logs"), join(folder, "logs")],
		from: undefined,
		to: undefined,
		bucket: undefined,
		region: undefined,
		clustersFile: join(fixtures, "clusters.yaml"),
		pricesFile: undefined,
		ipRangesFile: undefined,
		ownAccounts: ["111122223333"],
		datasetDir: join(folder, "dataset"),
		cacheDir: join(folder, "cache"),
		save: true,
		top: undefined,
		threads: 1,
		now: Date.UTC(2026, 10, 1) / 1000,
		onProgress: undefined,
		signal: undefined,
	};
	const { save } = await analyze(options);
	await save();
	options = { ...options, sources: [], top: 1_000_000 };
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
	const answer = await query(sql, options);
	try {
		const rows: Record<string, unknown>[] = [];
		for await (const piece of answer.rows)
			for (const row of piece)
				rows.push(Object.fromEntries(answer.columns.map(({ name }, i) => [name, row[i]])));
		return rows;
	} finally {
		answer.close();
	}
}

const sums = `sum(requests) AS requests, sum(bytes_sent) AS bytes, sum(errors) AS errors, sum(cost_usd) AS cost,
	sum(unpriced_requests) AS unpriced_requests, sum(unpriced_bytes) AS unpriced_bytes,
	min(first_seen) AS first_seen, max(last_seen) AS last_seen`;

const expressions: Partial<Record<Dimension, string>> = {
	hour: "strftime(time, '%Y-%m-%dT%H:00:00Z')",
	day: "strftime(time, '%Y-%m-%d')",
};

/** The sums of a table by every dimension, in one question: starting DuckDB for each would take the time. */
async function sumsOf(
	table: string,
	dimensions: readonly Dimension[],
): Promise<Map<string, Map<unknown, object>>> {
	const parts = dimensions.map(
		(by) =>
			`SELECT '${by}' AS dimension, ${expressions[by] ?? sqlName(by)} AS name, ${sums} FROM ${table} GROUP BY ALL`,
	);
	const byDimension = new Map<string, Map<unknown, object>>();
	for (const { dimension, name, ...row } of await rowsOf(parts.join(" UNION ALL "))) {
		const rows = byDimension.get(String(dimension)) ?? new Map<unknown, object>();
		byDimension.set(String(dimension), rows.set(name, row));
	}
	return byDimension;
}

/** Name by name. Money differs by the rounding of attribute at most. */
for (const table of ["requests", "requests_by_key"]) {
	test(`SQL sums over ${table} by every dimension equal attribute`, async () => {
		const ofKeys: readonly string[] = ["key", "chart", "prefix"];
		const dimensions = dimensionNames.filter((by) => table === "requests_by_key" || !ofKeys.includes(by));
		const bySql = await sumsOf(table, dimensions);
		for (const by of dimensions) {
			const { breakdown } = await attribute({ ...options, by: [by], where: [] });
			const rows = bySql.get(by);
			assert.equal(breakdown.other, null);
			assert.equal(rows?.size, breakdown.rows.length, by);
			for (const row of breakdown.rows) {
				const what = `${by}: ${row.group[by]}`;
				const { cost, ...exact } = { cost: null, ...rows?.get(row.group[by]) };
				assert.deepEqual(
					exact,
					{
						requests: row.requests,
						bytes: row.bytesSent,
						errors: row.errors,
						unpriced_requests: row.unpricedRequests,
						unpriced_bytes: row.unpricedBytes,
						first_seen: row.firstSeen,
						last_seen: row.lastSeen,
					},
					what,
				);
				assert.ok(Math.abs(Number(cost) - row.costUsd) < 2e-9, `${what}: ${cost}, not ${row.costUsd}`);
			}
		}
	});
}

test("what has no price at all costs NULL, not 0", async () => {
	const [row] = await rowsOf(
		"SELECT sum(requests) AS n, sum(cost_usd) AS cost, sum(unpriced_requests) AS unpriced FROM requests WHERE operation = 'REST.TELEPORT.OBJECT'",
	);
	assert.deepEqual(row, { n: 7, cost: null, unpriced: 7 });
});

test("both exports hold the same rows as the tables of SQL", async () => {
	for (const format of ["parquet", "csv"] as const)
		await exportDataset(format, join(folder, format), false, options);
	assert.deepEqual(readdirSync(join(folder, "parquet")).sort(), [
		"README.md",
		"files",
		"requests",
		"requests_by_key",
	]);
	for (const view of ["requests", "requests_by_key", "files"]) {
		const parquet = `read_parquet('${folder}/parquet/${view}/*.parquet')`;
		const both = (a: string, b: string) => `(SELECT * FROM ${a} EXCEPT ALL SELECT * FROM ${b})`;
		const [row] = await rowsOf(
			`SELECT (SELECT count(*) FROM ${view}) AS n, (SELECT count(*) FROM ${both(view, parquet)}) AS missing,
			(SELECT count(*) FROM ${both(parquet, view)}) AS extra`,
		);
		assert.ok(Number(row!["n"]) > 0);
		assert.deepEqual({ missing: row!["missing"], extra: row!["extra"] }, { missing: 0, extra: 0 }, view);
		// CSV guards texts, so numbers and times are compared.
		const numbers = describeTables().filter(
			({ table, type }) => table === view && /BIGINT|TIMESTAMP/.test(type),
		);
		const list = numbers.map(({ column }) => column).join(", ");
		const csv = `read_csv('${folder}/csv/${view}.csv', all_varchar = true)`;
		const typed = numbers
			.map(({ column, type }) => `replace(${column}, 'Z', '')::${type} AS ${column}`)
			.join(", ");
		const [lines] = await rowsOf(
			`SELECT count(*) AS n FROM (SELECT ${list} FROM ${view} EXCEPT ALL SELECT ${typed} FROM ${csv})`,
		);
		assert.equal(lines!["n"], 0, `${view}.csv`);
	}
});

test("every column that is listed is there, with its type", async () => {
	for (const table of ["requests", "requests_by_key", "files"]) {
		const listed = describeTables().filter(({ table: name, column }) => name === table && column !== "");
		const rows = await rowsOf(`SELECT column_name, column_type FROM (DESCRIBE ${table})`);
		const types = rows.map((row) => [
			row["column_name"],
			String(row["column_type"]).replace("INTEGER", "BIGINT"),
		]);
		assert.deepEqual(
			types,
			listed.map(({ column, type }) => [column, type]),
		);
	}
	for (const table of new Set(describeTables().map(({ table: name }) => name)))
		assert.ok(await rowsOf(`SELECT * FROM ${table} LIMIT 1`), table);
});

test("a dataset without cells has empty tables", async () => {
	const datasetDir = join(folder, "empty");
	const writer = new SegmentWriter(datasetDir, undefined);
	writer.addDictionary(0, [], 0, []);
	writer.addFiles([]);
	const collection = { sources: [], typedSources: [], from: null, to: null, bucket: null };
	const facts = { writtenBy: "test", savedAt: "2026-11-01T00:00:00Z", complete: true, collection };
	writer.commit({ ...facts, samples: [], problems: [], pooled: [] } as never, undefined);
	for (const table of ["requests", "requests_by_key", "files", "flows"]) {
		const answer = await query(`SELECT count(*) AS n FROM ${table}`, { ...options, datasetDir });
		for await (const rows of answer.rows) assert.deepEqual(rows, [[0]]);
		answer.close();
	}
});

test("Ctrl-C stops a query, and a result that was cut short is never taken for whole", async () => {
	const stop = new AbortController();
	const answer = await query("SELECT range FROM range(1000000000)", { ...options, signal: stop.signal });
	await assert.rejects(async () => {
		for await (const _ of answer.rows) stop.abort();
	}, /abort/i);
	answer.close();
});

test("an interrupted export leaves nothing behind", async () => {
	const stop = new AbortController();
	stop.abort();
	const target = join(folder, "stopped");
	await assert.rejects(exportDataset("csv", target, false, { ...options, signal: stop.signal }), /abort/i);
	assert.deepEqual(
		readdirSync(folder).filter((name) => name.startsWith("stopped")),
		[],
	);
});
