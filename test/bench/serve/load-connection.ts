/**
 * One keep-alive connection of a load driver: one request at a time, answers counted instead of kept.
 * In: a request's bytes. Out: when the first byte and the last one of the answer came, its status and length.
 */
import net from "node:net";

export interface Taken {
	status: number;
	bodyBytes: number;
	firstByteMs: number;
	endMs: number;
	/** The connection broke before the answer was whole. */
	broken: boolean;
}

const headEnd = "\r\n\r\n";

export class LoadConnection {
	readonly #port: number;
	#socket: net.Socket | undefined;
	#taken: ((answer: Taken) => void) | undefined;
	/** Of the answer under way, until its head is whole. */
	#head = "";
	#status = 0;
	#firstByteMs = 0;
	#leftBytes = 0;
	#bodyBytes = 0;

	constructor(port: number) {
		this.#port = port;
	}

	get isFree(): boolean {
		return this.#taken === undefined;
	}

	async open(): Promise<void> {
		const socket = net.connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
		await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
		this.#socket = socket;
		socket.on("data", (chunk) => this.#onData(chunk));
		socket.on("error", () => socket.destroy());
		socket.on("close", () => {
			this.#socket = undefined;
			if (this.#taken !== undefined) this.#end(true);
		});
	}

	/** `taken` is called once. Connects anew where the server has closed. */
	ask(request: Buffer, taken: (answer: Taken) => void): void {
		this.#taken = taken;
		this.#head = "";
		this.#firstByteMs = this.#status = this.#leftBytes = this.#bodyBytes = 0;
		if (this.#socket !== undefined) this.#socket.write(request);
		else
			this.open().then(
				() => this.#socket?.write(request),
				() => this.#end(true),
			);
	}

	/** A slow reader. */
	pause(): void {
		this.#socket?.pause();
	}

	resume(): void {
		this.#socket?.resume();
	}

	close(): void {
		this.#socket?.destroy();
	}

	#onData(chunk: Buffer): void {
		if (this.#taken === undefined) return;
		if (this.#status !== 0) {
			this.#onBody(chunk.length);
			return;
		}
		if (this.#firstByteMs === 0) this.#firstByteMs = performance.now();
		this.#head += chunk.toString("latin1", 0, Math.min(chunk.length, 4096));
		const end = this.#head.indexOf(headEnd);
		if (end === -1) return;
		const head = this.#head.slice(0, end);
		this.#status = Number(head.slice(9, 12));
		const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
		this.#leftBytes = this.#status === 304 ? 0 : Number(length ?? 0);
		this.#onBody(
			this.#head.length < 4096 && chunk.length <= 4096 ? this.#head.length - end - 4 : chunk.length - end - 4,
		);
	}

	#onBody(bytes: number): void {
		this.#bodyBytes += bytes;
		this.#leftBytes -= bytes;
		if (this.#leftBytes <= 0) this.#end(this.#leftBytes < 0);
	}

	#end(broken: boolean): void {
		const taken = this.#taken;
		this.#taken = undefined;
		taken?.({
			status: this.#status,
			bodyBytes: this.#bodyBytes,
			firstByteMs: this.#firstByteMs,
			endMs: performance.now(),
			broken,
		});
	}
}

export function requestBytes(path: string, headers: Readonly<Record<string, string>> = {}): Buffer {
	const fields = Object.entries({ Host: "charts.example", "User-Agent": "Helm/3.19.0", ...headers });
	return Buffer.from(
		`GET ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
	);
}
