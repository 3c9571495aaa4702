/**
 * The owner's side of a worker's line: its cache and its indexes asked on a worker's behalf.
 * In: a socket pair's end and the repositories. Out: what was found, and bytes with back-pressure; a body that breaks resets its
 * stream, so that no worker takes a part for the whole.
 */
import http2 from "node:http2";
import type { Duplex } from "node:stream";
import type { BodySource } from "../cache/body-source.ts";
import { factsOf } from "../cache/facts.ts";
import type { CacheFacts, Found } from "../cache/found.ts";
import type { Lookup } from "../cache/lookup.ts";
import { idText, type ObjectHead } from "../cache/object-head.ts";
import type { PreparedIndex } from "../index-file/prepared.ts";
import type { Repository } from "../repository.ts";
import { sessionOptions } from "./asking.ts";
import { compressedBytes, indexBytes } from "./sent-index.ts";
import {
	askFrom,
	foundField,
	plainFound,
	toText,
	upstreamBytesField,
	type WireAsk,
	type WireFound,
	wireFacts,
} from "./wire.ts";

export interface OwnerSide {
	cache: Pick<Lookup, "find">;
	/** Of the settings that hold now. */
	repositories(): ReadonlyMap<string, Repository>;
	/** S3 has another version than was stored, or none. */
	onChanged(idText: string): void;
	/** A fault of ours; the asker gets a broken answer. */
	onFault(message: string): void;
}

/** Until the socket ends. */
export function answerWorker(socket: Duplex, side: OwnerSide): void {
	const session = http2.performServerHandshake(socket, sessionOptions);
	session.on("error", () => {});
	session.on("stream", (stream, headers) => {
		stream.on("error", () => {});
		answer(stream, headers[":path"] ?? "", side).catch((error: unknown) => {
			// A body that broke is no fault: whoever reads it is told by the reset.
			if (!stream.headersSent) side.onFault(error instanceof Error ? error.message : String(error));
			stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
		});
	});
}

async function answer(stream: http2.ServerHttp2Stream, path: string, side: OwnerSide): Promise<void> {
	const ask = askFrom(path.slice(1));
	const repository = side.repositories().get(ask.repository);
	// Settings were read again a moment ago, and the worker has the old ones.
	if (repository === undefined) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
	if (ask.kind === "object") return answerObject(stream, ask, repository, side);
	if (ask.kind === "index") return answerIndex(stream, ask, repository);
	const { current } = repository.index;
	if (current === undefined) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
	if (ask.kind === "current") return sendIndex(stream, ask, current, noFacts);
	if (current.index.sourceSha256 === ask.have) await current.index.compressed;
	respond(stream, { kind: "missing", facts: wireFacts(noFacts) }, noBytes);
	await ended(stream, compressedBytes(current.index));
}

async function answerObject(
	stream: http2.ServerHttp2Stream,
	asked: WireAsk,
	repository: Repository,
	side: OwnerSide,
): Promise<void> {
	const { key, method, firstByte, lastByte, revalidate } = asked;
	const file = key.slice(repository.config.prefix.length);
	const ask = repository.ask(file, method, { first: firstByte, last: lastByte }, revalidate);
	const found = await side.cache.find(ask);
	if (isChange(found)) side.onChanged(idText(ask.id));
	if (found.kind === "object") await sendObject(stream, asked, found);
	else await answerPlain(stream, found);
}

async function sendObject(
	stream: http2.ServerHttp2Stream,
	{ method, have, roomBytes }: WireAsk,
	{ head, facts, source }: Extract<Found, { kind: "object" }>,
): Promise<void> {
	try {
		if (stream.destroyed) return;
		const same = have !== "" && head.sha256 === have;
		const follows = same ? "same" : method === "GET" && head.sizeBytes <= roomBytes ? "whole" : "span";
		respond(stream, { kind: "object", head, facts: wireFacts(facts), follows }, facts.upstreamBytes);
		if (follows === "whole") await sendSpan(stream, source, { first: 0, last: head.sizeBytes - 1 });
		else if (follows === "span") {
			const span = await wantedSpan(stream);
			if (span !== undefined) await sendSpan(stream, source, span);
		}
		stream.end();
	} finally {
		source.close();
	}
}

