/**
 * Error responses that S3 never bills, by HTTP status. All other 4xx are billed, 5xx never are.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ErrorCodeBilling.html (as of 2026).
 * Not in the list, so billed: 404 NoSuchKey and NoSuchBucket, 412 PreconditionFailed, 304 Not Modified.
 * 403 AccessDenied depends on who asks: see tiers.ts.
 */

const codesByStatus: Readonly<Record<string, readonly string[]>> = {
	"301": ["PermanentRedirect", "PermanentRedirectControlError"],
	"307": ["TemporaryRedirect"],
	"400": [
		"AuthorizationHeaderMalformed",
		"AuthorizationQueryParametersError",
		"ConnectionClosedByRequester",
		"DeviceNotActiveError",
		"EndpointNotFound",
		"ExpiredToken",
		"IllegalLocationConstraintException",
		"InvalidArgument",
		"InvalidBucketOwnerAWSAccountID",
		"InvalidDigest",
		"InvalidEncryptionAlgorithmError",
		"InvalidHostHeader",
		"InvalidHttpMethod",
		"InvalidRequest",
		"InvalidSessionException",
		"InvalidSignature",
		"InvalidSOAPRequest",
		"InvalidStorageClass",
		"InvalidTag",
		"InvalidToken",
		"InvalidURI",
		"KeyTooLongError",
		"KMS.DisabledException",
		"KMS.InvalidKeyUsageException",
		"KMS.KMSInvalidStateException",
		"KMS.NotFoundException",
		"LambdaInvalidResponse",
		"LambdaInvocationFailed",
		"MalformedACLError",
		"MalformedPOSTRequest",
		"MalformedXML",
		"MaxPostPreDataLengthExceededError",
		"MetadataTooLarge",
		"MissingAttachment",
		"MissingRequestBodyError",
		"MissingSecurityHeader",
		"NoLoggingStatusForKey",
		"NotDeviceOwnerError",
		"ResponseInterrupted",
		"RequestHeaderSectionTooLarge",
		"TokenCodeInvalidError",
		"UnexpectedContent",
		"UnsupportedArgument",
		"UnsupportedSignature",
		"UserKeyMustBeSpecified",
		"IncorrectEndpoint",
		"ValidationError",
	],
	"403": [
		"RequestTimeTooSkewed",
		"SignatureDoesNotMatch",
		"NotSignedUp",
		"InvalidSecurity",
		"InvalidPayer",
		"InvalidAccessKeyId",
		"AccountProblem",
		"UnauthorizedAccessError",
		"UnexpectedIPError",
		"MissingAuthenticationToken",
		"LambdaPermissionError",
	],
	"404": [
		"LambdaNotFound",
		"NoSuchAsyncRequest",
		"NoSuchObjectLockConfiguration",
		"NoSuchUpload",
		"NoSuchWebsiteConfiguration",
		"NoTransformationDefined",
		"ObjectLockConfigurationNotFoundError",
	],
	"405": ["MethodNotAllowed"],
	"409": ["BucketAlreadyExists", "InvalidBucketState", "OperationAborted"],
	"411": ["MissingContentLength"],
	"412": ["RequestIsNotMultiPartContent"],
	"416": ["InvalidRange"],
};

/** `STATUS CODE`, for one look-up per flow. */
const freeErrors: ReadonlySet<string> = new Set(
	Object.entries(codesByStatus).flatMap(([status, codes]) => codes.map((code) => `${status} ${code}`)),
);

/** True when AWS's list names this code under this status. */
export function isFreeError(status: string, errorCode: string): boolean {
	return freeErrors.has(`${status} ${errorCode}`);
}
