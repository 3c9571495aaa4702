/**
 * What is odd about access logs: the registry of quirks that the generator mixes into ordinary traffic.
 * In: the world and a time. Out: lines, each told to the `Out` as what it is. E-numbers: fixtures/README.md.
 * Adding a quirk is adding one entry to `quirks`; the generator's options and tests find it there.
 */
import * as charts from "./chart-bucket.ts";
import { type Draft, hostId, renderLine, timeText } from "./log-line.ts";
import { plainDraft, type World } from "./traffic.ts";

/** Where lines go. Each method writes one line and counts it as what it says. */
export interface Out {
	/** `edit` changes the rendered line in a way that must not change the record. */
	record(draft: Draft, edit?: (line: string) => string): void;
	/** A line that is no record. */
	unparsed(line: string): void;
	blank(line?: string): void;
}

type Quirk = (world: World, timeSeconds: number, out: Out) => void;

/** A quirk that is an ordinary record with some fields changed. */
function changed(change: (draft: Draft, world: World) => Partial<Draft>): Quirk {
	return (world, timeSeconds, out) => {
		const draft = plainDraft(world, timeSeconds);
		out.record({ ...draft, ...change(draft, world) });
	};
}

/** Fields 19 to `count` of a line that was written before the later fields existed. */
function cutTail(draft: Draft, count: number): string {
	return draft.tail
		.split(" ")
		.slice(0, count - 18)
		.join(" ");
}

/** The fields that batch deletes, copies and S3's own jobs leave empty, without quotes. */
const bareFields = {
	requestUri: "-",
	bytesSent: 0,
	totalTimeMs: undefined,
	turnAroundTimeMs: undefined,
	referer: "-",
	userAgent: "-",
	isUserAgentBare: true,
} as const;

function internal(world: World): Partial<Draft> {
	return {
		remoteIp: "-",
		requester: "AmazonS3",
		status: "-",
		bytesSent: 0,
		totalTimeMs: undefined,
		turnAroundTimeMs: undefined,
		userAgent: "-",
		tail: `${hostId(world.random)} ${charts.internalTail}`,
	};
}

const shellshock = '() { :;}; echo; echo "masked"';
const phpExploit = String.raw`?s=index/\think\app&content=<?php$password%20=%20"x";$ch%20=%20explode(".","a.b");?>`;
const anonymous = (world: World) => ({
	requester: "-",
	tail: `${hostId(world.random)} ${charts.anonymousTail}`,
});

const batchDelete: Quirk = (world, timeSeconds, out) => {
	const parent = plainDraft(world, timeSeconds);
	const shared = { ...parent, ...bareFields, operation: "BATCH.DELETE.OBJECT", status: "204" };
	out.record({
		...parent,
		operation: "REST.POST.MULTI_OBJECT_DELETE",
		rawKey: "-",
		requestUri: `"POST /${charts.bucket}/?delete HTTP/1.1"`,
		bytesSent: 241,
		objectSizeBytes: undefined,
	});
	for (let count = 1 + world.random.below(4); count > 0; count--) {
		const key = world.random.pick(world.keys);
		out.record({ ...shared, rawKey: key.rawKey.replace("%252B", "%2B"), objectSizeBytes: key.sizeBytes });
	}
};

const copyPair: Quirk = (world, timeSeconds, out) => {
	const draft = plainDraft(world, timeSeconds);
	out.record({ ...draft, ...bareFields, operation: "REST.COPY.OBJECT_GET" });
	const requestUri = draft.requestUri.replace("GET", "PUT");
	out.record({ ...draft, operation: "REST.COPY.OBJECT", requestUri, bytesSent: 234 });
};

const garbage = [
	"not an access log",
	'{"level":"info","msg":"rotated"}',
	"\x00\x00\x00\x00",
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
	`${charts.bucketOwner} ${charts.bucket} [31/Feb/2026:00:00:00 +0000] 192.0.2.1 - A REST.GET.OBJECT k`,
];

const longLineBytes = (1 << 20) + 1;

