/**
 * SQL by DuckDB, in memory and in this process: the only door to @duckdb/node-api, an optional dependency.
 * In: statements that set the tables up, and the user's SQL. Out: columns and rows as they come.
 * Only statements that read are run: nothing is written to files, no extension is loaded.
 */
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { ChartcostError, ExitCode, usageError } from "../model/errors.ts";

/** What `rows` hold: JSON values; whole numbers and decimals beyond 2^53 or 15 digits as text. */
export type SqlCell = string | number | boolean | null | object;

export interface SqlColumn {
	/** Unique: a second `a` is called `a:1`. */
	name: string;
	/** DuckDB's name of the type. */
	type: string;
	kind: "number" | "time" | "text";
}

export interface SqlResult {
	columns: SqlColumn[];
	/** Pieces of some 2,000 rows. */
	rows: AsyncIterable<SqlCell[][]>;
}

export interface SqlSession {
	/** Runs our own statements. */
	run(sql: string): Promise<void>;
	/** Runs the user's, one or more; the last one answers. Throws a ChartcostError that shows what is wrong. */
	query(sql: string, signal: AbortSignal | undefined): Promise<SqlResult>;
	close(): void;
}

type DuckDb = typeof import("@duckdb/node-api");

/** `temporaryDir`: where large sorts and joins may spill; the caller removes it. */
export async function openSql(temporaryDir: string): Promise<SqlSession> {
	const duckdb = await loadDuckDb();
	const instance = await duckdb.DuckDBInstance.create(":memory:", {
		autoinstall_known_extensions: "false",
		autoload_known_extensions: "false",
		allow_persistent_secrets: "false",
		temp_directory: temporaryDir,
	});
	const connection = await instance.connect();
	return {
		run: async (sql) => {
			await connection.run(sql);
		},
		query: (sql, signal) => answer(duckdb, connection, sql, signal),
		close: () => {
			connection.closeSync();
			instance.closeSync();
		},
	};
}

async function loadDuckDb(): Promise<DuckDb> {
	try {
		return await import("@duckdb/node-api");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
		throw new ChartcostError(
			missing
				? "SQL needs DuckDB, and @duckdb/node-api is not installed."
				: `SQL needs DuckDB, and @duckdb/node-api cannot be loaded: ${message.split("\n")[0]}`,
			{
				exitCode: ExitCode.failed,
				hint: "Install it next to chartcost: npm install @duckdb/node-api. Without it: chartcost export parquet DIR, and any tool that reads Parquet.",
				cause: error,
			},
		);
	}
}

async function answer(
	duckdb: DuckDb,
	connection: DuckDBConnection,
	sql: string,
	signal: AbortSignal | undefined,
): Promise<SqlResult> {
	const interrupt = () => connection.interrupt();
	signal?.addEventListener("abort", interrupt, { once: true });
	try {
		const statement = await lastStatement(duckdb, connection, sql);
		const result = await statement.stream();
		const names = result.deduplicatedColumnNames();
		const convert = cellConverter(duckdb);
		return {
			columns: result.columnTypes().map((type, i) => ({
				name: names[i]!,
				type: String(type),
				kind: kindOf(duckdb, type),
			})),
			rows: cleanly(result.yieldConvertedRows(convert) as AsyncIterable<SqlCell[][]>, signal),
		};
	} catch (error) {
		throw cleanError(error, signal);
	}
}

async function* cleanly<T>(rows: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
	try {
		for await (const row of rows) {
			signal?.throwIfAborted();
			yield row;
		}
		// An interrupted stream ends like a complete one.
		signal?.throwIfAborted();
	} catch (error) {
		throw cleanError(error, signal);
	}
}

/** Runs all statements but the last, which it gives back. PIVOT is two: it creates a type of its own. */
async function lastStatement(
	duckdb: DuckDb,
	connection: DuckDBConnection,
	sql: string,
): Promise<DuckDBPreparedStatement> {
	const extracted = await connection.extractStatements(sql);
	for (let i = 0; ; i++) {
		const statement = await extracted.prepare(i);
		await refuseUnlessReading(duckdb, connection, statement, sql);
		if (i === extracted.count - 1) return statement;
		await statement.run();
	}
}

