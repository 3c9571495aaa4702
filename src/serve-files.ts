/**
 * The files that the settings of `serve` name, read and checked before the first port is opened: certificates, log-in,
 * admin token, prices, the authorities to trust. `--check` does exactly this, and looks where the log and the cache go.
 */
import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { loadPrices } from "./knowledge.ts";
import { ChartcostError, ExitCode, usageError } from "./model/errors.ts";
import type { PriceBook } from "./price/book.ts";
import type { Clock } from "./serve/clock.ts";
import { adminTokenSha256, openAuthFiles } from "./serve/config/auth-files.ts";
import type { ServeConfig } from "./serve/config/config.ts";
import type { ServeSettings } from "./serve/config/read.ts";
import { checkTlsFiles } from "./serve/config/tls-files.ts";

export interface ServeFiles {
	prices: PriceBook;
	/** Lower-case hex. */
	adminTokenSha256: string | undefined;
	/** PEM. */
	ca: string | undefined;
	/** What works now and will not for long. */
	notes: readonly string[];
}

/** `cacheDir`: where `prices update` keeps its book. Log-in files are opened by who watches them. */
export async function readServeFiles(
	{ config, files }: ServeSettings,
	{ clock, cacheDir }: { clock: Clock; cacheDir: string },
): Promise<ServeFiles> {
	const { adminToken, ca, prices } = files;
	const paths = { cacheDir, pricesFile: prices, clustersFile: undefined, ipRangesFile: undefined };
	return {
		notes: config.tls === undefined ? [] : await checkTlsFiles(config.tls, clock.nowMs()),
		adminTokenSha256: adminToken === undefined ? undefined : await adminTokenSha256(adminToken),
		ca: ca === undefined ? undefined : await bundleOf(ca),
		prices: await loadPrices(paths),
	};
}

/** All that can be looked at without serving. Notes on what will go wrong later. */
export async function checkServeFiles(
	settings: ServeSettings,
	surroundings: { clock: Clock; cacheDir: string },
): Promise<string[]> {
	const { auth, accessLog, cache } = settings.config;
	const notes = [...(await readServeFiles(settings, surroundings)).notes];
	if (auth !== undefined) {
		const files = await openAuthFiles(auth, surroundings.clock, () => {});
		files.close();
		notes.push(...files.notes);
	}
	if (accessLog.file !== undefined) await checkLogFile(accessLog.file);
	return [...notes, ...(await cacheNotes(cache))];
}

async function bundleOf(file: string): Promise<string> {
	let text: string;
	try {
		text = await readFile(file, "utf8");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new ChartcostError(`${file}: cannot be read (${code ?? "unknown error"})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "It holds the certificates to trust for S3 (ca-bundle, AWS_CA_BUNDLE).",
			cause: error,
		});
	}
	if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
	throw usageError(`${file}: holds no certificates`, "Expected PEM, with -----BEGIN CERTIFICATE-----.");
}

async function checkLogFile(file: string): Promise<void> {
	const folder = path.dirname(file);
	if ((await statOf(folder))?.isDirectory() !== true)
		throw usageError(
			`access-log-file ${file}: there is no folder ${folder}`,
			`Make it first: mkdir -p ${folder}`,
		);
	if ((await statOf(file))?.isDirectory() === true)
		throw usageError(`access-log-file ${file} is a folder`, "Name a file in it.");
}

/** Looks without making anything; the disk tier checks the rest when it takes the folder (serve/cache/disk-folder.ts). */
async function cacheNotes({ dir, optional }: ServeConfig["cache"]): Promise<string[]> {
	if (dir === undefined) return [];
	let place = path.resolve(dir);
	while ((await statOf(place)) === undefined && path.dirname(place) !== place) place = path.dirname(place);
	const isFolder = (await statOf(place))?.isDirectory() === true;
	const isWritable = await access(place, constants.W_OK | constants.X_OK).then(
		() => true,
		() => false,
	);
	if (isFolder && isWritable) return [];
	const problem = `the cache folder ${dir} cannot be used: ${place} ${isFolder ? "cannot be written to" : "is not a folder"}`;
	if (optional) return [`${problem}; memory alone will be used`];
	throw usageError(
		problem,
		"Give --cache-dir another folder, or --cache-optional to go on from memory alone.",
	);
}

function statOf(file: string) {
	return stat(file).catch(() => undefined);
}
