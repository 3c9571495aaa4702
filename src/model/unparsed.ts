/** Why a line is not a record. Codes are shared by the kernel and the reference parser. */
export const unparsedReasons = [
	"",
	"longer than the line limit of 1 MiB",
	"no bucket owner or bucket",
	"no time of the form [06/Feb/2019:00:00:38 +0000]",
	"no remote IP, requester or request id",
	"no operation such as REST.GET.OBJECT",
	"no key",
	"no end of the request URI followed by status, error code and sizes",
	"no referer and user agent",
	"no version id: the line ends early",
	"in serve's log, no JSON with ts, method, status, bytes, client, bucket, key, cache and the other fields of serve",
] as const;

export const Unparsed = {
	none: 0,
	tooLong: 1,
	bucket: 2,
	time: 3,
	caller: 4,
	operation: 5,
	key: 6,
	requestUri: 7,
	agent: 8,
	tail: 9,
	/** Not the kernel's: a line of serve's own log that is none (scan/serve-record.ts). */
	serve: 10,
} as const;
