/** The signature check accepts what AWS published and what botocore signs, and refuses everything that was touched. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "./address.ts";
import { startFakeS3 } from "./fake-s3.ts";
import { RawClient } from "./raw-client.ts";
import { S3Error } from "./reply.ts";
import { checkSignature, type FakeCredentials, wrongRegion } from "./signature-check.ts";
import { type SignOptions, signedHead } from "./signed-head.ts";
import { RequestReader } from "./wire-request.ts";

const aws: FakeCredentials = {
	accessKeyId: "AKIAIOSFODNN7EXAMPLE",
	secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Undefined, or the code of the error. */
async function verdict(text: string, credentials: FakeCredentials, region: string, nowMs: number) {
	const reader = new RequestReader();
	reader.push(Buffer.from(text, "latin1"));
	const request = await reader.next();
	assert.ok(request);
	try {
		const address = addressOf(request.header("host") ?? "", request.rawPath, []);
		const otherRegion = (signed: string) => wrongRegion(signed, region);
		await checkSignature(request, address, { credentials: [credentials], region, otherRegion, nowMs });
		return undefined;
	} catch (error) {
		assert.ok(error instanceof S3Error, String(error));
		return error.code;
	}
}

test("the examples that AWS published", async () => {
	const cases: [target: string, extra: string, signed: string, signature: string][] = [
		[
			"/test.txt",
			"range: bytes=0-9\r\n",
			"host;range;x-amz-content-sha256;x-amz-date",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		],
		[
			"/?lifecycle",
			"",
			"host;x-amz-content-sha256;x-amz-date",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		],
		[
			"/?max-keys=2&prefix=J",
			"",
			"host;x-amz-content-sha256;x-amz-date",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		],
	];
	const nowMs = Date.UTC(2013, 4, 24);
	for (const [target, extra, signed, signature] of cases) {
		const text = `GET ${target} HTTP/1.1\r\nHost: examplebucket.s3.amazonaws.com\r\n${extra}x-amz-content-sha256: ${emptyHash}\r\nx-amz-date: 20130524T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signed},Signature=${signature}\r\n\r\n`;
		assert.equal(await verdict(text, aws, "us-east-1", nowMs), undefined, target);
		const touched = text.replace(target, target === "/test.txt" ? "/test2.txt" : "/?acl");
		assert.equal(await verdict(touched, aws, "us-east-1", nowMs), "SignatureDoesNotMatch");
	}
});

test("odd keys as botocore signs them", async () => {
	const vectors: [path: string, emptyHashSignature: string][] = [
		["/index.yaml", "e43bb7f2eb4cae5847d6a3ad31a0d9f27b92fed35044f6bbf54171cecefafe55"],
		["/app-1.2.3%2Bbuild.7.tgz", "bae7218285f8d0de816a062296ccd0de9fd6a3d2af7e704ffd0aef914ccbc427"],
		["/a%20b/c%20d.tgz", "33d7929d01c297eac21dbc31cf6cfd257ff5b12a6019a4ab9c1094bea34793de"],
		["/a//b///c.tgz", "9e822bc5689324c0ce69065b8a6ff15c3f65ff890ae5b49078302ebeeb0d18a7"],
		["/env%3Dprod/app.tgz", "e65fcb6517c893a31468f67c914a37288c9f8ad8a3a15d083b90304809c24609"],
		["/q%27%281%29%21%2A.tgz", "03785ff8b387fc4534d95e285024e575c9b02828b797975af5ba76d6cd7be423"],
		["/%2541%252B.tgz", "d049ecc584fb0e1e0ee2f797d4bcd695add42a95e9aef38d50f56b82c1be0db9"],
		[
			"/%CF%80/%E6%97%A5%E6%9C%AC%E8%AA%9E-1.0.0.tgz",
			"9816ab8eb24a9729e202941c111032cdfbecf2963f8ae65cca4ded42d9b287c5",
		],
		["/x%40y%3Az%26%24%2C%3B.tgz", "487ed62a18f0b7a8e882703feb90718738720080b71d4ece6a4af5110f44d887"],
		["/a/../b.tgz", "a6caabb090eb020f1dd4d8bf30fa334d067b4832688aaffda64bc6f62fe1f3db"],
		["/./a.tgz", "64149f2276346adc30960077ed8c681d7fee07023f1371bf71deb369f236b0af"],
		["/~tilde_-.tgz", "71b0cef10d32f90c6ba8c65a4f7d2fc1225c0998527d8739f071c42ea4b228f9"],
	];
	const credentials = { ...aws, sessionToken: "TOKEN/with+special==" };
	for (const [path, signature] of vectors) {
		const text = `GET ${path} HTTP/1.1\r\nHost: charts.s3.eu-west-1.amazonaws.com\r\nx-amz-content-sha256: ${emptyHash}\r\nx-amz-date: 20260101T000000Z\r\nx-amz-security-token: TOKEN/with+special==\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=${signature}\r\n\r\n`;
		assert.equal(await verdict(text, credentials, "eu-west-1", Date.UTC(2026, 0, 1)), undefined, path);
	}
});

