/**
 * A worker's line to the owner: one question, what was found, and the bytes that follow.
 * In: a WireAsk. Out: an Answer whose body breaks with an OriginError when the owner's does, or when the owner is gone.
 */
import http2 from "node:http2";
import type { Duplex } from "node:stream";
import { OriginError } from "../origin/origin.ts";
import { foundField, foundFrom, toText, upstreamBytesField, type WireAsk, type WireFound } from "./wire.ts";

export interface OwnerLine {
	/** Rejects with OriginError `unavailable` when the owner does not answer. */
	ask(ask: WireAsk): Promise<OwnerAnswer>;
	close(): void;
}

export interface OwnerAnswer {
	found: WireFound;
	/** What S3 sent for it; final when the body has ended. */
	upstreamBytes(): number;
	/** The bytes that follow. Throws OriginError `broken` when they are not all of them. */
	body(): AsyncGenerator<Buffer>;
	/** For an answer that follows with a span: which bytes, inclusive. Once, before `body`. */
	want(first: number, last: number): void;
	/** Gives up what was not read. */
	cancel(): void;
}

/** A slow client of a large object holds so much of it here. */
const windowBytes = 256 << 10;
/** Streams of slow clients add up; the true limits are those of the listener. */
export const sessionOptions = {
	settings: { initialWindowSize: windowBytes, maxConcurrentStreams: 100_000, enablePush: false },
	maxSessionMemory: 4096,
	maxSendHeaderBlockLength: 256 << 10,
	maxSettings: 32,
};

export function openOwnerLine(socket: Duplex): OwnerLine {
	const session = http2.connect("http://owner", {
		...sessionOptions,
		peerMaxConcurrentStreams: 100_000,
		createConnection: () => socket,
	});
	// Each stream fails by itself; the process ends with its IPC channel.
	session.on("error", () => {});
	return {
		ask: (asked) => answerTo(session, asked),
		close: () => session.close(),
	};
}

function answerTo(session: http2.ClientHttp2Session, asked: WireAsk): Promise<OwnerAnswer> {
	return new Promise((resolve, reject) => {
		const unavailable = (cause: unknown) =>
			reject(new OriginError("unavailable", "the owner process does not answer", { cause }));
		if (session.destroyed) return unavailable(undefined);
		const stream = session.request({ ":path": `/${toText(asked)}` }, { endStream: false });
		let bytes = 0;
		const closed = new Promise<void>((settle) => stream.once("close", settle));
		stream.on("trailers", (fields) => {
			bytes = Number(fields[upstreamBytesField] ?? 0);
		});
		stream.once("response", (fields) => {
			const found = foundFrom(String(fields[foundField] ?? ""));
			if (!("follows" in found) || found.follows !== "span") stream.end();
			resolve({
				found,
				upstreamBytes: () => bytes,
				body: () => bodyOf(stream, closed),
				want: (first, last) => void stream.end(`${first}-${last}`),
				cancel: () => {
					stream.close(http2.constants.NGHTTP2_CANCEL);
					// What has arrived would keep it open.
					stream.resume();
				},
			});
		});
		stream.on("error", unavailable);
		stream.once("close", () => unavailable(undefined));
	});
}

async function* bodyOf(stream: http2.ClientHttp2Stream, closed: Promise<void>): AsyncGenerator<Buffer> {
	try {
		for await (const chunk of stream) yield chunk as Buffer;
		// The trailers have come then.
		await closed;
	} catch (cause) {
		throw new OriginError("broken", "the body from the owner process broke off", { cause });
	} finally {
		if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
	}
	if (stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR)
		throw new OriginError("broken", "the body from the owner process broke off");
}
