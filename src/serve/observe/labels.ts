/**
 * The closed sets of values that metric labels can have, and the way from a value to its place in a set: whatever
 * clients or S3 send, the number of series stays the same. Places are array indexes, so that counting a request makes
 * no text. The last place of each set is `other`.
 */
import type { CacheOutcome } from "./record.ts";

export const methods = ["GET", "HEAD", "other"] as const;

export function methodIndex(method: string): number {
	return method === "GET" ? 0 : method === "HEAD" ? 1 : 2;
}

/** What serve answers; anything else is `other`. */
export const statuses = [
	...[200, 206, 304, 400, 401, 403, 404, 405, 406, 408, 411, 412, 413, 414, 416, 417, 421, 429, 431],
	...[500, 501, 502, 503, 504, 505, 508],
] as const;
export const statusNames: readonly string[] = [...statuses.map(String), "other"];

const indexOfStatus = new Uint8Array(1000).fill(statuses.length);
for (const [index, status] of statuses.entries()) indexOfStatus[status] = index;

export function statusIndex(status: number): number {
	return indexOfStatus[status] ?? statuses.length;
}

/** S3's answers: what is billed and what is not. 0 is none at all. */
const upstreamStatuses = [0, 200, 206, 301, 304, 307, 400, 403, 404, 405, 412, 416, 429, 500, 503] as const;
export const upstreamStatusNames: readonly string[] = [...upstreamStatuses.map(String), "other"];

export function upstreamStatusIndex(status: number): number {
	const index = (upstreamStatuses as readonly number[]).indexOf(status);
	return index === -1 ? upstreamStatuses.length : index;
}

export const outcomes = [
	...(["hit", "stale", "revalidated", "miss", "coalesced", "bypass", "negative", "error", "-"] as const),
] satisfies readonly CacheOutcome[];

const outcomeIndexes = new Map<string, number>(outcomes.map((outcome, index) => [outcome, index]));

export function outcomeIndex(outcome: CacheOutcome): number {
	return outcomeIndexes.get(outcome) ?? outcomes.length - 1;
}

/** Different values that a label of our own words may have before the rest is pooled as `other`. */
const maxOwnWords = 40;
/** A word of ours: nothing else becomes a label, whoever passes it on by mistake. */
const ownWord = /^[A-Za-z0-9_-]{1,40}$/;

/** A counter for each of few words of our own, such as causes and reasons. Words are given by the code, not by clients. */
export class WordCounter {
	readonly counts = new Map<string, number>();

	add(word: string, amount = 1): void {
		const known = this.counts.get(word);
		if (known !== undefined) this.counts.set(word, known + amount);
		else if (this.counts.size < maxOwnWords && ownWord.test(word)) this.counts.set(word, amount);
		else this.counts.set("other", (this.counts.get("other") ?? 0) + amount);
	}
}
