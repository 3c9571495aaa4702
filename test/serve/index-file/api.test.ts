/** ChartMuseum's read-only routes as data: path in, status and JSON out. Statuses and texts are those of ChartMuseum. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiAnswer } from "../../../src/serve/index-file/api.ts";
import { prepareIndex } from "../../../src/serve/index-file/prepare.ts";

const index = prepareIndex(
	Buffer.from(`apiVersion: v1
entries:
  web:
  - {name: web, version: 1.0.0, urls: [s3://b/web-1.0.0.tgz], digest: abc, created: 2024-01-01T00:00:00.5Z}
  - {name: web, version: 1.10.0, appVersion: 1.10, description: "<b> & é", urls: [web-1.10.0.tgz]}
  - {name: web, version: 1.9.0+b7, urls: [web-1.9.0+b7.tgz]}
  - {name: web, version: 2.0.0-rc.1, deprecated: true, annotations: {"9": a, z: b}, urls: []}
  api:
  - {name: api, version: v0.1, urls: []}
  none: []
  __proto__:
  - {name: __proto__, version: 1.0.0, urls: []}
`),
	{ ownHosts: [], rewriteAll: false, maxBytes: 1 << 20 },
);

function get(path: string, method = "GET"): { status: number; json: unknown } {
	const [way = "", query = ""] = path.split("?");
	const { status, contentType, body } = apiAnswer(
		index,
		method,
		way.split("/").map(decodeURIComponent),
		query,
	);
	assert.equal(contentType, "application/json; charset=utf-8");
	return { status, json: JSON.parse(body.toString()) };
}

const names = (json: unknown) => Object.keys(json as object);
const versionOf = (json: unknown) => (json as { version: string }).version;

test("all charts, by name, with ChartMuseum's fields in its order", () => {
	const { status, json } = get("charts");
	assert.equal(status, 200);
	assert.deepEqual(names(json), ["__proto__", "api", "none", "web"]);
	const web = (json as { web: object[] }).web;
	assert.deepEqual(web[3], {
		name: "web",
		version: "1.0.0",
		urls: ["charts/web-1.0.0.tgz"],
		created: "2024-01-01T00:00:00.5Z",
		digest: "abc",
	});
	assert.deepEqual(Object.keys(web[1]!), ["name", "version", "description", "appVersion", "urls"]);
});
test("nothing in an answer is markup (S-21)", () => {
	const { body } = apiAnswer(index, "GET", ["charts"], "");
	assert.doesNotMatch(body.toString(), /[<>&]/);
	const echoed = apiAnswer(index, "GET", ["charts", "web", "<script>"], "");
	assert.doesNotMatch(echoed.body.toString(), /[<>&]/);
	assert.equal(echoed.status, 404);
});

const pages: [string, string[]][] = [
	["charts?limit=2", ["__proto__", "api"]],
	["charts?offset=1&limit=2", ["api", "none"]],
	["charts?offset=3&limit=9", ["web"]],
	["charts?offset=4&limit=1", []],
	["charts?offset=0", ["__proto__", "api", "none", "web"]],
	// ChartMuseum's limit is -1 then, so that nothing lies between.
	["charts?offset=1", []],
];
for (const [path, expected] of pages)
	test(`page ${path}`, () => {
		const { status, json } = get(path);
		assert.equal(status, 200);
		assert.deepEqual(names(json), expected);
	});

const failures: [string, number, string, string?][] = [
	["charts?offset=-1", 400, "offset is not a valid non-negative integer"],
	["charts?offset=", 400, "offset is not a valid non-negative integer"],
	["charts?offset=1e1", 400, "offset is not a valid non-negative integer"],
	["charts?limit=0", 400, "limit is not a valid positive integer"],
	["charts?limit=x", 400, "limit is not a valid positive integer"],
	["charts/unknown", 404, "chart not found"],
	["charts/constructor", 404, "chart not found"],
	["charts/unknown/1.0.0", 404, "no chart name found"],
	["charts/none/1.0.0", 404, "no chart version found"],
	["charts/web/9.9.9", 404, "no chart version found for web-9.9.9"],
	["charts/web/not a version", 404, "improper constraint: not a version"],
	[
		"charts/web/1.0.0/templates",
		404,
		"templates of a chart are not offered by this read-only proxy: pull the package",
	],
	[
		"charts/web/1.0.0/values",
		404,
		"values of a chart are not offered by this read-only proxy: pull the package",
	],
	["charts/web/1.0.0/else", 404, "not found"],
	["elsewhere", 404, "not found"],
	["prov", 404, "not found"],
	["elsewhere", 404, "not found", "POST"],
];
for (const [path, status, error, method] of failures)
	test(`failure ${method ?? "GET"} ${path}`, () =>
		assert.deepEqual(get(path, method), { status, json: { error } }));

for (const [method, path] of [
	["POST", "charts"],
	["POST", "prov"],
	["DELETE", "charts/web/1.0.0"],
] as const)
	test(`${method} ${path} is refused with a text that cm-push prints`, () => {
		const answer = apiAnswer(index, method, path.split("/"), "force");
		assert.equal(answer.status, 405);
		assert.equal(answer.allow, "GET, HEAD");
		assert.match((JSON.parse(answer.body.toString()) as { error: string }).error, /read-only/);
	});

const picks: [string, string][] = [
	["latest", "1.10.0"],
	["1.0.0", "1.0.0"],
	["1.9.0+b7", "1.9.0+b7"],
	["1.9.0", "1.9.0+b7"],
	["2.0.0-rc.1", "2.0.0-rc.1"],
	[">0-0", "2.0.0-rc.1"],
	["<1.10", "1.9.0+b7"],
	["v1", "1.10.0"],
];
for (const [wanted, version] of picks)
	test(`version ${wanted} is ${version}`, () => {
		const { status, json } = get(`charts/web/${encodeURIComponent(wanted)}`);
		assert.equal(status, 200);
		assert.equal(versionOf(json), version);
		assert.deepEqual(
			json,
			(get("charts/web").json as object[]).find((one) => versionOf(one) === version),
		);
	});

test("HEAD is answered like GET", () => {
	for (const path of ["charts", "charts/web", "charts/web/latest", "charts/unknown"])
		assert.deepEqual(get(path, "HEAD"), get(path));
});

test("an index that was passed on has no API", () => {
	const answer = apiAnswer({ ...index, passedOn: true }, "GET", ["charts"], "");
	assert.equal(answer.status, 500);
});
