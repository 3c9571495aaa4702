/**
 * The data port: HTTP/1.1, with TLS also HTTP/2, and the limits against slow and hostile clients.
 * In: settings and what answers a request. Out: a listening server that can drain, take a new certificate, and be closed.
 * Plain HTTP/1.1 connections start on the fast path (fast-path.ts) and are handed to node:http for all but the simplest requests.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext } from "node:tls";
import type { AnyResponse } from "../answer/node-outlet.ts";
import type { Address, LimitConfig } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { AnyRequest } from "./node-request.ts";

export interface ListenerOptions {
	/** `handed`: nowhere, connections come by `take` (workers/door.ts). */
	listen: Address | "handed";
	tls: { certFile: string; keyFile: string } | undefined;
	limits: LimitConfig;
	observer: Observer;
	onRequest(request: AnyRequest, response: AnyResponse): void;
	/** Sees each plain connection first; calls `pass` to give it to node:http. `undefined`: all go there at once. */
	fastPath: ((socket: net.Socket, pass: (socket: net.Socket) => void) => void) | undefined;
}

export interface Listener {
	/** Where it listens, once it does. */
	readonly address: Address;
	/** A connection that was accepted elsewhere. */
	take(socket: net.Socket): void;
	readonly connections: number;
	/** New connections get the certificate that is in the files now. Throws, and changes nothing, when it cannot be read. */
	reloadCertificate(): void;
	/** No new connections; idle ones are closed, the others after their answer. Resolves when all are gone, or cuts them after `timeoutMs`. */
	drain(timeoutMs: number): Promise<void>;
}

/** Rejects with the error of listen(2): EADDRINUSE, EACCES, EADDRNOTAVAIL. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
	const { listen, tls, limits } = options;
	const sockets = new Set<net.Socket>();
	const { server, http1 } = tls === undefined ? plainServers(options) : secureServers(options, tls);
	server.on("connection", (socket: net.Socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	server.maxConnections = limits.connections;
	server.on("drop", () => options.observer.refused("connections"));
	const handed = listen === "handed";
	if (handed) server.emit("listening");
	else await bound(server, listen, options.observer);
	const { address, port } = handed ? nowhere : (server.address() as net.AddressInfo);
	return {
		address: { host: address, port },
		take(socket) {
			// As net.Server makes them; see plainServers.
			socket.allowHalfOpen = true;
			server.emit("connection", socket);
		},
		get connections() {
			return sockets.size;
		},
		reloadCertificate() {
			if (tls !== undefined) (server as http2.Http2SecureServer).setSecureContext(certificateOf(tls));
		},
		drain: (timeoutMs) => drain(server, http1, sockets, timeoutMs),
	};
}

const nowhere = { address: "", port: 0 };

function bound(server: net.Server, listen: Address, observer: Observer): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen({ host: listen.host, port: listen.port, backlog: 1024 }, () => {
			server.off("error", reject);
			// What comes later (EMFILE at accept) passes; the server goes on.
			server.on("error", (error) => observer.said("error", `listener: ${error.message}`));
			resolve();
		});
	});
}

function plainServers(options: ListenerOptions): { server: net.Server; http1: http.Server } {
	const http1 = http.createServer(http1Options(options.limits));
	configure(http1, options);
	const { fastPath } = options;
	if (fastPath === undefined) return { server: http1, http1 };
	const pass = (socket: net.Socket) => void http1.emit("connection", socket);
	const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => fastPath(socket, pass));
	// node:http begins to look for slow heads when it hears this; it never listens itself.
	http1.emit("listening");
	return { server, http1 };
}

function secureServers(
	options: ListenerOptions,
	tls: { certFile: string; keyFile: string },
): { server: net.Server; http1: undefined } {
	const server = http2.createSecureServer({
		...http1Options(options.limits),
		...certificateOf(tls),
		allowHTTP1: true,
		minVersion: "TLSv1.2",
		// CVE-2023-44487 and its like: few streams, little memory, and Node's own count of resets.
		settings: { maxConcurrentStreams: 100, maxHeaderListSize: options.limits.headerBytes },
		maxSessionMemory: 16,
		unknownProtocolTimeout: options.limits.headersTimeoutMs,
	});
	const limits = options.limits;
	Object.assign(server, { headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.requestTimeoutMs });
	Object.assign(server, { keepAliveTimeout: limits.keepAliveTimeoutMs, maxHeadersCount: limits.headerCount });
	configure(server as unknown as http.Server, options);
	server.on("session", (session) => session.setTimeout(limits.keepAliveTimeoutMs, () => session.close()));
	server.on("tlsClientError", () => options.observer.refused("tls"));
	return { server, http1: undefined };
}

/** The files' own text goes nowhere: errors of TLS name no content. */
function certificateOf({ certFile, keyFile }: { certFile: string; keyFile: string }) {
	const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
	createSecureContext(pair);
	return pair;
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
	};
}

function configure(server: http.Server, { limits, observer, onRequest }: ListenerOptions): void {
	server.maxHeadersCount = limits.headerCount;
	server.maxRequestsPerSocket = limits.requestsPerConnection;
	server.on("request", onRequest);
	// An answer at once is a final one: nobody here waits for a body.
	server.on("checkContinue", onRequest);
	server.on("connect", (_request, socket: Duplex) => {
		observer.refused("method");
		endWith(socket, "405 Method Not Allowed", "Allow: GET, HEAD\r\n");
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
		if (error.code === "ECONNRESET" || !socket.writable) {
			socket.destroy();
			return;
		}
		observer.refused(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "timeout" : "malformed");
		endWith(socket, statusOf(error.code), "");
	});
}

function statusOf(code: string | undefined): string {
	if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
	if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
	return "400 Bad Request";
}

function endWith(socket: Duplex, status: string, fields: string): void {
	socket.end(`HTTP/1.1 ${status}\r\n${fields}Content-Length: 0\r\nConnection: close\r\n\r\n`, () =>
		socket.destroy(),
	);
}

async function drain(
	server: net.Server,
	http1: http.Server | undefined,
	sockets: Set<net.Socket>,
	timeoutMs: number,
): Promise<void> {
	const closed = Promise.all([
		new Promise<void>((resolve) => server.close(() => resolve())),
		// A server that never listened closes at once.
		new Promise<void>((resolve) => whenEmpty(sockets, resolve)),
	]);
	const idle = () => {
		http1?.closeIdleConnections();
		(server as http.Server).closeIdleConnections?.();
	};
	idle();
	const looking = setInterval(idle, 100);
	const cut = setTimeout(() => {
		for (const socket of sockets) socket.destroy();
	}, timeoutMs);
	await closed;
	clearInterval(looking);
	clearTimeout(cut);
}

function whenEmpty(sockets: ReadonlySet<net.Socket>, callback: () => void): void {
	for (const socket of sockets) {
		socket.once("close", () => whenEmpty(sockets, callback));
		return;
	}
	callback();
}
