/** What the origin learns from a refusal: S3's clock, renewed credentials, the bucket's Region, a temporary host. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as faults from "../../support/s3/faults.ts";
import { bodyOf, handClock, keys, originAt, s3At, startMs } from "./origin-at.ts";

async function scene(t: TestContext, more: Parameters<typeof originAt>[1] = {}) {
	const hand = more.hand ?? handClock(3000);
	const s3 = await s3At(hand);
	const at = originAt(s3.port, { hand, ...more });
	t.after(async () => {
		at.credentials.close();
		await Promise.all([at.origin.close(), s3.close()]);
	});
	const ask = (method: "GET" | "HEAD") => () => at.origin.request({ method, key: "k" });
	return { s3, ...at, hand, get: ask("GET"), head: ask("HEAD") };
}

test("a clock that is far off: S3's is used from then on", async (t) => {
	for (const offMs of [-3 * 3_600_000, 86_400_000]) {
		const hand = handClock(3000);
		const s3 = await s3At(hand, { nowMs: () => hand.clock.nowMs() - offMs });
		const [getting, heading] = [originAt(s3.port, { hand }), originAt(s3.port, { hand })];
		t.after(() => Promise.all([getting.origin.close(), heading.origin.close(), s3.close()]));
		for (const expected of [[403, 200], [200]]) {
			s3.forget();
			assert.equal(await bodyOf(await getting.origin.request({ method: "GET", key: "k" })), "hello");
			assert.deepEqual(
				s3.requests.map(({ status }) => status),
				expected,
			);
		}
		assert.deepEqual(getting.offsets, [-offMs / 1000]);
		assert.equal(getting.said.length, 1);
		assert.equal(getting.origin.state().clockOffsetMs, -offMs);
		// A HEAD has no body with a code; its Date says it.
		s3.forget();
		assert.equal((await heading.origin.request({ method: "HEAD", key: "k" })).status, 200);
		assert.equal(s3.requests.length, 2);
	}
});

test("a clock that is put right again is noticed, and said", async (t) => {
	const hand = handClock(3000);
	const s3 = await s3At(hand, { nowMs: () => startMs + 3_600_000 });
	const { origin, offsets, said } = originAt(s3.port, { hand });
	t.after(() => Promise.all([origin.close(), s3.close()]));
	await bodyOf(await origin.request({ method: "GET", key: "k" }));
	hand.jump(3_600_000);
	await bodyOf(await origin.request({ method: "GET", key: "k" }));
	assert.deepEqual(offsets, [3600, 0]);
	assert.match(said[0]!, /^warn: This machine's clock is 3600 s behind S3's/);
	assert.match(said[1]!, /^info: .* agrees with S3's again/);
});

test("S3's own clock does not help: told as `clock`, after one repair", async (t) => {
	const { s3, get } = await scene(t);
	s3.always({}, faults.timeTooSkewed(startMs + 3_600_000));
	await assert.rejects(get(), { failure: "clock", code: "RequestTimeTooSkewed" });
	assert.equal(s3.requests.length, 2);
	await assert.rejects(get(), { failure: "clock" });
	assert.equal(s3.requests.length, 3, "the same offset is not tried again");
});

test("R-17 an expired token: renewed once for all requests, each tried once more", async (t) => {
	let asked = 0;
	const fresh = { ...keys, accessKeyId: "ASIAFRESH", sessionToken: "fresh" };
	const { s3, get, head } = await scene(t, {
		provider: async () => {
			asked++;
			return asked === 1 ? { ...keys, sessionToken: "old" } : fresh;
		},
	});
	s3.signers = [fresh, { ...keys, sessionToken: "old", expiresAtMs: startMs - 1 }];
	const answers = await Promise.all(Array.from({ length: 10 }, get));
	for (const answer of answers) assert.equal(await bodyOf(answer), "hello");
	assert.equal(asked, 2);
	assert.equal((await head()).status, 200);
});

test("R-17 a HEAD that is refused without a reason asks for it, and is repaired", async (t) => {
	let asked = 0;
	const fresh = { ...keys, accessKeyId: "ASIAFRESH", sessionToken: "fresh" };
	const { s3, head } = await scene(t, {
		provider: async () => (++asked === 1 ? { ...keys, sessionToken: "old" } : fresh),
	});
	s3.signers = [fresh, { ...keys, sessionToken: "old", expiresAtMs: startMs - 1 }];
	assert.equal((await head()).status, 200);
	assert.deepEqual(
		s3.requests.map(({ method }) => method),
		["HEAD", "GET", "HEAD"],
	);
});

test("credentials that S3 refuses, and no others: told so, and the provider is not asked for each request", async (t) => {
	let asked = 0;
	const { s3, get, hand } = await scene(t, {
		provider: async () => {
			asked++;
			return keys;
		},
	});
	s3.signers = [];
	for (let i = 0; i < 20; i++)
		await assert.rejects(get(), { failure: "credentials", code: "InvalidAccessKeyId", status: 403 });
	assert.equal(asked, 2);
	await hand.move(6000);
	await assert.rejects(get(), { failure: "credentials" });
	assert.equal(asked, 3);
});

for (const status of [400, 301] as const)
	for (const region of [undefined, "us-east-1", "eu-west-1"])
		test(`the bucket is elsewhere (${status}), ${region ?? "nothing"} was said: found, kept, told`, async (t) => {
			const { s3, get, head, dialled, said, origin } = await scene(t, { place: { region } });
			Object.assign(s3.bucket("charts"), { region: "eu-central-1", otherRegionStatus: status });
			const before = origin.bucketId;
			assert.equal(origin.state().region, region);
			assert.equal(await bodyOf(await get()), "hello");
			assert.equal((await head()).status, 200);
			assert.deepEqual(
				s3.requests.map(({ status }) => status),
				[status, 200, 200],
			);
			const first = region ?? "us-east-1";
			assert.deepEqual(
				[...new Set(dialled)],
				[`charts.s3.${first}.amazonaws.com`, "charts.s3.eu-central-1.amazonaws.com"],
			);
			assert.deepEqual(
				said,
				region === undefined
					? []
					: [`warn: Bucket charts is in eu-central-1, not in ${region}: set its region.`],
			);
			assert.deepEqual([origin.bucketId, origin.state().region], [before, "eu-central-1"]);
		});

test("a Region that is found by a HEAD, and by many requests at once", async (t) => {
	const { s3, head, get, said } = await scene(t);
	Object.assign(s3.bucket("charts"), { region: "eu-central-1" });
	assert.equal((await head()).status, 200);
	s3.bucket("charts").region = "eu-north-1";
	const answers = await Promise.all(Array.from({ length: 8 }, get));
	for (const answer of answers) assert.equal(await bodyOf(answer), "hello");
	assert.equal(said.length, 2, "once for each move");
});

test("a custom endpoint is signed for the Region it names, and keeps its host", async (t) => {
	const hand = handClock(3000);
	const s3 = await s3At(hand, { region: "garage-1", tls: false });
	s3.bucket("charts").region = "garage-1";
	const { origin } = originAt(s3.port, {
		hand,
		place: { endpointUrl: s3.url, region: undefined },
		dial: undefined,
	});
	t.after(() => Promise.all([origin.close(), s3.close()]));
	assert.equal(await bodyOf(await origin.request({ method: "GET", key: "k" })), "hello");
	assert.equal(origin.bucketId, `${s3.host}/charts`);
	assert.deepEqual(new Set(s3.requests.map(({ headers }) => headers["host"])), new Set([s3.host]));
});

test("a Region that does not help, is none, or is of another partition: told as `region`", async (t) => {
	for (const region of ["eu-west-1", "evil.example/", "cn-north-1", "us-gov-west-1", "eu-central-1"]) {
		const { s3, get, dialled } = await scene(t);
		s3.always({}, faults.permanentRedirect(region, "169.254.169.254"));
		await assert.rejects(get(), { failure: "region", status: 301, code: "PermanentRedirect" });
		assert.equal(s3.requests.length, region === "eu-central-1" ? 2 : 1);
		assert.ok(dialled.every((host) => /^charts\.s3\.eu-(west|central)-1\.amazonaws\.com$/.test(host)));
	}
});

test("a 307 of S3 is followed once, signed anew, and not kept", async (t) => {
	const { s3, get, dialled } = await scene(t);
	s3.next({}, faults.temporaryRedirect("https://charts.s3-us-west-2.amazonaws.com/other?x=y"));
	s3.bucket("charts").region = "us-west-2";
	assert.equal(await bodyOf(await get()), "hello");
	assert.deepEqual(dialled, ["charts.s3.eu-west-1.amazonaws.com", "charts.s3-us-west-2.amazonaws.com"]);
	assert.deepEqual(
		s3.requests.map(({ target, headers }) => [target, headers["host"]]),
		[
			["/k", "charts.s3.eu-west-1.amazonaws.com"],
			["/k", "charts.s3-us-west-2.amazonaws.com"],
		],
	);
	assert.match(s3.requests[1]?.headers["authorization"] ?? "", /\/us-west-2\/s3\//);
	s3.bucket("charts").region = "eu-west-1";
	assert.equal(await bodyOf(await get()), "hello");
	assert.equal(s3.requests[2]?.headers["host"], "charts.s3.eu-west-1.amazonaws.com");
	s3.always({}, faults.temporaryRedirect("https://charts.s3-us-west-2.amazonaws.com/k"));
	s3.forget();
	await assert.rejects(get(), { failure: "region", status: 307 });
	assert.equal(s3.requests.length, 2);
});

test("S-39 redirects to anything but S3 are not followed, and nobody else sees a signature", async (t) => {
	const places = [
		"http://169.254.169.254/latest/meta-data/iam/security-credentials/",
		"https://169.254.169.254/charts/k",
		"http://charts.s3.us-west-2.amazonaws.com/k",
		"https://charts.s3.us-west-2.amazonaws.com:8443/k",
		"https://charts.s3.us-west-2.amazonaws.com.evil.example/k",
		"https://evil.example/charts.s3.us-west-2.amazonaws.com/",
		"https://charts.s3.evil.amazonaws.com/k",
		"https://charts.s3-1.us-east-1.elb.amazonaws.com/k",
		"https://charts.s3-website-us-east-1.amazonaws.com/k",
		"https://others.s3.us-west-2.amazonaws.com/k",
		"https://s3.us-west-2.amazonaws.com/others/k",
		"https://charts@evil.example/k",
		"https://user@charts.s3.us-west-2.amazonaws.com/k",
		"https://charts.s3.cn-north-1.amazonaws.com.cn/k",
		"//charts.s3.us-west-2.amazonaws.com/k",
		"",
	];
	for (const place of places) {
		const { s3, get, dialled } = await scene(t);
		s3.always({}, faults.temporaryRedirect(place));
		await assert.rejects(get(), { failure: "region", status: 307 }, place);
		assert.deepEqual(dialled, ["charts.s3.eu-west-1.amazonaws.com"], place);
		assert.equal(s3.requests.length, 1, place);
	}
	for (const status of [302, 303, 308]) {
		const { s3, get, dialled } = await scene(t);
		const { reply } = faults.temporaryRedirect("https://charts.s3.us-west-2.amazonaws.com/k");
		const found = { reply: () => ({ ...reply!(undefined as never), status }) };
		// S3 does not answer so; something in between does.
		s3.always(
			{},
			{ reply: () => ({ ...found.reply(), body: { sizeBytes: 0, chunk: () => Buffer.alloc(0) } }) },
		);
		await assert.rejects(get(), { failure: "region", status });
		assert.deepEqual(dialled, ["charts.s3.eu-west-1.amazonaws.com"]);
	}
});

test("what S3's other refusals mean", async (t) => {
	const { s3, get, head, origin } = await scene(t);
	const { reply } = faults.accessDenied();
	const code = (status: number, name: string) => ({
		reply: (normal: Parameters<NonNullable<typeof reply>>[0]) => {
			const denied = reply!(normal);
			const xml = Buffer.from(`<Error><Code>${name}</Code></Error>`);
			return {
				...denied,
				status,
				body: { sizeBytes: xml.length, chunk: (a: number, b: number) => xml.subarray(a, b) },
			};
		},
	});
	const untilHealthy = s3.always({}, code(404, "XAdminUserNotFound"));
	await assert.rejects(get(), { failure: "credentials", status: 404, code: "XAdminUserNotFound" });
	untilHealthy();
	for (const [status, name, failure] of [
		[404, "NoSuchBucket", "bucket-missing"],
		[403, "AllAccessDisabled", "forbidden"],
		[405, "MethodNotAllowed", "bad-answer"],
		[400, "InvalidRequest", "bad-answer"],
		[501, "NotImplemented", "bad-answer"],
		[401, "Unauthorized", "forbidden"],
		[418, "", "bad-answer"],
	] as const) {
		s3.next({}, code(status, name));
		await assert.rejects(get(), { failure, status, code: name, retries: 0 });
		assert.equal(origin.state().status, failure);
	}
	s3.put("charts", "cold", "x", { archived: true });
	await assert.rejects(origin.request({ method: "GET", key: "cold" }), { failure: "archived", status: 403 });
	await assert.rejects(origin.request({ method: "GET", key: "none" }), {
		failure: "missing",
		code: "NoSuchKey",
	});
	assert.equal(origin.state().status, "ok");
	s3.bucket("charts").mayList = false;
	await assert.rejects(origin.request({ method: "GET", key: "none" }), {
		failure: "forbidden",
		code: "AccessDenied",
	});
	s3.forget();
	for (let i = 0; i < 5; i++)
		await assert.rejects(origin.request({ method: "HEAD", key: "none" }), {
			failure: "forbidden",
			status: 403,
		});
	assert.equal(s3.count({ method: "GET" }), 1, "the reason is asked for now and then only");
	assert.equal((await head()).status, 200);
});
