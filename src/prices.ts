/**
 * The stories of `prices show`, `prices update` and `prices diff`: which prices are in use, newer ones, and what
 * differs. In: where books are kept and the time. Out: values for a table; nothing is formatted here.
 */
import { loadPrices } from "./knowledge.ts";
import { ChartcostError, ExitCode } from "./model/errors.ts";
import { createDownload, type Download, type DownloadOptions } from "./network/download.ts";
import { type IpRangesRefresh, refreshIpRanges } from "./network/refresh.ts";
import type { PriceBook } from "./price/book.ts";
import { bundledBook } from "./price/load.ts";
import { describeBook, diffBooks, type PriceChange, type PriceRow } from "./price/show.ts";
import { type PriceRefresh, readNewestBook, refreshPrices } from "./price/update.ts";

export type { PriceRow } from "./price/show.ts";

export interface PriceOptions {
	cacheDir: string;
	/** --prices FILE, laid over the book. */
	pricesFile: string | undefined;
	/** Unix seconds. */
	now: number;
}

/** What a book is and how old. */
export interface BookFacts {
	origin: "bundled" | "refreshed";
	asOf: string;
	/** When this machine fetched it, ISO 8601; `null` for the bundled snapshot. */
	fetchedAt: string | null;
	/** Whole days since `asOf`; `null` when that is no date. */
	ageDays: number | null;
	currency: string;
	assumptions: readonly string[];
	regions: string[];
}

/** One Region in the overview: the prices that decide most bills, as decimal text; `null` when unknown. */
export interface RegionRow {
	region: string;
	name: string;
	tier1: string | null;
	tier2: string | null;
	internet: string | null;
}

export async function showPrices(
	options: PriceOptions,
	region: string | undefined,
): Promise<{ book: BookFacts; overview: RegionRow[]; rows: PriceRow[] | undefined }> {
	const book = await loadPrices(knowledgeOf(options));
	const facts = factsOf(book, options.now);
	return {
		book: facts,
		overview: facts.regions.map((code) => overviewRow(book, code)),
		rows: region === undefined ? undefined : describeBook(book, region),
	};
}

/** From the bundled snapshot to the prices in use: a refresh, --prices, or both. */
export async function diffPrices(
	options: PriceOptions,
): Promise<{ before: BookFacts; after: BookFacts; changes: PriceChange[] }> {
	const before = bundledBook();
	const after = await loadPrices(knowledgeOf(options));
	return {
		before: factsOf(before, options.now),
		after: factsOf(after, options.now),
		changes: diffBooks(before, after),
	};
}

export interface PriceUpdate {
	prices: PriceRefresh | undefined;
	ranges: IpRangesRefresh | undefined;
	/** What could not be fetched; the files in the cache folder stay as they were. */
	failures: Error[];
}

/**
 * Fetches prices and AWS's IP ranges into the cache folder. One may fail without the other; only when both do, it
 * throws. `regions`: those whose transfer prices are fetched, all when empty.
 */
export async function updatePrices(options: {
	cacheDir: string;
	now: number;
	regions: readonly string[];
	proxy: DownloadOptions;
	onProgress: ((message: string) => void) | undefined;
	signal: AbortSignal | undefined;
	/** Tests put their own in place. */
	download?: Download;
}): Promise<PriceUpdate> {
	const { cacheDir, now, onProgress, signal } = options;
	const download = stoppable(options.download ?? createDownload(options.proxy), signal);
	const nowIso = new Date(now * 1000).toISOString();
	const failures: Error[] = [];
	const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
		try {
			return await work();
		} catch (error) {
			signal?.throwIfAborted();
			failures.push(error as Error);
			return undefined;
		}
	};
	onProgress?.("AWS's IP ranges");
	const ranges = await attempt(() => refreshIpRanges({ cacheDir, download }));
	const prices = await attempt(async () =>
		refreshPrices({
			fetch: download,
			cacheDir,
			nowIso,
			regions: options.regions.length > 0 ? options.regions : undefined,
			// What this refresh leaves out keeps its newest price.
			base: (await readNewestBook(cacheDir))?.book,
			onProgress,
		}),
	);
	if (prices === undefined && ranges === undefined) {
		throw new ChartcostError(
			`Neither IP ranges nor prices could be fetched: ${failures.map(({ message }) => message).join("; ")}`,
			{
				exitCode: ExitCode.failed,
				hint: `The files in ${cacheDir} stay as they are. Check the network and the proxy (https_proxy). Offline: --prices FILE and --ip-ranges FILE.`,
				cause: failures[0],
			},
		);
	}
	return { prices, ranges, failures };
}

/** Ctrl-C does not wait for a slow server. */
function stoppable(download: Download, signal: AbortSignal | undefined): Download {
	if (signal === undefined) return download;
	const stopped = new Promise<never>((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
	// Nobody may be waiting when it happens.
	stopped.catch(() => {});
	return (url) => {
		signal.throwIfAborted();
		return Promise.race([download(url), stopped]);
	};
}

function knowledgeOf({ cacheDir, pricesFile }: PriceOptions) {
	return { cacheDir, pricesFile, clustersFile: undefined, ipRangesFile: undefined };
}

function factsOf(book: PriceBook, now: number): BookFacts {
	const published = Date.parse(book.asOf) / 1000;
	return {
		origin: book.fetchedAt === undefined ? "bundled" : "refreshed",
		asOf: book.asOf,
		fetchedAt: book.fetchedAt ?? null,
		ageDays: Number.isNaN(published) ? null : Math.max(0, Math.floor((now - published) / 86_400)),
		currency: book.currency,
		assumptions: book.assumptions,
		regions: [...book.regions.keys()].sort(),
	};
}

function overviewRow(book: PriceBook, region: string): RegionRow {
	const rows = describeBook(book, region) ?? [];
	const price = (item: string) => rows.find((row) => row.item === item)?.price ?? null;
	return {
		region,
		name: book.regions.get(region)?.name ?? "",
		tier1: price("requests.tier1"),
		tier2: price("requests.tier2"),
		internet: price("internetOut.0"),
	};
}
