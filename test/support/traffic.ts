/**
 * Ordinary traffic of a chart bucket: one small writer per kind of caller, none of them knowing the others.
 * In: the bucket and a time. Out: drafts of well-formed lines. What is odd about logs lives in quirks.ts.
 */
import * as charts from "./chart-bucket.ts";
import { type Draft, hostId, requestId } from "./log-line.ts";
import type { Random } from "./random.ts";

export interface World {
	random: Random;
	keys: charts.ChartKey[];
	deployers: charts.Caller[];
	userAgents: string[];
}

/** Writes the next record of one kind of caller at the time given. */
export type Writer = (world: World, timeSeconds: number) => Draft;

/** A successful GET of ChartMuseum, to be changed by whoever needs something else. */
export function plainDraft(world: World, timeSeconds: number): Draft {
	const random = world.random;
	const key = random.pick(world.keys);
	const totalTimeMs = 8 + random.below(60);
	return {
		bucketOwner: charts.bucketOwner,
		bucket: charts.bucket,
		timeSeconds,
		remoteIp: "192.0.2.10",
		requester: charts.chartmuseumUser,
		requestId: requestId(random),
		operation: "REST.GET.OBJECT",
		rawKey: key.rawKey,
		requestUri: `"GET ${key.uriPath} HTTP/1.1"`,
		status: "200",
		errorCode: "-",
		bytesSent: key.sizeBytes,
		objectSizeBytes: key.sizeBytes,
		totalTimeMs,
		turnAroundTimeMs: totalTimeMs - 1 - random.below(7),
		referer: '"-"',
		userAgent: charts.chartmuseumOld,
		isUserAgentBare: false,
		versionId: "-",
		tail: `${hostId(random)} ${charts.signedTail(charts.region)}`,
	};
}

function listed(draft: Draft, query: string): Draft {
	draft.operation = "REST.GET.BUCKET";
	draft.rawKey = "-";
	draft.requestUri = `"GET /${charts.bucket}?${query} HTTP/1.1"`;
	draft.bytesSent = 180_000;
	draft.objectSizeBytes = undefined;
	return draft;
}

function failed(draft: Draft, status: string, errorCode: string, bytesSent: number): Draft {
	draft.status = status;
	draft.errorCode = errorCode;
	draft.bytesSent = bytesSent;
	draft.objectSizeBytes = undefined;
	return draft;
}

const keysPerPage = 1000;

/** ChartMuseum 0.13.x behind one NAT gateway: lists page by page, then downloads every chart in key order. */
export function sweeper(remoteIp: string, startShare: number): Writer {
	let position: number | undefined;
	return (world, timeSeconds) => {
		position ??= Math.floor(world.keys.length * startShare);
		const pages = Math.ceil(world.keys.length / keysPerPage);
		const draft = plainDraft(world, timeSeconds);
		draft.remoteIp = remoteIp;
		if (position < 0) {
			const page = pages + position;
			const marker = world.keys[page * keysPerPage - 1]?.rawKey.replace("%25", "%");
			position++;
			return listed(draft, page === 0 ? "prefix=" : `marker=${marker}&prefix=`);
		}
		const key = world.keys[position];
		position = position + 1 < world.keys.length ? position + 1 : -pages;
		if (key === undefined) return draft;
		draft.rawKey = key.rawKey;
		draft.requestUri = `"GET ${key.uriPath} HTTP/1.1"`;
		draft.bytesSent = key.sizeBytes;
		draft.objectSizeBytes = key.sizeBytes;
		return draft;
	};
}

/** ChartMuseum 0.16.x: lists on its timer and downloads nothing. */
const lister: Writer = (world, timeSeconds) => {
	const draft = plainDraft(world, timeSeconds);
	draft.remoteIp = "192.0.2.20";
	draft.userAgent = charts.chartmuseumNew;
	return listed(draft, "prefix=");
};

/** Deployments that download charts, few charts most of the time. */
const download: Writer = (world, timeSeconds) => {
	const random = world.random;
	const draft = plainDraft(world, timeSeconds);
	const caller = world.deployers[random.zipf(world.deployers.length)];
	const key = world.keys[random.zipf(world.keys.length)];
	if (caller === undefined || key === undefined) return draft;
	draft.remoteIp = caller.remoteIp;
	draft.requester = caller.requester;
	draft.userAgent = world.userAgents[random.zipf(world.userAgents.length)] ?? "-";
	draft.rawKey = key.rawKey;
	draft.requestUri = `"GET ${key.uriPath} HTTP/1.1"`;
	draft.bytesSent = key.sizeBytes;
	draft.objectSizeBytes = key.sizeBytes;
	const luck = random.below(100);
	if (luck < 2) return failed(draft, "404", "NoSuchKey", 308);
	if (luck < 3) return failed(draft, "403", "AccessDenied", 243);
	if (luck < 4) {
		draft.status = "304";
		draft.bytesSent = 0;
	}
	return draft;
};

