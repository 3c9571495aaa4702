/** The dataset's table of log files: what was read, how far, and what became of it. */
import type { InputProblem } from "../model/analysis.ts";
import { readColumns, writeColumns } from "./parquet.ts";

export interface FileRow {
	/** As shown to the user. */
	path: string;
	absolutePath: string;
	sizeBytes: number;
	/** Milliseconds since 1970. With the size it tells whether the file is still the same. */
	modifiedMs: number;
	/** 64 bits in hexadecimal for small files, else "0". */
	contentHash: string;
	/** `read` may still be partial: see `done`. */
	status: "read" | InputProblem["problem"];
	detail: string;
	/** What has been read: disjoint [start, end) pairs. */
	done: [number, number][];
	finished: boolean;
	lines: number;
	records: number;
	blank: number;
	outsideWindow: number;
	otherBucket: number;
	unparsed: number;
}

const numbers = [
	"sizeBytes",
	"modifiedMs",
	"lines",
	"records",
	"blank",
	"outsideWindow",
	"otherBucket",
	"unparsed",
] as const;
const texts = ["path", "absolutePath", "contentHash", "status", "detail"] as const;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function writeFiles(path: string, files: readonly FileRow[]): void {
	writeColumns(path, [
		...texts.map((name) => ({ name: snake(name), data: files.map((file) => file[name]) })),
		...numbers.map((name) => ({ name: snake(name), data: Float64Array.from(files, (file) => file[name]) })),
		{ name: "done", data: files.map((file) => JSON.stringify(file.done)) },
		{ name: "finished", data: Int32Array.from(files, (file) => (file.finished ? 1 : 0)) },
	]);
}

export async function readFiles(path: string): Promise<FileRow[]> {
	const names = [...texts, ...numbers, "done", "finished"];
	const columns = await readColumns(path, names.map(snake));
	const finished = columns.get("finished") as Int32Array;
	return Array.from(finished, (flag, row) => {
		const file: Record<string, unknown> = { finished: flag === 1 };
		for (const name of [...texts, ...numbers]) file[name] = columns.get(snake(name))![row];
		file["done"] = JSON.parse((columns.get("done") as string[])[row]!);
		return file as unknown as FileRow;
	});
}
