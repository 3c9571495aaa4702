/**
 * An Outlet over an HTTP/1.1 connection of the fast path, one answer at a time. In: the socket. Out: bytes.
 * A body whose length is not known ends with the connection (RFC 9112 §6.3).
 */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { httpDate } from "../answer/fields.ts";
import { reset } from "../answer/node-outlet.ts";
import type { Outlet } from "../answer/outlet.ts";

export interface RawOutlet extends Outlet {
	/** The connection ends with this answer. */
	readonly closes: boolean;
	/** The connection is closed: whoever waits for a write waits no longer. */
	gone(): void;
}

export function rawOutlet(socket: Socket, nowMs: () => number): RawOutlet {
	let head: string | undefined;
	let closes = false;
	/** Of the write under way. No promise that lives as long as the connection: each wait for it would stay with it. */
	let settle: ((taken: boolean) => void) | undefined;
	const done = (error?: Error | null) => settle?.(error === undefined || error === null);
	const write = (piece: Buffer | string, encoding: BufferEncoding | undefined): Promise<boolean> => {
		if (socket.destroyed) return Promise.resolve(false);
		return new Promise<boolean>((resolve) => {
			settle = resolve;
			if (encoding === undefined) socket.write(piece, done);
			else socket.write(piece as string, encoding, done);
		});
	};
	/** Head and first piece in one write. */
	const withHead = (piece: Buffer | undefined): Promise<boolean> => {
		const first = head;
		head = undefined;
		if (first === undefined) return piece === undefined ? Promise.resolve(true) : write(piece, undefined);
		if (piece === undefined) return write(first, "latin1");
		socket.cork();
		socket.write(first, "latin1");
		const written = write(piece, undefined);
		socket.uncork();
		return written;
	};
	return {
		get closes() {
			return closes;
		},
		get isGone() {
			return socket.destroyed;
		},
		head(status, fields, close) {
			let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
			let hasLength = status === 304;
			let hasDate = false;
			for (let at = 0; at < fields.length; at += 2) {
				const name = fields[at]!;
				if (name === "Content-Length") hasLength = true;
				if (name === "Date") hasDate = true;
				text += `${name}: ${fields[at + 1]}\r\n`;
			}
			closes = close || !hasLength;
			if (!hasDate) text += `Date: ${httpDate(nowMs())}\r\n`;
			head = closes ? `${text}Connection: close\r\n\r\n` : `${text}\r\n`;
		},
		write: withHead,
		end: withHead,
		cut: () => reset(socket),
		gone: () => settle?.(false),
	};
}
