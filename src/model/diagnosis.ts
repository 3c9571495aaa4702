/**
 * What the diagnosis says: changes of the request rate, roll-outs of client versions, findings. Public JSON keys
 * (chartcost/analysis@1). Text in them comes from logs: reports escape it. Times are ISO 8601 in UTC; money is USD
 * (or the price book's currency) per month of 730 hours, `null` when unknown.
 */

/** A combination of dimension values, and how much of a change it carries. */
export interface Contribution {
	/** Dimension → value, the coarsest combination that carries the change. */
	dimensions: Record<string, string>;
	/** Other descriptions that select the same requests, such as the client or the address of this user. */
	sameAs: Record<string, string>;
	/** Of the net change; negative when it goes the other way, and may be above 1. */
	share: number;
	/** In the unit of the change. */
	before: number;
	after: number;
}

/** A lasting change of a request rate. */
export interface Change {
	/** To the minute. */
	time: string;
	direction: "up" | "down";
	/** Mean rates on both sides. */
	before: number;
	after: number;
	unit: "requests/hour";
	/** after / before - 1; `null` when there was nothing before. */
	relative: number | null;
	costUsdPerMonth: number | null;
	/** 1 - p of the test, at most 0.999999. */
	confidence: number;
	/** The series it was seen in: a bucket, or a principal within one. */
	series: { bucket: string; "iam-user"?: string };
	/** True when the rate is 0 from then on. */
	stopped: boolean;
	explainedBy: Contribution[];
}

/** A client version at one source, from its first to its last request. */
export interface ClientSpan {
	/** As in `--by client` and `--by software`. */
	client: string;
	software: string;
	firstSeen: string;
	lastSeen: string;
	requests: number;
}

export interface RolloutSource {
	sourceIp: string;
	cluster: string;
	networkPath: string;
	/** In order of first sight. */
	spans: ClientSpan[];
	/** The first request of the new version here; `null`: it still runs the old one, or never ran it. */
	switchedAt: string | null;
	/** When the old version was last seen here; `null`: never. */
	oldUntil: string | null;
}

/** One version of a client replaced by another, by one principal. */
export interface Rollout {
	bucket: string;
	"iam-user": string;
	requester: string;
	/** Clients: `aws-sdk-go/1.37.28`; and the software they are known to be. */
	from: string;
	to: string;
	fromSoftware: string;
	toSoftware: string;
	/** First and last switch of the sources that switched. */
	startedAt: string;
	finishedAt: string;
	/** All sources of this principal that ran one of the two, those that switched first. */
	sources: RolloutSource[];
}

export type Severity = "info" | "warn" | "high";

export interface Finding {
	/** Public; see src/findings/registry.ts. */
	id: string;
	severity: Severity;
	/** One line without a full stop. */
	title: string;
	/** One to three sentences: what was seen, and why it costs money. */
	why: string;
	evidence: Record<string, unknown>;
	requests: number;
	costUsdPerMonth: number | null;
	savingUsdPerMonth: number | null;
	/** Commands that can be copied, or actions in words. */
	next: string[];
}

export interface Diagnosis {
	/** The diagnosis in one to four sentences, plain text; empty when there is nothing to say. */
	summary: string;
	changes: Change[];
	rollouts: Rollout[];
	findings: Finding[];
}

/** Still ran the old version after the last source had switched. */
export function isLeftBehind({ switchedAt, oldUntil }: RolloutSource, { finishedAt }: Rollout): boolean {
	return switchedAt === null && oldUntil !== null && oldUntil > finishedAt;
}
