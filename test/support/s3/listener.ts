/**
 * The port of the fake S3: accepts connections (TLS too), reads requests one after the other, closes and opens again.
 * What happens to a request is not its business.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { type Certificate, selfSigned } from "./certificate.ts";
import type { Exchange } from "./exchange.ts";
import { errorReply, S3Error } from "./reply.ts";
import { type Line, send } from "./send.ts";
import { MalformedRequest, RequestReader } from "./wire-request.ts";

/** `reset` at once, `silence` for ever (no TLS handshake, no answer), `garbage` that is neither TLS nor HTTP. */
export type ConnectionFault = "reset" | "silence" | "garbage";

interface Connection extends Line {
	isIdle: boolean;
}

export class Listener {
	port = 0;
	accepted = 0;
	onConnection: ConnectionFault | undefined;
	readonly #host: string;
	readonly #tls: Certificate | undefined;
	readonly #exchange: Exchange;
	readonly #connections = new Set<Connection>();
	#server: Server | undefined;

	constructor(host: string, tls: boolean, exchange: Exchange) {
		this.#host = host;
		this.#tls = tls ? selfSigned() : undefined;
		this.#exchange = exchange;
	}

	get certificate(): string | undefined {
		return this.#tls?.certificatePem;
	}

	get open(): number {
		return this.#connections.size;
	}

	/** On the same port as before, if there was one. Nothing to do when it listens. */
	async listen(): Promise<void> {
		if (this.#server !== undefined) return;
		const server = createServer({ noDelay: true }, (socket) => void this.#accept(socket));
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject);
			server.listen({ host: this.#host, port: this.port }, resolve);
		});
		const address = server.address();
		this.port = typeof address === "object" && address !== null ? address.port : 0;
		this.#server = server;
	}

	/** Connections are refused from here on; open ones are reset. */
	async stop(): Promise<void> {
		const server = this.#server;
		this.#server = undefined;
		if (server === undefined) return;
		const closed = new Promise<void>((resolve) => server.close(() => resolve()));
		for (const connection of this.#connections) connection.reset();
		await closed;
	}

	dropIdle(): void {
		for (const connection of this.#connections) if (connection.isIdle) connection.reset();
	}

	async #accept(raw: Socket): Promise<void> {
		this.accepted++;
		const connectionNumber = this.accepted;
		raw.on("error", () => {});
		const connection: Connection = { socket: raw, isIdle: true, reset: () => raw.resetAndDestroy() };
		this.#connections.add(connection);
		raw.once("close", () => this.#connections.delete(connection));
		if (this.onConnection !== undefined) return misbehave(raw, this.onConnection);
		if (this.#tls !== undefined) connection.socket = secured(raw, this.#tls);
		await this.#serve(connection, connectionNumber);
	}

	async #serve(connection: Connection, number: number): Promise<void> {
		const { socket } = connection;
		const reader = new RequestReader();
		socket.on("data", (chunk: Buffer) => reader.push(chunk));
		socket.on("end", () => reader.end());
		socket.on("close", () => reader.end());
		try {
			for (let nth = 1; ; nth++) {
				connection.isIdle = true;
				const request = await reader.next();
				if (request === undefined) break;
				connection.isIdle = false;
				if (!(await this.#exchange(connection, request, { connection: number, nthOnConnection: nth }))) break;
			}
		} catch (error) {
			if (!(error instanceof MalformedRequest)) throw error;
			const reply = errorReply(new S3Error(400, "BadRequest", error.message));
			await send(connection, reply, "GET", {}, { status: 0, bytesSent: 0 }).catch(() => {});
		}
		if (!socket.destroyed) socket.end();
	}
}

function secured(raw: Socket, { certificatePem, keyPem }: Certificate): TLSSocket {
	const secureContext = createSecureContext({ cert: certificatePem, key: keyPem });
	const socket = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
	socket.on("error", () => {});
	return socket;
}

function misbehave(socket: Socket, fault: ConnectionFault): void {
	if (fault === "reset") socket.resetAndDestroy();
	else if (fault === "garbage") socket.end("\x00\xff this is no answer \r\n\r\n");
	else socket.resume();
}
