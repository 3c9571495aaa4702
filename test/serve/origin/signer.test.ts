/** Signatures: AWS's published examples, vectors that agree with botocore, and any key against Smithy's own signer. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { amzDateOf, createSigner, emptyBodySha256, signedFields } from "../../../src/serve/origin/signer.ts";
import { encodePath } from "../../../src/serve/origin/uri.ts";
import { keys, startMs } from "./origin-at.ts";
import { vectors } from "./vectors.ts";

const { accessKeyId, secretAccessKey } = keys;
const signer = createSigner();
const sessionToken = "TOKEN/with+special==";
const host = "charts.s3.eu-west-1.amazonaws.com";

test("keys are encoded as S3's canonical request wants them", () => {
	for (const { key, path } of vectors) assert.equal(`/${encodePath(key)}`, path);
});

test("the thirteen vectors, with the hash of an empty body and with UNSIGNED-PAYLOAD", () => {
	assert.equal(vectors.length, 13);
	for (const { path, emptyBody, unsigned } of vectors)
		for (const [payload, expected] of [
			[emptyBodySha256, emptyBody],
			["UNSIGNED-PAYLOAD", unsigned],
		] as const) {
			const fields = [
				["host", host],
				["x-amz-content-sha256", payload],
				["x-amz-date", "20260101T000000Z"],
				["x-amz-security-token", sessionToken],
			] as const;
			const region = "eu-west-1";
			const amzDate = "20260101T000000Z";
			const input = { method: "GET", path, query: "", fields, payload, region, amzDate };
			assert.equal(signer.signature({ ...input, accessKeyId, secretAccessKey }), expected, path);
		}
});

test("the fields of a request are those of the vectors, in order, and carry the signature", () => {
	const [{ path, emptyBody }] = vectors as [(typeof vectors)[0]];
	const credentials = { ...keys, sessionToken };
	const request = { method: "GET", path, host, region: "eu-west-1", credentials, nowMs: startMs } as const;
	assert.deepEqual(signedFields(signer, { ...request, checksum: false }), [
		...["host", host],
		...["x-amz-content-sha256", emptyBodySha256],
		...["x-amz-date", "20260101T000000Z"],
		...["x-amz-security-token", sessionToken],
		"authorization",
		`AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/eu-west-1/s3/aws4_request, ` +
			`SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=${emptyBody}`,
	]);
	const names = /SignedHeaders=([^,]*)/.exec(
		signedFields(signer, { ...request, checksum: true }).at(-1) ?? "",
	);
	assert.equal(names?.[1], "host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date;x-amz-security-token");
});

test("AWS's published examples", () => {
	const examples = [
		[
			"/test.txt",
			"",
			[["range", "bytes=0-9"]],
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		],
		["/", "lifecycle=", [], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
		["/", "max-keys=2&prefix=J", [], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
	] as const;
	const amzDate = "20130524T000000Z";
	for (const [path, query, more, expected] of examples) {
		const fields = [
			["host", "examplebucket.s3.amazonaws.com"],
			...more,
			["x-amz-content-sha256", emptyBodySha256],
			["x-amz-date", amzDate],
		] as const;
		const input = { method: "GET", path, query, fields, payload: emptyBodySha256 };
		const scope = { region: "us-east-1", amzDate, accessKeyId, secretAccessKey };
		assert.equal(signer.signature({ ...input, ...scope }), expected, path + query);
	}
});

/** What Smithy needs of a hash. */
class Sha256 {
	readonly hash;
	constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
		const key =
			secret === undefined || typeof secret === "string" ? secret : new Uint8Array(secret as ArrayBuffer);
		this.hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
	}
	update(data: string | Uint8Array): void {
		this.hash.update(data);
	}
	async digest(): Promise<Uint8Array> {
		return this.hash.digest();
	}
	reset(): void {}
}

const anyKey = fc.oneof(
	fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
	fc.string({ unit: fc.constantFrom(..."aZ9-_.~/+ %!'()*{}`\\^|\"<>#?[]@:&=$,;é日\u{1f6a2}"), minLength: 1 }),
);

test("any key, Region, token and time: the same signature as Smithy's", async () => {
	await fc.assert(
		fc.asyncProperty(
			...([
				anyKey,
				fc.constantFrom("eu-west-1", "us-east-1", "garage"),
				fc.option(fc.base64String(), { nil: undefined }),
			] as const),
			...([
				fc.integer({ min: 0, max: 4_000_000_000_000 }),
				fc.constantFrom("GET", "HEAD"),
				fc.boolean(),
			] as const),
			async (key, region, token, nowMs, method, checksum) => {
				fc.pre(token !== "");
				const credentials = { ...keys, sessionToken: token };
				const identity = {
					accessKeyId,
					secretAccessKey,
					...(token === undefined ? {} : { sessionToken: token }),
				};
				const path = `/${encodePath(key)}`;
				const ours = signedFields(signer, {
					...{ method: method as "GET", path, host, region, credentials, nowMs, checksum },
				});
				const smithy = new SignatureV4({
					...{ service: "s3", region, credentials: identity, sha256: Sha256, uriEscapePath: false },
				});
				const headers = Object.fromEntries(
					Array.from({ length: ours.length / 2 - 1 }, (_, i) => [ours[2 * i], ours[2 * i + 1]] as const),
				) as Record<string, string>;
				const signed = await smithy.sign(
					{ method, protocol: "https:", hostname: host, path, query: {}, headers },
					{ signingDate: new Date(nowMs) },
				);
				assert.equal(ours.at(-1), signed.headers["authorization"]);
			},
		),
	);
});

test("date and key are of one moment, also at midnight", () => {
	for (const ms of [startMs - 1, startMs]) {
		const fields = signedFields(createSigner(), {
			...{
				method: "GET",
				path: "/a",
				host,
				region: "eu-west-1",
				credentials: keys,
				nowMs: ms,
				checksum: false,
			},
		});
		assert.ok(fields.at(-1)?.includes(`/${amzDateOf(ms).slice(0, 8)}/`));
		assert.equal(fields[5], amzDateOf(ms));
	}
});

test("another secret under the same access key gets its own signing key", () => {
	const sign = (secret: string) =>
		signedFields(signer, {
			...{ method: "GET", path: "/a", host, region: "eu-west-1", nowMs: startMs, checksum: false },
			credentials: { ...keys, secretAccessKey: secret },
		}).at(-1);
	assert.notEqual(sign("one"), sign("two"));
	assert.equal(sign("one"), sign("one"));
});
