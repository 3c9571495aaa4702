/**
 * A signed request as bytes, by a third signer (node:crypto, from the rules alone): what tests of the fake S3 itself
 * send, and a way to reach it without the code under test.
 *
 *   const client = await RawClient.connect(s3.port);
 *   await client.send(signedHead(s3, "/charts/a.tgz"));
 */
import { createHash, createHmac } from "node:crypto";
import type { FakeCredentials } from "./signature-check.ts";

export interface SignOptions {
	method?: string;
	/** Default: the host of the fake. */
	host?: string;
	region?: string;
	credentials?: FakeCredentials;
	/** Signing time; default now. */
	nowMs?: number;
	/** Signed, and sent. */
	headers?: Record<string, string>;
	/** Sent, but not signed. */
	unsigned?: Record<string, string>;
	/** The path that is signed, where it is to differ from the one that is sent. */
	signedPath?: string;
	/** Canonical (sorted, encoded); sent as it is. */
	query?: string;
	payload?: string;
	/** Changes the Authorization value before it is sent. */
	tamper?: (authorization: string) => string;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** `rawPath` must be encoded as S3 wants it; see `encodePath`. */
export function signedHead(
	s3: { host: string; credentials: FakeCredentials },
	rawPath: string,
	options: SignOptions = {},
): string {
	const { method = "GET", host = s3.host, credentials = s3.credentials, query = "" } = options;
	const date = new Date(options.nowMs ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, "");
	const headers: Record<string, string> = {
		host,
		"x-amz-content-sha256": options.payload ?? sha256(""),
		"x-amz-date": date,
		...(credentials.sessionToken === undefined ? {} : { "x-amz-security-token": credentials.sessionToken }),
		...options.headers,
	};
	const authorization = authorizationOf({
		method,
		path: options.signedPath ?? rawPath,
		query,
		headers,
		credentials,
		region: options.region ?? "eu-west-1",
	});
	const all = {
		...headers,
		authorization: options.tamper?.(authorization) ?? authorization,
		...options.unsigned,
	};
	const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
	return `${method} ${rawPath}${query === "" ? "" : `?${query}`} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

interface Signable {
	method: string;
	path: string;
	query: string;
	/** Names in lower case; with host, x-amz-date and x-amz-content-sha256. */
	headers: Record<string, string>;
	credentials: FakeCredentials;
	region: string;
}

export function authorizationOf({ method, path, query, headers, credentials, region }: Signable): string {
	const names = Object.keys(headers).sort();
	const date = headers["x-amz-date"] ?? "";
	const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
	const canonical = [method, path, query, lines, names.join(";"), headers["x-amz-content-sha256"]].join("\n");
	const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
	const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
	const dateKey = hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8));
	const key = hmac(hmac(hmac(dateKey, region), "s3"), "aws4_request");
	const signature = createHmac("sha256", key).update(text).digest("hex");
	return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names.join(";")},Signature=${signature}`;
}
