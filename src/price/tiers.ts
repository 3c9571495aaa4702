/**
 * What a request is billed as: one flow in, its billing tier out, or why it costs nothing.
 * Operation first (operations.ts), then the outcome: "bucket owners are billed for requests with HTTP 200
 * and HTTP 4XX responses", never for 5xx and never for the listed error codes (free-errors.ts).
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ErrorCodeBilling.html
 */
import type { Flow } from "../model/flow.ts";
import type { RequestRate } from "./book.ts";
import { isFreeError } from "./free-errors.ts";
import { type FreeOperation, ruleOf } from "./operations.ts";

export type Tier = "tier1" | "tier2" | "tier3" | "tier4" | "free" | "unknown";
export type FreeReason = FreeOperation | "server-error" | "free-error-code" | "access-denied-outside";

export interface Billing {
	tier: Tier;
	/** Which price applies; absent when free or unknown. */
	rate?: RequestRate;
	free?: FreeReason;
	/** True when the object size is bytes that the caller sent and S3 took. */
	upload: boolean;
	/** True when the bytes of the record are not S3's: their transfer is not charged. */
	proxied: boolean;
	confidence: "documented" | "assumed";
	/** A sentence for the report, without text from the log. */
	assumption?: string;
}

type Outcome = Pick<Flow, "operation" | "status" | "errorCode" | "requester" | "bucketOwner">;

const assumptions = {
	anonymousDenied:
		"403 AccessDenied to anonymous callers is taken as free: they are outside the owner's account.",
	foreignDenied:
		"403 AccessDenied is billed unless --own-account ID says which accounts are yours: callers outside them are free.",
	notModified: "304 Not Modified is billed as a GET request: AWS does not list it as free.",
	noStatus: "Requests without an HTTP status in the log are billed as if they had succeeded.",
};

const noBytes = { upload: false, proxied: false };

/** `ownAccounts`: account ids of the bucket owner and its organization; empty when not given. */
export function billingOf(flow: Outcome, ownAccounts: readonly string[]): Billing {
	const rule = ruleOf(flow.operation);
	if (rule?.free !== undefined) {
		const { free, confidence, assumption } = rule;
		return { tier: "free", free, ...noBytes, confidence, ...(assumption && { assumption }) };
	}
	// The status is what serve told its client; S3's is in the operation.
	const isServe = rule?.bytes === "of-serve";
	const free = isServe ? undefined : freeOutcome(flow, ownAccounts);
	if (free !== undefined) return { tier: "free", ...noBytes, ...free };
	if (rule?.rate === undefined) return { tier: "unknown", ...noBytes, confidence: "assumed" };
	const doubt = isServe ? undefined : doubtOf(flow, ownAccounts);
	const assumption = doubt ?? rule.assumption;
	return {
		tier: rule.tier,
		rate: rule.rate,
		upload: rule.upload === true && !/^[345]/.test(flow.status),
		proxied: isServe,
		confidence: doubt === undefined ? rule.confidence : "assumed",
		...(assumption && { assumption }),
	};
}

/** The value of the `tier` dimension: AWS's usage type, without the Region prefix. */
export function tierLabel(tier: Tier): string {
	return tier.startsWith("tier") ? `Requests-Tier${tier.slice(4)}` : tier;
}

function freeOutcome(
	flow: Outcome,
	own: readonly string[],
): Pick<Billing, "free" | "confidence" | "assumption"> | undefined {
	if (/^5\d\d$/.test(flow.status)) return { free: "server-error", confidence: "documented" };
	if (isFreeError(flow.status, flow.errorCode)) return { free: "free-error-code", confidence: "documented" };
	if (!isAccessDenied(flow)) return undefined;
	const caller = standing(flow, own);
	if (caller === "outside") return { free: "access-denied-outside", confidence: "documented" };
	if (caller !== "anonymous") return undefined;
	return { free: "access-denied-outside", confidence: "assumed", assumption: assumptions.anonymousDenied };
}

function doubtOf(flow: Outcome, own: readonly string[]): string | undefined {
	if (isAccessDenied(flow) && standing(flow, own) === "unknown") return assumptions.foreignDenied;
	if (flow.status === "304") return assumptions.notModified;
	// Lifecycle actions have no status; they are not HTTP requests.
	if (!/^[1-5]\d\d$/.test(flow.status) && !flow.operation.startsWith("S3.")) return assumptions.noStatus;
	return undefined;
}

function isAccessDenied({ status, errorCode }: Outcome): boolean {
	return status === "403" && errorCode === "AccessDenied";
}

/**
 * Where the caller stands to the bucket owner. The log has the owner's canonical id but not its account id,
 * so a principal of an account is a stranger or a colleague only once the own accounts are given.
 */
function standing(flow: Outcome, own: readonly string[]): "own" | "outside" | "anonymous" | "unknown" {
	const { requester, bucketOwner } = flow;
	if (requester === "-") return "anonymous";
	if (requester === bucketOwner || own.includes(requester)) return "own";
	const account = /^arn:[^:]*:(?:iam|sts)::(\d+):/.exec(requester)?.[1];
	if (account === undefined || own.length === 0) return "unknown";
	return own.includes(account) ? "own" : "outside";
}
