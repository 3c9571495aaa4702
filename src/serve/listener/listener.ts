/**
 * The data port: HTTP/1.1, with TLS also HTTP/2. In: settings and what answers a request. Out: a listening server that can drain, take
 * a new certificate, and be closed. Connections are accepted here and given to http1.ts and http2.ts, which hold the limits: what Node
 * makes of both behind one TLS port has none of node:http's time-outs. HTTP/1.1 starts on the fast path (fast-path.ts).
 */
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import type { AnyResponse } from "../answer/node-outlet.ts";
import type { Address, LimitConfig } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import { createHttp1 } from "./http1.ts";
import { createHttp2 } from "./http2.ts";
import type { AnyRequest } from "./node-request.ts";

export interface ListenerOptions {
	/** `handed`: nowhere, connections come by `take` (workers/door.ts). */
	listen: Address | "handed";
	tls: { certFile: string; keyFile: string } | undefined;
	limits: LimitConfig;
	observer: Observer;
	onRequest(request: AnyRequest, response: AnyResponse): void;
	/** Sees each HTTP/1.1 connection first; calls `pass` to give it to node:http. `undefined`: all go there at once. */
	fastPath:
		| { accept(socket: net.Socket, pass: (socket: net.Socket) => void): void; closeIdle(): void }
		| undefined;
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
	const { listen, tls: files, limits } = options;
	const sockets = new Set<net.Socket>();
	const { server, closeIdle, reloadCertificate } =
		files === undefined ? plainServer(options) : secureServer(options, files);
	server.on("connection", (socket: net.Socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	server.maxConnections = limits.connections;
	server.on("drop", () => options.observer.refused("connections"));
	const address = listen === "handed" ? nowhere : await bound(server, listen, options.observer);
	return {
		address,
		take(socket) {
			// As plainServer's own are made: half-closed clients still get their answers.
			if (files === undefined) socket.allowHalfOpen = true;
			server.emit("connection", socket);
		},
		get connections() {
			return sockets.size;
		},
		reloadCertificate,
		drain: (timeoutMs) => drain(server, closeIdle, sockets, timeoutMs),
	};
}

const nowhere: Address = { host: "", port: 0 };

async function bound(server: net.Server, listen: Address, observer: Observer): Promise<Address> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen({ host: listen.host, port: listen.port, backlog: 1024 }, () => {
			server.off("error", reject);
			// What comes later (EMFILE at accept) passes; the server goes on.
			server.on("error", (error) => observer.said("error", `listener: ${error.message}`));
			resolve();
		});
	});
	const { address, port } = server.address() as net.AddressInfo;
	return { host: address, port };
}

interface Accepting {
	server: net.Server;
	/** Ends connections that wait for nothing. */
	closeIdle(): void;
	reloadCertificate(): void;
}

function plainServer(options: ListenerOptions): Accepting {
	const { accept, closeIdle } = http1Connections(options);
	return {
		server: net.createServer({ allowHalfOpen: true, noDelay: true }, accept),
		closeIdle,
		reloadCertificate() {},
	};
}

type CertificateFiles = { certFile: string; keyFile: string };

const minVersion = "TLSv1.2";

function secureServer(options: ListenerOptions, files: CertificateFiles): Accepting {
	const http1 = http1Connections(options);
	const http2 = createHttp2(options);
	const settings: tls.TlsOptions = {
		...certificateOf(files),
		minVersion,
		ALPNProtocols: ["h2", "http/1.1"],
		// Node's own 120 s would be the slow client's way around headers-timeout.
		handshakeTimeout: options.limits.headersTimeoutMs,
		noDelay: true,
	};
	const server = tls.createServer(settings, (socket) => {
		if (socket.alpnProtocol === "h2") http2.accept(socket);
		else http1.accept(socket);
	});
	server.on("tlsClientError", (_error, socket) => {
		options.observer.refused("tls");
		// After its handshake time-out Node says so, and leaves the connection open.
		socket.destroy();
	});
	return {
		server,
		closeIdle() {
			http1.closeIdle();
			http2.closeSessions();
		},
		reloadCertificate: () => server.setSecureContext({ ...certificateOf(files), minVersion }),
	};
}

function http1Connections(options: ListenerOptions) {
	const { fastPath } = options;
	const http1 = createHttp1(options);
	return {
		accept(socket: net.Socket) {
			if (fastPath === undefined) http1.accept(socket);
			else fastPath.accept(socket, http1.accept);
		},
		closeIdle() {
			fastPath?.closeIdle();
			http1.server.closeIdleConnections();
		},
	};
}

/** The files' own text goes nowhere: errors of TLS name no content. */
function certificateOf({ certFile, keyFile }: CertificateFiles) {
	const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
	tls.createSecureContext(pair);
	return pair;
}

async function drain(
	server: net.Server,
	closeIdle: () => void,
	sockets: Set<net.Socket>,
	timeoutMs: number,
): Promise<void> {
	const closed = Promise.all([
		new Promise<void>((resolve) => server.close(() => resolve())),
		// A server that never listened closes at once.
		new Promise<void>((resolve) => whenEmpty(sockets, resolve)),
	]);
	closeIdle();
	const looking = setInterval(closeIdle, 100);
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
