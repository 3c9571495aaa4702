/**
 * Who takes part in the benchmark: chartcost and its peers, in the order of the table.
 * In: the path of a log. Out: commands to run, and how to read the answer from what they print.
 * A peer that is not installed says so through `version`; it is then named as missing and never made up.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { firstLine } from "./measure.ts";

export interface Answer {
	/** Records that the contestant counted. */
	requests: number;
	/** `undefined` when it does not add up bytes. */
	bytesSent: number | undefined;
}

export interface Contestant {
	name: string;
	/** `undefined` when it is not installed. */
	version(): Promise<string | undefined>;
	command(logFile: string): string[];
	answer(stdout: string): Answer;
}

const root = new URL("../../", import.meta.url);
const runJs = fileURLToPath(new URL("bin/run.js", root));
const duckdbPeer = fileURLToPath(new URL("duckdb-peer.js", import.meta.url));
/** Removed before every run, so that nothing is taken from it. */
export const datasetDir = fileURLToPath(new URL(".bench/dataset", root));

function chartcost(name: string, flags: string[]): Contestant {
	return {
		name,
		version: () => firstLine([process.execPath, runJs, "--version"]),
		command: (logFile) => [
			...[process.execPath, runJs, "analyze", logFile, "--json", "--region", "us-east-1"],
			...["--dataset", datasetDir, ...flags],
		],
		answer: (stdout) => (JSON.parse(stdout) as { total: Answer }).total,
	};
}

function duckdb(variant: string): Contestant {
	return {
		name: `DuckDB ${variant}`,
		version: async () => {
			try {
				const require = createRequire(import.meta.url);
				return `@duckdb/node-api ${(require("@duckdb/node-api/package.json") as { version: string }).version}`;
			} catch {
				return undefined;
			}
		},
		command: (logFile) => [process.execPath, duckdbPeer, logFile, variant],
		answer: (stdout) => JSON.parse(stdout) as Answer,
	};
}

const goaccess: Contestant = {
	name: "GoAccess",
	version: () => firstLine(["goaccess", "--version"]),
	command: (logFile) => [
		...["goaccess", logFile, "--log-format=AWSS3", "--no-global-config", "--no-progress", "-o", "json"],
	],
	answer: (stdout) => {
		const { general } = JSON.parse(stdout) as { general: { valid_requests: number; bandwidth: number } };
		return { requests: general.valid_requests, bytesSent: general.bandwidth };
	},
};

const wc: Contestant = {
	name: "wc -l",
	version: () => firstLine(["wc", "--version"]),
	command: (logFile) => ["wc", "-l", logFile],
	answer: (stdout) => ({ requests: Number(stdout.trim().split(" ")[0]), bytesSent: undefined }),
};

export const contestants: readonly Contestant[] = [
	chartcost("chartcost", ["--no-save"]),
	chartcost("chartcost, saving", []),
	duckdb("exact"),
	duckdb("common"),
	duckdb("split"),
	duckdb("split-keys"),
	goaccess,
	wc,
];
