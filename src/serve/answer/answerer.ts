/**
 * The way of one request, whatever the transport: method, target, who asks, route, cache, reply.
 * In: a RequestView. Out: a Reply, without waiting where nothing must be waited for. Refuses everything that is not a GET or HEAD of
 * a chart, before anything is looked up.
 */
import type { Ask, Found } from "../cache/found.ts";
import type { Lookup } from "../cache/lookup.ts";
import type { Clock } from "../clock.ts";
import type { FoundIndex } from "../index-file/holder.ts";
import type { PreparedIndex } from "../index-file/prepared.ts";
import type { ObjectType, Route, Router } from "../listener/route.ts";
import { decodeTarget } from "../listener/target.ts";
import type { Observer } from "../observe/observer.ts";
import type { Repository } from "../repository.ts";
import { type Asked, indexReply, objectReply } from "./object-reply.ts";
import { type Conditions, wantedSpan } from "./plan.ts";
import type { ReadyObject } from "./ready.ts";
import { readyIndex } from "./ready-index.ts";
import { methodNotAllowed, notFound, refusal, type SmallReply, smallReply } from "./refusals.ts";
import { type About, fromSmall, nothing, type Reply } from "./reply.ts";

/** A request as the transports show it. */
export interface RequestView {
	method: string;
	/** As received. */
	target: string;
	conditions: Conditions;
	/** Empty where the client sent none. */
	acceptEncoding: string;
	cacheControl: string;
	authorization: string | undefined;
	/** Content-Length above 0, or Transfer-Encoding. */
	hasBody: boolean;
	/** Something that RFC 9112 wants refused and Node lets through: two Hosts, a version that is none. */
	malformed: boolean;
}

export interface AnswererOptions {
	router: Router;
	repositories: ReadonlyMap<string, Repository>;
	cache: Lookup;
	clock: Clock;
	observer: Observer;
	version: string;
	/** Whether this Authorization may read; `undefined`: everybody may. */
	authorize: ((authorization: string | undefined) => boolean) | undefined;
	/** `WWW-Authenticate` of a 401. */
	challenge: readonly string[];
	/** ChartMuseum's API from a prepared index. */
	api(index: PreparedIndex, segments: readonly string[], query: string): ApiReply;
	rejectQueries: boolean;
	obeyClientCacheControl: boolean;
	/** Requests that may wait for S3 at once. */
	maxPending: number;
}

export interface Simple {
	type: ObjectType;
	ask: Ask;
	/** The index that is in force; `undefined`: a package, which the memory tier may hold. */
	index: (() => ReadyObject | undefined) | undefined;
}

export interface ApiReply {
	status: number;
	contentType: string;
	body: Buffer;
}

export class Answerer {
	readonly #options: AnswererOptions;

	constructor(options: AnswererOptions) {
		this.#options = options;
	}

	answer(view: RequestView): Reply | Promise<Reply> {
		const { method } = view;
		if (view.malformed) return this.#refuse(view, refusal(400, "bad request", { close: true }), "malformed");
		if (method !== "GET" && method !== "HEAD") return this.#refuse(view, methodNotAllowed(), "method");
		// A GET with a body is legal and useless, and what two parsers disagree about (chart-proxy S-15).
		if (view.hasBody)
			return this.#refuse(view, refusal(400, "a body is not expected", { close: true }), "body");
		const target = decodeTarget(view.target);
		if ("refused" in target) return this.#refuse(view, refusal(400, "bad request target"), "path");
		if (this.#options.rejectQueries && target.queryDropped) {
			return this.#refuse(view, refusal(400, "a query is not expected"), "query");
		}
		const route = this.#options.router.route(target.path);
		if (route.kind === "health") return fromSmall(smallReply(200, '{"healthy":true}'), method);
		if (route.kind === "info") {
			return fromSmall(smallReply(200, JSON.stringify({ version: `v${this.#options.version}` })), method);
		}
		// Before anything else is said: whether something exists is not for everybody.
		if (this.#options.authorize?.(view.authorization) === false) {
			const fields = this.#options.challenge.flatMap((challenge) => ["WWW-Authenticate", challenge]);
			return this.#refuse(view, refusal(401, "unauthorized", { fields }), "auth");
		}
		if (route.kind === "none") return fromSmall(notFound(), method, { refused: "no-route" });
		if (this.#options.cache.waiters >= this.#options.maxPending) {
			this.#options.observer.shed();
			const busy = refusal(503, "too many requests wait for S3", { fields: ["Retry-After", "1"] });
			return this.#refuse(view, busy, "shed");
		}
		return this.#routed(view, route, target.query);
	}

