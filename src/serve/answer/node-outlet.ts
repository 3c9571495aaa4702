/**
 * An Outlet over a response of node:http or node:http2. In: the response. Out: promises instead of callbacks and events.
 */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Outlet } from "./outlet.ts";

export type AnyResponse = ServerResponse | Http2ServerResponse;

/** NGHTTP2_INTERNAL_ERROR */
const internalError = 2;

/** A client that takes nothing for `writeIdleTimeoutMs` is cut off. */
export function nodeOutlet(response: AnyResponse, writeIdleTimeoutMs: number): Outlet {
	const gone = new Promise<false>((resolve) => response.once("close", () => resolve(false)));
	response.on("error", () => {});
	const isGone = () => ("stream" in response ? isStreamGone(response) : isSocketGone(response));
	// Both have the same methods, whose types do not unite.
	const plain = response as ServerResponse;
	return {
		get isGone() {
			return isGone();
		},
		head(status, fields, close) {
			response.setTimeout(writeIdleTimeoutMs, () => cut(response));
			if ("stream" in response) {
				response.writeHead(status, asObject(fields));
				return;
			}
			response.sendDate = !fields.includes("Date");
			// Node then says so, and whoever looks at the response knows, too.
			if (close) response.shouldKeepAlive = false;
			response.writeHead(status, [...fields]);
		},
		write(piece) {
			if (isGone()) return Promise.resolve(false);
			const flushed = new Promise<true>((resolve) => plain.write(piece, () => resolve(true)));
			return Promise.race([flushed, gone]);
		},
		async end(piece) {
			const ended = new Promise<true>((resolve) => {
				plain.end(piece, () => resolve(true));
			});
			return (await Promise.race([ended, gone])) || response.writableFinished;
		},
		cut: () => cut(response),
	};
}

function cut(response: AnyResponse): void {
	if ("stream" in response) {
		response.stream.close(internalError);
		return;
	}
	const { socket } = response;
	if (socket === null) response.destroy();
	else reset(socket);
}

/** TLS has no reset of its own; without its closing alert, too, what was sent is known not to be whole. */
export function reset(socket: Socket): void {
	if ("encrypted" in socket) socket.destroy();
	else socket.resetAndDestroy();
}

function isStreamGone({ stream }: Http2ServerResponse): boolean {
	return stream === undefined || stream.destroyed;
}

function isSocketGone(response: ServerResponse): boolean {
	return response.destroyed || response.socket === null || response.socket.destroyed;
}

/** HTTP/2 has no raw list; fields that occur twice become a list. */
function asObject(fields: readonly string[]): Record<string, string | string[]> {
	const object: Record<string, string | string[]> = Object.create(null);
	for (let at = 0; at < fields.length; at += 2) {
		const name = fields[at]!.toLowerCase();
		const value = fields[at + 1]!;
		const there = object[name];
		object[name] = there === undefined ? value : [...[there].flat(), value];
	}
	return object;
}