export const quirks = {
	"E01-quote-before-user-agent": changed(() => ({ userAgent: `"${charts.browser}` })),
	"E02-quotes-in-uri-and-referer": changed((_, world) => ({
		...anonymous(world),
		rawKey: "/",
		requestUri: `"GET //${phpExploit} HTTP/1.1"`,
		status: "404",
		errorCode: "NoSuchKey",
		referer: `"https://charts.example.org//${phpExploit}"`,
	})),
	"E03-quotes-in-presigned-url": changed((draft) => ({
		requestUri: `"GET /k?response-content-disposition=attachment;%20filename="${draft.rawKey}"&X-Amz-Expires=60 HTTP/1.1"`,
	})),
	"E04-not-modified": changed(() => ({ status: "304", bytesSent: 0 })),
	"E05-empty-object": changed(() => ({ bytesSent: 0, objectSizeBytes: 0 })),
	"E06-partial-without-bytes": changed(() => ({ status: "206", bytesSent: 0 })),
	"E07-two-spaces-before-requester": (world, timeSeconds, out) => {
		const draft = plainDraft(world, timeSeconds);
		out.record(draft, (line) => line.replace(`${draft.remoteIp} `, `${draft.remoteIp}  `));
	},
	"E08-aborted-download": changed(() => ({ bytesSent: 12 })),
	"E09-quote-in-path": changed((_, world) => ({
		...anonymous(world),
		rawKey: "%2522",
		requestUri: '"GET /" HTTP/1.1"',
		referer: '"referer test"',
	})),
	"E10-quote-behind-user-agent": changed(() => ({ userAgent: `${charts.browser}"` })),
	"E11-shellshock": changed(() => ({ referer: `"${shellshock}"`, userAgent: shellshock })),
	"E12-quote-behind-referer": changed(() => ({ referer: '"http://charts.example.org/?id=452""' })),
	"E13-spaces-in-referer": changed(() => ({ referer: '"a b  c"' })),
	"E14-lifecycle": changed((_, world) => ({
		...internal(world),
		operation: world.random.pick(["S3.EXPIRE.OBJECT", "S3.TRANSITION_SIA.OBJECT", "S3.CREATE.DELETEMARKER"]),
		requestUri: '"-"',
		versionId: "Y7ufX4mJxqv0bT2kUe8aQ1ZsPdR9wLcN",
	})),
	"E15-batch-delete": batchDelete,
	"E16-copy-pair": copyPair,
	"E17-checksum-job": changed((_, world) => ({
		...internal(world),
		...bareFields,
		requestId: "e5042925-b524-4b3b-a869-f3881e78ff3a",
		operation: "S3.COMPUTE.OBJECT.CHECKSUM",
	})),
	"E18-origin-access-identity": changed(() => ({
		requester: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLEID",
		userAgent: "Amazon CloudFront",
	})),
	"E19-service-caller": changed((_, world) => ({
		...internal(world),
		requester: "svc:delivery.logs.amazonaws.com",
		operation: "REST.PUT.OBJECT",
		status: "200",
	})),
	"E20-origin-access-control": changed(() => ({
		remoteIp: "-",
		requester: "svc:cloudfront.amazonaws.com",
		userAgent: "-",
	})),
	"E21-status-unknown": changed(() => ({ status: "-", bytesSent: 0 })),
	"E22-soap": changed(() => ({ operation: "SOAP.PUT.OBJECT", userAgent: "Axis/1.3" })),
	"E23-eighteen-fields": changed(() => ({ tail: "" })),
	"E24-unknown-fields": changed((draft) => ({ tail: `${draft.tail} ExtraUnknownField - 7` })),
	"E25-time-offset": (world, timeSeconds, out) => {
		const draft = plainDraft(world, timeSeconds);
		const local = timeText(timeSeconds + 2 * 3600).replace("+0000", "+0200");
		out.record(draft, (line) => line.replace(timeText(timeSeconds), local));
	},
	"E26-punctuated-user-agent": changed(() => ({
		userAgent: "VLC media player - version 1.0.5 Goldeneye - (c) 1996-2010, [the VideoLAN team]",
	})),
	"E27-ipv6": changed(() => ({ remoteIp: "2001:db8:1234:1a00::3" })),
	"E28-raw-bytes": changed((_, world) => ({
		...anonymous(world),
		requestUri: '"HEAD /\xe8\xb3\x87\xe6\x96\x99.rar HTTP/1.1"',
		userAgent: "agent \xe9\xa0\xff",
	})),
	"E29-protocol-in-headers": changed(() => ({
		referer: '"GET /x HTTP/1.1"',
		userAgent: "probe HTTP/1.1 200 - 12 174 205 35",
	})),
	"E30-tls-spelling": changed((draft) => ({
		tail: draft.tail.replace("TLSv1.2", "INVALID_RELAY_TLS_VERSION"),
	})),
	"E31-anonymised": changed(() => ({ bucketOwner: "BucketOwner", requester: "masked", requestId: "masked" })),
	"fields-24": changed((draft) => ({ tail: cutTail(draft, 24) })),
	"fields-25": changed((draft) => ({ tail: cutTail(draft, 25) })),
	"fields-26": changed((draft) => ({ tail: cutTail(draft, 26) })),
	"bare-agents": changed(() => ({ referer: "-", userAgent: "curl/8.5.0", isUserAgentBare: true })),
	"carriage-return": (world, timeSeconds, out) => {
		out.record(plainDraft(world, timeSeconds), (line) => `${line}\r`);
	},
	"nul-byte": changed(() => ({ userAgent: "agent\x00of\x00doom" })),
	"long-user-agent": changed(() => ({ userAgent: "A".repeat(8000) })),
	blank: (_, __, out) => out.blank(),
	"blank-carriage-return": (_, __, out) => out.blank("\r"),
	garbage: (world, _, out) => out.unparsed(world.random.pick(garbage)),
	"too-short": (world, timeSeconds, out) => {
		// 17 fields: S3 has never written a line without a version id.
		const line = renderLine({ ...plainDraft(world, timeSeconds), versionId: "", tail: "" });
		out.unparsed(line.slice(0, world.random.below(line.length - 1) + 1));
	},
	"too-long": (_, __, out) => out.unparsed("x".repeat(longLineBytes)),
} as const satisfies Record<string, Quirk>;

export type QuirkName = keyof typeof quirks;
export const quirkNames = Object.keys(quirks) as QuirkName[];

/** Every quirk with the same share of all events, but for lines of a megabyte, which would be most of the file. */
export function everyQuirk(share: number): Partial<Record<QuirkName, number>> {
	return Object.fromEntries(quirkNames.filter((name) => name !== "too-long").map((name) => [name, share]));
}
