/**
 * Columns to Parquet and back: the only door to hyparquet.
 *
 * Numbers are written PLAIN and uncompressed, because that is what reads back as typed arrays at memory speed;
 * texts are compressed. DuckDB, pandas and Athena open the files as they are.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";

export type ColumnData = Int32Array | Float64Array | BigInt64Array | readonly (string | null)[];

export interface Column {
	name: string;
	data: ColumnData;
}

/** A million rows keep a row group of texts at some 100 MB at worst while it is written. */
const rowGroupRows = 1 << 20;

/** Writes a file and flushes it to the disk. Throws what the file system throws, ENOSPC included. */
export function writeColumns(path: string, columns: readonly Column[]): void {
	writeBatches(path, [columns]);
}

/** Like `writeColumns`, a row group per batch; all batches have the same columns. There must be one. */
export function writeBatches(path: string, batches: Iterable<readonly Column[]>): void {
	const descriptor = openSync(path, "w");
	try {
		let file: ParquetWriter | undefined;
		for (const columns of batches) {
			const columnData = columns.map(({ name, data }) => columnSource(name, data));
			file ??= new ParquetWriter({
				writer: writerTo(descriptor),
				schema: schemaFromColumnData({ columnData }),
				codec: "UNCOMPRESSED",
				statistics: false,
				createdBy: "chartcost",
			});
			file.write({ columnData, rowGroupSize: rowGroupRows, pageSize: 0 });
		}
		file?.finish();
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** A writer that holds about 1 MiB; everything before it is on its way to the disk. */
export function writerTo(descriptor: number): ByteWriter {
	const writer = new ByteWriter(1 << 16);
	const flush = (): void => {
		writeAll(descriptor, new Uint8Array(writer.buffer, 0, writer.index));
		writer.index = 0;
	};
	// hyparquet-writer asks for room before it writes; what is there already can leave then.
	const ensure = writer.ensure.bind(writer);
	writer.ensure = (size) => {
		if (writer.index > 1 << 20) flush();
		ensure(size);
	};
	writer.finish = flush;
	return writer;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
	for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
}

function columnSource(name: string, data: ColumnData) {
	if (data instanceof Int32Array)
		return { name, data, type: "INT32", nullable: false, encoding: "PLAIN" } as const;
	if (data instanceof Float64Array)
		return { name, data, type: "DOUBLE", nullable: false, encoding: "PLAIN" } as const;
	if (data instanceof BigInt64Array)
		return { name, data, type: "INT64", nullable: false, encoding: "PLAIN" } as const;
	const nullable = data.includes(null);
	return { name, data: data as string[], type: "STRING", nullable, codec: "SNAPPY" } as const;
}

/** The texts of one column, a row group at a time. */
export async function readTexts(
	path: string,
	name: string,
	take: (texts: ArrayLike<string>) => void,
): Promise<void> {
	await withFile(path, async (file) => {
		const metadata = await parquetMetadataAsync(file);
		let rowStart = 0;
		for (const { num_rows } of metadata.row_groups) {
			const rowEnd = rowStart + Number(num_rows);
			const onChunk = ({ columnData }: { columnData: ArrayLike<unknown> }) =>
				take(columnData as ArrayLike<string>);
			await parquetRead({ file, metadata, columns: [name], rowStart, rowEnd, onChunk });
			rowStart = rowEnd;
		}
	});
}

/** The columns asked for, whole, by name. */
export async function readColumns(path: string, names: readonly string[]): Promise<Map<string, ColumnData>> {
	return await withFile(path, async (file) => {
		const metadata = await parquetMetadataAsync(file);
		const known = new Set(parquetSchema(metadata).children.map((child) => child.element.name));
		const missing = names.filter((name) => !known.has(name));
		if (missing.length > 0) throw new Error(`${path} has no column ${missing.join(", ")}`);
		const chunks = new Map<string, { at: number; data: ArrayLike<unknown> }[]>(
			names.map((name) => [name, []]),
		);
		await parquetRead({
			file,
			metadata,
			columns: [...names],
			onChunk: ({ columnName, columnData, rowStart }) => {
				chunks.get(columnName)?.push({ at: Number(rowStart), data: columnData });
			},
		});
		const rows = Number(metadata.num_rows);
		return new Map([...chunks].map(([name, parts]) => [name, joined(parts, rows)]));
	});
}

async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
	const handle = await open(path, "r");
	try {
		const { size: byteLength } = await handle.stat();
		return await use({
			byteLength,
			async slice(start, end = byteLength) {
				const bytes = new Uint8Array(end - start);
				await handle.read(bytes, 0, bytes.length, start);
				return bytes.buffer;
			},
		});
	} finally {
		await handle.close();
	}
}

function joined(parts: { at: number; data: ArrayLike<unknown> }[], rows: number): ColumnData {
	const first = parts[0]?.data;
	if (first === undefined) return [];
	if (first.length === rows) return first as ColumnData;
	if (first instanceof Int32Array || first instanceof Float64Array) {
		const whole = first instanceof Int32Array ? new Int32Array(rows) : new Float64Array(rows);
		for (const { at, data } of parts) whole.set(data as Int32Array, at);
		return whole;
	}
	const whole = new Array<string | null>(rows);
	for (const { at, data } of parts)
		for (let i = 0; i < data.length; i++) whole[at + i] = data[i] as string | null;
	return whole;
}
