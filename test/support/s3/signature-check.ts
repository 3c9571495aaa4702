/**
 * SigV4 as S3 checks it, by a signer that is not ours (@smithy/signature-v4 signs the request once more and the two
 * signatures must agree). In: a raw request, who may sign, the Region and the clock. Out: nothing, or the S3Error
 * that S3 answers.
 */
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { queryOf, type S3Address } from "./address.ts";
import { S3Error } from "./reply.ts";
import type { WireRequest } from "./wire-request.ts";

export interface FakeCredentials {
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken?: string | undefined;
	/** On the fake's own clock. */
	expiresAtMs?: number | undefined;
}

export interface SignatureRules {
	credentials: readonly FakeCredentials[];
	region: string;
	/** What a request signed for another Region gets. */
	otherRegion: (signedRegion: string) => S3Error;
	nowMs: number;
}

const maxSkewMs = 15 * 60 * 1000;

export class Sha256 {
	readonly #hash;
	constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
		const key = typeof secret === "string" ? secret : secret && bytesOf(secret);
		this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
	}
	update(data: Uint8Array): void {
		this.#hash.update(data);
	}
	async digest(): Promise<Uint8Array> {
		return this.#hash.digest();
	}
	reset(): void {}
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
	return ArrayBuffer.isView(data)
		? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
		: new Uint8Array(data);
}

/** Keeps the canonical request and the string to sign: S3 shows both when signatures differ. */
class ShowingSigner extends SignatureV4 {
	canonicalRequest = "";
	stringToSign = "";
	protected override createCanonicalRequest(
		...given: Parameters<SignatureV4["createCanonicalRequest"]>
	): string {
		this.canonicalRequest = super.createCanonicalRequest(...given);
		return this.canonicalRequest;
	}
	protected override async createStringToSign(
		...given: Parameters<SignatureV4["createStringToSign"]>
	): Promise<string> {
		this.stringToSign = await super.createStringToSign(...given);
		return this.stringToSign;
	}
}

interface Authorization {
	accessKeyId: string;
	date: string;
	region: string;
	service: string;
	signedHeaders: string[];
	signature: string;
}

export async function checkSignature(
	request: WireRequest,
	address: S3Address,
	rules: SignatureRules,
): Promise<void> {
	const given = readAuthorization(request.header("authorization"));
	const longDate = checkDate(request, given, rules.nowMs);
	if (given.region !== rules.region) throw rules.otherRegion(given.region);
	const credentials = checkCredentials(request, given, rules);
	checkPayloadHash(request);
	checkSignedHeaders(request, given.signedHeaders);
	await compareSignatures(request, address, given, longDate, credentials);
}

function readAuthorization(text: string | undefined): Authorization {
	if (text === undefined) throw new S3Error(403, "AccessDenied", "Access Denied");
	const pattern =
		/^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;_-]+),\s*Signature=([0-9a-f]{64})$/;
	const parts = pattern.exec(text);
	if (parts === null) throw malformed("The authorization header is malformed");
	const [, accessKeyId = "", date = "", region = "", service = "", names = "", signature = ""] = parts;
	if (service !== "s3") throw malformed(`Incorrect service "${service}". This endpoint belongs to "s3".`);
	return { accessKeyId, date, region, service, signedHeaders: names.split(";"), signature };
}

export function malformed(message: string, details: Record<string, string> = {}): S3Error {
	return new S3Error(400, "AuthorizationHeaderMalformed", message, details);
}

/** The error for a scope of another Region, at the right endpoint. */
export function wrongRegion(signed: string, expected: string): S3Error {
	return malformed(
		`The authorization header is malformed; the region '${signed}' is wrong; expecting '${expected}'`,
		{ Region: expected },
	);
}

