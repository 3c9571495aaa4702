/** The `prices` stories with a made-up internet: what is fetched, kept and compared, and what survives a failure. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ipRangesUrl } from "../src/network/refresh.ts";
import { priceHosts } from "../src/price/update.ts";
import { diffPrices, showPrices, updatePrices } from "../src/prices.ts";
import { rangesText } from "./support/ip-ranges.ts";
import { goodFeed, goodIndex, goodLocations, goodOffer, paths } from "./support/price-files.ts";

const now = Date.UTC(2026, 10, 20) / 1000;
let cacheDir: string;
let web: Map<string, string>;
let asked: string[];

beforeEach(async () => {
	cacheDir = await mkdtemp(join(tmpdir(), "chartcost-prices-"));
	asked = [];
	web = new Map([
		[ipRangesUrl, rangesText],
		[priceHosts.feed + paths.feed, JSON.stringify(goodFeed())],
		[priceHosts.feed + paths.locations, JSON.stringify(goodLocations())],
		[priceHosts.offers + paths.index, JSON.stringify(goodIndex())],
		[priceHosts.offers + paths.virginia, JSON.stringify(goodOffer("us-east-1", ""))],
		[priceHosts.offers + paths.newRegion, JSON.stringify(goodOffer("ap-new-1", "APX1-"))],
	]);
});

afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const update = (signal?: AbortSignal, regions = ["us-east-1"]) =>
	updatePrices({
		cacheDir,
		now,
		regions,
		proxy: {},
		onProgress: undefined,
		signal,
		download: async (url) => {
			asked.push(url);
			const body = web.get(url);
			if (body === undefined) throw new Error(`${url}: no connection`);
			return body;
		},
	});

const options = () => ({ cacheDir, pricesFile: undefined, now });

test("an update is what show and diff then stand on", async () => {
	const before = await showPrices(options(), "us-east-1");
	assert.equal(before.book.origin, "bundled");
	assert.deepEqual((await diffPrices(options())).changes, []);

	const { failures } = await update();
	assert.deepEqual(failures, []);
	assert.deepEqual((await readdir(cacheDir)).sort(), ["ip-ranges.json", "prices-2026-11-20.json"]);
	const { book, rows, overview } = await showPrices(options(), "us-east-1");
	assert.equal(book.origin, "refreshed");
	assert.equal(book.asOf, "2026-11-19");
	assert.equal(book.ageDays, 1);
	assert.equal(rows?.find(({ item }) => item === "requests.tier1")?.price, "0.0051");
	assert.equal(overview.find(({ region }) => region === "us-east-1")?.tier2, "0.00041");
	const { changes } = await diffPrices(options());
	assert.deepEqual(
		changes.find(({ region, item }) => region === "us-east-1" && item === "requests.tier1"),
		{ region: "us-east-1", item: "requests.tier1", before: "0.000005", after: "0.0000051" },
	);
});

test("ranges without prices, prices without ranges: what could be had is kept, the rest is reported", async () => {
	web.delete(priceHosts.feed + paths.feed);
	const first = await update();
	assert.deepEqual(
		[first.failures.length, first.prices, await readdir(cacheDir)],
		[1, undefined, ["ip-ranges.json"]],
	);
	assert.match(first.failures[0]!.message, /s3\.json: no connection/);
	web.set(priceHosts.feed + paths.feed, JSON.stringify(goodFeed()));
	web.delete(ipRangesUrl);
	const second = await update();
	assert.equal(second.ranges, undefined);
	assert.equal((await readdir(cacheDir)).length, 2);
});

test("offline, both failures are named and exit code 1 is due", async () => {
	web.clear();
	await assert.rejects(update(), (error: Error & { exitCode?: number }) => {
		assert.match(error.message, /ip-ranges\.json: no connection; .*locations\.json: no connection/);
		assert.equal(error.exitCode, 1);
		return true;
	});
	assert.deepEqual(await readdir(cacheDir), []);
});

test("an update keeps what the one before fetched", async () => {
	await update();
	const { failures } = await update(undefined, ["ap-new-1"]);
	assert.deepEqual(failures, []);
	const { overview } = await showPrices(options(), "us-east-1");
	assert.equal(overview.find(({ region }) => region === "us-east-1")?.internet, "0.091");
});

test("Ctrl-C asks for nothing more", async () => {
	const stop = new AbortController();
	stop.abort();
	await assert.rejects(update(stop.signal), /abort/i);
	assert.deepEqual(asked, []);
});

test("a Region that is in no book has no rows", async () => {
	assert.equal((await showPrices(options(), "mars-1")).rows, undefined);
});
