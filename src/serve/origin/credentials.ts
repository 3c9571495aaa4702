/**
 * Keys to sign with, always at hand: a provider that may be slow or fail in; current keys out. Asks one at a time, before
 * they run out, and never makes a request wait while the present ones are valid. When the provider fails, the present
 * ones are used on, even after their end: S3 decides, and its metadata service is known to hand out old ones in need.
 */
import type { Clock } from "../clock.ts";
import type { Observer } from "../observe/observer.ts";
import { type CredentialProvider, type Credentials, OriginError } from "./origin.ts";

/** A first try long before the end, jittered so that many servers do not ask at once. */
const refreshBeforeMs = 10 * 60_000;
const refreshJitter = 0.1;
/** From here on a failure is tried again soon. */
const urgentBeforeMs = 2 * 60_000;
const firstBackoffMs = 1000;
const maxBackoffMs = 30_000;
const maxUrgentBackoffMs = 5000;
/** A provider that does not answer at all: the instance's service takes 3 s at worst, SSO some seconds. */
const providerTimeoutMs = 30_000;
/** S3 refuses the present ones and the provider has no others: it is not asked for each request. */
const renewIntervalMs = 5000;
/** Waits end at least so often, because the wall clock may jump and laptops sleep. */
const longestWaitMs = 60_000;

export interface CredentialSource {
	/** At once when there are any that may work. Rejects with OriginError `credentials`. */
	current(): Credentials | Promise<Credentials>;
	/** S3 refused `rejected`: asks for others. `false`: there are none. */
	renew(rejected: Credentials): Promise<boolean>;
	state(): { expiresAtMs: number | undefined; failing: boolean };
	/** Ends what waits in the background. */
	close(): void;
}

interface Outage {
	error: OriginError;
	attempts: number;
	retryAtMs: number;
	/** Said that even the old ones have run out. */
	saidExpired: boolean;
}

export function createCredentials(
	provider: CredentialProvider,
	{ clock, observer }: { clock: Clock; observer: Observer },
): CredentialSource {
	const stop = new AbortController();
	let held: Credentials | undefined;
	let refreshAtMs = Number.POSITIVE_INFINITY;
	let outage: Outage | undefined;
	let asking: Promise<void> | undefined;
	let isWatching = false;
	let inVainAtMs = Number.NEGATIVE_INFINITY;

	const isValid = (credentials: Credentials) =>
		credentials.expiresAtMs === undefined || credentials.expiresAtMs > clock.nowMs();

	/** One at a time. Never rejects: what came of it is in `held` and `outage`. */
	function ask(): Promise<void> {
		asking ??= timely(provider, clock, stop.signal)
			.then(accept, fail)
			.finally(() => {
				asking = undefined;
				watch();
			});
		return asking;
	}
	function accept(fresh: Credentials): void {
		if (!isValid(fresh) && held !== undefined && isValid(held)) {
			fail(new Error("they had expired already"));
			return;
		}
		held = fresh;
		const nowMs = clock.nowMs();
		// Old ones are what a metadata service in trouble hands out: it is not pressed.
		refreshAtMs = isValid(fresh) ? refreshTime(fresh, nowMs, clock.random()) : nowMs + maxBackoffMs;
		observer.credentialsRefreshed("ok", fresh.expiresAtMs);
		if (outage !== undefined) observer.said("info", "AWS credentials are renewed again.");
		outage = undefined;
	}
	function fail(reason: unknown): void {
		if (stop.signal.aborted) return;
		const nowMs = clock.nowMs();
		const error = asOriginError(reason);
		const attempts = (outage?.attempts ?? 0) + 1;
		const isUrgent = held?.expiresAtMs === undefined || held.expiresAtMs - nowMs < urgentBeforeMs;
		const limitMs = isUrgent ? maxUrgentBackoffMs : maxBackoffMs;
		const delayMs = Math.min(limitMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 10));
		refreshAtMs = nowMs + delayMs;
		observer.credentialsRefreshed("error", held?.expiresAtMs);
		if (outage === undefined) observer.said(held === undefined ? "error" : "warn", outageText(error, held));
		outage = { error, attempts, retryAtMs: refreshAtMs, saidExpired: outage?.saidExpired ?? false };
	}

	/** Renews in the background until close. */
	function watch(): void {
		if (isWatching || refreshAtMs === Number.POSITIVE_INFINITY || stop.signal.aborted) return;
		isWatching = true;
		const waitMs = Math.max(0, Math.min(longestWaitMs, refreshAtMs - clock.nowMs()));
		clock.sleep(waitMs, stop.signal).then(
			() => {
				isWatching = false;
				sayExpired();
				if (clock.nowMs() >= refreshAtMs) void ask();
				else watch();
			},
			() => {},
		);
	}
	function sayExpired(): void {
		if (outage === undefined || outage.saidExpired || held === undefined || isValid(held)) return;
		outage.saidExpired = true;
		observer.said(
			"error",
			"AWS credentials have expired and cannot be renewed; S3 is still asked with them.",
		);
	}

	async function firstOnes(): Promise<Credentials> {
		// A new attempt for each request would be a storm on a service that is in trouble.
		if (outage === undefined || clock.nowMs() >= outage.retryAtMs) await ask();
		if (held !== undefined) return held;
		throw outage?.error ?? asOriginError(new Error("stopped"));
	}
	async function newOnes(old: Credentials): Promise<Credentials> {
		await ask();
		return held ?? old;
	}
	return {
		current: () => {
			if (held === undefined) return firstOnes();
			// While the provider fails, waiting for it would not help.
			return isValid(held) || outage !== undefined ? held : newOnes(held);
		},
		renew: async (rejected) => {
			if (!isSame(rejected, held)) return held !== undefined;
			const isHopeless = clock.monotonicMs() - inVainAtMs < renewIntervalMs;
			if (outage === undefined ? !isHopeless : clock.nowMs() >= outage.retryAtMs) await ask();
			const isRenewed = held !== undefined && !isSame(rejected, held);
			if (!isRenewed && !isHopeless) inVainAtMs = clock.monotonicMs();
			return isRenewed;
		},
		state: () => ({ expiresAtMs: held?.expiresAtMs, failing: outage !== undefined }),
		close: () => stop.abort(),
	};
}

