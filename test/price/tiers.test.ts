/** Billing tiers: every operation of the table, every free error code, and who pays for AccessDenied. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFreeError } from "../../src/price/free-errors.ts";
import { operationRules, ruleOf } from "../../src/price/operations.ts";
import { billingOf, tierLabel } from "../../src/price/tiers.ts";

const owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const own = "111122223333";
const request = (
	operation: string,
	status = "200",
	errorCode = "-",
	requester = `arn:aws:iam::${own}:user/ci`,
) => ({
	operation,
	status,
	errorCode,
	requester,
	bucketOwner: owner,
});
const label = (operation: string, status?: string, errorCode?: string) =>
	tierLabel(billingOf(request(operation, status, errorCode), []).tier);

/** Operation as logged, and the tier of AWS's bill. */
const operations: Record<string, string> = {
	"REST.GET.BUCKET": "Requests-Tier1",
	"REST.GET.BUCKETVERSIONS": "Requests-Tier1",
	"REST.GET.UPLOADS": "Requests-Tier1",
	"REST.GET.UPLOAD": "Requests-Tier1",
	"REST.GET.OBJECT": "Requests-Tier2",
	"REST.HEAD.OBJECT": "Requests-Tier2",
	"REST.HEAD.BUCKET": "Requests-Tier2",
	"REST.HEAD.PART": "Requests-Tier2",
	"REST.GET.ACL": "Requests-Tier2",
	"REST.GET.LOCATION": "Requests-Tier2",
	"REST.GET.OBJECT_TAGGING": "Requests-Tier2",
	"REST.OPTIONS.PREFLIGHT": "Requests-Tier2",
	"WEBSITE.GET.OBJECT": "Requests-Tier2",
	"SERVE.GET.MISS": "Requests-Tier2",
	"SERVE.GET.REVALIDATED": "Requests-Tier2",
	"SERVE.GET.BYPASS": "Requests-Tier2",
	"SERVE.GET.ERROR": "Requests-Tier2",
	"SERVE.GET.STALE_ASKED": "Requests-Tier2",
	"SERVE.HEAD.STALE_ASKED": "Requests-Tier2",
	"SERVE.GET.STALE": "free",
	"SERVE.GET.COALESCED": "free",
	"SERVE.HEAD.MISS": "Requests-Tier2",
	"SERVE.HEAD.REVALIDATED": "Requests-Tier2",
	"SERVE.HEAD.BYPASS": "Requests-Tier2",
	"SERVE.HEAD.ERROR": "Requests-Tier2",
	"SERVE.GET.HIT": "free",
	"SERVE.GET.UNANSWERED": "free",
	"SERVE.OTHER.LOCAL": "free",
	"WEBSITE.HEAD.OBJECT": "Requests-Tier2",
	"REST.PUT.OBJECT": "Requests-Tier1",
	"REST.PUT.PART": "Requests-Tier1",
	"REST.PUT.ACL": "Requests-Tier1",
	"REST.POST.UPLOADS": "Requests-Tier1",
	"REST.POST.UPLOAD": "Requests-Tier1",
	"REST.POST.OBJECT": "Requests-Tier1",
	"REST.POST.BUCKET": "Requests-Tier1",
	"REST.COPY.OBJECT": "Requests-Tier1",
	"REST.COPY.PART": "Requests-Tier1",
	"REST.COPY.OBJECT_GET": "free",
	"REST.COPY.PART_GET": "free",
	"REST.DELETE.OBJECT": "free",
	"REST.DELETE.UPLOAD": "free",
	"REST.POST.MULTI_OBJECT_DELETE": "free",
	"BATCH.DELETE.OBJECT": "free",
	"REST.POST.RESTORE": "Requests-Tier3",
	"REST.POST.SELECT": "Requests-Tier2",
	"S3.EXPIRE.OBJECT": "free",
	"S3.CREATE.DELETEMARKER": "free",
	"S3.DELETE.UPLOAD": "free",
	"S3.TRANSITION.OBJECT": "Requests-Tier3",
	"S3.TRANSITION_GDA.OBJECT": "Requests-Tier3",
	"S3.TRANSITION_SIA.OBJECT": "Requests-Tier4",
	"S3.TRANSITION_ZIA.OBJECT": "Requests-Tier4",
	"S3.TRANSITION_INT.OBJECT": "Requests-Tier4",
	"S3.TRANSITION_GIR.OBJECT": "Requests-Tier4",
	"SOAP.PUT.OBJECT": "Requests-Tier1",
	"SOAP.GET.OBJECT": "Requests-Tier2",
	"S3.COMPUTE.OBJECT.CHECKSUM": "unknown",
	"REST.PATCH.OBJECT": "unknown",
};
for (const [operation, tier] of Object.entries(operations)) {
	test(`${operation} is ${tier}`, () => assert.equal(label(operation), tier));
}

test("every row of the table is reached by an operation above", () => {
	const reached = new Set(Object.keys(operations).map(ruleOf));
	assert.deepEqual(
		operationRules.filter((rule) => !reached.has(rule)),
		[],
	);
});