function checkDate(request: WireRequest, given: Authorization, nowMs: number): string {
	const text = request.header("x-amz-date");
	const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
	if (text === undefined || parts === null)
		throw new S3Error(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
	if (!text.startsWith(given.date))
		throw malformed(`Invalid credential date "${given.date}". This date is not the same as X-Amz-Date.`);
	const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
	const atMs = Date.UTC(year!, month! - 1, day, hour, minute, second);
	if (Math.abs(nowMs - atMs) > maxSkewMs) {
		throw new S3Error(
			403,
			"RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			{
				RequestTime: text,
				ServerTime: new Date(nowMs).toISOString().replace(/\.\d+/, ""),
				MaxAllowedSkewMilliseconds: String(maxSkewMs),
			},
		);
	}
	return text;
}

function checkCredentials(
	request: WireRequest,
	given: Authorization,
	rules: SignatureRules,
): FakeCredentials {
	const known = rules.credentials.find(({ accessKeyId }) => accessKeyId === given.accessKeyId);
	const token = request.header("x-amz-security-token");
	if (known === undefined || (known.sessionToken !== undefined && token === undefined)) {
		throw new S3Error(
			403,
			"InvalidAccessKeyId",
			"The AWS Access Key Id you provided does not exist in our records.",
			{ AWSAccessKeyId: given.accessKeyId },
		);
	}
	if (token !== known.sessionToken)
		throw new S3Error(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", {
			"Token-0": token ?? "",
		});
	if (known.expiresAtMs !== undefined && known.expiresAtMs <= rules.nowMs)
		throw new S3Error(400, "ExpiredToken", "The provided token has expired.", { "Token-0": token ?? "" });
	return known;
}

function checkPayloadHash(request: WireRequest): void {
	const hash = request.header("x-amz-content-sha256");
	if (hash === undefined)
		throw new S3Error(
			400,
			"InvalidRequest",
			"Missing required header for this request: x-amz-content-sha256",
		);
	if (hash === "UNSIGNED-PAYLOAD") return;
	const computed = createHash("sha256").update(request.body).digest("hex");
	if (hash !== computed)
		throw new S3Error(
			400,
			"XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.",
			{ ClientComputedContentSHA256: hash, S3ComputedContentSHA256: computed },
		);
}

function checkSignedHeaders(request: WireRequest, signed: readonly string[]): void {
	const sent = new Set(request.headers.map(([name]) => name.toLowerCase()));
	const unsigned = [...sent].filter(
		(name) => (name === "host" || name.startsWith("x-amz-")) && !signed.includes(name),
	);
	if (unsigned.length > 0)
		throw new S3Error(
			403,
			"AccessDenied",
			"There were headers present in the request which were not signed",
			{
				HeadersNotSigned: unsigned.join(", "),
			},
		);
}

async function compareSignatures(
	request: WireRequest,
	address: S3Address,
	given: Authorization,
	longDate: string,
	{ accessKeyId, secretAccessKey, sessionToken }: FakeCredentials,
): Promise<void> {
	const signer = new ShowingSigner({
		service: "s3",
		region: given.region,
		credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
		sha256: Sha256,
		uriEscapePath: false,
		applyChecksum: false,
	});
	const headers = Object.fromEntries(given.signedHeaders.map((name) => [name, request.header(name) ?? ""]));
	const signingDate = new Date(longDate.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z"));
	const unsigned = {
		method: request.method,
		protocol: "https:",
		hostname: request.header("host") ?? "",
		path: address.canonicalPath,
		query: queryRecord(request.rawQuery),
		headers,
	};
	const signed = await signer.sign(unsigned, { signingDate, signableHeaders: new Set(given.signedHeaders) });
	const expected = /Signature=([0-9a-f]{64})/.exec(signed.headers["authorization"] ?? "")?.[1];
	if (expected === given.signature) return;
	throw new S3Error(
		403,
		"SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		{
			AWSAccessKeyId: accessKeyId,
			StringToSign: signer.stringToSign,
			SignatureProvided: given.signature,
			CanonicalRequest: signer.canonicalRequest,
		},
	);
}

function queryRecord(rawQuery: string): Record<string, string | string[]> {
	const record: Record<string, string | string[]> = {};
	for (const [name, value] of queryOf(rawQuery)) {
		const before = record[name];
		record[name] = before === undefined ? value : [before, value].flat();
	}
	return record;
}