/** What other workers still have in memory is no longer what S3 has. */
function isChange({ kind, facts }: Found): boolean {
	if (facts.upstreamStatus === undefined) return false;
	return kind === "missing" || facts.reason === "changed";
}

async function answerIndex(
	stream: http2.ServerHttp2Stream,
	ask: WireAsk,
	{ index }: Repository,
): Promise<void> {
	const found = await index.find(ask.method, ask.revalidate);
	if (found.kind === "index") return sendIndex(stream, ask, found, found.facts);
	// Too large to be read.
	if (found.kind === "object") return sendObject(stream, { ...ask, have: "" }, found);
	return answerPlain(stream, found);
}

async function sendIndex(
	stream: http2.ServerHttp2Stream,
	{ have }: WireAsk,
	{ index, head }: { index: PreparedIndex; head: ObjectHead },
	facts: CacheFacts,
): Promise<void> {
	const same = have === index.sourceSha256;
	const follows = same ? "same" : "whole";
	respond(stream, { kind: "index", head, facts: wireFacts(facts), follows }, facts.upstreamBytes);
	if (same) stream.end();
	else await ended(stream, indexBytes(index, await isSettled(index.compressed)));
}

async function answerPlain(
	stream: http2.ServerHttp2Stream,
	found: Exclude<Found, { kind: "object" }>,
): Promise<void> {
	if (found.kind === "pass" && stream.destroyed) return found.answer.cancel();
	respond(stream, plainFound(found), found.facts.upstreamBytes);
	if (found.kind !== "pass") return void stream.end();
	try {
		for await (const chunk of found.answer.body) if (!(await written(stream, chunk))) return;
		stream.end();
	} finally {
		found.answer.cancel();
	}
}

function respond(stream: http2.ServerHttp2Stream, found: WireFound, upstreamBytes: () => number): void {
	stream.on("wantTrailers", () => stream.sendTrailers({ [upstreamBytesField]: String(upstreamBytes()) }));
	stream.respond({ ":status": 200, [foundField]: toText(found) }, { waitForTrailers: true });
}

async function sendSpan(
	stream: http2.ServerHttp2Stream,
	source: BodySource,
	{ first, last }: { first: number; last: number },
): Promise<void> {
	for (let position = first; position <= last; ) {
		const piece = await source.next(position, last - position + 1);
		if (piece.length === 0) throw new Error("the body is shorter than its head says");
		position += piece.length;
		if (!(await written(stream, piece))) return;
	}
}

/** Resolves when more may be written; `false`: nobody reads any more. The source may use its buffer again then. */
function written(stream: http2.ServerHttp2Stream, piece: Buffer): Promise<boolean> {
	if (stream.destroyed || stream.closed) return Promise.resolve(false);
	return new Promise((resolve) => {
		const gone = () => resolve(false);
		stream.once("close", gone);
		stream.write(piece, (error) => {
			stream.off("close", gone);
			resolve(error === undefined || error === null);
		});
	});
}

/** `undefined`: none after all. */
async function wantedSpan(
	stream: http2.ServerHttp2Stream,
): Promise<{ first: number; last: number } | undefined> {
	let text = "";
	try {
		for await (const chunk of stream.iterator({ destroyOnReturn: false })) text += String(chunk);
	} catch {
		return undefined;
	}
	const [first = "", last = ""] = text.split("-");
	return text === "" ? undefined : { first: Number(first), last: Number(last) };
}

async function ended(stream: http2.ServerHttp2Stream, bytes: Buffer): Promise<void> {
	if (await written(stream, bytes)) stream.end();
}

function isSettled(promise: Promise<void>): Promise<boolean> {
	return Promise.race([
		promise.then(() => true),
		new Promise<boolean>((resolve) => setImmediate(resolve, false)),
	]);
}

const noBytes = () => 0;
/** Nothing was looked up for a client. */
const noFacts = factsOf("-");
