/**
 * One HTTP/1 answer out of received bytes, strictly: what a careful client would accept. In: bytes from the beginning
 * of an answer. Out: the answer and how many bytes it took, `undefined` while it is not complete.
 */

export interface ParsedAnswer {
	status: number;
	reason: string;
	httpVersion: string;
	/** In order, names as sent, latin1. */
	headerLines: [name: string, value: string][];
	/** Names in lower case; several lines joined by ", ". */
	headers: Record<string, string>;
	/** Without chunk framing. */
	body: Buffer;
	/** Statuses of 1xx answers that came before. */
	interim: number[];
	/** Bytes of everything, interim answers included. */
	byteLength: number;
}

/** Throws when the bytes are no answer, or when the connection ended in the middle of one. */
export function parseAnswer(bytes: Buffer, method: string, isEnded: boolean): ParsedAnswer | undefined {
	const interim: number[] = [];
	for (let at = 0; ; ) {
		const headEnd = bytes.indexOf("\r\n\r\n", at);
		if (headEnd < 0) return incomplete(bytes, isEnded, "head");
		const head = parseHead(bytes.toString("latin1", at, headEnd));
		at = headEnd + 4;
		if (head.status < 200 && head.status !== 101) {
			interim.push(head.status);
			continue;
		}
		const framed = bodyOf(bytes, at, method, head, isEnded);
		if (framed === undefined) return incomplete(bytes, isEnded, "body");
		return { ...head, body: framed.body, interim, byteLength: framed.end };
	}
}

function incomplete(bytes: Buffer, isEnded: boolean, what: string): undefined {
	if (!isEnded) return undefined;
	const start = bytes.toString("latin1", 0, 300);
	throw new Error(`the connection ended in the ${what} of an answer, after ${JSON.stringify(start)}`);
}

type Head = Omit<ParsedAnswer, "body" | "interim" | "byteLength">;

function parseHead(text: string): Head {
	const [statusLine = "", ...lines] = text.split("\r\n");
	const parts = /^HTTP\/(\d\.\d) (\d{3})(?: ([^\r\n]*))?$/.exec(statusLine);
	if (parts === null) throw new Error(`not a status line: ${JSON.stringify(statusLine.slice(0, 200))}`);
	const headerLines = lines.map((line): [string, string] => {
		const field = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
		if (field === null || /[\x00-\x08\x0a-\x1f\x7f]/.test(line))
			throw new Error(`not a header line: ${JSON.stringify(line)}`);
		return [field[1] ?? "", field[2] ?? ""];
	});
	const headers: Record<string, string> = {};
	for (const [name, value] of headerLines) {
		const key = name.toLowerCase();
		headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
	}
	return {
		status: Number(parts[2]),
		reason: parts[3] ?? "",
		httpVersion: parts[1] ?? "",
		headerLines,
		headers,
	};
}

function bodyOf(
	bytes: Buffer,
	at: number,
	method: string,
	{ status, headers }: Head,
	isEnded: boolean,
): { body: Buffer; end: number } | undefined {
	if (method === "HEAD" || status === 304 || status === 204) return { body: Buffer.alloc(0), end: at };
	const [length, encoding] = [headers["content-length"], headers["transfer-encoding"]];
	if (length !== undefined && encoding !== undefined) throw new Error("Content-Length and Transfer-Encoding");
	if (encoding !== undefined) return unchunk(bytes, at);
	if (length === undefined) return isEnded ? { body: bytes.subarray(at), end: bytes.length } : undefined;
	if (!/^\d+$/.test(length)) throw new Error(`Content-Length ${JSON.stringify(length)}`);
	const end = at + Number(length);
	return bytes.length < end ? undefined : { body: bytes.subarray(at, end), end };
}

function unchunk(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
	const chunks: Buffer[] = [];
	for (let at = start; ; ) {
		const lineEnd = bytes.indexOf("\r\n", at);
		if (lineEnd < 0) return undefined;
		const size = /^([0-9a-fA-F]+)(?:;.*)?$/.exec(bytes.toString("latin1", at, lineEnd));
		if (size === null) throw new Error("not a chunk size");
		const [from, length] = [lineEnd + 2, Number.parseInt(size[1] ?? "", 16)];
		const end = from + length + 2;
		if (bytes.length < end) return undefined;
		if (bytes.toString("latin1", end - 2, end) !== "\r\n") throw new Error("a chunk without its end");
		if (length === 0) return { body: Buffer.concat(chunks), end };
		chunks.push(bytes.subarray(from, from + length));
		at = end;
	}
}
