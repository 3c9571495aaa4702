/**
 * S3 behind the seam of origin.ts: a request for a key in, an answer or an OriginError out. Between them: attempts
 * (attempt.ts), what helps after a failed one (retry.ts), and what is learnt on the way and kept for the next
 * request: the bucket's Region, S3's clock, whether S3 is there at all (breaker.ts).
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type AttemptTools, type Outcome, tryOnce } from "./attempt.ts";
import { type Admission, createBreaker } from "./breaker.ts";
import { type ConnectionOptions, createConnections, type Dial } from "./connections.ts";
import type { CredentialSource } from "./credentials.ts";
import { type BucketPlace, bucketIdOf, type Endpoint, redirectedEndpoint } from "./endpoint.ts";
import { originError, type Trouble } from "./failures.ts";
import { type Origin, OriginError, type OriginFailure, type OriginRequest } from "./origin.ts";
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

/** What one request has come to. */
interface Journey {
	request: OriginRequest;
	admission: Admission;
	spent: Spent;
	/** Of a 307: for this request alone. */
	redirect: Endpoint | undefined;
}

export function createS3Origin(options: S3OriginOptions): S3Origin {
	const { place, settings, credentials, clock, observer, ca, dial } = options;
	const bucketId = bucketIdOf(place);
	const whereabouts = createWhereabouts(place, observer);
	const connections = createConnections({ ...settings, ca, dial }, clock);
	const breaker = createBreaker(clock);
	const budget = createRetryBudget();
	const tools: AttemptTools = {
		...{ clock, observer, signer: createSigner() },
		userAgent: `chartcost/${options.version}`,
	};
	let clockOffsetMs = 0;
	let nextAskAtMs = 0;
	let last: { status: "ok" | OriginFailure; sinceMs: number } = { status: "ok", sinceMs: clock.nowMs() };

	function note(failure: OriginFailure | undefined): void {
		if (failure === "aborted" || failure === "broken") return;
		const status = failure === undefined || harmless.has(failure) ? "ok" : failure;
		if (status !== last.status) last = { status, sinceMs: clock.nowMs() };
	}

	async function request(request: OriginRequest) {
		budget.earn();
		const admission = breaker.admit();
		if (admission === "refused") throw refusedByBreaker();
		const journey: Journey = {
			...{ request, admission, redirect: undefined },
			spent: { retries: 0, waits: 0, repairs: new Set() },
		};
		try {
			for (;;) {
				const outcome = await advance(journey);
				if (outcome !== undefined) return outcome;
				journey.spent.retries++;
			}
		} catch (error) {
			note(error instanceof OriginError ? error.failure : "unavailable");
			throw error;
		} finally {
			breaker.abandoned(admission);
		}
	}

	/** One attempt and, when it failed, what helps. `undefined`: again. */
	async function advance(journey: Journey) {
		const { request, spent } = journey;
		const endpoint = journey.redirect ?? whereabouts.endpoint();
		const keys = await credentials.current();
		const pool = connections.poolFor(endpoint.url);
		const attempt = { endpoint, pool, credentials: keys, clockOffsetMs, retries: spent.retries };
		const outcome = await tryOnce({ request, ...attempt }, tools);
		if ("answer" in outcome) {
			if (journey.redirect === undefined) whereabouts.confirm(endpoint);
			settled(undefined);
			return outcome.answer;
		}
		const trouble = isToBeAsked(outcome.trouble)
			? await reasonFor(outcome.trouble, tryOnce({ request: probeOf(request), ...attempt }, tools))
			: outcome.trouble;
		if (!(await isHelped(trouble, journey, attempt))) {
			settled(trouble);
			throw originError(trouble, spent.retries);
		}
		return undefined;
	}

	/** A body would say why; at most one GET in ten seconds when it is likely that the key is only missing. */
	function isToBeAsked({ remedy, status }: Trouble): boolean {
		if (remedy !== "ask") return false;
		if (status === 403 && clock.monotonicMs() < nextAskAtMs) return false;
		nextAskAtMs = clock.monotonicMs() + askIntervalMs;
		observer.retried("ask");
		return true;
	}

	async function isHelped(trouble: Trouble, journey: Journey, used: Used): Promise<boolean> {
		const { spent, admission, request } = journey;
		const step = nextStep(trouble, spent, {
			retries: admission === "probe" ? 0 : settings.retries,
			random: clock.random(),
			spend: budget.spend,
		});
		if (step.do === "give-up") return false;
		if (step.do === "repair") {
			spent.repairs.add(step.remedy);
			if (!(await repair(trouble, journey, used))) return false;
			observer.retried(step.remedy);
			return true;
		}
		spent.waits++;
		// The host may have another address by now, and the connection may lead to the one that is in trouble.
		connections.replace(used.endpoint.url, used.pool);
		observer.retried(trouble.failure);
		try {
			await clock.sleep(step.delayMs, request.signal);
			return true;
		} catch {
			throw new OriginError("aborted", "the request was given up", { retries: spent.retries });
		}
	}

	/** `false`: it cannot be repaired. */
	async function repair(trouble: Trouble, journey: Journey, used: Used): Promise<boolean> {
		switch (trouble.remedy) {
			case "reconnect":
				connections.replace(used.endpoint.url, used.pool);
				return true;
			case "clock":
				return adjustClock(trouble.serverNowMs, used.clockOffsetMs);
			case "credentials":
				return credentials.renew(used.credentials);
			case "region":
				return journey.redirect === undefined && whereabouts.correct(trouble.region, used.endpoint);
			case "redirect":
				journey.redirect = redirectedEndpoint(place, used.endpoint, trouble.location ?? "");
				return journey.redirect !== undefined;
			default:
				return false;
		}
	}

	function adjustClock(serverNowMs: number | undefined, usedOffsetMs: number): boolean {
		if (serverNowMs === undefined) return false;
		const offsetMs = serverNowMs - clock.nowMs();
		// Signed with S3's time and still refused: something else is wrong.
		if (Math.abs(offsetMs - usedOffsetMs) < 60_000) return Math.abs(clockOffsetMs - usedOffsetMs) >= 60_000;
		clockOffsetMs = offsetMs;
		const seconds = Math.round(offsetMs / 1000);
		observer.clockOffset(seconds);
		if (Math.abs(seconds) < 60) observer.said("info", "This machine's clock agrees with S3's again.");
		else observer.said("warn", `${clockText(seconds)}; requests are signed with S3's time.`);
		return true;
	}

	/** Keeps count for the breaker, and says when S3 goes and comes. */
	function settled(trouble: Trouble | undefined): void {
		if (trouble === undefined) note(undefined);
		if (trouble?.failure === "aborted") return;
		if (trouble?.failure === "unavailable" || trouble?.failure === "throttled") {
			if (breaker.failed())
				observer.said(
					"error",
					`${bucketId} is not reachable: ${trouble.message}. It is asked once a second.`,
				);
		} else if (breaker.answered()) observer.said("info", `${bucketId} is reachable again.`);
	}

	function refusedByBreaker(): OriginError {
		const { sinceMs } = breaker.state();
		const failure = last.status === "throttled" ? "throttled" : "unavailable";
		return new OriginError(failure, `${bucketId} is not reachable since ${new Date(sinceMs).toISOString()}`);
	}

	return {
		bucketId,
		request,
		close: connections.close,
		state: () => ({
			...{ status: last.status, sinceMs: last.sinceMs, isDown: breaker.state().down },
			...{ region: whereabouts.known(), clockOffsetMs },
		}),
	};
}

interface Used {
	endpoint: Endpoint;
	pool: ReturnType<ReturnType<typeof createConnections>["poolFor"]>;
	credentials: Awaited<ReturnType<CredentialSource["current"]>>;
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
