/**
 * A TCP client that sends exact bytes and keeps what comes back: for malformed requests, pipelining, slow clients and
 * connections that break. With `certificate` it speaks TLS.
 *
 *   const client = await RawClient.connect(port);
 *   await client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
 *   const [get, head] = await client.answers(["GET", "HEAD"]);
 *   await client.untilClosed(); client.ending;                 "fin", "reset" or "open"
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type ParsedAnswer, parseAnswer } from "./raw-answer.ts";

export interface RawClientOptions {
	host?: string;
	/** PEM that is trusted; speaks TLS. */
	certificate?: string | undefined;
	/** For TLS; default localhost. */
	serverName?: string;
	ALPNProtocols?: string[];
	/** Everything that waits gives up after so long. Default 10 s. */
	timeoutMs?: number;
}

export class RawClient {
	readonly socket: Socket;
	readonly #timeoutMs: number;
	#received: Buffer[] = [];
	#ending: "open" | "fin" | "reset" = "open";
	#isClosed = false;
	#wake = new Set<() => void>();

	private constructor(socket: Socket, timeoutMs: number) {
		this.socket = socket;
		this.#timeoutMs = timeoutMs;
		const changed = () => {
			for (const wake of [...this.#wake]) wake();
		};
		socket.on("data", (chunk: Buffer) => {
			this.#received.push(chunk);
			changed();
		});
		socket.on("end", () => {
			// Data and RST at once look like a clean end to libuv; then a write fails, after a FIN it does not.
			const ended = (error?: Error | null) => {
				if (this.#ending === "open") this.#ending = error ? "reset" : "fin";
				changed();
			};
			if (socket.writableEnded) ended();
			else socket.write("\r\n", ended);
		});
		socket.on("error", () => {
			this.#ending = "reset";
			changed();
		});
		socket.on("close", () => {
			this.#isClosed = true;
			changed();
		});
	}

	static connect(port: number, options: RawClientOptions = {}): Promise<RawClient> {
		const host = options.host ?? "127.0.0.1";
		const tls = options.certificate === undefined ? undefined : tlsOptions(options);
		return new Promise((resolve, reject) => {
			const socket =
				tls === undefined
					? connectTcp({ host, port, allowHalfOpen: true })
					: connectTls({ host, port, ...tls });
			socket.once("error", reject);
			socket.once(tls === undefined ? "connect" : "secureConnect", () => {
				socket.off("error", reject);
				resolve(new RawClient(socket, options.timeoutMs ?? 10_000));
			});
		});
	}

	/** Text is sent as latin1. Resolves when the system took it; never rejects because the other side is gone. */
	send(bytes: string | Buffer): Promise<void> {
		return new Promise((resolve) => {
			this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, () => resolve());
		});
	}

	/** FIN: nothing more is sent, answers are still read. */
	finish(): void {
		this.socket.end();
	}

	/** RST. Plain connections only. */
	reset(): void {
		this.socket.resetAndDestroy();
	}

	/** Stops reading, so that the other side's buffers fill; `resume` reads on. */
	pause(): void {
		this.socket.pause();
	}

	resume(): void {
		this.socket.resume();
	}

	/** Everything received so far. */
	get received(): Buffer {
		if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
		return this.#received[0] ?? Buffer.alloc(0);
	}

	/** How the other side ended the connection. */
	get ending(): "open" | "fin" | "reset" {
		return this.#ending;
	}

	/** Takes the next answer, one for each method (HEAD has no body); throws when the connection ends before. */
	async answers(methods: readonly string[]): Promise<ParsedAnswer[]> {
		const answers: ParsedAnswer[] = [];
		for (const method of methods) answers.push(await this.answer(method));
		return answers;
	}

	async answer(method = "GET"): Promise<ParsedAnswer> {
		for (;;) {
			const found = parseAnswer(this.received, method, this.#ending !== "open" || this.#isClosed);
			if (found !== undefined) {
				this.#received = [this.received.subarray(found.byteLength)];
				return found;
			}
			await this.#change("an answer");
		}
	}

	/** Resolves when at least so many bytes are there (not taken). */
	async bytes(count: number): Promise<Buffer> {
		while (this.received.length < count) await this.#change(`${count} bytes`);
		return this.received;
	}

	async untilClosed(): Promise<this> {
		while (!this.#isClosed && this.#ending === "open") await this.#change("the end of the connection");
		return this;
	}

	/** Resolves with `true` when nothing came for so long, `false` when something did. */
	async isSilentFor(durationMs: number): Promise<boolean> {
		const before = this.received.length;
		return this.#change("", durationMs).then(
			() => this.received.length === before && this.#ending === "open",
			() => true,
		);
	}

	close(): void {
		this.socket.destroy();
	}

	#change(what: string, timeoutMs = this.#timeoutMs): Promise<void> {
		return new Promise((resolve, reject) => {
			const wake = () => {
				clearTimeout(timer);
				this.#wake.delete(wake);
				resolve();
			};
			const timer = setTimeout(() => {
				this.#wake.delete(wake);
				const start = this.received.toString("latin1", 0, 200);
				reject(
					new Error(`raw client: ${what} did not come within ${timeoutMs} ms; got ${JSON.stringify(start)}`),
				);
			}, timeoutMs);
			this.#wake.add(wake);
		});
	}
}

function tlsOptions({ certificate, serverName, ALPNProtocols }: RawClientOptions) {
	return {
		...(certificate === undefined ? {} : { ca: certificate }),
		servername: serverName ?? "localhost",
		...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
	};
}
