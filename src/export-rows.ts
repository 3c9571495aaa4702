/**
 * The dataset's cells as denormalised rows, column by column and batch by batch: what `export` writes.
 * In: known flows and the blocks of the dataset. Out: batches in the order of the view's columns.
 */
import { KeyNames } from "./key-names.ts";
import type { KnownFlows } from "./known-flows.ts";
import { type Block, grainSeconds } from "./model/flow.ts";
import { readCellFiles } from "./rollup/dataset.ts";
import type { FileRow } from "./rollup/files.ts";
import type { StreamData } from "./rollup/parquet-stream.ts";
import { filesView, requestsByKeyView, requestsView, type View } from "./views.ts";

/** Rows of a batch: some 40 columns of them stay below 100 MB. */
const batchRows = 1 << 16;

export type Batches = AsyncIterable<readonly StreamData[]>;

/** The tables of an export, in order. */
export function exportTables(known: KnownFlows, folder: string): { view: View; batches: Batches }[] {
	return [
		{ view: requestsView, batches: cellBatches(known, folder, "minute") },
		{ view: requestsByKeyView, batches: cellBatches(known, folder, "hour") },
		{ view: filesView, batches: fileBatches(known.content.files) },
	];
}

async function* cellBatches(known: KnownFlows, folder: string, grain: Block["grain"]): Batches {
	const { keys, manifest } = known.content;
	const names = grain === "hour" ? new KeyNames((id) => keys.raw(id), keys.length) : undefined;
	for await (const block of readCellFiles(folder, manifest, grain))
		for (let from = 0; from < block.rows; from += batchRows)
			yield cellBatch(known, names, block, from, Math.min(block.rows, from + batchRows));
}

/** Rows `from` to `to` of a block. */
function cellBatch(
	known: KnownFlows,
	names: KeyNames | undefined,
	block: Block,
	from: number,
	to: number,
): StreamData[] {
	const rows = Array.from({ length: to - from }, (_, i) => from + i);
	const flow = (row: number): number => block.flow[row]!;
	const whole = (value: (row: number) => number) => BigInt64Array.from(rows, (row) => BigInt(value(row)));
	const unit = grainSeconds[block.grain];
	const time = (seconds: (row: number) => number) =>
		whole((row) => (block.time[row]! * unit + seconds(row)) * 1000);
	const figures: Record<string, () => StreamData> = {
		time: () => time(() => 0),
		listing: () => whole((row) => known.listing[flow(row)]!),
		requests: () => whole((row) => block.requests[row]!),
		bytes_sent: () => whole((row) => block.bytesSent[row]!),
		object_bytes: () => whole((row) => block.objectBytes[row]!),
		errors: () => whole((row) => block.requests[row]! * known.isError[flow(row)]!),
		cost_usd: () => rows.map((row) => costOf(known, block, row)),
		unpriced_requests: () => whole((row) => block.requests[row]! * known.unpricedRequest[flow(row)]!),
		unpriced_bytes: () =>
			whole(
				(row) =>
					block.bytesSent[row]! * known.unpricedByteSent[flow(row)]! +
					block.objectBytes[row]! * known.unpricedObjectByte[flow(row)]!,
			),
		first_seen: () => time((row) => block.first[row]!),
		last_seen: () => time((row) => block.last[row]!),
	};
	const keyNames =
		names && rows.map((row) => names.of(block.key[row]!, known.decodeTimes[flow(row)] as 1 | 2));
	const view = names === undefined ? requestsView : requestsByKeyView;
	return view.columns.map(({ name }) => {
		const figure = figures[name];
		if (figure !== undefined) return figure();
		if (name === "key" || name === "chart" || name === "prefix") return keyNames!.map((names) => names[name]);
		const texts = known.texts.get(name)!;
		return rows.map((row) => texts[flow(row)]!);
	});
}

function costOf(known: KnownFlows, block: Block, row: number): number | null {
	const flow = block.flow[row]!;
	const cost =
		block.requests[row]! * known.usdPerRequest[flow]! +
		block.bytesSent[row]! * known.usdPerByteSent[flow]! +
		block.objectBytes[row]! * known.usdPerObjectByte[flow]!;
	return Number.isNaN(cost) ? null : cost;
}

const fieldOf: Record<string, keyof FileRow> = {
	absolute_path: "absolutePath",
	size_bytes: "sizeBytes",
	modified: "modifiedMs",
	outside_window: "outsideWindow",
	other_bucket: "otherBucket",
};

async function* fileBatches(files: readonly FileRow[]): Batches {
	for (let from = 0; from < files.length; from += batchRows) {
		const rows = files.slice(from, from + batchRows);
		yield filesView.columns.map(({ name, type }): StreamData => {
			const field = fieldOf[name] ?? (name as keyof FileRow);
			if (type === "bigint" || type === "timestamp")
				return BigInt64Array.from(rows, (file) => BigInt(Math.trunc(file[field] as number)));
			return rows.map((file) => file[field] as string | boolean);
		});
	}
}
