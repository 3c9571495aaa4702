/**
 * The answers, in the shape of the public JSON contract (chartcost/analysis@1, chartcost/attribution@1).
 * The story files fill these; every report format renders them and computes nothing of its own.
 * Money is in USD (or the price book's currency), rounded to 9 decimals; times are ISO 8601 in UTC.
 */
import type { Charts } from "./charts.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Dimension } from "./dimensions.ts";

export interface UnparsedSample {
	file: string;
	/** 1-based; `null` when it cannot be known. */
	line: number | null;
	/** Bytes from the start of the (decompressed) file. */
	offset: number;
	reason: string;
	/** The start of the line, as far as it is printable. */
	text: string;
}

/** A file that was not read, or not to its end, and why. */
export interface InputProblem {
	file: string;
	problem: "not-a-log" | "duplicate" | "unreadable" | "permission" | "truncated" | "corrupt";
	detail: string;
	/** For duplicates: the file that was read instead. */
	sameAs?: string;
}

/** `lines = records + unparsed + skipped`, always. */
export interface InputSummary {
	sources: string[];
	/** Log files read, and their size on disk. */
	files: number;
	bytes: number;
	lines: number;
	records: number;
	/** Log objects that were delivered or stored twice and read once. */
	duplicates: number;
	/** Lines left out on purpose: blank, outside `--from/--to`, other bucket. */
	skipped: number;
	skippedReasons: { blank: number; outsideWindow: number; otherBucket: number };
	unparsed: number;
	unparsedSamples: UnparsedSample[];
	problems: InputProblem[];
	/** Files taken from the dataset instead of being read again. */
	reusedFiles: number;
	/** Log objects that were not opened: their names say that they lie outside `--from/--to`. */
	filesOutsideWindow: number;
	/** What was pooled because a limit was reached; empty on any normal log. */
	degraded: { limit: string; value: number; requests: number }[];
}

export interface TimeWindow {
	from: string;
	to: string;
	hours: number;
}

/** One line of the bill. */
export interface CostLine {
	/** The words of the AWS bill. */
	name: string;
	/** `Requests-Tier1`, `DataTransfer-Out-Bytes` …, without the Region prefix. */
	usageType: string;
	region: string;
	/** What the price is for: `1,000 requests` or `GB`. */
	unit: string;
	/** Requests, or GB of 2^30 bytes. */
	quantity: number;
	/** Price per `unit`; `null` when unknown. */
	unitPriceUsd: number | null;
	costUsd: number | null;
	note: string;
	/** True when the line is not on the bucket's own S3 bill (NAT gateway, interface endpoint). */
	outsideS3: boolean;
}

export interface Totals {
	requests: number;
	bytesSent: number;
	/** Records with an HTTP status of 400 or more. */
	errors: number;
	costUsd: number;
	/** `null` when the window has no complete hour. */
	costUsdPerMonth: number | null;
	/** Requests whose request price is unknown. */
	unpricedRequests: number;
	/** Bytes whose transfer price is unknown. They add nothing to `costUsd`. */
	unpricedBytes: number;
}

export interface BreakdownRow {
	/** The group's values, one per dimension asked for, keyed by dimension. */
	group: Partial<Record<Dimension, string>>;
	requests: number;
	bytesSent: number;
	errors: number;
	costUsd: number;
	costUsdPerMonth: number | null;
	/** Of the total cost; of the requests when the total cost is 0. */
	share: number;
	firstSeen: string | null;
	lastSeen: string | null;
	/** More than 0 when part of this row's price is unknown. */
	unpricedRequests: number;
	unpricedBytes: number;
}

export interface Breakdown {
	by: Dimension[];
	rows: BreakdownRow[];
	/** Everything below the top rows, or `null` when all are shown. */
	other: (BreakdownRow & { groups: number }) | null;
}

export interface TimelinePoint {
	time: string;
	requests: number;
	bytesSent: number;
	costUsd: number;
	/** False for hours that the logs cover only in part, or whose late records may still come. */
	complete: boolean;
}

export interface Analysis {
	input: InputSummary;
	/** `null` when there is no record at all. */
	window: TimeWindow | null;
	prices: { region: string; asOf: string; currency: string; assumptions: string[] };
	total: Totals;
	costLines: CostLine[];
	breakdowns: Breakdown[];
	timeline: { grain: "hour"; points: TimelinePoint[] };
	diagnosis: Diagnosis;
	/** Only where a page with pictures was asked for and there is something to draw; in no machine format. */
	charts?: Charts | undefined;
}

export interface Attribution {
	by: Dimension[];
	window: TimeWindow | null;
	breakdown: Breakdown;
	total: BreakdownRow;
	/** Sentences a reader must know: snapped windows, unknown prices, pooled keys. */
	notes: string[];
	/** 0, or 4 when input could not be read completely. */
	exitCode: number;
	prices: Analysis["prices"];
}
