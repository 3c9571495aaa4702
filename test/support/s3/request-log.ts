/**
 * Every request that the fake S3 got, and questions about them: `s3.count({ method: "GET", key: "a.tgz" })` is an
 * assertion about money. A record is made when the head and body of a request have arrived, and filled in while the
 * answer goes out.
 */
import type { Progress } from "./send.ts";

export interface RecordedRequest extends Progress {
	method: string;
	/** Raw target, with the query. */
	target: string;
	/** Raw, without the query. */
	rawPath: string;
	rawQuery: string;
	/** Names in lower case; values of several lines joined by commas. */
	headers: Readonly<Record<string, string>>;
	/** `undefined`: none was named, or the address makes no sense. */
	bucket: string | undefined;
	/** Decoded as S3 decodes it; `undefined` as above. */
	key: string | undefined;
	/** `undefined`: correctly signed. Else S3's code for what is wrong. */
	signatureError: string | undefined;
	/** Connections are numbered from 1, requests on each of them too. */
	connection: number;
	nthOnConnection: number;
	bodyBytes: number;
	/** 0 until the head of the answer is written. */
	status: number;
	/** `true`: the client left before the answer was complete. */
	aborted: boolean;
	/** `true`: nothing more happens to this record. */
	done: boolean;
}

export interface RequestFilter {
	method?: string;
	bucket?: string;
	key?: string;
	status?: number;
	where?: (request: RecordedRequest) => boolean;
}

export function matches(filter: RequestFilter, request: RecordedRequest): boolean {
	return (
		(filter.method ?? request.method) === request.method &&
		(filter.bucket ?? request.bucket) === request.bucket &&
		(filter.key ?? request.key) === request.key &&
		(filter.status ?? request.status) === request.status &&
		(filter.where?.(request) ?? true)
	);
}

interface Waiter {
	isMet: () => boolean;
	resolve: () => void;
}

export class RequestLog {
	readonly requests: RecordedRequest[] = [];
	readonly #waiters = new Set<Waiter>();

	count(filter: RequestFilter = {}): number {
		return this.requests.filter((request) => matches(filter, request)).length;
	}

	/** Sent on as soon as a record was added or changed. */
	changed(): void {
		for (const waiter of [...this.#waiters]) {
			if (!waiter.isMet()) continue;
			this.#waiters.delete(waiter);
			waiter.resolve();
		}
	}

	/** Resolves when the condition holds after a change; rejects after `timeoutMs` with what was asked for. */
	waitUntil(isMet: () => boolean, what: string, timeoutMs: number): Promise<void> {
		if (isMet()) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const waiter = {
				isMet,
				resolve: () => {
					clearTimeout(timer);
					resolve();
				},
			};
			const timer = setTimeout(() => {
				this.#waiters.delete(waiter);
				reject(new Error(`fake S3: not within ${timeoutMs} ms: ${what}; ${this.#summary()}`));
			}, timeoutMs);
			this.#waiters.add(waiter);
		});
	}

	#summary(): string {
		const last = this.requests
			.slice(-10)
			.map(({ method, target, status }) => `${method} ${target} ${status}`);
		return `${this.requests.length} requests, the last: ${last.join(", ")}`;
	}
}
