/**
 * From what was typed to what a story needs: settings, times, format, style, progress and Ctrl-C.
 * The only place of the analysis commands that looks at environment, clock, terminal and folders.
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { usageError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { AnalysisOptions } from "../model/options.ts";
import { parseTime } from "../model/time.ts";
import type { Format } from "../report/format.ts";
import { type FormatEntry, formats } from "../report/formats.ts";
import type { Style } from "../report/style.ts";
import { visible } from "../report/words.ts";
import { againOf } from "./again.ts";
import { onInterrupt } from "./interrupt.ts";
import { checkOutput, isStdout, type Output, writeOutput } from "./output.ts";
import { progressLine } from "./progress.ts";
import { resolveSettings, type Settings } from "./settings.ts";
import { readSettingsFile, settingsFileName } from "./settings-file.ts";
import { showsProgress, styleOf } from "./terminal-style.ts";

/** What oclif parsed; see flags.ts. */
export interface Typed {
	sources: string[];
	flags: Readonly<Record<string, unknown>>;
	/** Folders of the user, by XDG. */
	configDir: string;
	cacheDir: string;
	/** What the first Ctrl-C says, for commands that neither read logs nor save. */
	stopping?: string;
}

export interface Run {
	options: AnalysisOptions;
	format: Format;
	/** Its name in `--format`. */
	formatName: string;
	style: Style;
	/** The report, to where the user wants it. Ends the progress line first. */
	print(text: Output): Promise<void>;
	/** The page of `--report`, where one was asked for. */
	printPage(textOf: (format: Format) => string): Promise<void>;
	/** A line on stderr, unless --quiet. Text from logs is made safe. */
	note(text: string): void;
}

/** Checks everything that can be checked before the first byte of a log is read. */
export async function startRun(typed: Typed): Promise<Run> {
	const { flags } = typed;
	const settings = resolveSettings(flags, process.env, await settingsFiles(typed.configDir));
	const target = flags["output"] as string | undefined;
	const entry = formatEntry(flags["json"] === true ? "json" : settings.format, target);
	const format = await entry.load();
	await checkOutput(target);
	const page = flags["report"] as string | undefined;
	await checkPage(page, target);

	const quiet = settings.quiet ?? false;
	const progress = progressLine(
		(text) => process.stderr.write(text),
		// 0 on terminals that do not know their size.
		() => process.stderr.columns || 80,
	);
	const say = (text: string) => {
		progress.clear();
		process.stderr.write(`chartcost: ${visible(text)}\n`);
	};
	const watched = !quiet && flags["json"] !== true && showsProgress(surroundings(process.stderr));
	return {
		options: {
			...analysisOptions(typed, settings, entry),
			charts: entry.name === "html" || page !== undefined,
			onProgress: watched ? progress.update : undefined,
			signal: onInterrupt(say, typed.stopping),
		},
		format,
		formatName: entry.name,
		style: {
			...styleOf(isStdout(target) ? surroundings(process.stdout) : inFile(), settings.top),
			again: againOf({
				sources: typed.sources,
				flags,
				saves: settings.save ?? true,
				npx: process.env["npm_command"] === "exec",
			}),
		},
		print: async (text) => {
			progress.clear();
			await writeOutput(text, target);
		},
		printPage: pagePrinter(page, (text) => {
			if (!quiet) say(text);
		}),
		note: (text) => {
			if (!quiet) say(text);
		},
	};
}

function pagePrinter(page: string | undefined, note: (text: string) => void): Run["printPage"] {
	return async (textOf) => {
		if (page === undefined) return;
		await writeOutput(textOf(await formatEntry("html", undefined).load()), page, "--report");
		note(`report written to ${page}`);
	};
}

async function checkPage(page: string | undefined, target: string | undefined): Promise<void> {
	if (page === undefined) return;
	if (!/\.html?$/i.test(page)) {
		throw usageError(`--report ${page}: the report is a page`, "Name a file that ends with .html.");
	}
	if (!isStdout(target) && path.resolve(target) === path.resolve(page)) {
		throw usageError(`-o and --report name the same file: ${page}`, "Give one of them.");
	}
	await checkOutput(page, "--report");
}

async function settingsFiles(configDir: string) {
	const candidates = [settingsFileName, path.join(configDir, settingsFileName)];
	const files = await Promise.all(candidates.map(readSettingsFile));
	return files.filter((file) => file !== undefined);
}

function formatEntry(name: string | undefined, target: string | undefined): FormatEntry {
	const names = formats.map((entry) => entry.name);
	if (name !== undefined) {
		const entry = formats.find((candidate) => candidate.name === name.toLowerCase());
		if (entry !== undefined) return entry;
		throw usageError(`unknown format "${name}"${didYouMean(name, names)}`, `Formats: ${names.join(", ")}.`);
	}
	const ending = isStdout(target) ? "" : path.extname(target).toLowerCase();
	const entry = formats.find(({ endings }) => endings.includes(ending)) ?? formats[0];
	if (entry === undefined) throw new Error("no report format is registered");
	return entry;
}

function analysisOptions(
	{ sources, cacheDir }: Typed,
	settings: Settings,
	entry: FormatEntry,
): Omit<AnalysisOptions, "onProgress" | "signal"> {
	const now = nowSeconds();
	const from = settings.from === undefined ? undefined : parseTime(settings.from, now);
	const to = settings.to === undefined ? undefined : parseTime(settings.to, now);
	if (from !== undefined && to !== undefined && from >= to) {
		throw usageError(
			`--from ${settings.from} is not before --to ${settings.to}`,
			"--from is inclusive, --to is exclusive: a whole day is --from 2026-10-12 --to 2026-10-13.",
		);
	}
	return {
		sources,
		from,
		to,
		bucket: settings.bucket,
		region: settings.region,
		clustersFile: settings.clusters,
		pricesFile: settings.prices,
		ipRangesFile: settings["ip-ranges"],
		ownAccounts: (settings["own-account"] ?? []).map(accountId),
		datasetDir: settings.dataset ?? ".chartcost",
		cacheDir,
		save: settings.save ?? true,
		top: settings.top ?? entry.defaultRows,
		threads: settings.threads ?? availableParallelism(),
		now,
	};
}

/** A mistyped account would turn free requests into billed ones in silence. */
function accountId(text: string): string {
	const id = text.replaceAll("-", "");
	if (/^\d{12}$/.test(id) || /^[0-9a-f]{64}$/.test(id)) return id;
	throw usageError(
		`--own-account "${text}" is not an AWS account`,
		"Give the 12-digit account number or the 64-digit canonical user id.",
	);
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org) fixes the clock, so that relative times can be repeated. */
function nowSeconds(): number {
	const fixed = process.env["SOURCE_DATE_EPOCH"] ?? "";
	return /^\d+$/.test(fixed) ? Number(fixed) : Math.floor(Date.now() / 1000);
}

function surroundings(stream: NodeJS.WriteStream) {
	return { isTerminal: stream.isTTY === true, columns: stream.columns, environment: process.env };
}

/** A file is read later, anywhere: no colour codes, whatever this terminal can show. */
function inFile() {
	return { isTerminal: false, columns: undefined, environment: { ...process.env, NO_COLOR: "1" } };
}
