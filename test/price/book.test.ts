/** Price books: what the bundled snapshot may hold, user files with their errors, overrides, diff and show. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ChartcostError } from "../../src/model/errors.ts";
import {
	internetPrice,
	interRegionPrice,
	type PriceBook,
	requestPrice,
	singlePrice,
	usageTypePrefix,
} from "../../src/price/book.ts";
import { formatBook } from "../../src/price/book-file.ts";
import { bundledBook, overrideBook, parsePriceBook } from "../../src/price/load.ts";
import { decimalOf } from "../../src/price/money.ts";
import { describeBook, diffBooks } from "../../src/price/show.ts";

const bundled = bundledBook();
const text = ({ pico }: { pico: bigint | null }) => (pico === null ? null : decimalOf(pico));

test("the snapshot has all Regions, and every figure a dated source", () => {
	assert.equal(bundled.regions.size, 38);
	assert.equal(bundled.asOf, "2024-09-25");
	for (const region of bundled.regions.keys()) {
		for (const row of describeBook(bundled, region)!) {
			if (row.price === null) assert.equal(row.confidence, "unconfirmed", `${region} ${row.item}`);
			else {
				assert.ok(["verified", "secondary", "weak"].includes(row.confidence), `${region} ${row.item}`);
				assert.notEqual(row.date, "", `${region} ${row.item}`);
				assert.notEqual(row.price, "0", `${region} ${row.item}: a free price would be a mistake`);
			}
		}
	}
});

test("figures of the table in costs.md 3.2", () => {
	assert.equal(text(requestPrice(bundled, "us-east-1", "tier1")), "0.000005");
	assert.equal(text(requestPrice(bundled, "us-east-1", "tier2")), "0.0000004");
	assert.equal(text(requestPrice(bundled, "sa-east-1", "tier2")), "0.00000056");
	assert.equal(text(requestPrice(bundled, "eu-central-1", "toGlacier")), "0.000036");
	assert.equal(text(internetPrice(bundled, "sa-east-1")), "0.15");
	assert.equal(text(interRegionPrice(bundled, "us-east-1", "us-east-2")), "0.01");
	assert.equal(text(interRegionPrice(bundled, "us-east-1", "eu-west-1")), "0.02");
	assert.equal(text(singlePrice(bundled, "eu-west-1", "natGb")), "0.048");
	assert.equal(text(singlePrice(bundled, "us-east-1", "athenaTb")), "5");
});

test("what is not sourced is unknown: no recalled estimate, no price in another currency", () => {
	assert.equal(text(singlePrice(bundled, "us-west-1", "natGb")), null);
	assert.equal(text(singlePrice(bundled, "us-east-1", "accelerationGb")), null);
	assert.equal(text(internetPrice(bundled, "ca-west-1")), null);
	assert.equal(text(requestPrice(bundled, "ap-southeast-6", "tier1")), null);
	assert.equal(text(singlePrice(bundled, "cn-northwest-1", "natGb")), null);
	assert.equal(text(requestPrice(bundled, "moon-north-1", "tier1")), null);
	assert.doesNotMatch(
		readFileSync(new URL("../../src/price/books/bundled.json", import.meta.url), "utf8"),
		/recalled/,
	);
});

test("usage types: us-east-1 is USE1 in pairs, eu-west-1 is EU", () => {
	assert.equal(usageTypePrefix(bundled, "us-east-1"), "USE1");
	assert.equal(usageTypePrefix(bundled, "eu-west-1"), "EU");
	assert.equal(usageTypePrefix(bundled, "af-south-1"), "AFS1");
});

test("a book comes back from its file, figure by figure", async () => {
	const again = await parsePriceBook(formatBook(bundled), "again.json");
	assert.deepEqual(diffBooks(bundled, again), []);
	assert.deepEqual(again, bundled);
});

const override = `
discountPercent: 10
regions:
  us-east-1:
    requests: {tier1: 0.0000045}
    internetOut: [0.085, "0.08", null]
    natGb: {usd: 0.041, source: contract, confidence: verified}
  moon-north-1:
    requests: {tier1: 1e-6}
sources:
  contract: {title: Private pricing addendum, date: "2026-01-01"}
`;

test("--prices replaces what it names and discounts the rest", async () => {
	const book = await overrideBook(bundled, override, "my.yaml");
	assert.equal(text(requestPrice(book, "us-east-1", "tier1")), "0.0000045");
	assert.equal(text(requestPrice(book, "us-east-1", "tier2")), "0.00000036");
	assert.equal(text(requestPrice(book, "eu-west-1", "tier1")), "0.0000045");
	assert.equal(text(internetPrice(book, "us-east-1")), "0.085");
	assert.equal(text(internetPrice(book, "eu-west-1")), "0.081");
	assert.equal(text(singlePrice(book, "us-east-1", "natGb")), "0.041");
	assert.equal(text(requestPrice(book, "moon-north-1", "tier1")), "0.000001");
	assert.equal(requestPrice(book, "us-east-1", "tier1").confidence, "override");
	assert.equal(singlePrice(book, "us-east-1", "natGb").confidence, "verified");
	assert.equal(text(singlePrice(book, "us-west-1", "natGb")), null);
	assert.equal(book.assumptions.length, 2);
	assert.equal(text(requestPrice(bundled, "us-east-1", "tier1")), "0.000005");
});

test("a new default for other Regions replaces the old exceptions too", async () => {
	const book = await overrideBook(
		bundled,
		"regions: {us-east-1: {interRegion: {default: 0.018}}}",
		"my.yaml",
	);
	assert.equal(text(interRegionPrice(book, "us-east-1", "us-east-2")), "0.018");
	const one = await overrideBook(
		bundled,
		"regions: {us-east-1: {interRegion: {us-west-2: 0.001}}}",
		"my.yaml",
	);
	assert.equal(text(interRegionPrice(one, "us-east-1", "us-west-2")), "0.001");
	assert.equal(text(interRegionPrice(one, "us-east-1", "us-east-2")), "0.01");
});

test("a book in another currency stands alone", async () => {
	const book = await overrideBook(
		bundled,
		'{"currency":"CNY","regions":{"cn-north-1":{"natGb":0.37}}}',
		"cn.json",
	);
	assert.equal(book.currency, "CNY");
	assert.deepEqual([...book.regions.keys()], ["cn-north-1"]);
	assert.equal(text(requestPrice(book, "us-east-1", "tier1")), null);
});

const wrong: [string, RegExp][] = [
	["regions: [", /my\.yaml: not readable as YAML or JSON at line \d/],
	["{", /my\.yaml: not readable as YAML or JSON: /],
	["- 1", /my\.yaml: the file is not a map/],
	["region: {}", /my\.yaml: region is unknown/],
	["schema: chartcost/prices@9", /schema is not chartcost\/prices@1/],
	["currency: dollars", /currency is no currency code/],
	["discountPercent: 120", /discountPercent is no discount/],
	["regions: {us-east-1: {requests: {tier9: 1}}}", /regions\.us-east-1\.requests\.tier9 is unknown/],
	["regions: {us-east-1: {requests: {tier1: -1}}}", /regions\.us-east-1\.requests\.tier1 is no price/],
	["regions: {us-east-1: {requests: {tier1: free}}}", /requests\.tier1 is no price/],
	["regions: {us-east-1: {natGb: [1]}}", /regions\.us-east-1\.natGb is no price/],
	["regions: {us-east-1: {natgb: 1}}", /natgb is unknown/],
	["regions: {us-east-1: {internetOut: 0.09}}", /internetOut is not a list/],
	["regions: {us-east-1: {internetOut: [0.09, x]}}", /internetOut\.1 is no price/],
	["regions: {us-east-1: {natGb: {usd: 1, confidence: sure}}}", /natGb\.confidence is unknown/],
	["regions: {us-east-1: 5}", /regions\.us-east-1 is not a map/],
];
for (const [file, message] of wrong) {
	test(`refuses ${file}`, async () => {
		await assert.rejects(
			overrideBook(bundled, file, "my.yaml"),
			(error) =>
				error instanceof ChartcostError &&
				message.test(error.message) &&
				error.exitCode === 2 &&
				!!error.hint,
		);
	});
}

test("show names unknown prices, and diff lists every change", async () => {
	const rows = describeBook(bundled, "us-east-1")!;
	assert.deepEqual(
		rows.find(({ item }) => item === "requests.tier2"),
		{
			item: "requests.tier2",
			name: "GET and all other requests",
			unit: "1,000 requests",
			price: "0.0004",
			source: bundled.sources.get("wetzel-2024-09-25")!.title,
			date: "2024-09-25",
			confidence: "verified",
		},
	);
	assert.equal(rows.find(({ item }) => item === "accelerationGb")?.price, null);
	assert.ok(rows.some(({ name }) => name === "Data transfer to us-east-2"));
	assert.equal(describeBook(bundled, "moon-north-1"), undefined);
	const changed: PriceBook = await overrideBook(
		bundled,
		"regions: {us-east-1: {natGb: 0.04, accelerationGb: 0.04}}",
		"f",
	);
	assert.deepEqual(diffBooks(bundled, changed), [
		{ region: "us-east-1", item: "natGb", before: "0.045", after: "0.04" },
		{ region: "us-east-1", item: "accelerationGb", before: null, after: "0.04" },
	]);
});