/** CI with helm-s3: asks whether the chart is there, writes it, reads and writes the index. */
const helmPush: Writer = (world, timeSeconds) => {
	const draft = plainDraft(world, timeSeconds);
	draft.remoteIp = "198.51.100.20";
	draft.requester = `arn:aws:sts::${charts.account}:assumed-role/ci-publish/run-${world.random.below(500)}`;
	draft.userAgent = charts.helmS3;
	const step = world.random.below(4);
	if (step === 0) {
		draft.operation = "REST.HEAD.OBJECT";
		draft.requestUri = draft.requestUri.replace("GET", "HEAD");
		return failed(draft, "404", "NoSuchKey", 0);
	}
	draft.userAgent += " S3Manager";
	if (step > 1) {
		draft.rawKey = "index.yaml";
		draft.requestUri = `"GET /${charts.bucket}/index.yaml HTTP/1.1"`;
		draft.objectSizeBytes = 1_482_013;
		draft.bytesSent = 1_482_013;
		draft.status = "206";
	}
	if (step === 2) return draft;
	draft.operation = "REST.PUT.OBJECT";
	draft.status = "200";
	draft.requestUri = draft.requestUri.replace("GET", "PUT");
	draft.bytesSent = 0;
	return draft;
};

/** An engineer who looks around with the AWS CLI from outside AWS. */
const cliListing: Writer = (world, timeSeconds) => {
	const draft = plainDraft(world, timeSeconds);
	draft.remoteIp = "203.0.113.250";
	draft.requester = `arn:aws:sts::${charts.account}:assumed-role/AWSReservedSSO_Platform_0f1e2d3c4b5a6978/engineer`;
	draft.userAgent = charts.awsCli;
	draft.tail = `${hostId(world.random)} ${charts.signedTail("-")}`;
	return listed(draft, "list-type=2&prefix=&delimiter=%2F&encoding-type=url");
};

const configurations = [
	"ACL",
	"BUCKETPOLICY",
	"CORS",
	"ENCRYPTION",
	"LIFECYCLE",
	"LOGGING_STATUS",
	"VERSIONING",
];

/** `terraform plan`: one GET per sub-resource of the bucket. */
const terraformPlan: Writer = (world, timeSeconds) => {
	const draft = plainDraft(world, timeSeconds);
	const configuration = world.random.pick(configurations);
	draft.remoteIp = "198.51.100.21";
	draft.requester = `arn:aws:sts::${charts.account}:assumed-role/terraform/plan`;
	draft.userAgent = charts.terraform;
	draft.operation = `REST.GET.${configuration}`;
	draft.rawKey = "-";
	draft.requestUri = `"GET /${charts.bucket}?${configuration.toLowerCase()} HTTP/1.1"`;
	draft.bytesSent = 480;
	draft.objectSizeBytes = undefined;
	return draft;
};

/** The web console, which lists with a browser's address. */
const consoleVisit: Writer = (world, timeSeconds) => {
	const draft = cliListing(world, timeSeconds);
	draft.userAgent = charts.s3Console;
	draft.requestUri = `"GET /${charts.bucket}?list-type=2&delimiter=%2F&max-keys=300&prefix= HTTP/1.1"`;
	return draft;
};

/** Somebody without credentials. */
const probe: Writer = (world, timeSeconds) => {
	const draft = plainDraft(world, timeSeconds);
	draft.remoteIp = `2001:db8::${world.random.below(9000).toString(16)}`;
	draft.requester = "-";
	draft.userAgent = charts.browser;
	draft.tail = `${hostId(world.random)} ${charts.anonymousTail}`;
	return failed(draft, "403", "AccessDenied", 243);
};

/** All but the sweepers, which remember where they are. */
export const writers = {
	lister,
	download,
	helmPush,
	cliListing,
	terraformPlan,
	consoleVisit,
	probe,
} as const satisfies Record<string, Writer>;
