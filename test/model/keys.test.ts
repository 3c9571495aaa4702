/** Keys: decoding against an encoder, hostile bytes, chart names as real repositories have them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chartOf, decodeKey, decodeTimes, KeyGroup, prefixOf } from "../../src/model/keys.ts";

const get = "REST.GET.OBJECT";
const batchDelete = "BATCH.DELETE.OBJECT";

test("how often a key is encoded depends on the operation", () => {
	for (const operation of [batchDelete, "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER"]) {
		assert.equal(decodeTimes(operation), 1, operation);
	}
	for (const operation of [get, "REST.COPY.OBJECT_GET", "WEBSITE.GET.OBJECT", "-", "S3X.GET"]) {
		assert.equal(decodeTimes(operation), 2, operation);
	}
});

test("keys of published log lines", () => {
	const cases: [rawKey: string, operation: string, key: string][] = [
		["foo-%2525Y", get, "foo-%Y"],
		["foo-%2525Y", batchDelete, "foo-%25Y"],
		["%2522", get, '"'],
		["Screen+Shot+2019-09-09+at+9.08.44+AM.png", batchDelete, "Screen Shot 2019-09-09 at 9.08.44 AM.png"],
		["x-1.0.0%252Bb1.tgz", get, "x-1.0.0+b1.tgz"],
		["x-1.0.0%2Bb1.tgz", batchDelete, "x-1.0.0+b1.tgz"],
		["caf%25C3%25A9", get, "café"],
		["-", get, "-"],
		["", get, ""],
		["/", get, "/"],
		["//a//b", get, "//a//b"],
	];
	for (const [rawKey, operation, key] of cases) assert.equal(decodeKey(rawKey, operation), key, rawKey);
});

test("a round that meets a malformed escape is not applied", () => {
	const cases: [rawKey: string, operation: string, key: string][] = [
		["100%", get, "100%"],
		["%zz+a", get, "%zz+a"],
		["100%25+a", get, "100% a"],
		["a%2", get, "a%2"],
		["%25zz%2541", get, "%zz%41"],
		["%G0", batchDelete, "%G0"],
	];
	for (const [rawKey, operation, key] of cases) assert.equal(decodeKey(rawKey, operation), key, rawKey);
});

test("bytes that are no UTF-8 become U+FFFD, raw bytes are read as UTF-8", () => {
	assert.equal(decodeKey("%25FF%25C3", get), "\ufffd\ufffd");
	assert.equal(decodeKey("caf\u00c3\u00a9", get), "café");
	assert.equal(decodeKey("%2500%251b%255b31m", get), "\0\x1b[31m");
});

test("decoding undoes encoding, for any key and operation", () => {
	const encode = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom(get, batchDelete), (key, operation) => {
			const once = encode(key);
			assert.equal(decodeKey(decodeTimes(operation) === 1 ? once : encode(once), operation), key);
		}),
	);
});

test("any bytes decode without an error", () => {
	fc.assert(
		fc.property(fc.uint8Array(), fc.constantFrom(get, batchDelete), (bytes, operation) => {
			const key = decodeKey(Buffer.from(bytes).toString("latin1"), operation);
			assert.ok(key.length <= bytes.length);
			assert.equal(typeof chartOf(key), "string");
			assert.equal(typeof prefixOf(key), "string");
		}),
	);
});

test("chart names", () => {
	const cases: [key: string, chart: string][] = [
		["redis-17.0.1.tgz", "redis"],
		["stable/redis-17.0.1.tgz.prov", "redis"],
		["a/b/kube-prometheus-stack-45.7.1.tgz", "kube-prometheus-stack"],
		["app-1.2.3-rc.1.tgz", "app"],
		["app-1.2.3-4-gdeadbee.tgz", "app"],
		["app-1.2.3+b1.tgz", "app"],
		["app-1.2.3-dev+b1.x-y.tgz", "app"],
		["app-1.2.3 b1.tgz", "app"],
		["app-v1.2.3.tgz", "app"],
		["app-1.2.tgz", "app"],
		["app-1.2-beta.tgz", "app"],
		["log4j-2-app-0.1.0.tgz", "log4j-2-app"],
		["app-1.2-3.4.5.tgz", "app-1.2"],
		["s3.proxy_x-0.0.1.tgz", "s3.proxy_x"],
		["9-1.0.0.tgz", "9"],
		["-1.0.0.tgz", KeyGroup.notAChart],
		["app.tgz", KeyGroup.notAChart],
		["app-latest.tgz", KeyGroup.notAChart],
		["app-20240101.tgz", KeyGroup.notAChart],
		["app-1.2.3.tar.gz", KeyGroup.notAChart],
		["app-1.2.3/", KeyGroup.notAChart],
		["app-1.2.3.tgz/other", KeyGroup.notAChart],
		[".tgz", KeyGroup.notAChart],
		["index.yaml", KeyGroup.index],
		["stable/index.yaml", KeyGroup.index],
		["stable/index-cache.yaml", KeyGroup.index],
		["myindex.yaml", KeyGroup.notAChart],
		["-", KeyGroup.none],
		["", KeyGroup.none],
		["/", KeyGroup.notAChart],
	];
	for (const [key, chart] of cases) assert.equal(chartOf(key), chart, key);
});

test("name and version joined by a dash are told apart again", () => {
	const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
	const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("-"));
	const number = fc.nat({ max: 99 });
	const version = fc
		.tuple(number, number, number, fc.constantFrom("", "-rc.1", "+b.2", "-a-b+c"))
		.map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
	fc.assert(
		fc.property(name, version, fc.constantFrom("", "a/", "a/b/"), (chart, semver, folder) => {
			assert.equal(chartOf(`${folder}${chart}-${semver}.tgz`), chart);
			assert.equal(chartOf(`${folder}${chart}-${semver}.tgz.prov`), chart);
		}),
	);
});

test("a hostile key of many dashes is read in no time", () => {
	const started = performance.now();
	assert.equal(chartOf(`a${"-1.1-".repeat(200_000 / 5)}!.tgz`), KeyGroup.notAChart);
	assert.ok(performance.now() - started < 2000);
});

test("prefixes", () => {
	const cases: [key: string, prefix: string][] = [
		["stable/redis-1.0.0.tgz", "stable/"],
		["a/b/c", "a/"],
		["a/", "a/"],
		["/", "/"],
		["//a", "/"],
		["a", KeyGroup.root],
		["-", KeyGroup.none],
		["-/a", "-/"],
		["", KeyGroup.none],
	];
	for (const [key, prefix] of cases) assert.equal(prefixOf(key), prefix, key);
});
