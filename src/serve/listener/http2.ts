/**
 * node:http2 for TLS connections that agreed on it, with the limits that Node leaves open: a session must ask for something in time,
 * may not idle for ever, and ends after so many requests.
 * In: limits and what answers a request. Out: a server that never listens itself, and an end for its sessions.
 */
import http2 from "node:http2";
import type { Socket } from "node:net";
import type { LimitConfig } from "../config/config.ts";
import type { ListenerOptions } from "./listener.ts";
import { isOverLimit } from "./node-request.ts";

export interface Http2 {
	accept(socket: Socket): void;
	/** No new streams; those under way are answered. */
	closeSessions(): void;
}

/** Pseudo header fields come on top of those that are counted. */
const pseudoFields = 4;
/** CVE-2023-44487 and its like: few streams and little memory; nghttp2 itself counts resets and continuations. */
const maxConcurrentStreams = 100;
const maxSessionMiB = 16;

export function createHttp2({ limits, observer, onRequest }: ListenerOptions): Http2 {
	const sessions = new Set<http2.ServerHttp2Session>();
	const server = http2.createServer({
		settings: { maxConcurrentStreams, maxHeaderListSize: limits.headerBytes, enableConnectProtocol: false },
		maxHeaderListPairs: limits.headerCount + pseudoFields + 1,
		maxSessionMemory: maxSessionMiB,
	});
	server.on("session", (session) => {
		sessions.add(session);
		session.once("close", () => sessions.delete(session));
		limitSession(session, limits);
	});
	server.on("sessionError", () => observer.refused("malformed"));
	const answer = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
		if (!isOverLimit(request, limits)) {
			onRequest(request, response);
			return;
		}
		// maxHeaderListSize is advice to clients: Node takes more all the same.
		observer.refused("headers");
		response.writeHead(431, { "content-length": 0 }).end();
	};
	server.on("request", answer);
	server.on("checkContinue", answer);
	server.on("connect", answer as () => void);
	return {
		accept: (socket) => void server.emit("connection", socket),
		closeSessions() {
			for (const session of sessions) if (!session.closed) session.close();
		},
	};
}

/** Node's own session timeout is put off by PINGs and the like; this one by requests alone. */
function limitSession(session: http2.ServerHttp2Session, limits: LimitConfig): void {
	let open = 0;
	let requests = 0;
	// No half request is worth a graceful end: there is nothing to finish.
	let idle = setTimeout(() => session.destroy(), limits.headersTimeoutMs);
	session.on("stream", (stream) => {
		clearTimeout(idle);
		open++;
		if (++requests >= limits.requestsPerConnection && !session.closed) session.close();
		stream.once("close", () => {
			open--;
			if (open > 0 || session.destroyed) return;
			clearTimeout(idle);
			idle = setTimeout(() => session.destroy(), limits.keepAliveTimeoutMs);
		});
	});
	session.once("close", () => clearTimeout(idle));
}
