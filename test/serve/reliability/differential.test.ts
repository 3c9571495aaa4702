/**
 * random requests and changes; the server's answers are those of an oracle that looks into the bucket itself (oracle.ts).
 * Once with everything asked about at each use, and once with everything kept, where each change is followed by a purge. Fields
 * that may differ: Age, Date, Cache-Control, Cache-Status, Via, Vary, Connection, X-Content-Type-Options and framing.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { holdsFor } from "../../support/fuzz.ts";
import { type Answer, fill, indexOf, packages, startTestServe, until } from "../running.ts";
import { expectedAnswer, type OracleRequest } from "./oracle.ts";
import { purge } from "./world.ts";

const keys = ["a-1.0.0.tgz", "b-1.0.0+x.1.tgz", "big-1.0.0.tgz", "a-1.0.0.tgz.prov", "index.yaml"] as const;
const sizes = [0, 1, 777, 70_000, 300_000];

type Step =
	| { do: "put"; key: (typeof keys)[number]; version: number; size: number }
	| { do: "remove"; key: (typeof keys)[number] }
	| { do: "ask"; requests: Asking[] };
interface Asking {
	method: "GET" | "HEAD";
	key: (typeof keys)[number];
	condition: { name: string; what: "current" | "old" | "star" | "weak" | "date" | "past" } | undefined;
	range: string | undefined;
	ifRange: "current" | "old" | undefined;
	/** Through the connection that node:http keeps, or one of its own: both ways through the server. */
	encoding: string | undefined;
}

const key = fc.constantFrom(...keys);
const position = fc.oneof(fc.nat(2), fc.nat(400_000));
const asking: fc.Arbitrary<Asking> = fc.record({
	method: fc.constantFrom("GET", "GET", "GET", "HEAD"),
	key,
	condition: fc.option(
		fc.oneof(
			fc.record({
				name: fc.constantFrom("if-none-match", "if-match"),
				what: fc.constantFrom("current", "old", "star"),
			}),
			fc.constant({ name: "if-none-match", what: "weak" as const }),
			fc.record({
				name: fc.constantFrom("if-modified-since", "if-unmodified-since"),
				what: fc.constantFrom("date", "past"),
			}),
		),
		{ nil: undefined, freq: 2 },
	),
	range: fc.option(
		fc.oneof(
			fc.tuple(position, position).map(([from, more]) => `bytes=${from}-${from + more}`),
			position.map((from) => `bytes=${from}-`),
			position.map((count) => `bytes=-${count}`),
			fc.constantFrom("bytes=5-2", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=0--1"),
		),
		{ nil: undefined, freq: 2 },
	),
	ifRange: fc.option(fc.constantFrom("current", "old"), { nil: undefined, freq: 4 }),
	encoding: fc.option(fc.constant("identity"), { nil: undefined }),
}) as fc.Arbitrary<Asking>;
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant("put" as const),
			key,
			version: fc.nat(3),
			size: fc.constantFrom(...sizes),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), key }) },
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant("ask" as const),
			requests: fc.array(asking, { minLength: 1, maxLength: 6 }),
		}),
	},
);

const modes = [
	["everything asked about", { revalidate: ["*"], "not-found-ttl": "0s" }, false],
	["everything kept, changes purged", { ttl: "1d", "index-ttl": "1d" }, true],
	["everything kept, memory alone", { ttl: "1d", "index-ttl": "1d", "cache-dir": "none" }, true],
] as const;

for (const [mode, flags, purges] of modes) {
	test(`R-29 ${mode}: answers are those of the bucket`, async (t) => {
		const { s3, serve, close } = await startTestServe({
			flags: { ...flags, "max-memory-object": "128KiB", "range-fill-max": "100KiB" },
		});
		after(close);
		const { objects } = s3.bucket("charts");
		const oldTag = '"0123456789abcdef0123456789abcdef"';
		const headersOf = ({ key: name, condition, range, ifRange, encoding }: Asking) => {
			const { headers: now } = expectedAnswer(objects, { method: "GET", key: name, headers: {} });
			const etag = now["etag"] ?? oldTag;
			const headers: Record<string, string> = {};
			if (encoding !== undefined) headers["accept-encoding"] = encoding;
			if (range !== undefined) headers["range"] = range;
			if (ifRange !== undefined) headers["if-range"] = ifRange === "current" ? etag : oldTag;
			if (condition === undefined) return headers;
			const date = now["last-modified"] ?? new Date(0).toUTCString();
			const values = { current: etag, old: oldTag, star: "*", weak: `"x", W/${etag}`, date };
			headers[condition.name] =
				condition.what === "past" ? new Date(Date.parse(date) - 5000).toUTCString() : values[condition.what];
			return headers;
		};
		const check = (asked: OracleRequest, answer: Answer) => {
			const expected = expectedAnswer(objects, asked);
			const what = JSON.stringify(asked);
			assert.equal(answer.status, expected.status, what);
			assert.equal(answer.broken, false, what);
			if (expected.status < 300) assert.ok(answer.body.equals(expected.body), `body of ${what}`);
			else if (expected.status !== 404) assert.equal(answer.body.length, 0, what);
			for (const [name, value] of Object.entries(expected.headers)) {
				assert.equal(answer.headers[name], value, `${name} of ${what}`);
			}
		};
		const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
			objects.clear();
			s3.put("charts", "index.yaml", indexOf(packages), { lastModifiedMs: Date.now() - 60_000 });
			if (purges) await purge(serve);
			for (const each of steps) {
				if (each.do === "ask") {
					await Promise.all(
						each.requests.map(async (asking) => {
							const asked = { method: asking.method, key: asking.key, headers: headersOf(asking) };
							check(asked, await serve.get(`/${asked.key}`, asked.headers, asked.method));
						}),
					);
					continue;
				}
				// Who asks while it is downloaded shares the download, whatever S3 has by then.
				await until(() => serve.running.operated.gauges().fillsInFlight === 0);
				if (each.do === "remove") objects.delete(each.key);
				else {
					const name = `v${each.version}-1.0.0.tgz`;
					const content =
						each.key === "index.yaml"
							? indexOf({ [name]: fill(name, 9) })
							: fill(`${each.key}${each.version}`, each.size);
					s3.put("charts", each.key, content, { lastModifiedMs: Date.now() - 60_000 });
				}
				if (purges) await purge(serve, `key=${each.key}`);
			}
		});
		await holdsFor(t, 15, property);
	});
}
