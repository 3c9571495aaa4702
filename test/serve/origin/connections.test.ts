/** Connections that do not come about, lead to something else, or end with the server; nothing stays behind. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { FakeS3Options } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { bodyOf, handClock, originAt, s3At } from "./origin-at.ts";

async function scene(
	t: TestContext,
	more: Parameters<typeof originAt>[1] = {},
	options: Partial<FakeS3Options> = {},
) {
	const hand = handClock(3000);
	const s3 = await s3At(hand, options);
	const endpointUrl = s3.url.replace("127.0.0.1", "localhost");
	const ca = s3.certificate;
	const at = originAt(s3.port, { hand, ca, dial: undefined, place: { endpointUrl }, ...more });
	t.after(async () => {
		at.credentials.close();
		await Promise.all([at.origin.close(), s3.close()]);
	});
	return { s3, ...at, get: () => at.origin.request({ method: "GET", key: "k" }) };
}

test("--ip-family: the chosen one alone is tried", async (t) => {
	for (const [ipFamily, works] of [
		["4", true],
		["auto", true],
		["6", false],
	] as const) {
		const { get } = await scene(t, { settings: { ipFamily, retries: 0 } });
		if (works) assert.equal(await bodyOf(await get()), "hello");
		else
			await assert.rejects(get(), {
				failure: "unavailable",
				message: /ENOTFOUND|ECONNREFUSED|EADDRNOTAVAIL|EAFNOSUPPORT/,
			});
	}
});

test("a handshake that never ends is given up after the connect time-out", async (t) => {
	const { s3, get } = await scene(t, { settings: { connectTimeoutMs: 200, retries: 0 } }, { tls: true });
	s3.onConnection = "silence";
	await assert.rejects(get(), { failure: "unavailable", message: /[Tt]imeout/ });
	await s3.healthy();
	assert.equal(await bodyOf(await get()), "hello");
});

test("a port that speaks something else: said as such, and no retry storm", async (t) => {
	const { s3, get } = await scene(t);
	s3.onConnection = "garbage";
	await assert.rejects(get(), { failure: "bad-answer", message: /does not speak HTTP/ });
	assert.equal(s3.connections, 2);
	const secure = await scene(t, {}, { tls: true });
	secure.s3.onConnection = "garbage";
	await assert.rejects(secure.get(), { failure: "unavailable", status: undefined });
});

test("a name that DNS does not know is unavailable", async (t) => {
	const { get } = await scene(t, {
		place: { endpointUrl: "http://s3.invalid:9000" },
		settings: { retries: 0 },
	});
	await assert.rejects(get(), { failure: "unavailable", message: /s3\.invalid:9000: no answer/ });
});

test("an error that drips does not hold its request for ever", async (t) => {
	const hand = handClock(0);
	const { s3, get } = await scene(t, { hand });
	s3.next({ key: "k" }, { ...faults.accessDenied(), ...faults.drip(1, 20) });
	const refused = assert.rejects(get(), { failure: "forbidden", status: 403, code: "" });
	await s3.received({}, 1);
	while (hand.waiting() < 1) await new Promise((resolve) => setTimeout(resolve, 5));
	await hand.move(5001);
	await refused;
	assert.equal(hand.waiting(), 0);
});

test("an error page of any size is read in part only", async (t) => {
	const { s3, get } = await scene(t);
	const page = Buffer.alloc(5_000_000, "x");
	s3.next(
		{},
		{
			reply: () => ({
				...{ status: 404, headers: [] },
				body: {
					sizeBytes: page.length,
					chunk: (start: number, end: number) => page.subarray(start, Math.min(end, start + 65_536)),
				},
			}),
		},
	);
	await assert.rejects(get(), { failure: "missing", status: 404, code: "" });
	await s3.settled();
	assert.ok(s3.requests[0]!.aborted);
	assert.equal(await bodyOf(await get()), "hello");
});

test("close ends requests under way as given up, and none begins afterwards", async (t) => {
	const { s3, get, origin } = await scene(t);
	const until = faults.gate();
	s3.always({}, faults.stallBeforeHead(until));
	const under = assert.rejects(get(), { failure: "aborted" });
	await s3.received({}, 1);
	await origin.close();
	await under;
	await assert.rejects(get(), { failure: "aborted" });
	until.open();
	await s3.settled();
	assert.equal(s3.requests.length, 1);
});

test("many requests at once use so many connections as are allowed, and all are answered", async (t) => {
	const { s3, get } = await scene(t, { settings: { connections: 4 } });
	const bodies = await Promise.all(Array.from({ length: 100 }, async () => bodyOf(await get())));
	assert.ok(bodies.every((body) => body === "hello"));
	assert.ok(s3.connections <= 4, `${s3.connections} connections`);
});
