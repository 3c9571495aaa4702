/**
 * `prices update` against a local server with hand-made files in AWS's documented shapes: whole ones, and
 * every way in which one could be wrong. A wrong file must change nothing.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { internetPrice, interRegionPrice, requestPrice, singlePrice } from "../../src/price/book.ts";
import { bundledBook } from "../../src/price/load.ts";
import { decimalOf } from "../../src/price/money.ts";
import { diffBooks } from "../../src/price/show.ts";
import { readNewestBook, refreshPrices } from "../../src/price/update.ts";
import {
	get,
	goodFeed,
	goodIndex,
	goodLocations,
	goodOffer,
	interRegion,
	paths,
	product,
	put,
	type Ranges,
	row,
	term,
} from "../support/price-files.ts";

let server: Server;
let origin: string;
let workDir: string;
let cacheDir: string;
let files: Record<string, unknown>;
let asked: string[];

before(async () => {
	workDir = await mkdtemp(join(tmpdir(), "chartcost-prices-"));
	server = createServer((request, response) => {
		asked.push(request.url ?? "");
		const body = files[request.url ?? ""];
		if (body === undefined) response.writeHead(404).end();
		else response.end(typeof body === "string" ? body : JSON.stringify(body));
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
beforeEach(async () => {
	asked = [];
	cacheDir = await mkdtemp(join(workDir, "cache-"));
	files = {
		[paths.feed]: goodFeed(),
		[paths.locations]: goodLocations(),
		[paths.index]: goodIndex(),
		[paths.virginia]: goodOffer("us-east-1", ""),
		[paths.newRegion]: goodOffer("ap-new-1", "APX1-"),
	};
});
after(async () => {
	server.closeAllConnections();
	server.close();
	await rm(workDir, { recursive: true });
});

const get200 = async (url: string) => {
	const response = await fetch(url);
	if (!response.ok) throw new Error(`${url}: ${response.status}`);
	return response.text();
};
const refresh = (regions?: string[]) =>
	refreshPrices({
		fetch: get200,
		cacheDir,
		nowIso: "2026-11-23T05:00:00Z",
		regions,
		hosts: { feed: origin, offers: origin },
	});
const text = ({ pico }: { pico: bigint | null }) => (pico === null ? null : decimalOf(pico));

test("fresh prices are laid over the snapshot, dated, and read back", async () => {
	const { book, file, notes } = await refresh();
	assert.equal(file, join(cacheDir, "prices-2026-11-23.json"));
	assert.equal(book.asOf, "2026-11-19");
	assert.equal(book.fetchedAt, "2026-11-23T05:00:00Z");
	assert.equal(text(requestPrice(book, "us-east-1", "tier1")), "0.0000051");
	assert.equal(text(requestPrice(book, "ap-new-1", "tier2")), "0.0000005");
	assert.equal(text(internetPrice(book, "us-east-1")), "0.091");
	assert.equal(book.regions.get("us-east-1")?.internetOut.length, 3);
	assert.equal(text(interRegionPrice(book, "us-east-1", "eu-west-1")), "0.021");
	assert.equal(book.sources.get(internetPrice(book, "us-east-1").source)?.date, "2026-11-18");
	// What the files do not hold stays as it was.
	assert.equal(text(requestPrice(book, "us-east-1", "toGlacier")), "0.00003");
	assert.equal(text(interRegionPrice(book, "us-east-1", "us-east-2")), "0.01");
	assert.equal(text(singlePrice(book, "us-east-1", "natGb")), "0.045");
	assert.equal(text(requestPrice(book, "eu-west-1", "tier1")), "0.000005");
	assert.equal(notes.length, 3);
	assert.equal(book.regions.has("us-east-1-bos-1"), false);
	assert.match(notes.join(" "), /Boston.*Nameless \(Place\).*A Local Zone/);
	const stored = await readNewestBook(cacheDir);
	assert.equal(stored?.file, file);
	assert.deepEqual(diffBooks(stored!.book, book), []);
	assert.equal(stored!.book.fetchedAt, "2026-11-23T05:00:00Z");
	assert.ok(
		diffBooks(bundledBook(), book).some(
			({ region, item }) => region === "us-east-1" && item === "internetOut.0",
		),
	);
});

test("only the Regions asked for are fetched", async () => {
	await refresh(["us-east-1"]);
	assert.deepEqual(asked, [paths.locations, paths.feed, paths.index, paths.virginia]);
	await assert.rejects(refresh(["mars-north-1"]), {
		name: "ChartcostError",
		message: /no S3 prices for mars-north-1/,
	});
});

test("one unreadable Region keeps its old prices, with a note, unless it was asked for", async () => {
	files[paths.newRegion] = "<html>";
	const { book, notes } = await refresh();
	assert.equal(text(internetPrice(book, "us-east-1")), "0.091");
	assert.equal(text(internetPrice(book, "ap-new-1")), null);
	assert.match(notes.at(-1) ?? "", /Transfer prices of ap-new-1 were not refreshed: .*is no JSON/);
	await assert.rejects(refresh(["us-east-1", "ap-new-1"]), { message: /is no JSON/ });
});

type Feed = ReturnType<typeof goodFeed>;
type Offer = ReturnType<typeof goodOffer>;
const virginia = "US East (N. Virginia)";
const brokenFeeds: [string, (feed: Feed) => unknown, RegExp][] = [
	["is empty", () => ({}), /has no publication date/],
	["is a page", () => "<html>", /is no JSON/],
	[
		"has another currency",
		(feed) => ({ ...feed, manifest: { ...feed.manifest, currencyCode: "CNY" } }),
		/is not in USD/,
	],
	["has no Regions", (feed) => ({ ...feed, regions: {} }), /holds no request prices/],
	[
		"says 0",
		(feed) => ({ ...feed, regions: { [virginia]: { [put]: row("0"), [get]: row("0") } } }),
		/no sane request prices/,
	],
	[
		"is per 1,000",
		(feed) => ({ ...feed, regions: { [virginia]: { [put]: row("0.005"), [get]: row("0.0004") } } }),
		/no sane/,
	],
	[
		"mixes rows",
		(feed) => ({ ...feed, regions: { [virginia]: { [put]: row("0.0000004"), [get]: row("0.000005") } } }),
		/no sane/,
	],
	[
		"has a negative price",
		(feed) => ({ ...feed, regions: { [virginia]: { [put]: row("-1"), [get]: row("0.0000004") } } }),
		/no sane/,
	],
	[
		"knows no Region by name",
		(feed) => ({ ...feed, regions: { Elsewhere: feed.regions[virginia] } }),
		/known by name/,
	],
];
for (const [name, spoil, message] of brokenFeeds) {
	test(`a feed that ${name} changes nothing`, async () => {
		files[paths.feed] = spoil(goodFeed());
		await assert.rejects(refresh(), { name: "ChartcostError", message });
		assert.deepEqual(await readdir(cacheDir), []);
	});
}

const withTerm = (offer: Offer, sku: string, ranges: Ranges) => {
	offer.terms.OnDemand[sku] = term(sku, ranges);
	return offer;
};
const brokenOffers: [string, (offer: Offer) => unknown, RegExp][] = [
	["of another service", (offer) => ({ ...offer, offerCode: "AmazonS3" }), /is no AWSDataTransfer offer/],
	["without products", (offer) => ({ ...offer, products: {} }), /not exactly one internet price/],
	["without terms", (offer) => ({ ...offer, terms: {} }), /not exactly one internet price/],
	[
		"with free egress",
		(offer) => withTerm(offer, "OUT", [["0", "Inf", "0.0000000000"]]),
		/no sane internet price/,
	],
	[
		"with a gap in the tiers",
		(offer) =>
			withTerm(offer, "OUT", [
				["0", "100", "0.09"],
				["200", "Inf", "0.08"],
			]),
		/internet price/,
	],
	["that starts late", (offer) => withTerm(offer, "OUT", [["100", "Inf", "0.09"]]), /internet price/],
	["that ends early", (offer) => withTerm(offer, "OUT", [["0", "10240", "0.09"]]), /internet price/],
	[
		"with rising tiers",
		(offer) =>
			withTerm(offer, "OUT", [
				["0", "10240", "0.08"],
				["10240", "Inf", "0.09"],
			]),
		/no sane/,
	],
	["in another currency", (offer) => JSON.stringify(offer).replaceAll('"USD"', '"CNY"'), /internet price/],
	["with an absurd price", (offer) => withTerm(offer, "OUT", [["0", "Inf", "90"]]), /internet price/],
	["with a pair without price", (offer) => withTerm(offer, "PAIR", []), /no single price to eu-west-1/],
	["with two prices for a pair", twoPrices, /no single price to eu-west-1/],
];
function twoPrices(offer: Offer) {
	offer.products["PAIR2"] = product("PAIR2", interRegion("us-east-1", "eu-west-1"));
	return withTerm(offer, "PAIR2", [["0", "Inf", "0.5"]]);
}
for (const [name, spoil, message] of brokenOffers) {
	test(`an offer ${name} changes nothing`, async () => {
		files[paths.virginia] = spoil(goodOffer("us-east-1", ""));
		await assert.rejects(refresh(["us-east-1"]), { name: "ChartcostError", message });
		assert.deepEqual(await readdir(cacheDir), []);
	});
}

test("an index that points elsewhere is not followed", async () => {
	const index = goodIndex();
	index.regions["us-east-1"].currentVersionUrl = "https://elsewhere.invalid/index.json";
	files[paths.index] = index;
	await assert.rejects(refresh(["us-east-1"]), { message: /no transfer offer for us-east-1/ });
});

test("the newest book is read, drafts and other files are not", async () => {
	assert.equal(await readNewestBook(join(cacheDir, "missing")), undefined);
	assert.equal(await readNewestBook(cacheDir), undefined);
	const { file } = await refresh();
	await writeFile(join(cacheDir, "prices-2020-01-01.json"), "{}");
	await writeFile(join(cacheDir, "prices-2027-01-01.json.1234.tmp"), "{");
	assert.equal((await readNewestBook(cacheDir))?.file, file);
	await writeFile(join(cacheDir, "prices-2027-01-01.json"), "{");
	await assert.rejects(readNewestBook(cacheDir), { message: /prices-2027-01-01\.json: not readable/ });
});
