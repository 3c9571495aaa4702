/**
 * HTTP/2 to a server under test, in two ways: node:http2 for whole requests, and frames as bytes for what no client sends.
 *
 *   const client = await H2Client.connect(port, certificatePem);      await client.get("/a.tgz", { range: "bytes=0-1" })
 *   const raw = await rawHttp2(port, certificatePem);                 await raw.send(frame(type.headers, flags, 1, block))
 */
import http2 from "node:http2";
import type { LookupFunction } from "node:net";
import { RawClient } from "../../support/s3/raw-client.ts";

export interface H2Answer {
	status: number;
	headers: http2.IncomingHttpHeaders;
	body: Buffer;
	/** The stream ended with an error (its code), not with an end of its body. */
	error: string | undefined;
}

export class H2Client {
	readonly session: http2.ClientHttp2Session;

	private constructor(session: http2.ClientHttp2Session) {
		this.session = session;
	}

	static connect(port: number, ca: string): Promise<H2Client> {
		return new Promise((resolve, reject) => {
			const session = http2.connect(`https://localhost:${port}`, { ca, lookup: localLookup });
			session.once("error", reject);
			session.once("connect", () => {
				session.off("error", reject);
				session.on("error", () => {});
				resolve(new H2Client(session));
			});
		});
	}

	get(path: string, headers: http2.OutgoingHttpHeaders = {}, method = "GET"): Promise<H2Answer> {
		return new Promise((resolve) => {
			const stream = this.session.request({ ":path": path, ":method": method, ...headers });
			const chunks: Buffer[] = [];
			let fields: http2.IncomingHttpHeaders = {};
			let error: string | undefined;
			stream.on("response", (got) => {
				fields = got;
			});
			stream.on("data", (chunk: Buffer) => chunks.push(chunk));
			stream.on("error", (failed: NodeJS.ErrnoException) => {
				error = failed.message;
			});
			stream.on("close", () => {
				if (error === undefined && stream.rstCode !== 0) error = `RST_STREAM ${stream.rstCode}`;
				resolve({
					status: Number(fields[":status"] ?? 0),
					headers: fields,
					body: Buffer.concat(chunks),
					error,
				});
			});
			stream.end();
		});
	}

	close(): Promise<void> {
		return new Promise((resolve) => {
			if (this.session.destroyed) return resolve();
			this.session.once("close", resolve);
			this.session.close();
		});
	}
}

/** The name in the certificate, without DNS. */
const localLookup: LookupFunction = (_, options, done) =>
	options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

export const type = {
	data: 0,
	headers: 1,
	rst: 3,
	settings: 4,
	ping: 6,
	goaway: 7,
	continuation: 9,
} as const;
export const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

/** RFC 9113 §4.1. */
export function frame(
	kind: number,
	flags: number,
	stream: number,
	payload: Buffer = Buffer.alloc(0),
): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = kind;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

/** HPACK literals without indexing and without Huffman (RFC 7541 §6.2.2); names and values shorter than 127 bytes. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
	return Buffer.concat(
		fields.flatMap(([name, value]) => [
			Buffer.from([0, name.length]),
			Buffer.from(name, "latin1"),
			Buffer.from([value.length]),
			Buffer.from(value, "latin1"),
		]),
	);
}

export const getFields = (path: string): [string, string][] => [
	[":method", "GET"],
	[":scheme", "https"],
	[":authority", "localhost"],
	[":path", path],
];

/** Preface and empty SETTINGS are sent. */
export async function rawHttp2(port: number, certificate: string, timeoutMs = 8000): Promise<RawClient> {
	const client = await RawClient.connect(port, { certificate, ALPNProtocols: ["h2"], timeoutMs });
	await client.send(
		Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(type.settings, 0, 0)]),
	);
	return client;
}

export interface Frame {
	kind: number;
	flags: number;
	stream: number;
	payload: Buffer;
}

/** Those that have come whole. */
export function framesIn(bytes: Buffer): Frame[] {
	const frames: Frame[] = [];
	for (let at = 0; at + 9 <= bytes.length; ) {
		const length = bytes.readUIntBE(at, 3);
		if (at + 9 + length > bytes.length) break;
		const payload = bytes.subarray(at + 9, at + 9 + length);
		frames.push({ kind: bytes[at + 3]!, flags: bytes[at + 4]!, stream: bytes.readUInt32BE(at + 5), payload });
		at += 9 + length;
	}
	return frames;
}
