/**
 * A Parquet file written batch by batch, for other tools: compressed, with statistics and timestamps.
 * Each batch is a row group, so memory depends on the batch and not on the file.
 */
import { closeSync, fsyncSync, openSync } from "node:fs";
import type { SchemaElement } from "hyparquet";
import { ParquetWriter } from "hyparquet-writer";
import { writerTo } from "./parquet.ts";

export interface StreamColumn {
	name: string;
	type: "timestamp" | "text" | "bigint" | "double" | "boolean";
}

/** Per column: milliseconds since 1970 for timestamps; `null` only in texts and doubles. */
export type StreamData = BigInt64Array | readonly (string | number | boolean | null)[];

const elements: Record<StreamColumn["type"], Omit<SchemaElement, "name">> = {
	// Without a logical type this is UTC by definition, and every reader knows it.
	timestamp: { type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "REQUIRED" },
	text: { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
	bigint: { type: "INT64", repetition_type: "REQUIRED" },
	double: { type: "DOUBLE", repetition_type: "OPTIONAL" },
	boolean: { type: "BOOLEAN", repetition_type: "REQUIRED" },
};

export class ParquetStream {
	private readonly columns: readonly StreamColumn[];
	private readonly descriptor: number;
	private readonly writer: ParquetWriter;

	constructor(path: string, columns: readonly StreamColumn[]) {
		this.columns = columns;
		this.descriptor = openSync(path, "w");
		this.writer = new ParquetWriter({
			writer: writerTo(this.descriptor),
			schema: [
				{ name: "root", num_children: columns.length },
				...columns.map(({ name, type }) => ({ name, ...elements[type] })),
			],
			createdBy: "chartcost",
		});
	}

	/** One array per column, all of the same length. */
	write(batch: readonly StreamData[]): void {
		this.writer.write({
			columnData: this.columns.map(({ name }, i) => ({ name, data: batch[i] as BigInt64Array })),
			rowGroupSize: Math.max(1, batch[0]?.length ?? 0),
		});
	}

	/** Writes the footer and flushes the file to the disk. */
	finish(): void {
		this.writer.finish();
		fsyncSync(this.descriptor);
	}

	/** Always, also after an error. */
	close(): void {
		closeSync(this.descriptor);
	}
}
