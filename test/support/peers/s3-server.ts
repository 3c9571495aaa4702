/**
 * A real S3 server, versitygw, over a folder of its own: it checks signatures and answers conditional requests.
 *
 *   const s3 = await startS3Server();                     bucket `charts` is there
 *   await s3.put("app-1.0.0.tgz", body);
 *   s3.requests()                                         its own access log: what it was really asked for
 *   await s3.switchOff(); await s3.switchOn();            same port, same objects
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "../s3/signature-check.ts";
import { type Child, freePort, listening, startChild } from "./child.ts";
import { peerProgram } from "./program.ts";

export interface S3Request {
	/** As `GetObject`. */
	operation: string;
	key: string;
	/** The server says 200 for 206. */
	status: number;
}

export interface S3Server {
	readonly url: string;
	readonly bucket: string;
	readonly region: string;
	readonly credentials: { accessKeyId: string; secretAccessKey: string };
	/** For programs that read the AWS variables. */
	readonly env: Record<string, string>;
	put(key: string, body: Buffer | string, headers?: Record<string, string>): Promise<void>;
	remove(key: string): Promise<void>;
	get(key: string): Promise<Buffer>;
	/** All so far, or since a number of them. */
	requests(since?: number): S3Request[];
	switchOff(): Promise<void>;
	switchOn(): Promise<void>;
	stop(): Promise<void>;
}

const credentials = { accessKeyId: "PEERSACCESSKEY", secretAccessKey: "secret/of+the=peers" };
const region = "eu-west-1";
const bucket = "charts";

export async function startS3Server(): Promise<S3Server> {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-s3-"));
	const [objects, log] = [path.join(folder, "objects"), path.join(folder, "access.log")];
	mkdirSync(path.join(objects, bucket), { recursive: true });
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	let child: Child | undefined;
	const switchOn = async () => {
		child = startChild({
			program: peerProgram("versitygw"),
			args: [
				...["--port", `127.0.0.1:${port}`, "--region", region, "--access-log", log],
				...["--keep-alive", "--quiet", "posix", objects],
			],
			env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
			maxMs: 3_600_000,
		});
		await listening(child, port);
	};
	const switchOff = async () => child?.stop();
	await switchOn();
	const ask = (method: string, key: string, body?: Buffer, headers?: Record<string, string>) =>
		signedRequest(url, method, `/${bucket}/${encodedKey(key)}`, body, headers);
	return {
		...{ url, bucket, region, credentials, switchOn, switchOff },
		env: {
			AWS_ACCESS_KEY_ID: credentials.accessKeyId,
			AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
			AWS_REGION: region,
			AWS_EC2_METADATA_DISABLED: "true",
		},
		async put(key, body, headers) {
			await ask("PUT", key, Buffer.from(body), headers);
		},
		async remove(key) {
			await ask("DELETE", key);
		},
		get: (key) => ask("GET", key),
		requests: (since = 0) => readLog(log).slice(since),
		async stop() {
			await switchOff();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

const encodedKey = (key: string) => key.split("/").map(encodeURIComponent).join("/");

async function signedRequest(
	url: string,
	method: string,
	target: string,
	body: Buffer = Buffer.alloc(0),
	headers: Record<string, string> = {},
): Promise<Buffer> {
	const { host, hostname } = new URL(url);
	const signer = new SignatureV4({
		...{ service: "s3", region, credentials, sha256: Sha256, uriEscapePath: false },
	});
	const payload = createHash("sha256").update(body).digest("hex");
	const signed = await signer.sign({
		...{ method, protocol: "http:", hostname, path: target, query: {} },
		headers: { host, "x-amz-content-sha256": payload, ...headers },
	});
	const answer = await fetch(url + target, {
		method,
		headers: signed.headers,
		...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
		signal: AbortSignal.timeout(20_000),
	});
	const received = Buffer.from(await answer.arrayBuffer());
	if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${received}`);
	return received;
}

/** Lines in the form of S3's server access log, the request line unquoted and without its method. */
function readLog(file: string): S3Request[] {
	const line = /^\S+ \S+ \[[^\]]*\] \S+ \S+ \S+ s3_(\S+) (.*?) \/\S* (\d{3}) /;
	return readFileSync(file, "utf8")
		.split("\n")
		.map((text) => line.exec(text))
		.filter((match) => match !== null)
		.map(([, operation = "", key = "", status]) => ({ operation, key, status: Number(status) }));
}
