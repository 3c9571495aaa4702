/**
 * The report formats in display order. Adding one is a file and an entry here.
 * Each is loaded when it is asked for, so that `--json` does not wait for the terminal's tables.
 */
import { defaultMachineRows, defaultTableRows } from "../model/limits.ts";
import type { Format } from "./format.ts";

export interface FormatEntry {
	name: string;
	/** File name endings that choose this format for `-o FILE`. */
	endings: readonly string[];
	/** Rows per breakdown without `--top`. */
	defaultRows: number;
	load(): Promise<Format>;
}

export const formats: readonly FormatEntry[] = [
	{
		name: "table",
		endings: [".txt"],
		defaultRows: defaultTableRows,
		load: async () => (await import("./terminal.ts")).format,
	},
	{
		name: "json",
		endings: [".json"],
		defaultRows: defaultMachineRows,
		load: async () => (await import("./json.ts")).format,
	},
	{
		name: "ndjson",
		endings: [".ndjson", ".jsonl"],
		defaultRows: defaultMachineRows,
		load: async () => (await import("./ndjson.ts")).format,
	},
	{
		name: "csv",
		endings: [".csv"],
		defaultRows: defaultMachineRows,
		load: async () => (await import("./separated.ts")).csv,
	},
	{
		name: "tsv",
		endings: [".tsv"],
		defaultRows: defaultMachineRows,
		load: async () => (await import("./separated.ts")).tsv,
	},
	{
		name: "md",
		endings: [".md"],
		defaultRows: defaultTableRows,
		load: async () => (await import("./markdown.ts")).format,
	},
	{
		name: "html",
		endings: [".html", ".htm"],
		defaultRows: defaultTableRows,
		load: async () => (await import("./html.ts")).format,
	},
];
