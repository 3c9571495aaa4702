/** Heads and bodies by themselves: what the HTTP parser in front of them would refuse already is refused here as well. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { readHead } from "../../../src/serve/origin/answer.ts";
import { checkedBody } from "../../../src/serve/origin/body.ts";
import { createBreaker } from "../../../src/serve/origin/breaker.ts";
import { bodyOf, handClock } from "./origin-at.ts";

const get = { method: "GET", key: "k" } as const;

test("S-30 no value with a control character gets through, and no field that stands twice", () => {
	const names = [
		"etag",
		"content-type",
		"content-disposition",
		"cache-control",
		"x-amz-request-id",
		"content-range",
	];
	fc.assert(
		fc.property(
			...([fc.constantFrom(...names), fc.string(), fc.string()] as const),
			fc.oneof(fc.integer({ min: 0, max: 31 }), fc.constant(127)),
			(name, before, after, code) => {
				fc.pre(code !== 9);
				const value = before + String.fromCharCode(code) + after;
				assert.match(
					String(readHead(get, 200, { "content-length": "1", [name]: value })),
					/has control characters/,
				);
				const twice = readHead(get, 200, { "content-length": "1", [name]: ["a", "b"] });
				if (name === "x-amz-request-id") assert.equal(typeof twice !== "string" && twice.requestId, "a");
				else assert.match(String(twice), /stands twice/);
			},
		),
	);
	const fine = readHead(get, 200, { "content-length": "1", etag: "a\tb\xe9" });
	assert.ok(typeof fine !== "string" && fine.etag === "a\tb\xe9");
	for (const length of ["-1", "1e3", "0x1", "1,1", "9999999999999999"])
		assert.match(String(readHead(get, 200, { "content-length": length })), /no number/);
});

test("a checksum is taken only when it can be one of the whole body", () => {
	const of = (headers: Record<string, string>, status = 200, more = {}) => {
		const head = readHead({ ...get, ...more }, status, { "content-length": "1", ...headers });
		return typeof head === "string" ? head : head.checksum?.algorithm;
	};
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5Jg==" }), "crc32");
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-type": "COMPOSITE" }), undefined);
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5Jg==-3" }), undefined);
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5" }), undefined);
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5Jg?=" }), undefined);
	assert.equal(
		of({ "x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-sha256": `${"a".repeat(43)}=` }),
		"sha256",
	);
	assert.equal(of({ "x-amz-checksum-crc32": "y/Q5Jg==" }, 200, { range: { first: 0, last: 0 } }), undefined);
});

test("R-05 the body's bytes are counted, whatever the stream says", async () => {
	const make = (text: string, expectedBytes: number | undefined) => {
		const ended: number[] = [];
		const facts = { expectedBytes, status: 200, requestId: "", signal: undefined };
		const checked = checkedBody(Readable.from([Buffer.from(text)]), {
			...facts,
			ended: (bytes) => void ended.push(bytes),
		});
		return { ...checked, ended };
	};
	const whole = make("hello", 5);
	assert.equal(await bodyOf(whole), "hello");
	assert.deepEqual(whole.ended, [5]);
	for (const expected of [4, 6, 0]) {
		const wrong = make("hello", expected);
		await assert.rejects(bodyOf(wrong), { failure: "broken" });
		assert.equal(wrong.ended.length, 1);
	}
	assert.equal(await bodyOf(make("hello", undefined)), "hello");
});

test("R-23 one probe at a time, also when it takes longer than a second", async () => {
	const hand = handClock();
	const breaker = createBreaker(hand.clock);
	for (let i = 0; i < 4; i++) assert.equal(breaker.failed(), false);
	breaker.answered();
	for (let i = 0; i < 4; i++) assert.equal(breaker.failed(), false);
	assert.equal(breaker.failed(), true);
	assert.equal(breaker.admit(), "refused");
	await hand.move(1000);
	assert.equal(breaker.admit(), "probe");
	await hand.move(5000);
	assert.equal(breaker.admit(), "refused");
	assert.equal(breaker.failed(), false);
	assert.equal(breaker.admit(), "probe");
	breaker.abandoned("probe");
	await hand.move(1000);
	assert.equal(breaker.admit(), "probe");
	assert.equal(breaker.answered(), true);
	assert.deepEqual([breaker.admit(), breaker.answered(), breaker.state().down], ["open-way", false, false]);
});
