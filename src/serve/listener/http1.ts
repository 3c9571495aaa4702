/**
 * node:http with our limits, for connections that somebody else has accepted: plain or TLS, new or handed on by the fast path.
 * In: limits and what answers a request. Out: a server that never listens itself; connections are given to it.
 */
import http from "node:http";
import type { Socket } from "node:net";
import type { LimitConfig } from "../config/config.ts";
import type { ListenerOptions } from "./listener.ts";
import { isOverLimit } from "./node-request.ts";

export interface Http1 {
	server: http.Server;
	accept(this: void, socket: Socket): void;
}

export function createHttp1(options: ListenerOptions): Http1 {
	const { limits, observer, onRequest } = options;
	const server = http.createServer(http1Options(limits));
	// One more than allowed: Node leaves out what is beyond, and a request must not change by that.
	server.maxHeadersCount = limits.headerCount + 1;
	server.maxRequestsPerSocket = limits.requestsPerConnection;
	// A client that shuts its side still gets what it asked for, as on the fast path. Known to Node, not to its types.
	Object.assign(server, { httpAllowHalfOpen: true });
	const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
		if (!isOverLimit(request, limits)) {
			onRequest(request, response);
			return;
		}
		observer.refused("headers");
		response.shouldKeepAlive = false;
		response.writeHead(431, { "Content-Length": 0 }).end();
	};
	const turns = new Turns();
	server.on("request", (request, response) => turns.take(request, response, answer));
	// An answer at once is a final one: nobody here waits for a body.
	server.on("checkContinue", (request, response) => turns.take(request, response, answer));
	server.on("connect", (_request, socket: Socket) => {
		observer.refused("method");
		turns.behind(socket, () => endWith(socket, "405 Method Not Allowed", "Allow: GET, HEAD\r\n"));
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
		if (error.code === "ECONNRESET") {
			socket.destroy();
			return;
		}
		turns.behind(socket, () => {
			observer.refused(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "timeout" : "malformed");
			endWith(socket, statusOf(error.code), "");
		});
	});
	// Slow heads are looked for from this event on.
	server.emit("listening");
	return { server, accept: (socket) => accept(server, socket) };
}

/** A refused client has so long to hang up. */
const lingerMs = 1000;
/** Node parses what is pipelined as it comes, without asking whether anybody can answer: some KB for each. */
const maxPipelined = 1024;

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/**
 * Pipelined requests one by one: an answer that has no socket yet looks like one whose client is gone, and nobody is told when the
 * connection ends before its turn.
 */
class Turns {
	readonly #waiting = new WeakMap<Socket, number>();
	readonly #last = new WeakMap<Socket, http.ServerResponse>();
	readonly #ending = new WeakSet<Socket>();

	take(request: http.IncomingMessage, response: http.ServerResponse, answer: Answer): void {
		const { socket } = request;
		this.#last.set(socket, response);
		if (response.socket !== null) {
			answer(request, response);
			return;
		}
		const count = this.#of(socket) + 1;
		this.#waiting.set(socket, count);
		if (count > maxPipelined) socket.destroy();
		response.once("socket", () => {
			this.#waiting.set(socket, this.#of(socket) - 1);
			answer(request, response);
		});
	}

	/** The connection's last words, once: behind the answers that are under way, never within one. */
	behind(socket: Socket, end: () => void): void {
		if (this.#ending.has(socket)) return;
		this.#ending.add(socket);
		const last = this.#last.get(socket);
		if (last === undefined || last.writableFinished) end();
		else {
			// Before Node ends the connection of a client that has shut its side.
			last.prependOnceListener("finish", () => {
				if (last.shouldKeepAlive) end();
			});
		}
	}

	#of(socket: Socket): number {
		return this.#waiting.get(socket) ?? 0;
	}
}

/**
 * With a listener for data, Node reads TLS the plain way. Left alone it parses below the stream, takes further records while it wants to
 * pause, and then drops the connection of a client that pipelines some hundred requests (20.20, 22).
 */
function accept(server: http.Server, socket: Socket): void {
	server.emit("connection", socket);
	if ("encrypted" in socket) socket.on("data", () => {});
}

function http1Options(limits: LimitConfig): http.ServerOptions {
	return {
		maxHeaderSize: limits.headerBytes,
		headersTimeout: limits.headersTimeoutMs,
		requestTimeout: limits.requestTimeoutMs,
		keepAliveTimeout: limits.keepAliveTimeoutMs,
		connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
		noDelay: true,
		insecureHTTPParser: false,
		// Looked for in node-request.ts: Node's own answer would be in no log and in no turn.
		requireHostHeader: false,
	};
}

function statusOf(code: string | undefined): string {
	if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
	if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
	return "400 Bad Request";
}

/** A reset at once could overtake the answer; what still comes is not looked at. */
function endWith(socket: Socket, status: string, fields: string): void {
	if (!socket.writable) return;
	socket.end(`HTTP/1.1 ${status}\r\n${fields}Content-Length: 0\r\nConnection: close\r\n\r\n`);
	const linger = setTimeout(() => socket.destroy(), lingerMs);
	socket.once("close", () => clearTimeout(linger));
}
