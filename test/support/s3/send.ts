/**
 * Writes a reply on a connection, with the fault it is to suffer. In: a reply, a fault, a raw socket. Out: bytes, and
 * whether the connection can be used again. Keeps the record of the request up to date while it writes.
 */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Body } from "./body.ts";
import type { Fault, Gate } from "./faults.ts";
import { type Reply, replyHeader } from "./reply.ts";

export interface Progress {
	status: number;
	/** Body bytes handed to the system. */
	bytesSent: number;
}

/** What bytes are written to: `reset` also works for TLS, where it cuts the connection below. */
export interface Line {
	socket: Socket;
	reset(): void;
}

/** The client is gone. */
export class Gone extends Error {
	override name = "Gone";
}

/** Resolves with `true` when the connection can take a next request. Throws Gone. */
export async function send(
	line: Line,
	reply: Reply,
	method: string,
	fault: Fault,
	progress: Progress,
): Promise<boolean> {
	if (fault.cutAt === "before-head" && !(await cut(line, fault.cut))) return false;
	for (const status of fault.interim ?? [])
		await write(line, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Interim"}\r\n\r\n`);
	const hasBody = method !== "HEAD" && reply.status !== 304 && reply.status !== 204;
	progress.status = reply.status;
	await write(line, headOf(reply, hasBody, fault));
	if (hasBody && !(await sendBody(line, reply.body, fault, progress))) return false;
	if (hasBody && fault.length === "chunked") await write(line, "0\r\n\r\n");
	if (fault.extraBytes !== undefined) await write(line, Buffer.alloc(fault.extraBytes, "x"));
	// After a head that lies about the length nobody knows where the next answer begins.
	const keeps =
		typeof fault.length !== "number" && fault.length !== "close" && fault.extraBytes === undefined;
	return keeps && replyHeader(reply, "connection")?.toLowerCase() !== "close";
}

function headOf(reply: Reply, hasBody: boolean, fault: Fault): Buffer {
	const lines = [`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? "Unknown"}`];
	for (const [name, value] of reply.headers) lines.push(`${name}: ${value}`);
	lines.push(...(fault.rawHeaderLines ?? []));
	if (fault.length === "chunked") lines.push("Transfer-Encoding: chunked");
	else if (fault.length === "close") lines.push("Connection: close");
	else if (typeof fault.length === "number") lines.push(`Content-Length: ${fault.length}`);
	else if (replyHeader(reply, "content-length") === undefined && (hasBody || reply.status === 200))
		lines.push(`Content-Length: ${reply.body.sizeBytes}`);
	return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

async function sendBody(line: Line, body: Body, fault: Fault, progress: Progress): Promise<boolean> {
	const cutAt = typeof fault.cutAt === "number" ? fault.cutAt : undefined;
	let isCutAhead = cutAt !== undefined;
	for (let at = 0; ; ) {
		if (isCutAhead && at >= Math.min(cutAt ?? 0, body.sizeBytes)) {
			isCutAhead = false;
			if (!(await cut(line, fault.cut))) return false;
		}
		if (at >= body.sizeBytes) return true;
		const end = Math.min(
			body.sizeBytes,
			isCutAhead ? (cutAt ?? 0) : body.sizeBytes,
			at + (fault.drip?.bytes ?? Infinity),
		);
		const chunk = flipped(body.chunk(at, end), at, fault.flipByteAt);
		await write(line, fault.length === "chunked" ? asChunk(chunk) : chunk);
		at += chunk.length;
		progress.bytesSent = at;
		if (fault.drip !== undefined) await pause(line, fault.drip.everyMs);
	}
}

function flipped(chunk: Buffer, at: number, position: number | undefined): Buffer {
	if (position === undefined || position < at || position >= at + chunk.length) return chunk;
	const copy = Buffer.from(chunk);
	copy[position - at]! ^= 0x01;
	return copy;
}

function asChunk(chunk: Buffer): Buffer {
	return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);
}

/** `true`: it was a stall that is over. */
async function cut(line: Line, how: Fault["cut"] = "reset"): Promise<boolean> {
	if (how === "reset") {
		// Data and RST at once look like a clean end to libuv. Two turns, and a client in this process has read the data.
		for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
		line.reset();
	}
	if (how === "fin") line.socket.end();
	if (typeof how === "object") await untilOpen(line, how);
	return typeof how === "object";
}

/** Waits for the gate; throws Gone when the client leaves first. */
export async function untilOpen({ socket }: Line, { opened }: Gate): Promise<void> {
	await orGone(socket, opened);
}

/** Waits in real time; throws Gone when the client leaves first. */
export async function pause({ socket }: Line, durationMs: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const over = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, durationMs);
	});
	await orGone(socket, over).finally(() => clearTimeout(timer));
}

/** Resolves when the system took the bytes: at most one chunk is under way. */
function write({ socket }: Line, bytes: Buffer | string): Promise<void> {
	const taken = new Promise<void>((resolve, reject) => {
		if (socket.destroyed || socket.writableEnded) reject(new Gone());
		else socket.write(bytes, (error) => (error ? reject(new Gone()) : resolve()));
	});
	return orGone(socket, taken);
}

async function orGone(socket: Socket, wait: Promise<void>): Promise<void> {
	let leave = () => {};
	const gone = new Promise<never>((_, reject) => {
		leave = () => reject(new Gone());
		if (socket.destroyed) leave();
		else socket.once("close", leave);
	});
	await Promise.race([wait, gone]).finally(() => socket.off("close", leave));
}
