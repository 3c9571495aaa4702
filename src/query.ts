/**
 * The story of `chartcost query`: the dataset and what is known of its flows, as tables of a DuckDB in memory.
 * The cells are read by DuckDB from the dataset's own files. Costs are doubles, good for 15 digits; the exact
 * money, rounded so that parts add up to the total, is what `attribute` prints.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyNames } from "./key-names.ts";
import { type KnownFlows, openKnownFlows } from "./known-flows.ts";
import type { ExitCode } from "./model/errors.ts";
import type { AnalysisOptions } from "./model/options.ts";
import { tableFiles } from "./rollup/dataset.ts";
import { type Column, writeColumns } from "./rollup/parquet.ts";
import { openSql, type SqlResult, type SqlSession } from "./rollup/query.ts";
import { filesView, rawTables, requestsByKeyView, requestsView, type View, views } from "./views.ts";

export interface QueryAnswer extends SqlResult {
	exitCode: ExitCode;
	notes: string[];
	/** Removes temporary files; call it when the rows have been taken. */
	close(): void;
}

/** Throws a ChartcostError for wrong SQL, a missing dataset or a missing DuckDB. */
export async function query(sql: string, options: AnalysisOptions): Promise<QueryAnswer> {
	const known = await openKnownFlows(options);
	const folder = mkdtempSync(join(tmpdir(), "chartcost-query-"));
	const removeFolder = () => rmSync(folder, { recursive: true, force: true });
	let session: SqlSession | undefined;
	try {
		session = await openSql(join(folder, "spill"));
		const { close, query: ask, run } = session;
		// Every name of a table or column with keys in it contains the word.
		for (const statement of setup(known, options.datasetDir, folder, /key/i.test(sql))) await run(statement);
		return {
			...(await ask(sql, options.signal)),
			exitCode: known.exitCode,
			notes: known.notes,
			close: () => {
				close();
				removeFolder();
			},
		};
	} catch (error) {
		session?.close();
		removeFolder();
		throw error;
	}
}

/** What `query` without SQL prints: every table and column. */
export function describeTables(): { table: string; column: string; type: string; means: string }[] {
	const columns = views.flatMap((view) => [
		{ table: view.name, column: "", type: "", means: view.means },
		...view.columns.map(({ name, type, means }) => ({
			table: view.name,
			column: name,
			type: sqlTypes[type],
			means,
		})),
	]);
	return [...columns, ...rawTables.map(({ name, means }) => ({ table: name, column: "", type: "", means }))];
}

const sqlTypes = {
	timestamp: "TIMESTAMP",
	text: "VARCHAR",
	bigint: "BIGINT",
	double: "DOUBLE",
	boolean: "BOOLEAN",
} as const;

function setup(known: KnownFlows, dataset: string, folder: string, withKeys: boolean): string[] {
	const flowsFile = join(folder, "flows.parquet");
	const keysFile = join(folder, "keys.parquet");
	writeColumns(flowsFile, flowTable(known));
	writeColumns(keysFile, keyTable(withKeys ? [...known.content.keys] : []));
	return [
		"SET TimeZone = 'UTC'",
		// Out of sight of SHOW TABLES.
		"CREATE SCHEMA own",
		`CREATE TABLE own.flow_facts AS SELECT * FROM read_parquet(${quoted(flowsFile)})`,
		`CREATE TABLE own.key_names AS SELECT * FROM read_parquet(${quoted(keysFile)})`,
		...(["minutes", "hours", "flows", "keys", "files"] as const).map((table) => {
			const files = tableFiles(dataset, known.content.manifest, table).map(quoted).join(", ");
			const rows = `SELECT * FROM read_parquet([${files}]${table === "files" ? ", filename = true" : ""})`;
			return `CREATE VIEW raw_${table} AS ${files === "" ? emptyCells(table) : rows}`;
		}),
		requestsSql(requestsView, "raw_minutes", "c.minute::BIGINT * 60"),
		requestsSql(requestsByKeyView, "raw_hours", "c.hour::BIGINT * 3600"),
		filesSql,
		flowsSql,
	];
}

/** A log without records leaves no files of cells. */
function emptyCells(table: string): string {
	const [time, key] = table === "hours" ? ["hour", ", 0 AS key_id"] : ["minute", ""];
	return `SELECT 0 AS flow_id, 0 AS ${time}${key}, 0 AS requests, 0.0::DOUBLE AS bytes_sent, 0.0::DOUBLE AS object_bytes, 0 AS first_second, 0 AS last_second WHERE false`;
}

