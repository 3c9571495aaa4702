/**
 * The admin port's listener: node:http with limits, since health checks and people are all that comes here.
 * In: the handler of admin.ts and an address. Out: the port it got, and a way to end it.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "../config/config.ts";

export interface AdminServer {
	port: number;
	/** Answers under way end, idle connections are closed. */
	close(): Promise<void>;
}

/** Probes, a scraper or two, some browsers. */
const maxConnections = 64;
const maxHeaderBytes = 16 << 10;
/** Longer than the usual 15 s between two scrapes would only hold connections. */
const keepAliveMs = 5000;
/** A client that takes nothing for so long is cut. */
const idleMs = 30_000;

export interface AdminLimits {
	/** A head that takes longer comes from nobody we wait for. */
	headMs: number;
	requestMs: number;
	/** How often the two are looked at. */
	checkMs: number;
	/** At the end, answers under way have so long. */
	closeMs: number;
}

const defaultLimits: AdminLimits = { headMs: 5000, requestMs: 10_000, checkMs: 1000, closeMs: 2000 };

/** Rejects with the system's error: a port in use, no right to bind. */
export async function startAdmin(
	handler: RequestListener,
	{ host, port }: Address,
	{ headMs, requestMs, checkMs, closeMs } = defaultLimits,
): Promise<AdminServer> {
	const server = createServer(
		{ maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: checkMs },
		handler,
	);
	server.headersTimeout = headMs;
	server.requestTimeout = requestMs;
	server.keepAliveTimeout = keepAliveMs;
	server.maxConnections = maxConnections;
	server.setTimeout(idleMs);
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, host, () => {
			server.removeListener("error", reject);
			resolve();
		});
	});
	// No descriptors left: the next connection may come through, and the server must not end.
	server.on("error", () => {});
	return {
		port: (server.address() as AddressInfo).port,
		close: () =>
			new Promise((resolve) => {
				const cut = setTimeout(() => server.closeAllConnections(), closeMs);
				server.close(() => {
					clearTimeout(cut);
					resolve();
				});
				server.closeIdleConnections();
			}),
	};
}
