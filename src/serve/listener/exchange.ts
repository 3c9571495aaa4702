/**
 * One request and its answer over node:http or node:http2: seen as a RequestView, answered, sent, recorded.
 * In: request and response of Node. Out: the response written, a RequestRecord for log and metrics.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Answerer, RequestView } from "../answer/answerer.ts";
import { refusal } from "../answer/refusals.ts";
import { fromSmall, type Reply } from "../answer/reply.ts";
import { type AnyResponse, dispose, type SentReply, sendReply } from "../answer/send.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { RequestIds } from "./request-ids.ts";

export interface ExchangeOptions {
	answerer: Answerer;
	clock: Clock;
	observer: Observer;
	requestIds: RequestIds;
	writeIdleTimeoutMs: number;
	/** The server is ending: this answer is the connection's last. */
	closing(): boolean;
}

export type AnyRequest = IncomingMessage | Http2ServerRequest;

/** Never rejects. */
export async function exchange(
	request: AnyRequest,
	response: AnyResponse,
	options: ExchangeOptions,
): Promise<void> {
	const { clock, observer, requestIds } = options;
	const atMs = clock.nowMs();
	const startMs = clock.monotonicMs();
	const client = request.socket.remoteAddress ?? "";
	const view = viewOf(request);
	const sentId = requestIds.accepted(request.headers["x-request-id"]);
	const reply = await answerOf(view, options);
	if (options.closing()) reply.close = true;
	if (sentId !== undefined) reply.fields.push("X-Request-Id", sentId);
	let sent: SentReply;
	if (response.destroyed) {
		dispose(reply);
		sent = { status: reply.status, bodyBytes: 0, complete: false, firstByteAtMs: 0, failure: undefined };
	} else {
		sent = await sendReply(response, reply, {
			writeIdleTimeoutMs: options.writeIdleTimeoutMs,
			nowMs: () => clock.monotonicMs(),
		});
	}
	observer.answered({
		...recordOf(view, reply, sent),
		atMs,
		durationMs: clock.monotonicMs() - startMs,
		firstByteMs: sent.firstByteAtMs === 0 ? clock.monotonicMs() - startMs : sent.firstByteAtMs - startMs,
		client,
		userAgent: request.headers["user-agent"] ?? "",
		httpVersion: request.httpVersion,
		forwardedFor: oneOf(request.headers["x-forwarded-for"]),
		authority: request.headers.host ?? oneOf(request.headers[":authority"]),
		requestId: sentId ?? requestIds.next(),
	});
}

async function answerOf(view: RequestView, { answerer, observer }: ExchangeOptions): Promise<Reply> {
	try {
		return await answerer.answer(view);
	} catch (error) {
		// A fault of ours must not cost the server, and the client learns nothing of it.
		observer.said(
			"error",
			`a request could not be answered: ${error instanceof Error ? error.message : error}`,
		);
		return fromSmall(refusal(500, "internal error"), view.method, { refused: "internal" });
	}
}

export function viewOf({ method = "", url = "", headers }: AnyRequest): RequestView {
	return {
		method,
		target: url,
		conditions: {
			ifMatch: headers["if-match"],
			ifUnmodifiedSince: headers["if-unmodified-since"],
			ifNoneMatch: headers["if-none-match"],
			ifModifiedSince: headers["if-modified-since"],
			range: headers.range,
			ifRange: oneOf(headers["if-range"]),
		},
		acceptEncoding: oneOf(headers["accept-encoding"]) ?? "",
		cacheControl: headers["cache-control"] ?? "",
		authorization: headers.authorization,
		hasBody: hasBody(headers),
	};
}

function oneOf(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value.join(", ") : value;
}

function hasBody(headers: IncomingHttpHeaders): boolean {
	if (headers["transfer-encoding"] !== undefined) return true;
	const length = headers["content-length"];
	return length !== undefined && length !== "0";
}

/** All but times and the client. */
export function recordOf(
	view: { method: string; target: string },
	{ about }: Reply,
	sent: SentReply,
): Omit<
	RequestRecord,
	"atMs" | "durationMs" | "firstByteMs" | "client" | "userAgent" | "httpVersion" | "requestId"
> {
	const { facts } = about;
	const query = view.target.indexOf("?");
	return {
		method: view.method,
		path: query === -1 ? view.target : view.target.slice(0, query),
		queryDropped: query !== -1,
		status: sent.status,
		bodyBytes: sent.bodyBytes,
		repository: about.repository,
		bucket: about.bucket,
		key: about.key,
		rule: about.rule,
		cache: sent.failure === undefined ? facts.cache : "error",
		tier: facts.tier,
		reason: sent.failure ?? (about.refused || facts.reason),
		ageS: facts.ageS,
		ttlS: facts.ttlS,
		upstreamStatus: facts.upstreamStatus,
		upstreamMs: facts.upstreamMs,
		upstreamBytes: facts.upstreamBytes(),
		s3RequestId: facts.s3RequestId,
		retries: facts.retries,
		responseFlags: flagsOf(facts.cache, facts.reason, sent),
		complete: sent.complete,
	};
}

/** Envoy's response flags; `RFCF` where the body is from the cache. */
function flagsOf(cache: string, reason: string, { complete, failure }: SentReply): string {
	if (failure !== undefined) return failure === "unavailable" ? "UF" : "UC";
	if (!complete) return "DC";
	if (cache === "hit" || cache === "stale" || cache === "revalidated" || cache === "negative") return "RFCF";
	return cache === "error" && reason === "unavailable" ? "UF" : "-";
}