async function refuseUnlessReading(
	duckdb: DuckDb,
	connection: DuckDBConnection,
	statement: DuckDBPreparedStatement,
	sql: string,
): Promise<void> {
	const { StatementType } = duckdb;
	const type = statement.statementType;
	if (statement.parameterCount > 0) throw usageError("The SQL has parameters, and nothing fills them in.");
	// Whatever is created lives in memory and is gone with the process.
	if (type === StatementType.SELECT || type === StatementType.CREATE) return;
	if (type === StatementType.EXPLAIN) {
		// EXPLAIN ANALYZE runs what it explains.
		const explained = /^\s*explain\s+(?:analyze\s+|\([^()]*\)\s*)?(.*)$/is.exec(sql)?.[1];
		const inner = explained === undefined ? undefined : await connection.extractStatements(explained);
		if (inner?.count === 1 && (await inner.prepare(0)).statementType === StatementType.SELECT) return;
	}
	throw usageError(
		`query only reads: ${StatementType[type] ?? "this statement"} is not run.`,
		"Use SELECT; to keep a result: chartcost query SQL -o FILE.csv, to keep the tables: chartcost export parquet DIR.",
	);
}

function cleanError(error: unknown, signal: AbortSignal | undefined): unknown {
	// What fails after Ctrl-C failed because of it: the command line says so.
	if (error instanceof ChartcostError || signal?.aborted === true) return error;
	const message = (error as Error).message
		.replace(/^Failed to (?:extract|prepare) statements?: /, "")
		// What the bindings say about a text without any statement.
		.replace(/^Error in native callback$/, "there is no statement in it")
		.trimEnd();
	return new ChartcostError(`SQL: ${message}`, {
		exitCode: ExitCode.failed,
		hint: "chartcost query   lists the tables and their columns.",
	});
}

function kindOf({ DuckDBTypeId: Id }: DuckDb, { typeId }: DuckDBType): SqlColumn["kind"] {
	const numbers = [Id.TINYINT, Id.SMALLINT, Id.INTEGER, Id.BIGINT, Id.HUGEINT, Id.UTINYINT, Id.USMALLINT];
	const more = [Id.UINTEGER, Id.UBIGINT, Id.UHUGEINT, Id.FLOAT, Id.DOUBLE, Id.DECIMAL, Id.BIGNUM];
	if ([...numbers, ...more].includes(typeId)) return "number";
	const times = [Id.TIMESTAMP, Id.TIMESTAMP_S, Id.TIMESTAMP_MS, Id.TIMESTAMP_NS, Id.TIMESTAMP_TZ];
	return times.includes(typeId) ? "time" : "text";
}

type Converter = (value: DuckDBValue, type: DuckDBType, converter: Converter) => SqlCell;

/** JSON values, but numbers where DuckDB's own converter is careful and gives texts. */
function cellConverter(duckdb: DuckDb): Converter {
	const json = duckdb.JsonDuckDBValueConverter as unknown as Converter;
	const Id = duckdb.DuckDBTypeId;
	return (value, type, converter) => {
		if (value === null) return null;
		if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
		if (type.typeId === Id.DECIMAL) return shortNumber(String(value));
		if (type.typeId === Id.INTERVAL) return String(value);
		if (kindOf(duckdb, type) === "time") return isoTime(String(value));
		return json(value, type, converter);
	};
}

function shortNumber(text: string): SqlCell {
	return text.replace(/\D/g, "").length <= 15 ? Number(text) : text;
}

/** `2026-10-12 00:00:00+00` → `2026-10-12T00:00:00Z`. All times of the dataset are UTC, and so is the session. */
function isoTime(text: string): string {
	return text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?$/, "$1T$2Z");
}
