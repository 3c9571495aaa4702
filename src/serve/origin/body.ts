/**
 * The body of an answer: a stream from the connection in, chunks out that end only where the announced length ends.
 * Whatever else happens becomes an OriginError, so that nobody takes half a body for a whole one.
 */
import type { Readable } from "node:stream";
import { OriginError } from "./origin.ts";

export interface BodyFacts {
	/** `undefined`: chunked, the framing says where it ends. */
	expectedBytes: number | undefined;
	status: number;
	requestId: string;
	signal: AbortSignal | undefined;
	/** Called once, however it ends. */
	ended(bytes: number): void;
}

export interface CheckedBody {
	body: AsyncIterable<Buffer>;
	cancel(): void;
}

export function checkedBody(stream: Readable, facts: BodyFacts): CheckedBody {
	let bytes = 0;
	let isOver = false;
	function over(): void {
		if (isOver) return;
		isOver = true;
		facts.ended(bytes);
	}
	// A body that is given up, or breaks before somebody reads it, must not end the program.
	stream.on("error", () => {});
	stream.on("close", over);
	const broken = (why: string, cause?: unknown) =>
		new OriginError("broken", `the body ${why}`, {
			...{ status: facts.status, requestId: facts.requestId, cause },
		});
	async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
		const { expectedBytes, signal } = facts;
		try {
			for await (const chunk of stream as AsyncIterable<Buffer>) {
				bytes += chunk.length;
				if (expectedBytes !== undefined && bytes > expectedBytes)
					throw broken(`is longer than its ${expectedBytes} bytes`);
				yield chunk;
			}
		} catch (error) {
			if (error instanceof OriginError) throw error;
			if (signal?.aborted === true)
				throw new OriginError("aborted", "the request was given up", { cause: error });
			throw broken(
				`broke off after ${bytes}${expectedBytes === undefined ? "" : ` of ${expectedBytes}`} bytes`,
				error,
			);
		} finally {
			over();
		}
		if (expectedBytes !== undefined && bytes !== expectedBytes)
			throw broken(`ended after ${bytes} of ${expectedBytes} bytes`);
	}
	return {
		body: chunks(),
		cancel: () => {
			stream.destroy();
			over();
		},
	};
}

/** No body: HEAD, 304. */
export const noBody: AsyncIterable<Buffer> = {
	[Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/**
 * At most the first `limit` bytes as text, at most until `late` settles; the rest is not waited for. Never rejects: a
 * broken one is a short one.
 */
export async function beginningOf(stream: Readable, limit: number, late: Promise<void>): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	const giveUp = () => void stream.destroy();
	late.then(giveUp, () => {});
	try {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			chunks.push(chunk);
			bytes += chunk.length;
			if (bytes >= limit) break;
		}
	} catch {
		// The status has been read: it says enough.
	}
	return Buffer.concat(chunks).toString("utf8", 0, Math.min(bytes, limit));
}
