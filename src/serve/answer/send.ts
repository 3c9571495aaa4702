/**
 * Sends a Reply, never faster than the client takes it.
 * In: a Reply and an Outlet. Out: how many body bytes went out, and whether the answer is complete. A body that breaks is cut off
 * hard, so that nobody takes it for whole; a failure before the first byte becomes an answer of its own.
 */
import type { BodySource } from "../cache/body-source.ts";
import { OriginError, type OriginFailure } from "../origin/origin.ts";
import type { Outlet } from "./outlet.ts";
import { failureReply } from "./refusals.ts";
import type { Reply } from "./reply.ts";

export interface SentReply {
	status: number;
	bodyBytes: number;
	complete: boolean;
	/** `nowMs` when the first byte went out; 0: none did. */
	firstByteAtMs: number;
	/** What broke the body; `undefined`: nothing, or the client went away. */
	failure: OriginFailure | undefined;
}

/** Never rejects. Closes what the reply's content holds. */
export async function sendReply(reply: Reply, outlet: Outlet, nowMs: () => number): Promise<SentReply> {
	const sent: SentReply = {
		status: reply.status,
		bodyBytes: 0,
		complete: false,
		firstByteAtMs: 0,
		failure: undefined,
	};
	const head = (status: number, fields: readonly string[]) => {
		sent.firstByteAtMs = nowMs();
		outlet.head(status, fields, reply.close);
	};
	try {
		if (!outlet.isGone) await sendContent(reply, outlet, sent, head);
	} catch (error) {
		sent.failure = error instanceof OriginError ? error.failure : "broken";
		if (sent.firstByteAtMs !== 0) outlet.cut();
		else if (!outlet.isGone) await sendFailure(sent.failure, outlet, sent, head);
	} finally {
		dispose(reply);
	}
	return sent;
}

/** For replies that are not sent, because their client is gone. */
export function dispose({ content }: Reply): void {
	if (content.kind === "source") content.source.close();
	if (content.kind === "stream") content.answer.cancel();
}

type Head = (status: number, fields: readonly string[]) => void;

async function sendContent(reply: Reply, outlet: Outlet, sent: SentReply, head: Head): Promise<void> {
	const whole = wholeOf(reply);
	if (whole !== "pieces") {
		head(reply.status, reply.fields);
		sent.complete = await outlet.end(whole);
		if (sent.complete) sent.bodyBytes = whole?.length ?? 0;
		return;
	}
	for await (const piece of piecesOf(reply)) {
		// The head waits for the first bytes: before that, S3's failure can still be told.
		if (sent.firstByteAtMs === 0) head(reply.status, reply.fields);
		if (!(await outlet.write(piece))) return;
		sent.bodyBytes += piece.length;
	}
	if (sent.firstByteAtMs === 0) head(reply.status, reply.fields);
	sent.complete = await outlet.end(undefined);
}

async function sendFailure(
	failure: OriginFailure,
	outlet: Outlet,
	sent: SentReply,
	head: Head,
): Promise<void> {
	const { status, fields, body } = failureReply(failure);
	sent.status = status;
	head(status, fields);
	sent.complete = await outlet.end(body);
	if (sent.complete) sent.bodyBytes = body.length;
}

/** What can go out in one write, without a loop. */
function wholeOf({ content }: Reply): Buffer | undefined | "pieces" {
	if (content.kind === "none") return undefined;
	if (content.kind === "buffer") return content.body;
	if (content.kind === "stream" || content.source.whole === undefined) return "pieces";
	return content.source.whole.subarray(content.first, content.last + 1);
}

function piecesOf({ content }: Reply): AsyncIterable<Buffer> {
	if (content.kind === "source") return spanOf(content.source, content.first, content.last);
	if (content.kind === "stream") return limited(content.answer.body, content);
	throw new Error(`a ${content.kind} body has no pieces`);
}

async function* spanOf(source: BodySource, first: number, last: number): AsyncGenerator<Buffer> {
	for (let position = first; position <= last; ) {
		const piece = await source.next(position, last - position + 1);
		if (piece.length === 0) throw new OriginError("broken", "the body is shorter than its head says");
		position += piece.length;
		yield piece;
	}
}

async function* limited(
	body: AsyncIterable<Buffer>,
	{ skipBytes, lengthBytes }: { skipBytes: number; lengthBytes: number | undefined },
): AsyncGenerator<Buffer> {
	let early = skipBytes;
	let left = lengthBytes ?? Number.POSITIVE_INFINITY;
	if (left <= 0) return;
	for await (const chunk of body) {
		const piece = chunk.subarray(early, early + left);
		early = Math.max(0, early - chunk.length);
		if (piece.length === 0) continue;
		left -= piece.length;
		yield piece;
		if (left <= 0) return;
	}
	if (lengthBytes !== undefined && left > 0) throw new OriginError("broken", "S3's body is too short");
}
