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
	parts: { clock: Clock; observer: Observer },
): CredentialSource {
	return new RenewedCredentials(provider, parts);
}

class RenewedCredentials implements CredentialSource {
	readonly #provider: CredentialProvider;
	readonly #clock: Clock;
	readonly #observer: Observer;
	readonly #stop = new AbortController();
	#held: Credentials | undefined;
	#refreshAtMs = Number.POSITIVE_INFINITY;
	#outage: Outage | undefined;
	#asking: Promise<void> | undefined;
	#isWatching = false;
	#inVainAtMs = Number.NEGATIVE_INFINITY;

	constructor(provider: CredentialProvider, { clock, observer }: { clock: Clock; observer: Observer }) {
		this.#provider = provider;
		this.#clock = clock;
		this.#observer = observer;
	}

	current(): Credentials | Promise<Credentials> {
		const held = this.#held;
		if (held === undefined) return this.#firstOnes();
		// While the provider fails, waiting for it would not help.
		return this.#isValid(held) || this.#outage !== undefined ? held : this.#newOnes(held);
	}

	async renew(rejected: Credentials): Promise<boolean> {
		if (!isSame(rejected, this.#held)) return this.#held !== undefined;
		const isHopeless = this.#clock.monotonicMs() - this.#inVainAtMs < renewIntervalMs;
		if (this.#outage === undefined ? !isHopeless : this.#mayAskAgain()) await this.#ask();
		const isRenewed = this.#held !== undefined && !isSame(rejected, this.#held);
		if (!isRenewed && !isHopeless) this.#inVainAtMs = this.#clock.monotonicMs();
		return isRenewed;
	}

	state(): { expiresAtMs: number | undefined; failing: boolean } {
		return { expiresAtMs: this.#held?.expiresAtMs, failing: this.#outage !== undefined };
	}

	close(): void {
		this.#stop.abort();
	}

	#isValid({ expiresAtMs }: Credentials): boolean {
		return expiresAtMs === undefined || expiresAtMs > this.#clock.nowMs();
	}

	/** A new attempt for each request would be a storm on a service that is in trouble. */
	#mayAskAgain(): boolean {
		return this.#outage === undefined || this.#clock.nowMs() >= this.#outage.retryAtMs;
	}

	async #firstOnes(): Promise<Credentials> {
		if (this.#mayAskAgain()) await this.#ask();
		if (this.#held !== undefined) return this.#held;
		throw this.#outage?.error ?? asOriginError(new Error("stopped"));
	}

	async #newOnes(old: Credentials): Promise<Credentials> {
		await this.#ask();
		return this.#held ?? old;
	}

	/** One at a time. Never rejects: what came of it is in `#held` and `#outage`. */
	#ask(): Promise<void> {
		this.#asking ??= timely(this.#provider, this.#clock, this.#stop.signal)
			.then(
				(fresh) => this.#accept(fresh),
				(reason: unknown) => this.#fail(reason),
			)
			.finally(() => {
				this.#asking = undefined;
				this.#watch();
			});
		return this.#asking;
	}

	#accept(fresh: Credentials): void {
		if (!this.#isValid(fresh) && this.#held !== undefined && this.#isValid(this.#held)) {
			this.#fail(new Error("they had expired already"));
			return;
		}
		this.#held = fresh;
		const nowMs = this.#clock.nowMs();
		// Old ones are what a metadata service in trouble hands out: it is not pressed.
		this.#refreshAtMs = this.#isValid(fresh)
			? refreshTime(fresh, nowMs, this.#clock.random())
			: nowMs + maxBackoffMs;
		this.#observer.credentialsRefreshed("ok", fresh.expiresAtMs);
		if (this.#outage !== undefined) this.#observer.said("info", "AWS credentials are renewed again.");
		this.#outage = undefined;
	}

	#fail(reason: unknown): void {
		if (this.#stop.signal.aborted) return;
		const [held, outage, nowMs] = [this.#held, this.#outage, this.#clock.nowMs()];
		const error = asOriginError(reason);
		const attempts = (outage?.attempts ?? 0) + 1;
		const isUrgent = held?.expiresAtMs === undefined || held.expiresAtMs - nowMs < urgentBeforeMs;
		const limitMs = isUrgent ? maxUrgentBackoffMs : maxBackoffMs;
		const delayMs = Math.min(limitMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 10));
		this.#refreshAtMs = nowMs + delayMs;
		this.#observer.credentialsRefreshed("error", held?.expiresAtMs);
		if (outage === undefined)
			this.#observer.said(held === undefined ? "error" : "warn", outageText(error, held));
		const saidExpired = outage?.saidExpired ?? false;
		this.#outage = { error, attempts, retryAtMs: this.#refreshAtMs, saidExpired };
	}

	/** Renews in the background until close. */
	#watch(): void {
		const { signal } = this.#stop;
		if (this.#isWatching || this.#refreshAtMs === Number.POSITIVE_INFINITY || signal.aborted) return;
		this.#isWatching = true;
		const waitMs = Math.max(0, Math.min(longestWaitMs, this.#refreshAtMs - this.#clock.nowMs()));
		this.#clock.sleep(waitMs, signal).then(
			() => {
				this.#isWatching = false;
				this.#sayExpired();
				if (this.#clock.nowMs() >= this.#refreshAtMs) void this.#ask();
				else this.#watch();
			},
			() => {},
		);
	}

	#sayExpired(): void {
		const [held, outage] = [this.#held, this.#outage];
		if (outage === undefined || outage.saidExpired || held === undefined || this.#isValid(held)) return;
		outage.saidExpired = true;
		this.#observer.said(
			"error",
			"AWS credentials have expired and cannot be renewed; S3 is still asked with them.",
		);
	}
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
