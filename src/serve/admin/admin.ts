/**
 * The admin port: health, readiness, metrics, stats, the list of what is stored, purging, a status page.
 * In: a node:http request. Out: its answer; nothing here is cached, framed or readable by other origins, and no path,
 * header or query of the request is repeated. Who may do what is decided in guard.ts.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { expositionType } from "../observe/exposition.ts";
import type { Metrics } from "../observe/metrics.ts";
import { metricsText } from "../observe/metrics-text.ts";
import type { Observer } from "../observe/observer.ts";
import { type LoopDelay, readProcess } from "../observe/process-numbers.ts";
import type { SavingPrices } from "../observe/savings.ts";
import { cachePage } from "./cache-list.ts";
import { denialOf, type GuardSettings } from "./guard.ts";
import type { Operated } from "./operated.ts";
import { readPurge } from "./query.ts";
import { type StatsSources, statsOf } from "./stats.ts";
import { statusPage, statusPolicy } from "./status-page.ts";

export interface AdminOptions extends GuardSettings {
	operated: Operated;
	metrics: Metrics;
	/** By repository name; for other names too, which have unknown prices. */
	pricesOf: (repository: string) => SavingPrices;
	logLinesDropped: () => number;
	/** Before counters are read: brings them up to date. */
	gather?: (() => Promise<void>) | undefined;
	clock: Clock;
	startedAtMs: number;
	loopDelay?: LoopDelay | undefined;
	version: string;
	said: Observer["said"];
}

interface Answer {
	status: number;
	type: string;
	body: string;
	fields?: Record<string, string>;
}

interface Route {
	methods: readonly ("GET" | "DELETE")[];
	isPrivate: boolean;
	/** It shows counters. */
	counts?: true;
	answer(options: AdminOptions, query: string, method: string): Answer | Promise<Answer>;
}

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
	["/healthz", { methods: ["GET"], isPrivate: false, answer: () => plain(200, "ok") }],
	["/readyz", { methods: ["GET"], isPrivate: false, answer: readiness }],
	["/metrics", { methods: ["GET"], isPrivate: false, counts: true, answer: metrics }],
	[
		"/stats",
		{
			methods: ["GET"],
			isPrivate: true,
			counts: true,
			answer: (options) => json(200, statsOf(sourcesOf(options))),
		},
	],
	["/cache", { methods: ["GET", "DELETE"], isPrivate: true, answer: cache }],
	["/", { methods: ["GET"], isPrivate: true, counts: true, answer: status }],
]);

/** For `createServer`, or startAdmin of admin-server.ts. Never throws and never rejects. */
export function createAdmin(
	options: AdminOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
	return (request, response) => {
		answerOf(options, request)
			.catch((error: unknown) => {
				options.said(
					"error",
					`The admin port could not answer: ${error instanceof Error ? error.message : error}`,
				);
				return plain(500, "internal error");
			})
			.then((answer) => send(request, response, answer))
			.catch(() => response.destroy());
	};
}

async function answerOf(options: AdminOptions, request: IncomingMessage): Promise<Answer> {
	const { method = "", url = "", headers } = request;
	const question = url.indexOf("?");
	const path = question === -1 ? url : url.slice(0, question);
	const route = routes.get(path);
	const denial = denialOf(
		{
			host: headers.host,
			origin: headers.origin,
			secFetchSite: headers["sec-fetch-site"] as string | undefined,
			authorization: headers.authorization,
			isWrite: method !== "GET" && method !== "HEAD",
			isPrivate: route?.isPrivate ?? true,
		},
		options,
	);
	if (denial !== undefined) {
		const challenge = { "WWW-Authenticate": 'Basic realm="chartcost admin", charset="UTF-8"' };
		return { ...plain(denial.status, denial.message), ...(denial.status === 401 && { fields: challenge }) };
	}
	if (route === undefined) return plain(404, "not found");
	const asked = method === "HEAD" ? "GET" : method;
	if (!(route.methods as readonly string[]).includes(asked)) {
		const allowed = route.methods.flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
		return { ...plain(405, "method not allowed"), fields: { Allow: allowed.join(", ") } };
	}
	if (hasBody(request)) return { ...plain(413, "a body is not expected"), fields: { Connection: "close" } };
	if (route.counts === true) await options.gather?.();
	return route.answer(options, question === -1 ? "" : url.slice(question + 1), asked);
}

function hasBody({ headers }: IncomingMessage): boolean {
	if (headers["transfer-encoding"] !== undefined) return true;
	return headers["content-length"] !== undefined && headers["content-length"] !== "0";
}

function readiness({ operated }: AdminOptions): Answer {
	const { ready, reasons, degraded } = operated.readiness();
	const lines = [
		ready ? "ready" : "not ready",
		...reasons.map((reason) => `- ${reason}`),
		...degraded.map((what) => `- degraded: ${what}`),
	];
	return plain(ready ? 200 : 503, lines.join("\n"));
}

function metrics(options: AdminOptions): Answer {
	const reading = { ...sourcesOf(options), gauges: options.operated.gauges() };
	return { status: 200, type: expositionType, body: metricsText(options.metrics, reading) };
}

async function cache(options: AdminOptions, query: string, method: string): Promise<Answer> {
	if (method === "GET") {
		const page = cachePage(query, options.operated);
		return "wrong" in page ? json(400, { error: page.wrong }) : json(200, page.value);
	}
	const purge = readPurge(query);
	if ("wrong" in purge) return json(400, { error: purge.wrong });
	const { repository } = purge.value;
	if (repository !== undefined && !options.operated.repositories().some(({ name }) => name === repository))
		return json(404, { error: "There is no such repository." });
	return json(200, { removed: await options.operated.purge(purge.value) });
}

function status(options: AdminOptions): Answer {
	const body = statusPage(statsOf(sourcesOf(options)));
	const fields = { "Content-Security-Policy": statusPolicy };
	return { status: 200, type: "text/html; charset=utf-8", body, fields };
}

function sourcesOf(options: AdminOptions): StatsSources {
	const { operated, metrics, pricesOf, version, clock, startedAtMs, loopDelay } = options;
	const process = readProcess(startedAtMs, loopDelay);
	const logLinesDropped = options.logLinesDropped();
	return { operated, metrics, pricesOf, process, nowMs: clock.nowMs(), logLinesDropped, version };
}

function plain(status: number, text: string): Answer {
	return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

function json(status: number, value: unknown): Answer {
	return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(value, null, "\t")}\n` };
}

function send(
	request: IncomingMessage,
	response: ServerResponse,
	{ status, type, body, fields }: Answer,
): void {
	const bytes = Buffer.from(body, "utf8");
	response.writeHead(status, {
		"Content-Type": type,
		"Content-Length": bytes.length,
		"Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "DENY",
		...fields,
	});
	response.end(request.method === "HEAD" ? undefined : bytes);
}
