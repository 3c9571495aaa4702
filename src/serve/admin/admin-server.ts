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
/** A head that takes longer comes from nobody we wait for. */
const headMs = 5000;
const requestMs = 10_000;
/** Longer than the usual 15 s between two scrapes would only hold connections. */
const keepAliveMs = 5000;
/** A client that takes nothing for so long is cut. */
const idleMs = 30_000;

/** Rejects with the system's error: a port in use, no right to bind. */
export async function startAdmin(handler: RequestListener, { host, port }: Address): Promise<AdminServer> {
	const server = createServer({ maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: 1000 }, handler);
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
				server.close(() => resolve());
				server.closeIdleConnections();
			}),
	};
}
