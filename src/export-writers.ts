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

/** Texts repeat from row to row: this many are remembered as fields. */
const maxRememberedFields = 1 << 16;

/** Lines are written in pieces of about this many characters. */
const pieceLength = 1 << 20;

class CsvFile implements TableWriter {
	private readonly columns: readonly ViewColumn[];
	private readonly descriptor: number;
	private readonly fields = new Map<string, string>();
	private text: string;

	constructor(path: string, columns: readonly ViewColumn[]) {
		this.columns = columns;
		this.descriptor = openSync(path, "w");
		this.text = `${columns.map(({ name }) => name).join(",")}\n`;
	}

	write(batch: readonly StreamData[]): void {
		const rows = batch[0]?.length ?? 0;
		for (let row = 0; row < rows; row++) {
			for (let i = 0; i < batch.length; i++) {
				const value = batch[i]![row]!;
				if (i > 0) this.text += ",";
				this.text += typeof value === "string" ? this.field(value) : plainValue(this.columns[i]!.type, value);
			}
			this.text += "\n";
			if (this.text.length > pieceLength) this.flush();
		}
	}

	private field(value: string): string {
		let field = this.fields.get(value);
		if (field === undefined) {
			field = csvField(value);
			if (this.fields.size === maxRememberedFields) this.fields.clear();
			this.fields.set(value, field);
		}
		return field;
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

function plainValue(type: ViewColumn["type"], value: bigint | number | boolean | null): string {
	if (value === null) return "";
	return type === "timestamp" ? new Date(Number(value)).toISOString().replace(".000Z", "Z") : String(value);
}
