/** What counts as saved, by hand: requests, bytes, dollars, the table of charts, and prices from the price book. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bundledBook } from "../../../src/price/load.ts";
import type { RequestRecord } from "../../../src/serve/observe/record.ts";
import { SavingLedger, savedAmount, savesRequest } from "../../../src/serve/observe/savings.ts";
import { TopCharts } from "../../../src/serve/observe/top-charts.ts";
import { savingPrices } from "../../../src/serve-prices.ts";
import { aRecord } from "./records.ts";

const prices = { requestPico: 400_000n, gbPico: 45_000_000_000n, currency: "USD" };

function ledgerOf(...records: Partial<RequestRecord>[]): SavingLedger {
	const ledger = new SavingLedger();
	for (const changes of records) ledger.add(aRecord(changes));
	return ledger;
}

const fetched = { upstreamStatus: 200, upstreamBytes: 1000, bodyBytes: 1000, cache: "miss" } as const;

test("which requests save one to S3", () => {
	const saving: Partial<RequestRecord>[] = [
		{ cache: "hit" },
		{ cache: "hit", status: 304, bodyBytes: 0 },
		{ cache: "hit", method: "HEAD", bodyBytes: 0 },
		{ cache: "negative", status: 404 },
		{ cache: "coalesced" },
		{ cache: "stale" },
		// It waited for a revalidation that another request caused.
		{ cache: "revalidated" },
	];
	const not: Partial<RequestRecord>[] = [
		{ cache: "miss", upstreamStatus: 200 },
		{ cache: "revalidated", upstreamStatus: 304 },
		{ cache: "bypass" },
		{ cache: "error", status: 502, upstreamStatus: 0 },
		{ cache: "error", status: 503 },
		{ cache: "-" },
		// S3 was asked and failed; what was sent was stale.
		{ cache: "stale", upstreamStatus: 503 },
		{ cache: "stale", refreshStarted: true },
	];
	for (const changes of saving) assert.equal(savesRequest(aRecord(changes)), true, JSON.stringify(changes));
	for (const changes of not) assert.equal(savesRequest(aRecord(changes)), false, JSON.stringify(changes));
});

test("bytes: a fill saves nothing, a hit all it sends, a 304 of S3 the body", () => {
	assert.equal(ledgerOf(fetched).savedBytes, 0);
	assert.equal(ledgerOf(fetched, { bodyBytes: 1000 }, { bodyBytes: 1000 }).savedBytes, 2000);
	assert.equal(ledgerOf({ cache: "revalidated", upstreamStatus: 304, bodyBytes: 700 }).savedBytes, 700);
	assert.equal(
		ledgerOf({ status: 404, cache: "negative", bodyBytes: 90 }).savedBytes,
		0,
		"an error page is ours",
	);
});

test("bytes: a fill for a short range is a debt that hits have to pay back; nothing saved is taken back", () => {
	const range = { ...fetched, status: 206, bodyBytes: 10 };
	assert.equal(ledgerOf(range, { bodyBytes: 900 }).savedBytes, 0);
	assert.equal(ledgerOf(range, { bodyBytes: 1000 }).savedBytes, 10);
	assert.equal(ledgerOf({ bodyBytes: 500 }, range).savedBytes, 500);
	assert.equal(ledgerOf({ bodyBytes: 500 }, range, { bodyBytes: 990 }, { bodyBytes: 1 }).savedBytes, 501);
});

test("property: saved is never negative, never falls, never more than was sent", () => {
	const record = fc.record({
		cache: fc.constantFrom("hit", "miss", "stale", "revalidated", "coalesced", "negative", "error"),
		status: fc.constantFrom(200, 206, 304, 404, 502),
		bodyBytes: fc.nat(10_000),
		upstreamBytes: fc.nat(10_000),
		upstreamStatus: fc.constantFrom(undefined, 200),
	});
	fc.assert(
		fc.property(fc.array(record), (records) => {
			const ledger = new SavingLedger();
			for (const changes of records) {
				const [requests, bytes] = [ledger.savedRequests, ledger.savedBytes];
				ledger.add(aRecord(changes as Partial<RequestRecord>));
				assert.ok(ledger.savedRequests >= requests && ledger.savedBytes >= bytes);
				assert.ok(ledger.savedBytes >= ledger.sentBytes - ledger.fetchedBytes);
				assert.ok(ledger.savedBytes <= ledger.sentBytes && ledger.savedRequests <= ledger.requests);
			}
		}),
	);
});

test("dollars by hand: a million GETs are 0.40, 10 GB through a NAT are 0.45", () => {
	assert.equal(savedAmount(prices, 1_000_000, 0), 0.4);
	assert.equal(savedAmount(prices, 0, 10 * 2 ** 30), 0.45);
	assert.equal(savedAmount(prices, 1_000_000, 10 * 2 ** 30), 0.85);
	assert.equal(savedAmount(prices, 1, 1), 0.0000004);
	// 10 PB: beyond what a number could multiply exactly.
	assert.equal(savedAmount(prices, 0, 10 * 2 ** 50), 471_859.2);
	assert.equal(savedAmount(prices, 0, 0), 0);
});

test("dollars: unknown stays unknown, but nothing at an unknown price costs nothing", () => {
	assert.equal(savedAmount({ ...prices, gbPico: null }, 10, 1), null);
	assert.equal(savedAmount({ ...prices, requestPico: null }, 1, 0), null);
	assert.equal(savedAmount({ ...prices, gbPico: null }, 1_000_000, 0), 0.4);
	assert.equal(savedAmount({ ...prices, gbPico: 0n }, 1_000_000, 2 ** 40), 0.4);
});

test("prices come from the price book, for the way that clients would take", () => {
	const book = bundledBook();
	const of = (changes: Partial<Parameters<typeof savingPrices>[1]>) => {
		const { requestPico, gbPico } = savingPrices(book, {
			region: "us-east-1",
			endpointUrl: undefined,
			transfer: "same-region",
			...changes,
		});
		return [requestPico, gbPico];
	};
	assert.deepEqual(of({}), [400_000n, 0n]);
	assert.deepEqual(of({ transfer: "none" }), [400_000n, 0n]);
	assert.deepEqual(of({ transfer: "nat" }), [400_000n, 45_000_000_000n]);
	assert.deepEqual(of({ transfer: "internet" }), [400_000n, 90_000_000_000n]);
	assert.deepEqual(of({ region: undefined }), [null, null]);
	assert.deepEqual(of({ region: "xx-nowhere-1", transfer: "nat" }), [null, null]);
	assert.deepEqual(of({ endpointUrl: "http://minio.local:9000" }), [null, null]);
	assert.deepEqual(of({ endpointUrl: "https://s3.eu-central-1.amazonaws.com" }), [400_000n, 0n]);
	assert.deepEqual(of({ endpointUrl: "https://amazonaws.com.evil.example" }), [null, null]);
});

test("the charts that save most are found among many, in bounded memory", () => {
	const top = new TopCharts();
	for (let round = 0; round < 40_000; round++) {
		top.add(aRecord({ key: `rare-${round % 20_000}`, bodyBytes: 0 }));
		if (round % 10 === 0)
			for (const key of ["a", "b"]) top.add(aRecord({ key, bodyBytes: key === "a" ? 9000 : 10 }));
		top.add(aRecord({ key: `missing-${round}`, status: 404, cache: "negative" }));
		assert.ok(top.size <= 4000);
	}
	assert.ok(top.best(5000, () => 0).every(({ key }) => !key.startsWith("missing")));
	const best = top.best(2, (ledger) => savedAmount(prices, ledger.savedRequests, ledger.savedBytes) ?? 0);
	assert.deepEqual(
		best.map(({ key, ledger, unseenRequests }) => [key, ledger.savedRequests, unseenRequests]),
		[
			["a", 4000, 0],
			["b", 4000, 0],
		],
	);
});
