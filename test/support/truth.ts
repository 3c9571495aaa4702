/**
 * What a generated log says, added up while it is written. Tests hold the product's answers against it.
 * In: every draft as it is rendered, and every line that is none. Out: counts and sums, as plain JSON.
 * It must never look at a rendered line: then it would be a parser, with a parser's mistakes.
 */
import type { Draft } from "./log-line.ts";

export interface Sum {
	requests: number;
	bytesSent: number;
}

/** The dimensions that are summed up, each with the draft's field that it shows. */
const fields = {
	sourceIp: "remoteIp",
	requester: "requester",
	operation: "operation",
	status: "status",
	userAgent: "userAgent",
	rawKey: "rawKey",
} as const satisfies Record<string, keyof Draft>;

export type TruthDimension = keyof typeof fields;
export const truthDimensions = Object.keys(fields) as TruthDimension[];

/** The JSON form. `lines = records + unparsed + blank`. */
export interface TruthJson {
	/** Size of the text, line ends included. */
	bytes: number;
	lines: number;
	records: number;
	unparsed: number;
	blank: number;
	bytesSent: number;
	/** Sum of the object sizes that records name. */
	objectBytes: number;
	/** Records with a status of 400 or more. */
	errors: number;
	/** Unix seconds; `null` without records. */
	firstSeconds: number | null;
	lastSeconds: number | null;
	by: Record<TruthDimension, Record<string, Sum>>;
}

export class Truth {
	bytes = 0;
	records = 0;
	unparsed = 0;
	blank = 0;
	bytesSent = 0;
	objectBytes = 0;
	errors = 0;
	firstSeconds = Number.POSITIVE_INFINITY;
	lastSeconds = Number.NEGATIVE_INFINITY;
	readonly by = Object.fromEntries(truthDimensions.map((name) => [name, new Map<string, Sum>()])) as Record<
		TruthDimension,
		Map<string, Sum>
	>;

	get lines(): number {
		return this.records + this.unparsed + this.blank;
	}

	add(draft: Draft): void {
		this.records++;
		this.bytesSent += draft.bytesSent;
		this.objectBytes += draft.objectSizeBytes ?? 0;
		if (draft.status >= "400") this.errors++;
		this.firstSeconds = Math.min(this.firstSeconds, draft.timeSeconds);
		this.lastSeconds = Math.max(this.lastSeconds, draft.timeSeconds);
		for (const name of truthDimensions) addTo(this.by[name], draft[fields[name]], draft.bytesSent);
	}

	toJSON(): TruthJson {
		const { bytes, lines, records, unparsed, blank, bytesSent, objectBytes, errors } = this;
		const isEmpty = records === 0;
		return {
			bytes,
			lines,
			records,
			unparsed,
			blank,
			bytesSent,
			objectBytes,
			errors,
			firstSeconds: isEmpty ? null : this.firstSeconds,
			lastSeconds: isEmpty ? null : this.lastSeconds,
			by: Object.fromEntries(
				truthDimensions.map((name) => [name, Object.fromEntries(this.by[name])]),
			) as TruthJson["by"],
		};
	}
}

function addTo(sums: Map<string, Sum>, value: string, bytesSent: number): void {
	const sum = sums.get(value);
	if (sum === undefined) {
		sums.set(value, { requests: 1, bytesSent });
		return;
	}
	sum.requests++;
	sum.bytesSent += bytesSent;
}