/** Copied from AWS's page, apart from the table in src, so that a slip in either shows. */
const freeCodes: Record<string, string> = {
	"301": "PermanentRedirect PermanentRedirectControlError",
	"307": "TemporaryRedirect",
	"400":
		"AuthorizationHeaderMalformed AuthorizationQueryParametersError ConnectionClosedByRequester DeviceNotActiveError EndpointNotFound ExpiredToken IllegalLocationConstraintException InvalidArgument InvalidBucketOwnerAWSAccountID InvalidDigest InvalidEncryptionAlgorithmError InvalidHostHeader InvalidHttpMethod InvalidRequest InvalidSessionException InvalidSignature InvalidSOAPRequest InvalidStorageClass InvalidTag InvalidToken InvalidURI KeyTooLongError KMS.DisabledException KMS.InvalidKeyUsageException KMS.KMSInvalidStateException KMS.NotFoundException LambdaInvalidResponse LambdaInvocationFailed MalformedACLError MalformedPOSTRequest MalformedXML MaxPostPreDataLengthExceededError MetadataTooLarge MissingAttachment MissingRequestBodyError MissingSecurityHeader NoLoggingStatusForKey NotDeviceOwnerError ResponseInterrupted RequestHeaderSectionTooLarge TokenCodeInvalidError UnexpectedContent UnsupportedArgument UnsupportedSignature UserKeyMustBeSpecified IncorrectEndpoint ValidationError",
	"403":
		"RequestTimeTooSkewed SignatureDoesNotMatch NotSignedUp InvalidSecurity InvalidPayer InvalidAccessKeyId AccountProblem UnauthorizedAccessError UnexpectedIPError MissingAuthenticationToken LambdaPermissionError",
	"404":
		"LambdaNotFound NoSuchAsyncRequest NoSuchObjectLockConfiguration NoSuchUpload NoSuchWebsiteConfiguration NoTransformationDefined ObjectLockConfigurationNotFoundError",
	"405": "MethodNotAllowed",
	"409": "BucketAlreadyExists InvalidBucketState OperationAborted",
	"411": "MissingContentLength",
	"412": "RequestIsNotMultiPartContent",
	"416": "InvalidRange",
};
for (const [status, codes] of Object.entries(freeCodes)) {
	for (const code of codes.split(" ")) {
		test(`${status} ${code} is free, and only under its status`, () => {
			const billing = billingOf(request("REST.GET.OBJECT", status, code), []);
			assert.equal(billing.tier, "free");
			assert.equal(billing.free, "free-error-code");
			assert.equal(isFreeError("404" === status ? "403" : "404", code), false);
		});
	}
}

const billed: [string, string][] = [
	["404", "NoSuchKey"],
	["404", "NoSuchBucket"],
	["412", "PreconditionFailed"],
	["403", "AllAccessDisabled"],
	["206", "-"],
	["304", "-"],
	["302", "-"],
	["400", "-"],
];
for (const [status, code] of billed) {
	test(`${status} ${code} is billed`, () =>
		assert.equal(label("REST.GET.OBJECT", status, code), "Requests-Tier2"));
}

test("5xx is free whatever the code", () => {
	for (const status of ["500", "503", "599"]) {
		const billing = billingOf(request("REST.PUT.OBJECT", status, "SlowDown"), []);
		assert.deepEqual([billing.tier, billing.free, billing.upload], ["free", "server-error", false]);
	}
});

test("304 and a missing status are billed, said so", () => {
	assert.match(billingOf(request("REST.GET.OBJECT", "304"), []).assumption ?? "", /304/);
	const silent = billingOf(request("REST.PUT.OBJECT", "-"), []);
	assert.equal(silent.tier, "tier1");
	assert.match(silent.assumption ?? "", /without an HTTP status/);
	assert.equal(billingOf(request("S3.TRANSITION.OBJECT", "-"), []).assumption, undefined);
});

test("AccessDenied: who asks decides who pays", () => {
	const denied = (requester: string, ownAccounts: string[]) => {
		const { tier, free, assumption } = billingOf(
			request("REST.GET.OBJECT", "403", "AccessDenied", requester),
			ownAccounts,
		);
		return [tier, free ?? "-", assumption === undefined ? "sure" : "assumed"].join(" ");
	};
	const foreign = "arn:aws:sts::444455556666:assumed-role/app/i-1";
	assert.equal(denied("-", []), "free access-denied-outside assumed");
	assert.equal(denied("-", [own]), "free access-denied-outside assumed");
	assert.equal(denied(foreign, []), "tier2 - assumed");
	assert.equal(denied(foreign, [own]), "free access-denied-outside sure");
	assert.equal(denied(foreign, [own, "444455556666"]), "tier2 - sure");
	assert.equal(denied(`arn:aws-us-gov:iam::${own}:user/ci`, [own]), "tier2 - sure");
	assert.equal(denied(owner, [own]), "tier2 - sure");
	assert.equal(denied("svc:delivery.logs.amazonaws.com", [own]), "tier2 - assumed");
	assert.equal(denied("a".repeat(64), [own]), "tier2 - assumed");
});

test("only a taken upload counts as uploaded bytes", () => {
	assert.equal(billingOf(request("REST.PUT.OBJECT"), []).upload, true);
	assert.equal(billingOf(request("REST.PUT.PART"), []).upload, true);
	assert.equal(billingOf(request("REST.PUT.OBJECT", "404", "NoSuchBucket"), []).upload, false);
	// The object size of a finished multipart upload repeats its parts; a copy never leaves S3.
	assert.equal(billingOf(request("REST.POST.UPLOAD"), []).upload, false);
	assert.equal(billingOf(request("REST.COPY.OBJECT"), []).upload, false);
	assert.equal(billingOf(request("REST.GET.OBJECT"), []).upload, false);
});
