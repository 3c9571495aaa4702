/**
 * S3 behind the seam of origin.ts: a request for a key in, an answer or an OriginError out. Between them: attempts
 * (attempt.ts), what helps after a failed one (retry.ts), and what is learnt on the way and kept for the next
 * request: the bucket's Region, S3's clock, whether S3 is there at all (breaker.ts).
 */
import type { Pool } from "undici";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type AttemptTools, type Outcome, tryOnce } from "./attempt.ts";
import { type Admission, createBreaker } from "./breaker.ts";
import { type ConnectionOptions, createConnections, type Dial } from "./connections.ts";
import type { CredentialSource } from "./credentials.ts";
import { type BucketPlace, bucketIdOf, type Endpoint, redirectedEndpoint } from "./endpoint.ts";
import { originError, type Trouble } from "./failures.ts";
import {
	type Credentials,
	type Origin,
	type OriginAnswer,
	OriginError,
	type OriginFailure,
	type OriginRequest,
} from "./origin.ts";
import { createRetryBudget, nextStep, type Spent } from "./retry.ts";
import { createSigner } from "./signer.ts";
import { createWhereabouts } from "./whereabouts.ts";

export interface S3OriginOptions {
	place: BucketPlace;
	/** As in OriginConfig. */
	settings: Omit<ConnectionOptions, "ca" | "dial"> & { retries: number };
	/** One for all buckets. */
	credentials: CredentialSource;
	clock: Clock;
	observer: Observer;
	/** Of chartcost, for the user agent. */
	version: string;
	/** Certificates to trust instead of the system's. */
	ca?: string | Buffer | undefined;
	/** In place of DNS, TCP and TLS, for tests. */
	dial?: Dial | undefined;
}

export interface S3Origin extends Origin {
	state(): S3OriginState;
}

export interface S3OriginState {
	/** What S3 said last about the bucket: a missing object is `ok`. */
	status: "ok" | OriginFailure;
	/** Wall clock. */
	sinceMs: number;
	/** The breaker is open: requests fail at once, but for one probe a second. */
	isDown: boolean;
	/** `undefined`: not known yet. */
	region: string | undefined;
	clockOffsetMs: number;
}

/** These are answers about an object, or about nothing, and say nothing bad about the bucket. */
const harmless = new Set<OriginFailure>(["missing", "changed", "range", "archived", "aborted", "broken"]);
/** A HEAD that S3 forbids says no reason; it is asked for only now and then. */
const askIntervalMs = 10_000;
/** Clocks that differ less agree: S3 allows a quarter of an hour. */
const noSkewMs = 60_000;

/** What one request has come to. */
interface Journey {
	request: OriginRequest;
	admission: Admission;
	spent: Spent;
	/** Of a 307: for this request alone. */
	redirect: Endpoint | undefined;
}

export function createS3Origin(options: S3OriginOptions): S3Origin {
	return new Bucket(options);
}

class Bucket implements S3Origin {
	readonly bucketId: string;
	readonly #options: S3OriginOptions;
	readonly #whereabouts;
	readonly #connections;
	readonly #breaker;
	readonly #budget = createRetryBudget();
	readonly #tools: AttemptTools;
	#clockOffsetMs = 0;
	#nextAskAtMs = 0;
	#last: { status: "ok" | OriginFailure; sinceMs: number };

	constructor(options: S3OriginOptions) {
		const { place, settings, clock, observer, ca, dial } = options;
		this.#options = options;
		this.bucketId = bucketIdOf(place);
		this.#whereabouts = createWhereabouts(place, observer);
		this.#connections = createConnections({ ...settings, ca, dial }, clock);
		this.#breaker = createBreaker(clock);
		this.#tools = { clock, observer, signer: createSigner(), userAgent: `chartcost/${options.version}` };
		this.#last = { status: "ok", sinceMs: clock.nowMs() };
	}

	async request(request: OriginRequest): Promise<OriginAnswer> {
		this.#budget.earn();
		const admission = this.#breaker.admit();
		if (admission === "refused") throw this.#refusedByBreaker();
		const journey: Journey = {
			...{ request, admission, redirect: undefined },
			spent: { retries: 0, waits: 0, repairs: new Set() },
		};
		try {
			for (;;) {
				const answer = await this.#advance(journey);
				if (answer !== undefined) return answer;
				journey.spent.retries++;
			}
		} catch (error) {
			this.#note(error instanceof OriginError ? error.failure : "unavailable");
			throw error;
		} finally {
			this.#breaker.abandoned(admission);
		}
	}

	state(): S3OriginState {
		return {
			...this.#last,
			isDown: this.#breaker.state().down,
			region: this.#whereabouts.known(),
			clockOffsetMs: this.#clockOffsetMs,
		};
	}

	close(): Promise<void> {
		return this.#connections.close();
	}

