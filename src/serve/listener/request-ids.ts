/**
 * A name for each request, in the log: the client's own X-Request-Id where it is harmless, else one of ours.
 */

export interface RequestIds {
	/** The client's, if it may be repeated in a header and a log. */
	accepted(value: string | string[] | undefined): string | undefined;
	next(): string;
}

/** `random`: 0 to 1. Ids of two starts differ. */
export function createRequestIds(random: () => number): RequestIds {
	const start = Math.floor(random() * 2 ** 32)
		.toString(16)
		.padStart(8, "0");
	let count = 0;
	return {
		accepted: (value) => (typeof value === "string" && /^[\w.:/+=-]{1,128}$/.test(value) ? value : undefined),
		next: () => `${start}-${(++count).toString(16)}`,
	};
}
