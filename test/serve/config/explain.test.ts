/** What would happen with a path, in words; nothing of it is normalised. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explain } from "../../../src/serve/config/explain.ts";
import { read, type Said } from "./given.ts";

const one: Said = { flags: { bucket: "acme-charts", prefix: "team", region: "eu-west-1" } };
const two: Said = {
	file: `
query: reject
repositories:
- { path: /a, bucket: abc, endpoint-url: "http://minio:9000/base", rules: [{ match: "*.prov", immutable: true }] }
- { path: /b, bucket: x.y.z, stale-while-revalidate: 1m, stale-if-error: 0s, not-found-ttl: 0s, origin: respect-origin }
`,
};

const cases: [said: Said, asked: string, lines: Record<string, string>][] = [
	[
		one,
		"/charts/app-1.0.0%2Bbuild.7.tgz?x=1",
		{
			path: "/charts/app-1.0.0%2Bbuild.7.tgz?x=1",
			decoded: "/charts/app-1.0.0+build.7.tgz",
			query: "ignored: it is no part of the key and never reaches S3",
			repository: "acme-charts: s3://acme-charts/team/ at /",
			object: "app-1.0.0+build.7.tgz: a chart package",
			key: "team/app-1.0.0+build.7.tgz",
			rule: "default (**)",
			"cached as": "s3.amazonaws.com/acme-charts team/app-1.0.0+build.7.tgz",
			"S3 request": "GET https://acme-charts.s3.eu-west-1.amazonaws.com/team/app-1.0.0%2Bbuild.7.tgz",
			region: "eu-west-1",
			clients: "Cache-Control: max-age=86400",
		},
	],
	[
		one,
		"index.yaml",
		{
			rule: "index (index.yaml)",
			fresh: "not at all: S3 is asked every time with If-None-Match, and says 304 while it is the same",
			"S3 fails": "sent stale for up to 1d more",
			clients: "Cache-Control: no-cache",
		},
	],
	[one, "http://localhost:8080/app-dev-1.tgz", { rule: "revalidate (*-dev-*)", path: "/app-dev-1.tgz" }],
	[one, "/index.yaml%3bx.tgz", { rule: "default (**)", key: "team/index.yaml;x.tgz" }],
	[one, "/health", { answer: "200, as ChartMuseum answers; S3 is not asked" }],
	[one, "/api/charts/app", { answer: "ChartMuseum's API, read from the index" }],
	[
		one,
		"/other/app-1.tgz",
		{
			answer:
				"404: nothing is served there. Repositories: /; in each index.yaml, FILE.tgz and FILE.tgz.prov, as in /index.yaml.",
		},
	],
	[one, "/a/../index.yaml", { answer: "400: it has an empty segment, . or .." }],
	[one, "/a/%2e%2e/index.yaml", { answer: "400: it has an empty segment, . or .." }],
	[one, "//index.yaml", { answer: "400: it must begin with exactly one slash, and name no host" }],
	[
		one,
		"/x%2findex.yaml",
		{
			answer:
				"400: it has a control character, an encoded slash, a backslash, # or bytes that must be percent-encoded",
		},
	],
	[
		one,
		"/%ff.tgz",
		{ answer: "400: a percent sign is not followed by two hex digits, or the bytes are not UTF-8" },
	],
	[two, "/a/app-1.tgz?x", { answer: "400: it has a query, and query is set to reject" }],
	[
		two,
		"/a/charts/app-1.tgz.prov",
		{
			rule: "*.prov (*.prov)",
			fresh: "until it is evicted; S3 is never asked again",
			"S3 request": "GET http://minio:9000/base/abc/app-1.tgz.prov",
			region: "us-east-1",
		},
	],
	[
		two,
		"/b/app-1.tgz",
		{
			but: "Cache-Control metadata of the object decides, where it has any",
			meanwhile: "sent stale for 1m more while S3 is asked",
			"S3 fails": "the failure is passed on",
			missing: "a 404 is not remembered",
			"S3 request": "GET https://s3.us-east-1.amazonaws.com/x.y.z/app-1.tgz",
			region: "us-east-1, corrected when S3 names another",
		},
	],
];

describe("explained", () => {
	for (const [said, asked, lines] of cases) {
		test(asked, async () => {
			const found = new Map(explain((await read(said)).config, asked));
			for (const [name, text] of Object.entries(lines)) assert.equal(found.get(name), text, name);
			if (!("S3 request" in lines) && "answer" in lines) assert.equal(found.has("S3 request"), false);
		});
	}
});
