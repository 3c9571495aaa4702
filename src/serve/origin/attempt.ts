/**
 * One request to S3: signed, sent, and its answer read as an OriginAnswer or a Trouble. Nothing of a client's request
 * but the key is in it: all fields are made here. The path goes through `Pool.request`, which sends it as it stands;
 * undici's other ways, and node's, make `/a/%2e%2e/b` another path than the one that was signed.
 */
import type { Pool } from "undici";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type AnswerHead, type RawHeaders, readHead } from "./answer.ts";
import { beginningOf, checkedBody, noBody } from "./body.ts";
import type { Endpoint } from "./endpoint.ts";
import { maxErrorBodyBytes, maxErrorBodyMs, type Trouble, troubleOf, troubleOfError } from "./failures.ts";
import type { Credentials, OriginAnswer, OriginRequest } from "./origin.ts";
import { type S3Request, type Signer, signedFields, stringToSignSha256 } from "./signer.ts";
import { encodePath } from "./uri.ts";

type ResponseBody = Awaited<ReturnType<Pool["request"]>>["body"];

export interface AttemptTools {
	clock: Clock;
	observer: Observer;
	signer: Signer;
	userAgent: string;
}

export interface Attempt {
	request: OriginRequest;
	endpoint: Endpoint;
	pool: Pool;
	credentials: Credentials;
	/** S3's clock against ours. */
	clockOffsetMs: number;
	/** Attempts before this one, for the answer. */
	retries: number;
}

export type Outcome = { answer: OriginAnswer } | { trouble: Trouble };

export async function tryOnce(attempt: Attempt, tools: AttemptTools): Promise<Outcome> {
	const { request, endpoint, pool } = attempt;
	const { clock, observer } = tools;
	const signed = toSign(attempt, clock.nowMs());
	const startMs = clock.monotonicMs();
	const told = (status: number, bytes: number) =>
		observer.upstream({ op: request.method, status, bytes, durationMs: clock.monotonicMs() - startMs });
	try {
		const { statusCode, headers, body } = await pool.request({
			method: request.method,
			path: signed.path,
			headers: fieldsOf(attempt, signed, tools),
			...(request.signal === undefined ? {} : { signal: request.signal }),
		});
		const headMs = clock.monotonicMs() - startMs;
		if (statusCode !== 200 && statusCode !== 206 && statusCode !== 304) {
			const text = await errorText(body, clock);
			told(statusCode, text.length);
			return { trouble: refusal(attempt, signed, statusCode, headers, text, clock.nowMs()) };
		}
		const head = readHead(request, statusCode, headers);
		if (typeof head !== "string") return { answer: answerOf(attempt, head, body, headMs, told) };
		body.on("error", () => {}).destroy();
		told(statusCode, 0);
		return { trouble: nonsense(statusCode, head) };
	} catch (error) {
		told(0, 0);
		if (request.signal?.aborted === true) return { trouble: givenUp(error) };
		return { trouble: troubleOfError(error, endpoint.host) };
	}
}

/** An error that drips would hold its request as long as it likes. */
async function errorText(body: ResponseBody, clock: Clock): Promise<string> {
	const done = new AbortController();
	const text = await beginningOf(body, maxErrorBodyBytes, clock.sleep(maxErrorBodyMs, done.signal));
	done.abort();
	return text;
}

function toSign({ request, endpoint, credentials, clockOffsetMs }: Attempt, nowMs: number): S3Request {
	return {
		method: request.method,
		path: `${endpoint.basePath}/${encodePath(request.key)}`,
		host: endpoint.host,
		region: endpoint.region,
		credentials,
		nowMs: nowMs + clockOffsetMs,
		// A checksum is of the whole object: S3 sends none with a range.
		checksum: request.range === undefined,
	};
}

/** All of the head that S3 gets. Only what no intermediary changes is signed. */
function fieldsOf({ request }: Attempt, signed: S3Request, { signer, userAgent }: AttemptTools): string[] {
	const fields = signedFields(signer, signed);
	fields.push("accept-encoding", "identity", "user-agent", userAgent);
	const { range, ifNoneMatch, ifMatch } = request;
	if (range !== undefined) fields.push("range", `bytes=${range.first}-${range.last ?? ""}`);
	if (ifNoneMatch !== undefined) fields.push("if-none-match", ifNoneMatch);
	if (ifMatch !== undefined) fields.push("if-match", ifMatch);
	return fields;
}

function answerOf(
	{ request, retries }: Attempt,
	head: AnswerHead,
	stream: ResponseBody,
	headMs: number,
	told: (status: number, bytes: number) => void,
): OriginAnswer {
	if (request.method === "HEAD" || head.status === 304) {
		stream.on("error", () => {}).resume();
		told(head.status, 0);
		return { ...head, headMs, retries, body: noBody, cancel: () => {} };
	}
	const checked = checkedBody(stream, {
		expectedBytes: head.contentLength,
		status: head.status,
		requestId: head.requestId,
		signal: request.signal,
		ended: (bytes) => told(head.status, bytes),
	});
	return { ...head, headMs, retries, ...checked };
}

function refusal(
	{ request, clockOffsetMs }: Attempt,
	signed: S3Request,
	status: number,
	headers: RawHeaders,
	body: string,
	nowMs: number,
): Trouble {
	const header = (name: string) => {
		const value = headers[name];
		return typeof value === "string" ? value : "";
	};
	const trouble = troubleOf({ method: request.method, status, header, body, nowMs: nowMs + clockOffsetMs });
	if (trouble.failure !== "signature") return trouble;
	const hash = stringToSignSha256(signed);
	return { ...trouble, message: `${trouble.message}; the string to sign had sha256 ${hash}` };
}

function nonsense(status: number, why: string): Trouble {
	const message = `S3's answer ${status} makes no sense: ${why}`;
	return { failure: "bad-answer", remedy: "none", message, status, code: "", requestId: "" };
}

function givenUp(cause: unknown): Trouble {
	const message = "the request was given up";
	return { failure: "aborted", remedy: "none", message, status: undefined, code: "", requestId: "", cause };
}
