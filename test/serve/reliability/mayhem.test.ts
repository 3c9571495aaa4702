/**
 * clients, publishers, purges, evictions and a faulty S3, all at once, against the whole server. Each body says which version
 * it is, so whatever comes can be checked: it is whole and one of the versions that S3 had, its ETag is that version's, and a part of it is
 * a part of that version. Afterwards the books are right and nothing is left open.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { holdsFor } from "../../support/fuzz.ts";
import * as faults from "../../support/s3/faults.ts";
import { type Answer, fill, packages, startTestServe, until } from "../running.ts";
import { purge } from "./world.ts";

const MiB = 1 << 20;
const keys = Array.from({ length: 6 }, (_, n) => `mayhem-1.0.${n}.tgz`);
const sizes = [10, 40_000, 200_000, 700_000];
const diskBytes = 2 * MiB;

const mishaps: Record<string, () => faults.Fault> = {
	reset: () => faults.resetAfter(9_000),
	short: () => faults.finAfter(9_000),
	flipped: () => faults.flipByte(5),
	dripping: () => faults.drip(30_000, 1),
	error: () => faults.internalError(),
	slowDown: () => faults.slowDown(),
	"reset before head": () => faults.resetBeforeHead,
	chunked: () => faults.chunked,
};

type Step =
	| { do: "get"; key: string; range: [number, number] | undefined; method: "GET" | "HEAD" }
	| { do: "leave"; key: string }
	| { do: "publish" | "delete" | "purge" | "conditional"; key: string }
	| { do: "mishap"; key: string; what: string }
	| { do: "purge all" | "pause" };

const key = fc.constantFrom(...keys);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({
			do: fc.constant("get" as const),
			key,
			range: fc.option(fc.tuple(fc.nat(20_000), fc.nat(100_000)), { nil: undefined, freq: 3 }),
			method: fc.constantFrom("GET", "GET", "GET", "HEAD"),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), key }) },
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constantFrom("publish", "publish", "delete", "purge", "conditional"),
			key,
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant("mishap" as const),
			key,
			what: fc.constantFrom(...Object.keys(mishaps)),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constantFrom("purge all", "pause") }) },
) as fc.Arbitrary<Step>;

test("R-13 everything at once: no wrong body, the limit holds, nothing is left open", async (t) => {
	const rejections: unknown[] = [];
	const onRejection = (error: unknown) => void rejections.push(error);
	process.on("unhandledRejection", onRejection);
	t.after(() => process.off("unhandledRejection", onRejection));
	const { s3, serve, close } = await startTestServe({
		flags: {
			...{ memory: "1MiB", "max-memory-object": "128KiB", "cache-size": "2MiB", retries: 1 },
			...{ revalidate: ["*.0.tgz", "*.1.tgz"], "not-found-ttl": "0s", "range-fill-max": "64KiB" },
		},
	});
	const versions = new Map<string, { body: Buffer; etag: string }[]>(keys.map((name) => [name, []]));
	let serial = 0;
	const publishOne = (name: string) => {
		const body = fill(`${name} ${++serial}`, sizes[serial % sizes.length]!);
		const { etag } = s3.put("charts", name, body);
		versions.get(name)!.push({ body, etag });
	};
	const isPart = (name: string, answer: Answer, first: number, what: string) => {
		const version = versions.get(name)!.find(({ etag }) => etag === answer.headers.etag);
		assert.ok(version, `${what}: an ETag that S3 never had for it`);
		const part = version.body.subarray(first, first + answer.body.length);
		assert.ok(part.equals(answer.body), `${what}: other bytes than the version's`);
		return version;
	};
	const check = ({ key: name, range, method }: Extract<Step, { do: "get" }>, answer: Answer) => {
		const what = `${method} ${name} ${range ?? ""} → ${answer.status}${answer.broken ? ", broken" : ""}`;
		assert.ok([0, 200, 206, 404, 416, 502, 503].includes(answer.status), what);
		if (answer.status !== 200 && answer.status !== 206) return;
		const first = answer.status === 206 ? range![0] : 0;
		const { body } = isPart(name, answer, first, what);
		if (answer.broken || method === "HEAD") return;
		const expected = answer.status === 206 ? body.subarray(first, first + range![1] + 1) : body;
		assert.equal(answer.body.length, expected.length, what);
	};
	const run = async (each: Step): Promise<void> => {
		switch (each.do) {
			case "get": {
				const headers = each.range && { range: `bytes=${each.range[0]}-${each.range[0] + each.range[1]}` };
				return check(each, await serve.get(`/${each.key}`, headers, each.method));
			}
			case "conditional": {
				const known = versions.get(each.key)!.at(-1);
				const answer = await serve.get(`/${each.key}`, { "if-none-match": known?.etag ?? '"x"' });
				if (answer.status === 200) isPart(each.key, answer, 0, `conditional ${each.key}`);
				return;
			}
			case "leave": {
				const request = new AbortController();
				const gone = fetch(`${serve.url}/${each.key}`, { signal: request.signal }).catch(() => {});
				setTimeout(() => request.abort(), 3);
				await gone;
				return;
			}
			case "publish":
				return publishOne(each.key);
			case "delete":
				return s3.remove("charts", each.key);
			case "purge":
				return void (await purge(serve, `key=${each.key}`));
			case "purge all":
				return void (await purge(serve));
			case "mishap":
				return s3.next({ key: each.key }, mishaps[each.what]!());
			case "pause":
				return new Promise((resolve) => setTimeout(resolve, 5));
		}
	};
	const gauges = () => serve.running.operated.gauges();
	const openFiles = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
	const property = fc.asyncProperty(
		fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 8 }),
		async (lanes) => {
			for (const name of keys) publishOne(name);
			await Promise.all(
				lanes.map(async (lane) => {
					for (const each of lane) {
						await run(each);
						const biggest = 700_000 + 2 * 4096;
						assert.ok(gauges().diskBytes <= diskBytes + biggest, `${gauges().diskBytes} bytes on disk`);
						assert.ok(gauges().memoryBytes <= MiB);
					}
				}),
			);
			await s3.healthy();
			await until(() => gauges().fillsInFlight === 0 && gauges().waiters === 0);
			// Whatever went wrong meanwhile: after a purge, everybody gets what S3 has now.
			await purge(serve);
			for (const name of keys) publishOne(name);
			for (const name of keys) {
				const answer = await retried(() => serve.get(`/${name}`));
				assert.ok(answer.body.equals(versions.get(name)!.at(-1)!.body), name);
			}
			for (const [name, list] of versions) versions.set(name, list.slice(-3));
		},
	);
	await holdsFor(t, 6, property);
	await serve.get("/app-1.0.0.tgz");
	await until(() => gauges().fillsInFlight === 0);
	// Files of the store, the lock, the log: what is open does not grow with what was asked.
	assert.ok(openFiles() < 200, `${openFiles()} descriptors`);
	assert.ok((await serve.get("/app-1.0.0.tgz")).body.equals(packages["app-1.0.0.tgz"]));
	await close();
	assert.deepEqual(rejections, []);
});

/** A breaker that opened among the mishaps lets one through after a second. */
async function retried(get: () => Promise<Answer>): Promise<Answer> {
	for (let n = 0; ; n++) {
		const answer = await get();
		if (answer.status === 200 || n === 50) return answer;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
