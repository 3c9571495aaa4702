/**
 * The cast of the story: every caller of the bucket, and what it does in three days.
 * In: a source of randomness. Out: the drafts of one caller, in the order it sent them.
 * How ChartMuseum and helm-s3 behave: their sources at the tags named in fixtures/README.md.
 */
import * as charts from "./chart-bucket.ts";
import type { Draft } from "./log-line.ts";
import type { Random } from "./random.ts";
import type { Asker } from "./request-draft.ts";
import {
	at,
	type Chart,
	chartsAt,
	download,
	endSeconds,
	listing,
	pushes,
	request,
	startSeconds,
} from "./story-charts.ts";

const intervalSeconds = 30 * 60;

interface Replica {
	remoteIp: string;
	/** The first tick after `from`. */
	phaseSeconds: number;
	from: number;
	to: number;
}

function chartmuseum(remoteIp: string, userAgent: string): Asker {
	return { remoteIp, requester: charts.chartmuseumUser, userAgent, sourceRegion: charts.region };
}

/** ChartMuseum 0.13.1: on each tick it lists, then downloads every chart, one after the other in key order. */
export function oldReplica(random: Random, { remoteIp, phaseSeconds, from, to }: Replica): Draft[] {
	const asker = chartmuseum(remoteIp, charts.chartmuseumOld);
	const drafts: Draft[] = [];
	for (let tick = from + phaseSeconds; tick < to; tick += intervalSeconds) {
		drafts.push(listing(random, asker, tick, "?prefix="));
		let timeMs = tick * 1000 + 60;
		for (const chart of chartsAt(tick)) {
			const draft = download(random, asker, chart);
			drafts.push({ ...draft, timeSeconds: Math.floor(timeMs / 1000) });
			timeMs += (draft.totalTimeMs ?? 0) + 120 + random.below(180);
		}
	}
	return drafts;
}

/**
 * ChartMuseum 0.16.1: lists on each tick and downloads only what is new to it.
 * Without a state file everything is new when it starts during the story.
 */
export function newReplica(random: Random, { remoteIp, phaseSeconds, from, to }: Replica): Draft[] {
	const asker = chartmuseum(remoteIp, charts.chartmuseumNew);
	const drafts: Draft[] = [];
	let known = new Set(from > startSeconds ? [] : chartsAt(from).map((chart) => chart.key));
	for (let tick = from + phaseSeconds; tick < to; tick += intervalSeconds) {
		drafts.push(listing(random, asker, tick, "?prefix="));
		const present = chartsAt(tick);
		for (const chart of present.filter(({ key }) => !known.has(key))) {
			drafts.push({ ...download(random, asker, chart), timeSeconds: tick + random.below(2) });
		}
		known = new Set(present.map((chart) => chart.key));
	}
	return drafts;
}

/** Deployments that fetch a chart through a cluster's ChartMuseum, in working hours. */
export function deployments(random: Random, asker: Asker, day: string, count: number): Draft[] {
	return Array.from({ length: count }, () => {
		const timeSeconds = at(`${day} 07:00:00`) + random.below(11 * 3600);
		return { ...download(random, asker, random.pick(chartsAt(timeSeconds))), timeSeconds };
	});
}

export const stagingAsker = chartmuseum("192.0.2.20", charts.chartmuseumNew);
export const productionOldAsker = chartmuseum("192.0.2.10", charts.chartmuseumOld);
export const productionNewAsker = chartmuseum("192.0.2.10", charts.chartmuseumNew);

function role(
	name: string,
	userAgent: string,
	remoteIp: string,
	sourceRegion: string = charts.region,
): Asker {
	return {
		remoteIp,
		requester: `arn:aws:sts::${charts.account}:assumed-role/${name}`,
		userAgent,
		sourceRegion,
	};
}

const ciIp = "198.51.100.20";
const indexBytes = 9_214;

/** Gives the drafts of one program their times, a second apart. */
function sequence(timeSeconds: number, drafts: Draft[]): Draft[] {
	return drafts.map((draft, index) => ({ ...draft, timeSeconds: timeSeconds + index }));
}

function missing(draft: Draft, errorCode: string, bytesSent: number): Draft {
	return { ...draft, status: "404", errorCode, bytesSent };
}

function denied(draft: Draft, errorCode: string, bytesSent: number): Draft {
	return { ...draft, status: "403", errorCode, bytesSent };
}

/** `helm s3 push`: looks for the Region with dummy credentials, then for the chart, writes it and the index. */
function push(random: Random, chart: Chart, run: number): Draft[] {
	const asker = role(`ci-publish/run-${run}`, charts.helmS3, ciIp);
	const uploader = { ...asker, userAgent: `${charts.helmS3} S3Manager` };
	const index = { objectSizeBytes: indexBytes };
	return sequence(chart.sinceSeconds - 2, [
		denied(request(random, { ...asker, requester: "-" }, "REST.HEAD.BUCKET", "-"), "InvalidAccessKeyId", 0),
		missing(request(random, asker, "REST.HEAD.OBJECT", chart.key), "NoSuchKey", 0),
		{ ...request(random, uploader, "REST.PUT.OBJECT", chart.key), objectSizeBytes: chart.sizeBytes },
		{
			...request(random, uploader, "REST.GET.OBJECT", "index.yaml"),
			...index,
			status: "206",
			bytesSent: indexBytes,
		},
		{ ...request(random, uploader, "REST.PUT.OBJECT", "index.yaml"), ...index },
	]);
}

