/**
 * The billing tier of every operation that an access log can name, as a table: first match wins.
 * Source: "Understanding your AWS billing and usage reports for Amazon S3",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html: Tier 1 is PUT,
 * COPY, POST and LIST, Tier 2 is GET and all other, Tier 3 and 4 are lifecycle and restore requests, DELETE
 * is free. `documented` rows follow from that wording or from an observed bill, `assumed` rows do not.
 */
import type { RequestRate } from "./book.ts";

/** Why an operation costs nothing. `copy-source` and `batch-delete` rows are not requests of their own. */
export type FreeOperation =
	| "copy-source"
	| "batch-delete"
	| "delete"
	| "multi-delete"
	| "lifecycle"
	| "serve";

export interface OperationRule {
	/** An operation of the log, or a prefix that ends in `*`. */
	operation: string;
	tier: "tier1" | "tier2" | "tier3" | "tier4" | "free";
	/** The price that applies; absent for free operations. */
	rate?: RequestRate;
	free?: FreeOperation;
	confidence: "documented" | "assumed";
	/** The object size of the record is what the caller sent: it counts as uploaded bytes. */
	upload?: true;
	/** The record's bytes are not what S3 sent. */
	bytes?: "of-serve";
	/** A sentence for the report; only where money hangs on it. */
	assumption?: string;
}

/** Requests to S3 that serve's own log tells of (scan/serve-record.ts names these operations). */
const throughServe: Omit<OperationRule, "operation"> = {
	tier: "tier2",
	rate: "tier2",
	confidence: "assumed",
	bytes: "of-serve",
	assumption:
		"Lines of serve's log are priced as the one request that S3 answered for them; its bytes are what clients got, and S3's transfer to serve is not priced. S3's own log of the bucket holds the same requests: analyze one of the two.",
};

const documented = "documented";
const assumed = "assumed";

export const operationRules: readonly OperationRule[] = [
	{ operation: "REST.GET.BUCKET", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.GET.BUCKETVERSIONS", tier: "tier1", rate: "tier1", confidence: assumed },
	{ operation: "REST.GET.UPLOADS", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.GET.UPLOAD", tier: "tier1", rate: "tier1", confidence: assumed },
	{ operation: "REST.GET.OBJECT", tier: "tier2", rate: "tier2", confidence: documented },
	{ operation: "REST.HEAD.OBJECT", tier: "tier2", rate: "tier2", confidence: documented },
	{ operation: "REST.HEAD.BUCKET", tier: "tier2", rate: "tier2", confidence: assumed },
	{ operation: "REST.GET.*", tier: "tier2", rate: "tier2", confidence: documented },
	{ operation: "REST.HEAD.*", tier: "tier2", rate: "tier2", confidence: assumed },
	{ operation: "REST.OPTIONS.*", tier: "tier2", rate: "tier2", confidence: assumed },
	{ operation: "WEBSITE.GET.*", tier: "tier2", rate: "tier2", confidence: documented },
	{ operation: "WEBSITE.HEAD.*", tier: "tier2", rate: "tier2", confidence: documented },
	{ operation: "REST.PUT.OBJECT", tier: "tier1", rate: "tier1", confidence: documented, upload: true },
	{ operation: "REST.PUT.PART", tier: "tier1", rate: "tier1", confidence: documented, upload: true },
	{ operation: "REST.POST.UPLOADS", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.POST.UPLOAD", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.POST.OBJECT", tier: "tier1", rate: "tier1", confidence: documented, upload: true },
	{ operation: "REST.PUT.*", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.COPY.OBJECT", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.COPY.PART", tier: "tier1", rate: "tier1", confidence: documented },
	{ operation: "REST.COPY.OBJECT_GET", tier: "free", free: "copy-source", confidence: assumed },
	{ operation: "REST.COPY.PART_GET", tier: "free", free: "copy-source", confidence: assumed },
	{ operation: "REST.DELETE.*", tier: "free", free: "delete", confidence: documented },
	{
		operation: "REST.POST.MULTI_OBJECT_DELETE",
		tier: "free",
		free: "multi-delete",
		confidence: assumed,
		assumption:
			"DeleteObjects (POST ?delete) is taken as free like DELETE; AWS does not say so in so many words.",
	},
	{ operation: "BATCH.DELETE.OBJECT", tier: "free", free: "batch-delete", confidence: documented },
	{
		operation: "REST.POST.RESTORE",
		tier: "tier3",
		rate: "restoreStandard",
		confidence: documented,
		assumption:
			"Restores are priced as standard restores from Glacier Flexible Retrieval; the log does not say which.",
	},
	{
		operation: "REST.POST.SELECT",
		tier: "tier2",
		rate: "tier2",
		confidence: documented,
		assumption: "S3 Select is priced as requests only; the log does not say how many bytes were scanned.",
	},
	{ operation: "S3.EXPIRE.OBJECT", tier: "free", free: "lifecycle", confidence: assumed },
	{ operation: "S3.CREATE.DELETEMARKER", tier: "free", free: "lifecycle", confidence: assumed },
	{ operation: "S3.DELETE.UPLOAD", tier: "free", free: "lifecycle", confidence: assumed },
	{ operation: "S3.TRANSITION.OBJECT", tier: "tier3", rate: "toGlacier", confidence: assumed },
	{ operation: "S3.TRANSITION_GDA.OBJECT", tier: "tier3", rate: "toDeepArchive", confidence: assumed },
	{ operation: "S3.TRANSITION_SIA.OBJECT", tier: "tier4", rate: "toStandardIa", confidence: documented },
	{ operation: "S3.TRANSITION_ZIA.OBJECT", tier: "tier4", rate: "toOneZoneIa", confidence: documented },
	{
		operation: "S3.TRANSITION_INT.OBJECT",
		tier: "tier4",
		rate: "toIntelligentTiering",
		confidence: documented,
	},
	{ operation: "S3.TRANSITION_GIR.OBJECT", tier: "tier4", rate: "toGlacierIr", confidence: documented },
	{ operation: "SERVE.GET.MISS", ...throughServe },
	{ operation: "SERVE.GET.REVALIDATED", ...throughServe },
	{ operation: "SERVE.GET.BYPASS", ...throughServe },
	{ operation: "SERVE.GET.ERROR", ...throughServe },
	{ operation: "SERVE.GET.STALE_ASKED", ...throughServe },
	{ operation: "SERVE.HEAD.STALE_ASKED", ...throughServe },
	{ operation: "SERVE.HEAD.MISS", ...throughServe },
	{ operation: "SERVE.HEAD.REVALIDATED", ...throughServe },
	{ operation: "SERVE.HEAD.BYPASS", ...throughServe },
	{ operation: "SERVE.HEAD.ERROR", ...throughServe },
	// Hits, waiters of another's fill, stale and negative answers, and what serve answers by itself.
	{ operation: "SERVE.*", tier: "free", free: "serve", confidence: documented },
	// The verb decides where AWS's table has no row of its own: "PUT, COPY, or POST requests".
	{ operation: "REST.POST.*", tier: "tier1", rate: "tier1", confidence: assumed },
	{ operation: "SOAP.PUT.*", tier: "tier1", rate: "tier1", confidence: assumed, upload: true },
	{ operation: "SOAP.GET.*", tier: "tier2", rate: "tier2", confidence: assumed },
];

/** The rule for an operation as logged; `undefined` when its price is not known. */
export function ruleOf(operation: string): OperationRule | undefined {
	return operationRules.find((rule) =>
		rule.operation.endsWith("*")
			? operation.startsWith(rule.operation.slice(0, -1))
			: operation === rule.operation,
	);
}
