/**
 * The readable tables that `query` offers and `export` writes: their columns, types and meaning, in one place.
 * Ids are joined away: a row says who, what, where and how much. Rows are additive: the same minute and the same
 * caller may stand in several, so questions are asked with SUM and GROUP BY.
 */
import { dimensionNames } from "./model/dimensions.ts";
import { flowColumns } from "./rollup/tables.ts";

export type ColumnType = "timestamp" | "text" | "bigint" | "double" | "boolean";

export interface ViewColumn {
	name: string;
	type: ColumnType;
	means: string;
}

export interface View {
	name: string;
	means: string;
	columns: readonly ViewColumn[];
}

const withoutFlow = new Set(["key", "chart", "prefix", "hour", "day"]);

/** `iam-user` is `iam_user` in SQL, where a dash would be a minus. */
export const sqlName = (dimension: string): string => dimension.replaceAll("-", "_");

export const flowDimensions = dimensionNames.filter((name) => !withoutFlow.has(name));

const dimensionColumns = flowDimensions.map(
	(name): ViewColumn => ({
		name: sqlName(name),
		type: "text",
		means: `as in --by ${name}`,
	}),
);

/** Logged fields that no dimension has the name of. */
export const loggedColumns = flowColumns.filter(
	([name]) => !dimensionColumns.some((dimension) => dimension.name === name),
);

const flowFields: ViewColumn[] = [
	...dimensionColumns,
	...loggedColumns.map(([name]): ViewColumn => ({ name, type: "text", means: "the field as logged" })),
	{
		name: "listing",
		type: "bigint",
		means: "bits of a bucket listing: 1 ListObjectsV2, 2 a following page, 4 with a delimiter",
	},
];

const figures: ViewColumn[] = [
	{ name: "requests", type: "bigint", means: "log records" },
	{ name: "bytes_sent", type: "bigint", means: "bytes of the responses" },
	{ name: "object_bytes", type: "bigint", means: "sum of the object sizes that the records name" },
	{ name: "errors", type: "bigint", means: "records with a status of 400 or more" },
	{
		name: "cost_usd",
		type: "double",
		means: "cost at the price book's prices; NULL where no part of it has a known price",
	},
	{ name: "unpriced_requests", type: "bigint", means: "requests whose price is unknown: not in cost_usd" },
	{ name: "unpriced_bytes", type: "bigint", means: "bytes whose price is unknown: not in cost_usd" },
	{ name: "first_seen", type: "timestamp", means: "time of the earliest record, UTC" },
	{ name: "last_seen", type: "timestamp", means: "time of the latest record, UTC" },
];

export const requestsView: View = {
	name: "requests",
	means: "requests, bytes and cost per minute and caller",
	columns: [
		{ name: "time", type: "timestamp", means: "start of the minute, UTC" },
		...flowFields,
		...figures,
	],
};

export const requestsByKeyView: View = {
	name: "requests_by_key",
	means: "the same per hour, caller and object key",
	columns: [
		{ name: "time", type: "timestamp", means: "start of the hour, UTC" },
		{ name: "key", type: "text", means: "the object key, decoded; - without one" },
		{ name: "chart", type: "text", means: "the chart that the key belongs to" },
		{ name: "prefix", type: "text", means: "the first path segment of the key" },
		...flowFields,
		...figures,
	],
};

export const filesView: View = {
	name: "files",
	means: "the log files that were read",
	columns: [
		{ name: "path", type: "text", means: "as it was named" },
		{ name: "absolute_path", type: "text", means: "where it was" },
		{ name: "status", type: "text", means: "read, duplicate, not-a-log, truncated …" },
		{ name: "detail", type: "text", means: "why it was not read, or not to its end" },
		{ name: "size_bytes", type: "bigint", means: "on disk" },
		{ name: "modified", type: "timestamp", means: "when it was last changed, UTC" },
		{ name: "lines", type: "bigint", means: "lines = records + unparsed + skipped" },
		{ name: "records", type: "bigint", means: "lines that are records and count" },
		{ name: "unparsed", type: "bigint", means: "lines that are no records" },
		{ name: "blank", type: "bigint", means: "skipped: blank lines" },
		{ name: "outside_window", type: "bigint", means: "skipped: outside --from and --to" },
		{ name: "other_bucket", type: "bigint", means: "skipped: not the bucket of --bucket" },
		{ name: "finished", type: "boolean", means: "false when the reading was interrupted in it" },
	],
};

/** For SQL only: an export has no ids. */
export const flowsView: View = {
	name: "flows",
	means: "every caller once: the combinations of fields that requests refer to",
	columns: [
		{ name: "flow_id", type: "bigint", means: "the flow_id of raw_minutes and raw_hours" },
		...flowFields,
		{ name: "usd_per_request", type: "double", means: "price of one request; NULL when unknown" },
		{ name: "usd_per_byte_sent", type: "double", means: "price of one byte sent; NULL when unknown" },
		{ name: "usd_per_object_byte", type: "double", means: "price of one byte received; NULL when unknown" },
	],
};

/** The dataset's own tables; their columns are listed by DESCRIBE. */
export const rawTables = [
	{ name: "raw_minutes", means: "cells per flow and minute since 1970, as stored" },
	{ name: "raw_hours", means: "cells per flow, hour since 1970 and key, as stored" },
	{ name: "raw_flows", means: "the logged fields of the flows, one character per byte" },
	{ name: "raw_keys", means: "the keys as logged" },
	{ name: "raw_files", means: "the log files, once per segment that read them" },
] as const;

export const views: readonly View[] = [requestsView, requestsByKeyView, filesView, flowsView];
