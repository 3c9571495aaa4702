/**
 * The story of `chartcost export`: the dataset as files that explain themselves, for any other tool.
 * Everything is written into a draft folder first; only a complete export is moved to its place.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { exportReadme } from "./export-readme.ts";
import { exportTables } from "./export-rows.ts";
import { type ExportFormat, openTable } from "./export-writers.ts";
import { type KnownFlows, openKnownFlows } from "./known-flows.ts";
import { ChartcostError, ExitCode, usageError } from "./model/errors.ts";
import type { AnalysisOptions } from "./model/options.ts";
import type { View } from "./views.ts";

export interface Exported {
	tables: { view: View; rows: number }[];
	exitCode: ExitCode;
	notes: string[];
}

/** `force`: parts of an earlier export in `folder` are replaced; other files in it are left alone. */
export async function exportDataset(
	format: ExportFormat,
	folder: string,
	force: boolean,
	options: AnalysisOptions,
): Promise<Exported> {
	checkTarget(folder, force);
	const known = await openKnownFlows(options);
	const target = resolve(folder);
	const draft = existsSync(target)
		? join(target, `.export.${process.pid}.tmp`)
		: `${target}.${process.pid}.tmp`;
	try {
		mkdirSync(draft, { recursive: true });
		const tables = await writeTables(known, format, draft, options);
		writeFileSync(join(draft, "README.md"), exportReadme(known, format, tables, options.now));
		moveInto(draft, target);
		return { tables, exitCode: known.exitCode, notes: known.notes };
	} catch (error) {
		throw notExported(folder, error);
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

/** Before anything is read: a typo must not cost minutes. */
function checkTarget(folder: string, force: boolean): void {
	if (!existsSync(folder)) return;
	if (!statSync(folder).isDirectory())
		throw usageError(`${folder} is a file`, "Name a folder that is new or empty.");
	if (force || readdirSync(folder).length === 0) return;
	throw usageError(
		`${folder} is not empty`,
		"Name a new folder, or replace an earlier export in it with --force; other files in it stay.",
	);
}

async function writeTables(
	known: KnownFlows,
	format: ExportFormat,
	folder: string,
	{ datasetDir, signal }: AnalysisOptions,
): Promise<Exported["tables"]> {
	const tables: Exported["tables"] = [];
	for (const { view, batches } of exportTables(known, datasetDir)) {
		const writer = openTable(format, folder, view);
		let rows = 0;
		try {
			for await (const batch of batches) {
				writer.write(batch);
				rows += batch[0]!.length;
				// Lets Ctrl-C be heard.
				await setImmediate();
				signal?.throwIfAborted();
			}
			writer.finish();
		} finally {
			writer.close();
		}
		tables.push({ view, rows });
	}
	return tables;
}

/** A new target appears in one step; an existing one, which may be a mount, is filled entry by entry. */
function moveInto(draft: string, target: string): void {
	if (!existsSync(target)) {
		renameSync(draft, target);
		return;
	}
	for (const name of readdirSync(draft)) {
		rmSync(join(target, name), { recursive: true, force: true });
		renameSync(join(draft, name), join(target, name));
	}
}

function notExported(folder: string, error: unknown): unknown {
	const { code, message } = error as NodeJS.ErrnoException;
	if (error instanceof ChartcostError || typeof code !== "string") return error;
	const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
	const why =
		code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG" ? `no space left (${code})` : message;
	return new ChartcostError(`The export to ${folder} failed: ${why}. What was there before is unchanged.`, {
		exitCode: denied ? ExitCode.permission : ExitCode.failed,
		cause: error,
	});
}
