/**
 * `prices update`: fetches today's request and transfer prices from AWS's public files and stores a dated book
 * in the cache folder. No credentials. NAT, endpoint and Athena prices need the Pricing API and are kept from
 * the book it starts from. A failed look-up changes nothing. Tried only against a local server with files in
 * the documented shapes, never against AWS.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { PriceBook, RegionPrices } from "./book.ts";
import { formatBook } from "./book-file.ts";
import {
	type RequestFeed,
	readLocations,
	readRegionIndex,
	readRequestFeed,
	readTransferOffer,
} from "./feeds.ts";
import { bundledBook, emptyRegion, merged, parsePriceBook } from "./load.ts";

/** Hosts of the two sources; tests put their own in place. */
export const priceHosts = {
	/** The feed behind aws.amazon.com/s3/pricing, and the Region names it uses. */
	feed: "https://b0.p.awsstatic.com",
	/** The bulk API of the Price List service. */
	offers: "https://pricing.us-east-1.amazonaws.com",
};
const feedPath = "/pricing/2.0/meteredUnitMaps/s3/USD/current/s3.json";
const locationsPath = "/locations/1.0/aws/current/locations.json";
const transferIndexPath = "/offers/v1.0/aws/AWSDataTransfer/current/region_index.json";

export interface PriceRefreshOptions {
	/** Fetches a URL as text, gunzipped; `network/download.ts` makes one. */
	fetch: (url: string) => Promise<string>;
	cacheDir: string;
	/** When this happens, ISO 8601. */
	nowIso: string;
	/** Regions whose transfer prices are fetched, 1.5 MB each; all when not given. */
	regions?: readonly string[] | undefined;
	/** What the fetched prices are laid over; the bundled snapshot when not given. */
	base?: PriceBook | undefined;
	hosts?: typeof priceHosts | undefined;
	onProgress?: ((message: string) => void) | undefined;
}

export interface PriceRefresh {
	/** Path of the book written. */
	file: string;
	book: PriceBook;
	/** What was not refreshed and why, as sentences. */
	notes: string[];
}

/** Fetches, checks and stores a price book. Throws when request prices or a Region asked for cannot be had. */
export async function refreshPrices(options: PriceRefreshOptions): Promise<PriceRefresh> {
	const { fetch, cacheDir, nowIso, onProgress } = options;
	const hosts = options.hosts ?? priceHosts;
	const base = options.base ?? bundledBook();
	onProgress?.("request prices of all Regions");
	const names = readLocations(await fetch(hosts.feed + locationsPath), hosts.feed + locationsPath);
	const feed = readRequestFeed(await fetch(hosts.feed + feedPath), hosts.feed + feedPath, "aws-price-page");
	const notes: string[] = [];
	const fetched = requestPrices(feed, names, notes);
	for (const code of options.regions ?? []) {
		if (!fetched.has(code)) throw failed(`AWS's price feed has no S3 prices for ${code}`);
	}

	const sources = new Map(base.sources);
	sources.set("aws-price-page", { title: hosts.feed + feedPath, date: feed.publishedAt.slice(0, 10) });
	await addTransfer(fetched, sources, options, hosts, notes);

	const regions = new Map(base.regions);
	for (const [code, prices] of fetched) regions.set(code, merged(regions.get(code) ?? emptyRegion, prices));
	const book = { ...base, asOf: feed.publishedAt.slice(0, 10), fetchedAt: nowIso, sources, regions };
	return { file: await store(book, cacheDir, nowIso), book, notes };
}

function requestPrices(
	feed: RequestFeed,
	names: Map<string, string>,
	notes: string[],
): Map<string, RegionPrices> {
	const prices = new Map<string, RegionPrices>();
	for (const [name, requests] of feed.regions) {
		const code = names.get(name);
		if (code === undefined) notes.push(`The feed's Region "${name}" has no code and was left out.`);
		else prices.set(code, { ...emptyRegion, name, requests });
	}
	for (const name of feed.incomplete) notes.push(`The feed has no request prices for "${name}".`);
	if (prices.size === 0) throw failed("No Region of AWS's price feed is known by name");
	return prices;
}

/** Adds transfer prices in place. A Region that cannot be read keeps its old ones, unless it was asked for. */
async function addTransfer(
	prices: Map<string, RegionPrices>,
	sources: Map<string, { title: string; date: string }>,
	{ fetch, regions: asked, onProgress }: PriceRefreshOptions,
	hosts: typeof priceHosts,
	notes: string[],
): Promise<void> {
	const indexUrl = hosts.offers + transferIndexPath;
	const offers = readRegionIndex(await fetch(indexUrl), indexUrl);
	let done = 0;
	for (const [code, region] of prices) {
		if (asked !== undefined && !asked.includes(code)) continue;
		onProgress?.(`transfer prices of ${code}`);
		try {
			const path = offers.get(code);
			if (path === undefined) throw failed(`AWS's price list has no transfer offer for ${code}`);
			const source = `aws-transfer-${code}`;
			const offer = readTransferOffer(await fetch(hosts.offers + path), hosts.offers + path, code, source);
			const { internetOut, interRegion } = offer;
			prices.set(code, { ...region, internetOut, interRegion });
			sources.set(source, { title: hosts.offers + path, date: offer.publishedAt.slice(0, 10) });
			done += 1;
		} catch (error) {
			if (asked !== undefined) throw error;
			notes.push(`Transfer prices of ${code} were not refreshed: ${(error as Error).message}`);
		}
	}
	if (done === 0 && asked?.length !== 0)
		throw failed(`No transfer prices could be read. ${notes.at(-1) ?? ""}`.trim());
}

async function store(book: PriceBook, cacheDir: string, nowIso: string): Promise<string> {
	await mkdir(cacheDir, { recursive: true });
	const file = join(cacheDir, `prices-${nowIso.slice(0, 10)}.json`);
	const draft = `${file}.${randomUUID()}.tmp`;
	await writeFile(draft, formatBook(book));
	await rename(draft, file);
	return file;
}

/** The newest refreshed book in the cache folder with its path, or `undefined` when there is none. */
export async function readNewestBook(
	cacheDir: string,
): Promise<{ book: PriceBook; file: string } | undefined> {
	const names = await readdir(cacheDir).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
	const newest = names
		.filter((name) => /^prices-\d{4}-\d\d-\d\d\.json$/.test(name))
		.sort()
		.at(-1);
	if (newest === undefined) return undefined;
	const file = join(cacheDir, newest);
	return { book: await parsePriceBook(await readFile(file, "utf8"), file), file };
}

function failed(message: string): ChartcostError {
	return new ChartcostError(message, {
		exitCode: ExitCode.failed,
		hint: "The prices in use stay as they are. Try again later, or give your own with --prices FILE.",
	});
}