function isSame(one: Credentials, other: Credentials | undefined): boolean {
	return (
		one.accessKeyId === other?.accessKeyId &&
		one.secretAccessKey === other.secretAccessKey &&
		one.sessionToken === other.sessionToken
	);
}

/** Ten minutes before the end, or in the middle of a shorter life. */
function refreshTime({ expiresAtMs }: Credentials, nowMs: number, random: number): number {
	if (expiresAtMs === undefined) return Number.POSITIVE_INFINITY;
	const jitter = 1 - refreshJitter + 2 * refreshJitter * random;
	return Math.max(
		nowMs + firstBackoffMs,
		expiresAtMs - Math.min(refreshBeforeMs * jitter, (expiresAtMs - nowMs) / 2),
	);
}

async function timely(
	provider: CredentialProvider,
	clock: Clock,
	stopped: AbortSignal,
): Promise<Credentials> {
	const done = new AbortController();
	const late = clock.sleep(providerTimeoutMs, AbortSignal.any([done.signal, stopped])).then(() => {
		throw new Error(`no answer within ${providerTimeoutMs / 1000} s`);
	});
	late.catch(() => {});
	try {
		return await Promise.race([provider(), late]);
	} finally {
		done.abort();
	}
}

function asOriginError(reason: unknown): OriginError {
	const { message, hint } = (reason ?? {}) as { message?: unknown; hint?: unknown };
	const why = typeof message === "string" && message !== "" ? message : "unknown reason";
	const text = `No AWS credentials: ${why}${typeof hint === "string" ? ` ${hint}` : ""}`;
	return new OriginError("credentials", text, { cause: reason });
}

function outageText({ message }: OriginError, held: Credentials | undefined): string {
	if (held === undefined) return message;
	const until = held.expiresAtMs === undefined ? "" : ` until ${new Date(held.expiresAtMs).toISOString()}`;
	return `AWS credentials cannot be renewed; the present ones are used${until}. ${message}`;
}
