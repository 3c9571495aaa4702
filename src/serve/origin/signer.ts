/**
 * AWS Signature Version 4 as S3 wants it: a request's method, path and header fields in, its Authorization out.
 * Pure but for a small store of signing keys: four of the HMACs depend on secret, date and Region only.
 * Source: AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
 */
import { createHmac, hash } from "node:crypto";
import type { Credentials } from "./origin.ts";

/** sha256 of no bytes: what GET and HEAD carry. */
export const emptyBodySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface SigningInput {
	method: string;
	/** As it goes on the wire: encoded, with a leading slash. */
	path: string;
	/** Sorted and encoded already; empty for none. */
	query: string;
	/** What is signed: names in lower case and in order, values without outer blanks. */
	fields: readonly (readonly [name: string, value: string])[];
	/** The value of x-amz-content-sha256. */
	payload: string;
	region: string;
	/** `20260101T000000Z`. Its first eight letters are the date of the scope: one clock reading for both. */
	amzDate: string;
	accessKeyId: string;
	secretAccessKey: string;
}

export interface Signer {
	/** The Authorization field. */
	authorization(input: SigningInput): string;
	/** The signature alone, 64 hex digits. */
	signature(input: SigningInput): string;
}

/** What one request to S3 is signed from. */
export interface S3Request {
	method: "GET" | "HEAD";
	path: string;
	/** As sent in `Host`: lower case, with the port when it is not the scheme's own. */
	host: string;
	region: string;
	credentials: Credentials;
	/** Our best knowledge of S3's clock. */
	nowMs: number;
	/** Ask for the checksum that S3 keeps. */
	checksum: boolean;
}

/** Enough for some Regions around midnight; each is four HMACs to make again. */
const maxSigningKeys = 16;

export function createSigner(): Signer {
	const keys = new Map<string, Buffer>();
	/** Made once per secret, date and Region. */
	function signingKey(secret: string, date: string, region: string): Buffer {
		const id = `${date}/${region}/${secret}`;
		let key = keys.get(id);
		if (key === undefined) {
			const dateKey = hmac(`AWS4${secret}`, date);
			key = hmac(hmac(hmac(dateKey, region), "s3"), "aws4_request");
			const oldest = keys.size >= maxSigningKeys ? keys.keys().next().value : undefined;
			if (oldest !== undefined) keys.delete(oldest);
			keys.set(id, key);
		}
		return key;
	}
	function signature(input: SigningInput): string {
		const key = signingKey(input.secretAccessKey, input.amzDate.slice(0, 8), input.region);
		return createHmac("sha256", key).update(stringToSign(input)).digest("hex");
	}
	return {
		signature,
		authorization: (input) =>
			`AWS4-HMAC-SHA256 Credential=${input.accessKeyId}/${scopeOf(input)}, ` +
			`SignedHeaders=${namesOf(input)}, Signature=${signature(input)}`,
	};
}

/** Everything that S3 must be sent to know who asks: names and values in turn, as undici takes them. */
export function signedFields(signer: Signer, request: S3Request): string[] {
	const input = signingInput(request);
	const flat: string[] = [];
	for (const [name, value] of input.fields) flat.push(name, value);
	flat.push("authorization", signer.authorization(input));
	return flat;
}

/** For the log when S3 refuses a signature: tells whether two programs signed the same, and nothing else. */
export function stringToSignSha256(request: S3Request): string {
	return sha256(stringToSign(signingInput(request)));
}

/** The fields are in the order of the alphabet as they stand here. */
function signingInput({ method, path, host, region, credentials, nowMs, checksum }: S3Request): SigningInput {
	const amzDate = amzDateOf(nowMs);
	const fields: [string, string][] = [["host", host]];
	if (checksum) fields.push(["x-amz-checksum-mode", "ENABLED"]);
	fields.push(["x-amz-content-sha256", emptyBodySha256], ["x-amz-date", amzDate]);
	if (credentials.sessionToken !== undefined) fields.push(["x-amz-security-token", credentials.sessionToken]);
	const { accessKeyId, secretAccessKey } = credentials;
	return {
		...{ method, path, query: "", fields, payload: emptyBodySha256 },
		...{ region, amzDate, accessKeyId, secretAccessKey },
	};
}

function stringToSign(input: SigningInput): string {
	return `AWS4-HMAC-SHA256\n${input.amzDate}\n${scopeOf(input)}\n${sha256(canonicalRequest(input))}`;
}

function canonicalRequest(input: SigningInput): string {
	let fields = "";
	for (const [name, value] of input.fields) fields += `${name}:${value}\n`;
	return `${input.method}\n${input.path}\n${input.query}\n${fields}\n${namesOf(input)}\n${input.payload}`;
}

function namesOf({ fields }: SigningInput): string {
	let names = "";
	for (const [name] of fields) names += names === "" ? name : `;${name}`;
	return names;
}

const scopeOf = ({ amzDate, region }: SigningInput) => `${amzDate.slice(0, 8)}/${region}/s3/aws4_request`;

/** ISO 8601 basic format, in UTC, whole seconds. */
export function amzDateOf(nowMs: number): string {
	return `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
/** In one step: half the time of a Hash object. */
const sha256 = (text: string) => hash("sha256", text, "hex");
