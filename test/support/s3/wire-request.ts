/**
 * Requests as they are on the wire, byte for byte: node:http would hide what a signature check must see.
 * In: chunks of a connection. Out: requests with raw target and header lines in order, or MalformedRequest.
 */

export interface WireRequest {
	method: string;
	/** Raw, as sent: no decoding, no normalising. */
	target: string;
	rawPath: string;
	/** Without the question mark; empty when there is none. */
	rawQuery: string;
	httpVersion: "1.0" | "1.1";
	/** Names as sent, values without spaces around them, latin1. */
	headers: readonly (readonly [name: string, value: string])[];
	/** Values of all lines of that name (lower case), joined by commas; `undefined`: none. */
	header(name: string): string | undefined;
	body: Buffer;
}

export class MalformedRequest extends Error {
	override name = "MalformedRequest";
}

const maxHeadBytes = 256 * 1024;
const maxBodyBytes = 256 * 1024 * 1024;

export class RequestReader {
	#buffer: Buffer = Buffer.alloc(0);
	#ended = false;
	#wake: () => void = () => {};

	push(chunk: Buffer): void {
		this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
		this.#wake();
	}

	end(): void {
		this.#ended = true;
		this.#wake();
	}

	/** Resolves with the next request, `undefined` at the end of the connection. */
	async next(): Promise<WireRequest | undefined> {
		const headEnd = await this.#waitFor(() => {
			const at = this.#buffer.indexOf("\r\n\r\n");
			if (at < 0 && this.#buffer.length > maxHeadBytes) throw new MalformedRequest("head too long");
			return at < 0 ? undefined : at;
		});
		if (headEnd === undefined) return undefined;
		const head = parseHead(this.#buffer.toString("latin1", 0, headEnd));
		this.#buffer = this.#buffer.subarray(headEnd + 4);
		const length = bodyLength(head);
		const complete = await this.#waitFor(() => (this.#buffer.length >= length ? true : undefined));
		if (complete === undefined) return undefined;
		const body = Buffer.from(this.#buffer.subarray(0, length));
		this.#buffer = this.#buffer.subarray(length);
		return { ...head, body };
	}

	async #waitFor<T>(find: () => T | undefined): Promise<T | undefined> {
		for (;;) {
			const found = find();
			if (found !== undefined || this.#ended) return found;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}
}

function parseHead(text: string): Omit<WireRequest, "body"> {
	const [requestLine = "", ...lines] = text.split("\r\n");
	const parts = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+) (\S+) HTTP\/(1\.[01])$/.exec(requestLine);
	if (parts === null) throw new MalformedRequest(`request line ${JSON.stringify(requestLine)}`);
	const [, method = "", target = "", version] = parts;
	const headers = lines.map((line): [string, string] => {
		const field = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
		if (field === null || /[\r\n\0]/.test(line))
			throw new MalformedRequest(`header line ${JSON.stringify(line)}`);
		return [field[1] ?? "", field[2] ?? ""];
	});
	const question = target.indexOf("?");
	return {
		method,
		target,
		rawPath: question < 0 ? target : target.slice(0, question),
		rawQuery: question < 0 ? "" : target.slice(question + 1),
		httpVersion: version === "1.0" ? "1.0" : "1.1",
		headers,
		header: (wanted) => {
			const values = headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
			return values.length === 0 ? undefined : values.join(",");
		},
	};
}

function bodyLength({ header }: Omit<WireRequest, "body">): number {
	if (header("transfer-encoding") !== undefined) throw new MalformedRequest("transfer-encoding");
	const text = header("content-length") ?? "0";
	if (!/^\d{1,10}$/.test(text) || Number(text) > maxBodyBytes)
		throw new MalformedRequest(`content-length ${text}`);
	return Number(text);
}
