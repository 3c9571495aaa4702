/**
 * One table of an export on its way to the disk, in either format: batches of columns in, files out.
 * Parquet stands in a folder per table, because Athena and Hive read folders; CSV is one file per table.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { csvField } from "./report/words.ts";
import { ParquetStream, type StreamData } from "./rollup/parquet-stream.ts";
import type { View, ViewColumn } from "./views.ts";

export type ExportFormat = "parquet" | "csv";

export interface TableWriter {
	write(batch: readonly StreamData[]): void;
	/** Completes the file. */
	finish(): void;
	/** Always, also after an error. */
	close(): void;
}

/** Where a table stands below the export's folder: what its README names. */
export const tablePath: Record<ExportFormat, (view: View) => string> = {
	parquet: ({ name }) => `${name}/part-0.parquet`,
	csv: ({ name }) => `${name}.csv`,
};

export function openTable(format: ExportFormat, folder: string, view: View): TableWriter {
	const path = join(folder, tablePath[format](view));
	if (format === "csv") return new CsvFile(path, view.columns);
	mkdirSync(join(folder, view.name));
	return new ParquetStream(path, view.columns);
}

/** Lines are written in pieces of about this many characters. */
const pieceLength = 1 << 20;

class CsvFile implements TableWriter {
	private readonly columns: readonly ViewColumn[];
	private readonly descriptor: number;
	private text: string;

	constructor(path: string, columns: readonly ViewColumn[]) {
		this.columns = columns;
		this.descriptor = openSync(path, "w");
		this.text = `${columns.map(({ name }) => name).join(",")}\n`;
	}

	write(batch: readonly StreamData[]): void {
		const rows = batch[0]?.length ?? 0;
		for (let row = 0; row < rows; row++) {
			this.text += `${this.columns.map(({ type }, i) => csvValue(type, batch[i]![row]!)).join(",")}\n`;
			if (this.text.length > pieceLength) this.flush();
		}
	}

	finish(): void {
		this.flush();
		fsyncSync(this.descriptor);
	}

	close(): void {
		closeSync(this.descriptor);
	}

	private flush(): void {
		const bytes = Buffer.from(this.text);
		for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
		this.text = "";
	}
}

function csvValue(type: ViewColumn["type"], value: StreamData[number] | null): string {
	if (typeof value === "bigint")
		return type === "timestamp" ? new Date(Number(value)).toISOString().replace(".000Z", "Z") : String(value);
	return csvField(typeof value === "boolean" ? String(value) : value);
}