function quoted(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

function flowTable(known: KnownFlows): Column[] {
	return [
		{ name: "flow_id", data: Int32Array.from(known.listing, (_, id) => id) },
		...[...known.texts].map(([name, data]) => ({ name, data })),
		{ name: "listing", data: known.listing },
		{ name: "is_error", data: Int32Array.from(known.isError) },
		{ name: "decode_times", data: known.decodeTimes },
		{ name: "usd_per_request", data: known.usdPerRequest },
		{ name: "usd_per_byte_sent", data: known.usdPerByteSent },
		{ name: "usd_per_object_byte", data: known.usdPerObjectByte },
		{ name: "unpriced_request", data: known.unpricedRequest },
		{ name: "unpriced_byte_sent", data: known.unpricedByteSent },
		{ name: "unpriced_object_byte", data: known.unpricedObjectByte },
	];
}

/** Keys decoded twice, as most operations log them, and the few that differ when decoded once. */
function keyTable(rawKeys: readonly string[]): Column[] {
	const names = new KeyNames((id) => rawKeys[id] ?? "", rawKeys.length);
	const twice = rawKeys.map((_, id) => names.of(id, 2));
	const once = rawKeys.map((_, id) => {
		const name = names.of(id, 1);
		return name.key === twice[id]!.key ? null : name;
	});
	return [
		{ name: "key_id", data: Int32Array.from(rawKeys, (_, id) => id) },
		...(["key", "chart", "prefix"] as const).flatMap((field) => [
			{ name: field, data: twice.map((name) => name[field]) },
			{ name: `${field}_once`, data: once.map((name) => name?.[field] ?? null) },
		]),
	];
}

/** `start`: the cell's beginning in seconds since 1970, of the columns `c.…`. */
function requestsSql(view: View, cells: string, start: string): string {
	const time = (offset = "0") => `make_timestamp((${start} + ${offset}) * 1000000)`;
	const unpricedBytes = "c.bytes_sent * f.unpriced_byte_sent + c.object_bytes * f.unpriced_object_byte";
	const cost =
		"c.requests * f.usd_per_request + c.bytes_sent * f.usd_per_byte_sent + c.object_bytes * f.usd_per_object_byte";
	const keyField = (name: string) =>
		`CASE WHEN f.decode_times = 1 AND k.key_once IS NOT NULL THEN k.${name}_once ELSE k.${name} END`;
	const expressions: Record<string, string> = {
		time: time(),
		key: keyField("key"),
		chart: keyField("chart"),
		prefix: keyField("prefix"),
		requests: "c.requests::BIGINT",
		bytes_sent: "c.bytes_sent::BIGINT",
		object_bytes: "c.object_bytes::BIGINT",
		errors: "(c.requests * f.is_error)::BIGINT",
		cost_usd: `CASE WHEN isnan(f.usd_per_request) THEN NULL ELSE ${cost} END`,
		unpriced_requests: "(c.requests * f.unpriced_request)::BIGINT",
		unpriced_bytes: `(${unpricedBytes})::BIGINT`,
		first_seen: time("c.first_second"),
		last_seen: time("c.last_second"),
	};
	const columns = view.columns.map(({ name }) => `${expressions[name] ?? `f.${name}`} AS ${name}`);
	const keys = view === requestsByKeyView ? "LEFT JOIN own.key_names k ON k.key_id = c.key_id" : "";
	return `CREATE VIEW ${view.name} AS SELECT ${columns.join(", ")} FROM ${cells} c JOIN own.flow_facts f ON f.flow_id = c.flow_id ${keys}`;
}

/** A file that two runs read stands in two segments; the later row knows more. */
const filesSql = `CREATE VIEW files AS SELECT ${filesView.columns
	.map(({ name, type }) => {
		if (name === "modified") return "make_timestamp(trunc(modified_ms)::BIGINT * 1000) AS modified";
		return type === "text" ? name : `${name}::${sqlTypes[type]} AS ${name}`;
	})
	.join(
		", ",
	)} FROM (SELECT *, row_number() OVER (PARTITION BY absolute_path ORDER BY filename DESC) AS newest \
FROM raw_files) WHERE newest = 1`;

const flowsSql = `CREATE VIEW flows AS SELECT * EXCLUDE (is_error, decode_times, unpriced_request, unpriced_byte_sent, \
unpriced_object_byte) REPLACE (${["usd_per_request", "usd_per_byte_sent", "usd_per_object_byte"]
	.map((name) => `CASE WHEN isnan(${name}) THEN NULL ELSE ${name} END AS ${name}`)
	.join(", ")}) FROM own.flow_facts`;
