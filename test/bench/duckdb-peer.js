/**
 * DuckDB's half of the benchmark, in a process of its own: `node duckdb-peer.js FILE VARIANT`.
 * In: a log and one of the variants below. Out: rows, requests and bytes as JSON on stdout, after the whole
 * grouping has been computed. Plain JavaScript, so that no loader is part of the time that is measured.
 */
import { DuckDBInstance } from "@duckdb/node-api";

/** The fields of a line, in time order; the time takes two columns when lines are split at spaces. */
const columns = (
	"owner bucket time zone ip requester id operation key uri status error bytes size total turn referer ua " +
	"version host sig cipher auth header tls ap acl region"
).split(" ");
const columnTypes = `{${columns.map((name) => `'${name}': 'VARCHAR'`).join(", ")}}`;

/** Finds the end of the URI by what follows it, as chartcost does, so that no line with quotes is lost. */
const exactPattern =
	String.raw`^[^ ]+ [^ ]+ \[([^\]]+)\] ([^ ]+) +([^ ]+(?: Origin Access Identity [^ ]+)?) [^ ]+ ([^ ]+) [^ ]+ ` +
	'(?:".*?"|[^ ]+) ([0-9]{3}|-) [A-Za-z0-9._-]+ ([0-9]+|-) (?:[0-9]+|-) (?:[0-9]+|-) (?:[0-9]+|-) ' +
	'(?:".*?"|[^ ]+) (?:"(.*)"|([^ ]+)) [^ ]+';
/** What is published as a recipe: a quoted field ends at its first quote. Faster, and loses lines with quotes. */
const commonPattern =
	String.raw`^[^ ]+ [^ ]+ \[([^\]]+)\] ([^ ]+) ([^ ]+) [^ ]+ ([^ ]+) [^ ]+ (?:"[^"]*"|-) ([0-9]{3}|-) ` +
	'[^ ]+ ([0-9]+|-) [^ ]+ [^ ]+ [^ ]+ (?:"[^"]*"|-) (?:"([^"]*)"|(-))';

const csv = "delim=' ', header=false, auto_detect=false, null_padding=true, quote='\"', escape='\"'";
const oneColumn = "delim='\\x01', quote='', escape='', header=false, auto_detect=false";

/**
 * Both options are needed on hostile logs: without `strict_mode=false` DuckDB 1.5 stops at a lone carriage return,
 * without `ignore_errors` at bytes that are not UTF-8.
 */
const tolerant = "ignore_errors=true, strict_mode=false, max_line_size=4194304";

/** Name → the rows to be grouped, with the columns minute, requester, ua, ip, operation, status and bytes. */
const variants = {
	/** One column and a regular expression: quotes within fields cost nothing but time. */
	exact: (file) => matched(file, exactPattern),
	common: (file) => matched(file, commonPattern),
	/** The fastest: lines are split at spaces, and those with quotes in their fields come out shifted. */
	split,
	/** The same, grouped by key and hour in the same pass, too: the tallies that chartcost answers from. */
	"split-keys": split,
};

function split(file) {
	return `
		SELECT time[2:18] AS minute, key, requester, ua, ip, operation, status, try_cast(bytes AS BIGINT) AS bytes
		FROM read_csv('${file}', columns=${columnTypes}, ${csv}, ${tolerant})`;
}

function matched(file, pattern) {
	return `
		SELECT f.time[:17] AS minute, f.requester, coalesce(nullif(f.ua, ''), f.bare) AS ua, f.ip, f.operation, f.status,
			try_cast(f.bytes AS BIGINT) AS bytes
		FROM (SELECT regexp_extract(line, '${pattern}',
			['time', 'ip', 'requester', 'operation', 'status', 'bytes', 'ua', 'bare']) AS f
			FROM read_csv('${file}', columns={'line': 'VARCHAR'}, ${oneColumn}, ${tolerant}))
		WHERE f.time <> ''`;
}

const [file, variant] = process.argv.slice(2);
const rows = variants[variant]?.(file.replaceAll("'", "''"));
if (rows === undefined) throw new Error(`variant ${variant}: one of ${Object.keys(variants).join(", ")}`);

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const six = "requester, ua, ip, operation, status";
/** Rows of the table by minute; with keys the other table is computed as well, in the same pass. */
const grouped =
	variant === "split-keys"
		? `SELECT grouping(key) AS without_key, count(*) AS requests, sum(bytes) AS bytes FROM (${rows})
			GROUP BY GROUPING SETS ((minute, ${six}), (minute[:14], key, ${six}))`
		: `SELECT minute, ${six}, 1 AS without_key, count(*) AS requests, sum(bytes) AS bytes FROM (${rows}) GROUP BY ALL`;
const reader = await connection.runAndReadAll(`
	SELECT sum(without_key)::DOUBLE, sum(requests * without_key)::DOUBLE, coalesce(sum(bytes * without_key), 0)::DOUBLE
	FROM (${grouped})`);
const [groups, requests, bytesSent] = reader.getRows()[0];
console.log(JSON.stringify({ groups, requests, bytesSent }));