test("refuses what S3 refuses, with S3's code, status and record", async () => {
	let nowMs = Date.UTC(2026, 5, 1);
	const s3 = await startFakeS3({
		nowMs: () => nowMs,
		credentials: [
			aws,
			{ accessKeyId: "ASIATEMPORARY", secretAccessKey: "s", sessionToken: "t", expiresAtMs: nowMs + 60_000 },
		],
	});
	s3.put("charts", "a", "body");
	const temporary = s3.signers[1] as FakeCredentials;
	const cases: [what: string, options: SignOptions, status: number, code: string | undefined][] = [
		["correct", {}, 200, undefined],
		["unsigned payload", { payload: "UNSIGNED-PAYLOAD" }, 200, undefined],
		["wrong secret", { credentials: { ...aws, secretAccessKey: "no" } }, 403, "SignatureDoesNotMatch"],
		["unknown key", { credentials: { ...aws, accessKeyId: "AKIANOBODY" } }, 403, "InvalidAccessKeyId"],
		["14 minutes late", { nowMs: nowMs - 14 * 60_000 }, 200, undefined],
		["16 minutes late", { nowMs: nowMs - 16 * 60_000 }, 403, "RequestTimeTooSkewed"],
		["16 minutes early", { nowMs: nowMs + 16 * 60_000 }, 403, "RequestTimeTooSkewed"],
		["other Region", { region: "us-east-1" }, 400, "AuthorizationHeaderMalformed"],
		["unsigned x-amz-*", { unsigned: { "x-amz-request-payer": "requester" } }, 403, "AccessDenied"],
		["no Authorization", { tamper: () => "" }, 400, "AuthorizationHeaderMalformed"],
		["wrong payload hash", { payload: "0".repeat(64) }, 400, "XAmzContentSHA256Mismatch"],
		[
			"one bit",
			{ tamper: (text) => text.replace(/.$/, (c) => (c === "0" ? "1" : "0")) },
			403,
			"SignatureDoesNotMatch",
		],
		["token", { credentials: temporary, nowMs }, 200, undefined],
		["other token", { credentials: { ...temporary, sessionToken: "u" } }, 400, "InvalidToken"],
		["token left out", { credentials: { ...temporary, sessionToken: undefined } }, 403, "InvalidAccessKeyId"],
	];
	try {
		for (const [what, options, status, code] of cases) {
			s3.forget();
			const body = await ask({ nowMs, ...options });
			assert.match(body.head, new RegExp(`^HTTP/1.1 ${status} `), what);
			assert.equal(s3.requests[0]?.signatureError, code, what);
			if (code !== undefined) assert.match(body.text, new RegExp(`<Code>${code}</Code>`), what);
		}
		nowMs += 60_000;
		assert.match((await ask({ nowMs, credentials: temporary })).text, /<Code>ExpiredToken<\/Code>/);
		assert.match((await ask({ nowMs, region: "us-east-1" })).text, /<Region>eu-west-1<\/Region>/);
	} finally {
		await s3.close();
	}

	async function ask(options: SignOptions) {
		const client = await RawClient.connect(s3.port);
		await client.send(signedHead(s3, "/charts/a", options));
		const answer = await client.answer();
		client.close();
		return { head: `HTTP/1.1 ${answer.status} `, text: answer.body.toString() };
	}
});
