/**
 * One S3 server access log record, field by field, as the log wrote it.
 *
 * The reference parser produces these; the kernel produces the same facts already rolled up.
 * Strings are "latin1": one character per log byte, because log lines carry raw client bytes.
 * Source of the field order: S3 User Guide, "Amazon S3 server access log format".
 */
export interface LogRecord {
	bucketOwner: string;
	bucket: string;
	/** Unix time, whole seconds. */
	timeSeconds: number;
	remoteIp: string;
	requester: string;
	requestId: string;
	operation: string;
	/** As logged: URL-encoded once or twice, `-` when the request has no key. */
	rawKey: string;
	/** Without the quotes; `undefined` for a bare `-`. */
	requestUri: string | undefined;
	/** Three digits or `-`. */
	status: string;
	/** S3 error code or `-`. */
	errorCode: string;
	/** 0 when the log says `-`. */
	bytesSent: number;
	/** 0 when the log says `-`. */
	objectSizeBytes: number;
	/** Without the quotes; `-` when the log says `-` or `"-"`. */
	referer: string;
	/** Without the quotes; `-` when the log says `-` or `"-"`. */
	userAgent: string;
	versionId: string;
	/** Fields 19 to 27, as far as the line has them. Older logs end at 18, 24, 25 or 26 fields. */
	hostId: string | undefined;
	signatureVersion: string | undefined;
	cipherSuite: string | undefined;
	authType: string | undefined;
	hostHeader: string | undefined;
	tlsVersion: string | undefined;
	accessPointArn: string | undefined;
	aclRequired: string | undefined;
	sourceRegion: string | undefined;
}
