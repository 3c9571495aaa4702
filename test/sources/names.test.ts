/** Names of log objects, and what they allow to leave out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLogObjectName } from "../../src/sources/names.ts";
import { pruneByName } from "../../src/sources/prune.ts";

const unique = "E568B2907131C0C0";
const seconds = (iso: string) => Date.parse(iso) / 1000;
const partitioned = (time: string) => `logs/123456789012/us-east-1/charts/2023/11/05/${time}-${unique}`;

test("names by delivery time, with any prefix and suffix", () => {
	const name = `2013-11-01-21-32-16-${unique}`;
	for (const path of [name, `logs${name}`, `/a/logs/${name}.gz`, `x2-${name}.log.zst`, `99${name}`]) {
		assert.deepEqual(
			parseLogObjectName(path),
			{
				id: name,
				timeSeconds: seconds("2013-11-01T21:32:16Z"),
				unique,
				kind: "delivery",
				partition: undefined,
			},
			path,
		);
	}
});

test("partitioned names tell account, Region and bucket, and the day if they are named at midnight", () => {
	const partition = { account: "123456789012", region: "us-east-1", bucket: "charts" };
	const day = parseLogObjectName(partitioned("2023-11-05-00-00-00"));
	assert.deepEqual([day?.kind, day?.partition], ["day", partition]);
	const delivery = parseLogObjectName(partitioned("2023-11-05-10-20-30"));
	assert.deepEqual([delivery?.kind, delivery?.partition], ["delivery", partition]);
	const otherDay = parseLogObjectName(partitioned("2023-11-06-00-00-00"));
	assert.equal(otherDay?.kind, "delivery");
	const glued = parseLogObjectName(
		`prefix123456789012/us-gov-west-1/b/2023/11/05/2023-11-05-00-00-00-${unique}`,
	);
	assert.deepEqual(glued?.partition, { account: "123456789012", region: "us-gov-west-1", bucket: "b" });
});

test("other names are not read", () => {
	const others = [
		"",
		"access.log",
		"2013-11-01-21-32-16",
		`2013-11-01-21-32-16-${unique.slice(1)}`,
		`2013-13-01-21-32-16-${unique}`,
		`2013-06-31-21-32-16-${unique}`,
		`2013-11-01-24-00-00-${unique}`,
		`2013-11-01-21-60-00-${unique}`,
		`2013-11-01-21-32-16-${unique}/other`,
		`2013-11-01-21-32-16-${unique}-copy`,
		`2013-11-01-21-32-16-${unique}.`,
	];
	for (const path of others) assert.equal(parseLogObjectName(path), undefined, path);
});

test("any text is read without an error", () => {
	fc.assert(
		fc.property(fc.string(), (text) => {
			parseLogObjectName(text);
			parseLogObjectName(`${text}2013-11-01-21-32-16-${unique}${text}`);
		}),
	);
});

/** Which of the files remain, by their number. */
function kept(paths: string[], window: { from?: string; to?: string }): number[] {
	const files = paths.map((path, index) => ({ index, name: parseLogObjectName(path) }));
	const from = window.from === undefined ? undefined : seconds(window.from);
	const to = window.to === undefined ? undefined : seconds(window.to);
	return pruneByName(files, { from, to }).map((file) => file.index);
}

test("by delivery time, only files delivered before the window are left out", () => {
	const paths = [
		`2023-11-04-23-59-59-${unique}`,
		`2023-11-05-00-00-00-${unique}`,
		`2023-12-01-00-00-00-${unique}`,
	];
	assert.deepEqual(kept(paths, {}), [0, 1, 2]);
	assert.deepEqual(kept(paths, { from: "2023-11-05T00:00:00Z" }), [1, 2]);
	assert.deepEqual(kept(paths, { to: "2023-11-01T00:00:00Z" }), [0, 1, 2]);
	assert.deepEqual(kept(["daily.log", ...paths], { from: "2030-01-01T00:00:00Z" }), [0]);
});

test("a file that holds one day is left out on both sides", () => {
	const paths = [partitioned("2023-11-05-00-00-00")];
	assert.deepEqual(kept(paths, { from: "2023-11-05T23:59:59Z" }), [0]);
	assert.deepEqual(kept(paths, { from: "2023-11-06T00:00:00Z" }), []);
	assert.deepEqual(kept(paths, { to: "2023-11-05T00:00:01Z" }), [0]);
	assert.deepEqual(kept(paths, { to: "2023-11-05T00:00:00Z" }), []);
});

test("a partitioned layout by delivery time gives itself away, and later files stay", () => {
	const paths = [partitioned("2023-11-05-00-00-00"), partitioned("2023-11-05-07-30-00")];
	assert.deepEqual(kept(paths, { to: "2023-11-01T00:00:00Z" }), [0, 1]);
	const otherBucket = paths[1]!.replace("/charts/", "/other/");
	assert.deepEqual(kept([paths[0]!, otherBucket], { to: "2023-11-01T00:00:00Z" }), [1]);
});