	/** What a GET asks for, if it is the whole of something that everybody may read, or news of it; nothing is looked up. */
	simple({ method, target: raw, conditions, cacheControl, acceptEncoding }: RequestView): Simple | undefined {
		const { authorize, rejectQueries, obeyClientCacheControl, router } = this.#options;
		if (method !== "GET" || authorize !== undefined) return undefined;
		if (obeyClientCacheControl && cacheControl !== "") return undefined;
		const { ifMatch, ifUnmodifiedSince, ifModifiedSince, range } = conditions;
		if ((ifMatch ?? ifUnmodifiedSince ?? ifModifiedSince ?? range) !== undefined) return undefined;
		const target = decodeTarget(raw);
		if ("refused" in target || (rejectQueries && target.queryDropped)) return undefined;
		const route = router.route(target.path);
		if (route.kind !== "object") return undefined;
		const repository = this.#repositoryOf(route.repository.name);
		if (route.type === "index") {
			const { index, indexAsk } = repository;
			return { type: route.type, ask: indexAsk, index: () => readyIndex(index, acceptEncoding) };
		}
		const ask = repository.ask(route.file, "GET", wantedSpan(undefined), false);
		return { type: route.type, ask, index: undefined };
	}

	#routed(
		view: RequestView,
		route: Extract<Route, { kind: "object" | "api" }>,
		query: string,
	): Reply | Promise<Reply> {
		const repository = this.#repositoryOf(route.repository.name);
		const method = view.method as "GET" | "HEAD";
		const revalidate =
			this.#options.obeyClientCacheControl && /\b(no-cache|no-store|max-age=0)\b/i.test(view.cacheControl);
		const asked = (found: Route & { kind: "object" }): Asked => ({
			method,
			conditions: view.conditions,
			acceptEncoding: view.acceptEncoding,
			rule: found.type === "index" ? repository.indexRule : repository.ruleOf(found.file),
			type: found.type,
			nowMs: this.#options.clock.nowMs(),
		});
		if (route.kind === "api") return this.#api(view, repository, route.segments, query);
		if (route.type === "index") {
			return repository.index
				.find(method, revalidate)
				.then((found) =>
					indexReply(found, asked(route), aboutOf(repository, route.key, found, repository.indexRule.name)),
				);
		}
		// Whether If-Range lets the range stand is known only with the object's head.
		const { range, ifRange } = view.conditions;
		const span = wantedSpan(ifRange === undefined ? range : undefined);
		const ask = repository.ask(route.file, method, span, revalidate);
		const reply = (found: Found) =>
			objectReply(found, asked(route), aboutOf(repository, route.key, found, ask.rule.name));
		const found = this.#options.cache.find(ask);
		return found instanceof Promise ? found.then(reply) : reply(found);
	}

	async #api(view: RequestView, repository: Repository, segments: string[], query: string): Promise<Reply> {
		const found = await repository.index.find("GET", false);
		const about = aboutOf(repository, "", found, "api");
		if (found.kind === "pass") found.answer.cancel();
		if (found.kind === "object") found.source.close();
		if (found.kind !== "index") {
			return fromSmall(refusal(500, "the index of this repository is not at hand"), view.method, about);
		}
		const { status, contentType, body } = this.#options.api(found.index, segments, query);
		return fromSmall(smallReply(status, body, { contentType }), view.method, about);
	}

	#repositoryOf(name: string): Repository {
		const repository = this.#options.repositories.get(name);
		if (repository === undefined) throw new Error(`no repository is named ${name}`);
		return repository;
	}

	#refuse(view: RequestView, small: SmallReply, reason: string): Reply {
		this.#options.observer.refused(reason);
		return fromSmall(small, view.method, { refused: reason });
	}
}

function aboutOf(repository: Repository, key: string, { facts }: Found | FoundIndex, rule: string): About {
	const { name, bucket } = repository.config;
	return { ...nothing, repository: name, bucket, key, rule, facts };
}
