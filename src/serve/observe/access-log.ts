/**
 * The access log as one function: a record becomes a line of the chosen format and goes to the writer.
 * A registry of the formats; `none` is no log at all.
 */
import { combinedLine } from "./log-combined.ts";
import { envoyLine } from "./log-envoy.ts";
import { jsonLine } from "./log-json.ts";
import type { LogWriter } from "./log-writer.ts";
import type { RequestRecord } from "./record.ts";

export const logFormats = { json: jsonLine, envoy: envoyLine, combined: combinedLine } as const;
export type LogFormat = keyof typeof logFormats;

/** Called once per answered request. Never throws, never waits: what the writer cannot take is dropped and counted. */
export function createAccessLog(
	format: LogFormat | "none",
	writer: Pick<LogWriter, "write">,
): (record: RequestRecord) => void {
	if (format === "none") return () => {};
	const lineOf = logFormats[format];
	return (record) => writer.write(lineOf(record));
}