	/** One attempt and, when it failed, what helps. `undefined`: again. */
	async #advance(journey: Journey): Promise<OriginAnswer | undefined> {
		const { request, spent } = journey;
		const endpoint = journey.redirect ?? this.#whereabouts.endpoint();
		const credentials = await this.#options.credentials.current();
		const used = {
			...{ endpoint, credentials, clockOffsetMs: this.#clockOffsetMs },
			pool: this.#connections.poolFor(endpoint.url),
		};
		const attempt = { ...used, retries: spent.retries };
		const outcome = await tryOnce({ request, ...attempt }, this.#tools);
		if ("answer" in outcome) {
			if (journey.redirect === undefined) this.#whereabouts.confirm(endpoint);
			this.#settled(undefined);
			return outcome.answer;
		}
		const trouble = this.#isToBeAsked(outcome.trouble)
			? await reasonFor(outcome.trouble, tryOnce({ request: probeOf(request), ...attempt }, this.#tools))
			: outcome.trouble;
		if (await this.#isHelped(trouble, journey, used)) return undefined;
		this.#settled(trouble);
		throw originError(trouble, spent.retries);
	}

	/** A body would say why; at most one GET in ten seconds when it is likely that the key is only missing. */
	#isToBeAsked({ remedy, status }: Trouble): boolean {
		const { clock, observer } = this.#options;
		if (remedy !== "ask") return false;
		if (status === 403 && clock.monotonicMs() < this.#nextAskAtMs) return false;
		this.#nextAskAtMs = clock.monotonicMs() + askIntervalMs;
		observer.retried("ask");
		return true;
	}

	async #isHelped(trouble: Trouble, journey: Journey, used: Used): Promise<boolean> {
		const { clock, observer, settings } = this.#options;
		const { spent, admission, request } = journey;
		const step = nextStep(trouble, spent, {
			retries: admission === "probe" ? 0 : settings.retries,
			random: clock.random(),
			spend: this.#budget.spend,
		});
		if (step.do === "give-up") return false;
		if (step.do === "repair") {
			spent.repairs.add(step.remedy);
			if (!(await this.#repair(trouble, journey, used))) return false;
			observer.retried(step.remedy);
			return true;
		}
		spent.waits++;
		// The host may have another address by now, and the connection may lead to the one that is in trouble.
		this.#connections.replace(used.endpoint.url, used.pool);
		observer.retried(trouble.failure);
		try {
			await clock.sleep(step.delayMs, request.signal);
			return true;
		} catch {
			throw new OriginError("aborted", "the request was given up", { retries: spent.retries });
		}
	}

	/** `false`: it cannot be repaired. */
	async #repair(trouble: Trouble, journey: Journey, used: Used): Promise<boolean> {
		switch (trouble.remedy) {
			case "reconnect":
				this.#connections.replace(used.endpoint.url, used.pool);
				return true;
			case "clock":
				return this.#adjustClock(trouble.serverNowMs, used.clockOffsetMs);
			case "credentials":
				return this.#options.credentials.renew(used.credentials);
			case "region":
				return journey.redirect === undefined && this.#whereabouts.correct(trouble.region, used.endpoint);
			case "redirect":
				journey.redirect = redirectedEndpoint(this.#options.place, used.endpoint, trouble.location ?? "");
				return journey.redirect !== undefined;
			default:
				return false;
		}
	}

	#adjustClock(serverNowMs: number | undefined, usedOffsetMs: number): boolean {
		const { clock, observer } = this.#options;
		if (serverNowMs === undefined) return false;
		const offsetMs = serverNowMs - clock.nowMs();
		// Signed with S3's time and still refused: something else is wrong, unless it is known better by now.
		if (Math.abs(offsetMs - usedOffsetMs) < noSkewMs)
			return Math.abs(this.#clockOffsetMs - usedOffsetMs) >= noSkewMs;
		this.#clockOffsetMs = offsetMs;
		const seconds = Math.round(offsetMs / 1000);
		observer.clockOffset(seconds);
		if (Math.abs(offsetMs) < noSkewMs) observer.said("info", "This machine's clock agrees with S3's again.");
		else observer.said("warn", `${clockText(seconds)}; requests are signed with S3's time.`);
		return true;
	}

	/** Keeps count for the breaker, and says when S3 goes and comes. */
	#settled(trouble: Trouble | undefined): void {
		const { observer } = this.#options;
		if (trouble === undefined) this.#note(undefined);
		if (trouble?.failure === "aborted") return;
		if (trouble?.failure === "unavailable" || trouble?.failure === "throttled") {
			if (this.#breaker.failed())
				observer.said(
					"error",
					`${this.bucketId} is not reachable: ${trouble.message}. It is asked once a second.`,
				);
		} else if (this.#breaker.answered()) observer.said("info", `${this.bucketId} is reachable again.`);
	}

	#note(failure: OriginFailure | undefined): void {
		if (failure === "aborted" || failure === "broken") return;
		const status = failure === undefined || harmless.has(failure) ? "ok" : failure;
		if (status !== this.#last.status) this.#last = { status, sinceMs: this.#options.clock.nowMs() };
	}

	#refusedByBreaker(): OriginError {
		const since = new Date(this.#breaker.state().sinceMs).toISOString();
		const failure = this.#last.status === "throttled" ? "throttled" : "unavailable";
		return new OriginError(failure, `${this.bucketId} is not reachable since ${since}`);
	}
}

interface Used {
	endpoint: Endpoint;
	pool: Pool;
	credentials: Credentials;
	clockOffsetMs: number;
}

const clockText = (seconds: number) =>
	`This machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "behind" : "ahead of"} S3's`;

/** One byte of the same object, for the error that a HEAD does not show. */
function probeOf({ key, signal }: OriginRequest): OriginRequest {
	return { method: "GET", key, signal, range: { first: 0, last: 0 } };
}

/** What the GET says; when that one works, the HEAD's own failure stands. */
async function reasonFor(head: Trouble, asked: Promise<Outcome>): Promise<Trouble> {
	const outcome = await asked;
	if ("trouble" in outcome) return outcome.trouble;
	outcome.answer.cancel();
	return head;
}
