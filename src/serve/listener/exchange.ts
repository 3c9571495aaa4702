/**
 * One request and its answer, whatever the transport: answered, sent, recorded.
 * In: the request as a Visit, and where the answer goes. Out: a RequestRecord for log and metrics.
 */
import type { Answerer, RequestView } from "../answer/answerer.ts";
import type { Outlet } from "../answer/outlet.ts";
import { refusal } from "../answer/refusals.ts";
import { fromSmall, type Reply } from "../answer/reply.ts";
import { type SentReply, sendReply } from "../answer/send.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { RequestIds } from "./request-ids.ts";

export interface ExchangeOptions {
	/** Of the settings that hold now. */
	answerer(): Answerer;
	clock: Clock;
	observer: Observer;
	requestIds: RequestIds;
	/** The server is ending: this answer is the connection's last. */
	closing(): boolean;
}

/** A request, and who sent it how. */
export interface Visit {
	view: RequestView;
	client: string;
	userAgent: string;
	httpVersion: string;
	forwardedFor: string | undefined;
	authority: string | undefined;
	/** The client's own id, if it may be repeated. */
	sentId: string | undefined;
}

/** Never rejects. */
export async function exchange(visit: Visit, outlet: Outlet, options: ExchangeOptions): Promise<void> {
	const { clock, observer, requestIds } = options;
	const { view, sentId } = visit;
	const atMs = clock.nowMs();
	const startMs = clock.monotonicMs();
	const reply = await answerOf(view, options);
	if (options.closing()) reply.close = true;
	if (sentId !== undefined) reply.fields.push("X-Request-Id", sentId);
	const sent = await sendReply(reply, outlet, () => clock.monotonicMs());
	const durationMs = clock.monotonicMs() - startMs;
	observer.answered({
		...recordOf(view, reply, sent),
		atMs,
		durationMs,
		firstByteMs: sent.firstByteAtMs === 0 ? durationMs : sent.firstByteAtMs - startMs,
		client: visit.client,
		userAgent: visit.userAgent,
		httpVersion: visit.httpVersion,
		forwardedFor: visit.forwardedFor,
		authority: visit.authority,
		requestId: sentId ?? requestIds.next(),
	});
}

async function answerOf(view: RequestView, { answerer, observer }: ExchangeOptions): Promise<Reply> {
	try {
		return await answerer().answer(view);
	} catch (error) {
		// A fault of ours must not cost the server, and the client learns nothing of it.
		observer.said(
			"error",
			`a request could not be answered: ${error instanceof Error ? error.message : error}`,
		);
		return fromSmall(refusal(500, "internal error"), view.method, { refused: "internal" });
	}
}

type Facts = Omit<
	RequestRecord,
	"atMs" | "durationMs" | "firstByteMs" | "client" | "userAgent" | "httpVersion" | "requestId"
>;

/** All but times and the client. */
function recordOf(view: RequestView, { about }: Reply, sent: SentReply): Facts {
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
		refreshStarted: facts.refreshStarted,
	};
}

/** Envoy's response flags; `RFCF` where the body is from the cache. */
function flagsOf(cache: string, reason: string, { complete, failure }: SentReply): string {
	if (failure !== undefined) return failure === "unavailable" ? "UF" : "UC";
	if (!complete) return "DC";
	if (cache === "hit" || cache === "stale" || cache === "revalidated" || cache === "negative") return "RFCF";
	return cache === "error" && reason === "unavailable" ? "UF" : "-";
}
