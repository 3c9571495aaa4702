/** What the commands hand to the stories. Everything is resolved: no environment, no clock below this line. */
import type { Dimension } from "./dimensions.ts";

export interface Progress {
	phase: "listing" | "reading" | "saving";
	files: number;
	totalFiles: number;
	/** Bytes on disk read so far; `totalBytes` is 0 while unknown (stdin). */
	bytes: number;
	totalBytes: number;
	lines: number;
	elapsedMs: number;
}

/** Flags that every analysis command shares. */
export interface AnalysisOptions {
	/** Files, folders, globs, `-`. Empty: answer from the dataset. */
	sources: string[];
	/** Unix seconds, inclusive. */
	from: number | undefined;
	/** Unix seconds, exclusive. */
	to: number | undefined;
	bucket: string | undefined;
	region: string | undefined;
	clustersFile: string | undefined;
	pricesFile: string | undefined;
	ipRangesFile: string | undefined;
	ownAccounts: string[];
	datasetDir: string;
	/** Where refreshed prices and IP ranges are kept. */
	cacheDir: string;
	save: boolean;
	/** Rows per breakdown; `undefined`: the format's default. */
	top: number | undefined;
	/** Also make what the pictures of the HTML report are drawn from. */
	charts?: boolean;
	/** Scanner threads at most. */
	threads: number;
	/** Unix seconds. */
	now: number;
	onProgress: ((progress: Progress) => void) | undefined;
	/** Aborted on Ctrl-C: the scan stops at a line boundary and saves. */
	signal: AbortSignal | undefined;
}

/** One `--where` condition. */
export interface Condition {
	dimension: Dimension;
	/** `=` exact, `!=` anything but, `~` regular expression. */
	operator: "=" | "!=" | "~";
	value: string;
}

export interface AttributionOptions extends AnalysisOptions {
	by: Dimension[];
	where: Condition[];
}
