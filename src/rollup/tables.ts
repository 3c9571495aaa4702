/**
 * The dataset's tables: flows, keys, and the two tables of cells. Column names are public: SQL is written on them.
 * Texts that came from the log are kept byte for byte; bytes beyond ASCII are written as the characters of latin1.
 */
import type { Block, Flow } from "../model/flow.ts";
import { type Column, readColumns, readTexts, writeBatches, writeColumns } from "./parquet.ts";

/** What a flow's fields are called in SQL. */
export const flowColumns: readonly [name: string, field: Exclude<keyof Flow, "listing">][] = [
	["bucket_owner", "bucketOwner"],
	["bucket", "bucket"],
	["remote_ip", "remoteIp"],
	["requester", "requester"],
	["operation", "operation"],
	["http_status", "status"],
	["error_code", "errorCode"],
	["user_agent", "userAgent"],
	["signature_version", "signatureVersion"],
	["cipher_suite", "cipherSuite"],
	["auth_type", "authType"],
	["host_header", "hostHeader"],
	["tls_version", "tlsVersion"],
	["access_point_arn", "accessPointArn"],
	["acl_required", "aclRequired"],
	["source_region", "sourceRegion"],
];

/** `firstId`: the flows' ids are consecutive from it. */
export function writeFlows(path: string, firstId: number, flows: readonly Flow[]): void {
	writeColumns(path, [
		{ name: "flow_id", data: Int32Array.from(flows, (_, i) => firstId + i) },
		...flowColumns.map(([name, field]) => ({ name, data: flows.map((flow) => flow[field] ?? null) })),
		{ name: "listing", data: Int32Array.from(flows, (flow) => flow.listing) },
	]);
}

export async function readFlows(path: string): Promise<Flow[]> {
	const names = [...flowColumns.map(([name]) => name), "listing"];
	const columns = await readColumns(path, names);
	const listing = columns.get("listing") as Int32Array;
	return Array.from(listing, (bits, row) => {
		const flow: Record<string, string | number | undefined> = { listing: bits };
		for (const [name, field] of flowColumns) flow[field] = (columns.get(name) as string[])[row] ?? undefined;
		return flow as unknown as Flow;
	});
}

/** Keys written or read at a time, so that a million of them are never texts all at once. */
const keysAtOnce = 1 << 13;

/** Returns how many there were. Ids are consecutive from `firstId`. */
export function writeKeys(path: string, firstId: number, keys: Iterable<string>): number {
	let count = 0;
	function* batches(): Generator<Column[]> {
		let batch: string[] = [];
		const columns = (): Column[] => {
			const first = firstId + count;
			count += batch.length;
			return [
				{ name: "key_id", data: Int32Array.from(batch, (_, i) => first + i) },
				{ name: "raw_key", data: batch },
			];
		};
		for (const key of keys) {
			if (batch.push(key) < keysAtOnce) continue;
			yield columns();
			batch = [];
		}
		if (batch.length > 0 || count === 0) yield columns();
	}
	writeBatches(path, batches());
	return count;
}

export async function readKeys(path: string, take: (rawKey: string) => void): Promise<void> {
	await readTexts(path, "raw_key", (texts) => {
		for (let i = 0; i < texts.length; i++) take(texts[i]!);
	});
}

const numberColumns = ["requests", "bytes_sent", "object_bytes", "first_second", "last_second"] as const;

export function writeBlock(path: string, block: Block): void {
	const columns: Column[] = [
		{ name: "flow_id", data: block.flow },
		{ name: block.grain, data: block.time },
		...(block.grain === "hour" ? [{ name: "key_id", data: block.key }] : []),
		{ name: "requests", data: block.requests },
		{ name: "bytes_sent", data: block.bytesSent },
		{ name: "object_bytes", data: block.objectBytes },
		{ name: "first_second", data: block.first },
		{ name: "last_second", data: block.last },
	];
	writeColumns(path, columns);
}

export async function readBlock(path: string, grain: Block["grain"]): Promise<Block> {
	const names = ["flow_id", grain, ...(grain === "hour" ? ["key_id"] : []), ...numberColumns];
	const columns = await readColumns(path, names);
	const ints = (name: string): Int32Array =>
		(columns.get(name) as Int32Array | undefined) ?? new Int32Array(0);
	const doubles = (name: string): Float64Array => columns.get(name) as Float64Array;
	const flow = ints("flow_id");
	return {
		grain,
		rows: flow.length,
		flow,
		time: ints(grain),
		key: ints("key_id"),
		requests: ints("requests"),
		bytesSent: doubles("bytes_sent"),
		objectBytes: doubles("object_bytes"),
		first: ints("first_second"),
		last: ints("last_second"),
	};
}