export function continuousIntegration(random: Random): Draft[] {
	return pushes.flatMap((chart, index) => push(random, chart, 4711 + index * 16));
}

/** What the provider asks for a bucket, with the errors that S3 answers when nothing is configured. */
export const configurations: readonly (readonly [resource: string, query: string, errorCode: string])[] = [
	["ACL", "?acl", ""],
	["BUCKETPOLICY", "?policy", ""],
	["CORS", "?cors", "NoSuchCORSConfiguration"],
	["ENCRYPTION", "?encryption", ""],
	["LIFECYCLE", "?lifecycle", ""],
	["LOGGING_STATUS", "?logging", ""],
	["REPLICATION", "?replication", "ReplicationConfigurationNotFoundError"],
	["VERSIONING", "?versioning", ""],
	["WEBSITE", "?website", "NoSuchWebsiteConfiguration"],
];

export function terraformPlans(random: Random): Draft[] {
	const asker = role("terraform/plan", charts.terraform, ciIp);
	return ["12 03:10:00", "13 03:10:02", "13 09:30:44", "14 03:10:01"].flatMap((time) =>
		sequence(
			at(time),
			configurations.map(([resource, query, errorCode]) => {
				const draft = { ...request(random, asker, `REST.GET.${resource}`, "-", query), bytesSent: 412 };
				return errorCode === "" ? draft : missing(draft, errorCode, 338);
			}),
		),
	);
}

/** A script in staging that copies the index when it changed, and learns every four hours that it did not. */
export function mirror(random: Random): Draft[] {
	const userAgent =
		"Boto3/1.35.10 md/Botocore#1.35.10 ua/2.0 os/linux#5.10.226 md/arch#x86_64 lang/python#3.12.5 " +
		"md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.10";
	const asker = role("chart-mirror/sync", userAgent, "192.0.2.20");
	const drafts: Draft[] = [];
	for (let time = startSeconds + 2_400; time < endSeconds; time += 4 * 3600) {
		const draft = request(random, asker, "REST.GET.OBJECT", "index.yaml");
		const isChanged = pushes.some(
			({ sinceSeconds }) => sinceSeconds < time && sinceSeconds > time - 4 * 3600,
		);
		const outcome = isChanged ? { bytesSent: indexBytes } : { status: "304" };
		drafts.push({ ...draft, ...outcome, objectSizeBytes: indexBytes, timeSeconds: time });
	}
	return drafts;
}

/** An engineer who wonders about the drop, with the AWS CLI at first and then in the console. */
export function engineer(random: Random): Draft[] {
	const name = "AWSReservedSSO_Platform_0f1e2d3c4b5a6978/engineer";
	const cli = role(name, charts.awsCli, "203.0.113.40", "-");
	const web = { ...cli, userAgent: charts.s3Console };
	const folders = "?list-type=2&prefix=&delimiter=%2F&encoding-type=url";
	const console = "?list-type=2&delimiter=%2F&max-keys=300&prefix=";
	const gateway = chartsAt(endSeconds).find(({ key }) => key.startsWith("gateway"));
	return [
		...sequence(at("14 08:52:10"), [listing(random, cli, at("14 08:52:10"), folders)]),
		...sequence(at("14 08:54:31"), [
			missing(request(random, cli, "REST.HEAD.OBJECT", "gateway-2.9.tgz"), "NoSuchKey", 0),
			...(gateway === undefined ? [] : [download(random, cli, gateway)]),
			denied(request(random, cli, "REST.PUT.LOGGING_STATUS", "-", "?logging"), "AccessDenied", 243),
		]),
		...sequence(at("14 09:03:47"), [
			listing(random, web, at("14 09:03:47"), console),
			{ ...request(random, web, "REST.GET.VERSIONING", "-", "?versioning"), bytesSent: 113 },
			{ ...request(random, web, "REST.GET.LOGGING_STATUS", "-", "?logging"), bytesSent: 402 },
			{ ...request(random, web, "REST.GET.METRICS", "-", "?metrics"), bytesSent: 172 },
		]),
	];
}

/** Somebody without credentials, whose user agent has quotes in it. */
export function scanner(random: Random): Draft[] {
	const asker = {
		remoteIp: "203.0.113.199",
		requester: "-",
		userAgent: '() { :;}; echo "probe"',
		sourceRegion: "-",
	};
	const draft = denied(request(random, asker, "REST.GET.BUCKET", "-"), "AccessDenied", 243);
	const hostIdOnly = draft.tail.split(" ")[0];
	return [{ ...draft, timeSeconds: at("14 02:13:55"), tail: `${hostIdOnly} ${charts.anonymousTail}` }];
}
