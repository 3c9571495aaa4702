/** Answers made ready: right in their second, and bounded together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadyShelf } from "../../../src/serve/answer/ready.ts";
import type { Ask } from "../../../src/serve/cache/found.ts";
import type { MemoryObject } from "../../../src/serve/cache/memory-tier.ts";

const rule = {
	...{ name: "default", match: ["**"], ttlMs: 86_400_000, staleIfErrorMs: 0, staleWhileRevalidateMs: 0 },
	...{ notFoundTtlMs: 0, immutable: false, origin: "override", cacheControl: "max-age=86400" },
} as const;
const ask = { rule, repository: { name: "charts", bucket: "charts" } } as unknown as Ask;
const freshness = { state: "fresh", ageMs: 0, ttlMs: 86_400_000, reason: "" } as const;

function object(sizeBytes: number): MemoryObject {
	const head = {
		...{ bucketId: "b", key: "a.tgz", sizeBytes, etag: '"e"', lastModified: "", contentType: "" },
		...{ contentEncoding: "", contentDisposition: "", contentLanguage: "", cacheControl: "", sha256: "" },
		...{ storedAtMs: 0, validatedAtMs: 0 },
	};
	return { head, body: Buffer.alloc(sizeBytes, 1), prepared: undefined };
}

test("the same second has the same answer, the next one another", () => {
	const shelf = new ReadyShelf();
	const one = object(1000);
	const first = shelf.answers(one, ask, "package", freshness, 5000);
	assert.equal(shelf.answers(one, ask, "package", freshness, 5999), first);
	assert.notEqual(shelf.answers(one, ask, "package", freshness, 6000), first);
	assert.match(first.ok.toString("latin1"), /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/gzip\r\n/);
	assert.ok(first.ok.subarray(-1000).equals(one.body));
});

test("joined answers take 16 MiB at most, the newest are kept", () => {
	const shelf = new ReadyShelf();
	const objects = Array.from({ length: 600 }, () => object(60_000));
	for (const one of objects) shelf.answers(one, ask, "package", freshness, 1000);
	const kept = objects.filter(({ prepared }) => prepared !== undefined);
	assert.ok(kept.length * 60_000 <= 16 << 20, `${kept.length}`);
	assert.ok(kept.length > 200);
	assert.equal(kept.at(-1), objects.at(-1));
	// Made again every second, they are counted once.
	for (let second = 2; second < 50; second++)
		shelf.answers(objects[599]!, ask, "package", freshness, second * 1000);
	assert.equal(objects.filter(({ prepared }) => prepared !== undefined).length, kept.length);
});
