/**
 * Writes a Reply to a response of node:http or node:http2, never faster than the client takes it.
 * In: a Reply. Out: how many body bytes went out, and whether the answer is complete. A body that breaks is cut off hard, so that
 * nobody takes it for whole; a client that goes away, or takes nothing for too long, ends it too.
 */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { BodySource } from "../cache/body-source.ts";
import { OriginError, type OriginFailure } from "../origin/origin.ts";
import { failureReply } from "./refusals.ts";
import { fromSmall, type Reply } from "./reply.ts";

export type AnyResponse = ServerResponse | Http2ServerResponse;

export interface SendOptions {
	/** A client that takes nothing for so long is cut off. */
	writeIdleTimeoutMs: number;
	nowMs(): number;
}

export interface SentReply {
	status: number;
	bodyBytes: number;
	complete: boolean;
	/** `nowMs` when the first byte went out. */
	firstByteAtMs: number;
	/** What broke the body; `undefined`: nothing, or the client went away. */
	failure: OriginFailure | undefined;
}

/** Never rejects. Closes what the reply's content holds. */
export async function sendReply(
	response: AnyResponse,
	reply: Reply,
	options: SendOptions,
): Promise<SentReply> {
	const sender = new Sender(response, reply, options);
	try {
		await sender.send();
	} catch (error) {
		sender.failed(error);
	} finally {
		dispose(reply);
	}
	return sender.result;
}

/** For replies that are not sent, because their client is gone. */
export function dispose({ content }: Reply): void {
	if (content.kind === "source") content.source.close();
	if (content.kind === "stream") content.answer.cancel();
}

class Sender {
	readonly result: SentReply;
	readonly #response: AnyResponse;
	readonly #reply: Reply;
	readonly #options: SendOptions;
	#started = false;
	/** Settles when the client is gone. */
	readonly #gone: Promise<"gone">;

	constructor(response: AnyResponse, reply: Reply, options: SendOptions) {
		this.#response = response;
		this.#reply = reply;
		this.#options = options;
		this.result = {
			status: reply.status,
			bodyBytes: 0,
			complete: false,
			firstByteAtMs: 0,
			failure: undefined,
		};
		this.#gone = new Promise((resolve) => response.once("close", () => resolve("gone")));
		response.on("error", () => {});
	}

	async send(): Promise<void> {
		const { content } = this.#reply;
		switch (content.kind) {
			case "none":
				return this.#end(undefined);
			case "buffer":
				return this.#end(content.body);
			case "source": {
				const { source, first, last } = content;
				const { whole } = source;
				if (whole !== undefined) return this.#end(whole.subarray(first, last + 1));
				return this.#pieces(piecesOf(source, first, last));
			}
			case "stream":
				return this.#pieces(limited(content.answer.body, content.lengthBytes));
		}
	}

	/** A failure before the first byte becomes an answer of its own; later only a cut says the truth. */
	failed(error: unknown): void {
		const failure = error instanceof OriginError ? error.failure : "broken";
		this.result.failure = failure;
		if (this.#response.destroyed || isGone(this.#response)) return;
		if (this.#started) {
			cut(this.#response);
			return;
		}
		const small = fromSmall(failureReply(failure), "GET");
		this.result.status = small.status;
		this.#head(small.status, small.fields);
		const body = small.content.kind === "buffer" ? small.content.body : Buffer.alloc(0);
		this.result.bodyBytes = body.length;
		this.result.complete = true;
		(this.#response as ServerResponse).end(body);
	}

	async #end(body: Buffer | undefined): Promise<void> {
		this.#head(this.#reply.status, this.#reply.fields);
		const response = this.#response as ServerResponse;
		const ended = new Promise<"ended">((resolve) => {
			response.end(body, () => resolve("ended"));
		});
		const how = await Promise.race([ended, this.#gone]);
		this.result.bodyBytes = body?.length ?? 0;
		this.result.complete = how === "ended" || response.writableFinished;
	}

	async #pieces(pieces: AsyncIterable<Buffer>): Promise<void> {
		const response = this.#response as ServerResponse;
		for await (const piece of pieces) {
			if (isGone(response)) return;
			if (!this.#started) this.#head(this.#reply.status, this.#reply.fields);
			const flushed = new Promise<"flushed">((resolve) => {
				response.write(piece, () => resolve("flushed"));
			});
			if ((await Promise.race([flushed, this.#gone])) === "gone") return;
			this.result.bodyBytes += piece.length;
		}
		if (this.#started) return this.#finish();
		return this.#end(undefined);
	}

	async #finish(): Promise<void> {
		const response = this.#response as ServerResponse;
		const ended = new Promise<"ended">((resolve) => {
			response.end(() => resolve("ended"));
		});
		const how = await Promise.race([ended, this.#gone]);
		this.result.complete = how === "ended" || response.writableFinished;
	}

	#head(status: number, fields: readonly string[]): void {
		this.#started = true;
		this.result.firstByteAtMs = this.#options.nowMs();
		const response = this.#response;
		response.setTimeout(this.#options.writeIdleTimeoutMs, () => cut(response));
		if ("stream" in response) {
			response.writeHead(status, asObject(fields));
			return;
		}
		response.sendDate = !fields.includes("Date");
		response.writeHead(status, this.#reply.close ? [...fields, "Connection", "close"] : [...fields]);
	}
}

/** HTTP/2 has no raw list; fields that occur twice become a list. */
function asObject(fields: readonly string[]): Record<string, string | string[]> {
	const object: Record<string, string | string[]> = Object.create(null);
	for (let at = 0; at < fields.length; at += 2) {
		const name = fields[at]!.toLowerCase();
		const value = fields[at + 1]!;
		const there = object[name];
		object[name] = there === undefined ? value : [...[there].flat(), value];
	}
	return object;
}

/** A reset: no client, however careless, takes the body for whole. */
export function cut(response: AnyResponse): void {
	if ("stream" in response) {
		response.stream.close(2); // NGHTTP2_INTERNAL_ERROR
		return;
	}
	const { socket } = response;
	if (socket === null) return;
	if ("resetAndDestroy" in socket) socket.resetAndDestroy();
	else response.destroy();
}

function isGone(response: AnyResponse): boolean {
	if ("stream" in response) return response.stream === undefined || response.stream.destroyed;
	return response.destroyed || response.socket === null || response.socket.destroyed;
}

async function* piecesOf(source: BodySource, first: number, last: number): AsyncGenerator<Buffer> {
	for (let position = first; position <= last; ) {
		const piece = await source.next(position, last - position + 1);
		if (piece.length === 0) throw new OriginError("broken", "the body is shorter than its head says");
		position += piece.length;
		yield piece;
	}
}

async function* limited(
	body: AsyncIterable<Buffer>,
	lengthBytes: number | undefined,
): AsyncGenerator<Buffer> {
	let left = lengthBytes ?? Number.POSITIVE_INFINITY;
	if (left <= 0) return;
	for await (const chunk of body) {
		const piece = chunk.length > left ? chunk.subarray(0, left) : chunk;
		left -= piece.length;
		yield piece;
		if (left <= 0) return;
	}
	if (lengthBytes !== undefined && left > 0) throw new OriginError("broken", "S3's body is too short");
}
