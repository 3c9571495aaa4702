/**
 * Reads chartcost.yaml: the settings of a project or of a user, keys spelled like the flags.
 * A missing file is no error; an unreadable or broken one is, with its line.
 */
import { readFile } from "node:fs/promises";
import { ChartcostError, ExitCode, usageError } from "../model/errors.ts";

export const settingsFileName = "chartcost.yaml";

export interface SettingsFile {
	/** As shown in messages. */
	file: string;
	/** Scalars are strings as written: `012345678901` stays an account number. */
	values: Readonly<Record<string, unknown>>;
	/** 1-based line of a top-level key. */
	lineOf(key: string): number;
}

/** The file's settings, or `undefined` when there is no such file. */
export async function readSettingsFile(file: string): Promise<SettingsFile | undefined> {
	let text: string;
	try {
		text = await readFile(file, "utf8");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return undefined;
		throw new ChartcostError(`${file}: cannot be read (${code ?? "unknown error"})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "Settings are read from this file whenever it exists. Mend it or move it away.",
			cause: error,
		});
	}
	return parseSettings(text, file);
}

export async function parseSettings(text: string, file: string): Promise<SettingsFile> {
	const { FAILSAFE_SCHEMA, load, YAMLException } = await import("js-yaml");
	let parsed: unknown;
	try {
		parsed = load(text, { schema: FAILSAFE_SCHEMA });
	} catch (error) {
		if (!(error instanceof YAMLException)) throw error;
		throw usageError(`${file}:${(error.mark?.line ?? 0) + 1}: not valid YAML: ${error.reason}`);
	}
	if (parsed === undefined || parsed === null || parsed === "") parsed = {};
	if (typeof parsed !== "object" || Array.isArray(parsed)) {
		throw usageError(`${file}:1: expected settings such as "region: eu-west-1", one per line`);
	}
	const lines = text.split("\n");
	return {
		file,
		values: parsed as Record<string, unknown>,
		lineOf: (key) => lines.findIndex((line) => keyOf(line) === key) + 1 || 1,
	};
}

function keyOf(line: string): string | undefined {
	return /^\s*(["']?)([^"'#:]+)\1\s*:/.exec(line)?.[2]?.trim();
}
