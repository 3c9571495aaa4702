/** Requests without credentials that succeeded: the bucket, or a part of it, is open to everybody. */
import type { Finding, Severity } from "../../model/diagnosis.ts";
import { isoTime } from "../../model/units.ts";
import { Call } from "../calls.ts";
import { attribute, isSafe, shellWord } from "../next.ts";
import { count, dollars, listOf, plural } from "../phrases.ts";
import type { Rule } from "../rule.ts";
import type { Scene } from "../scene.ts";

export const anonymousAccess: Rule = {
	id: "anonymous-access",
	find: (scene) => [...tallies(scene).values()].map((tally) => finding(scene, tally)),
};

/** Addresses in the evidence: scanners come from hundreds. */
const maxSources = 50;

interface Tally {
	bucket: string;
	requests: number;
	usd: number;
	/** By what they were: read, listed, written. */
	reads: number;
	lists: number;
	writes: number;
	/** Through the website endpoint, which knows no credentials: such a bucket is meant to be open. */
	website: number;
	bytes: number;
	bySource: Map<string, number>;
	firstSeconds: number;
	lastSeconds: number;
}

const reading: readonly number[] = [Call.get, Call.getPart, Call.notModified, Call.head];
const listing: readonly number[] = [Call.list, Call.listPage, Call.otherList];
const writing: readonly number[] = [Call.put, Call.delete];

function tallies(scene: Scene): Map<string, Tally> {
	const found = new Map<string, Tally>();
	for (let flow = 0; flow < scene.ofFlow.length; flow++) {
		const program = scene.programs[scene.ofFlow[flow]!];
		const call = scene.callOfFlow[flow]!;
		const { status, operation } = scene.theCase.flows[flow]!;
		if (program?.iamUser !== "anonymous" || program.kind === "service" || program.kind === "cloudfront")
			continue;
		if (!/^[23]/.test(status) || ![...reading, ...listing, ...writing].includes(call)) continue;
		const { bucket, sourceIp } = program;
		const tally = found.get(bucket) ?? emptyTally(bucket);
		found.set(bucket, tally);
		const requests = scene.sums.requests[flow]!;
		tally.requests += requests;
		tally.usd += scene.sums.usd[flow]!;
		tally.bytes += scene.sums.bytes[flow]!;
		if (operation.startsWith("WEBSITE.")) tally.website += requests;
		if (reading.includes(call)) tally.reads += requests;
		if (listing.includes(call)) tally.lists += requests;
		if (writing.includes(call)) tally.writes += requests;
		tally.bySource.set(sourceIp, (tally.bySource.get(sourceIp) ?? 0) + requests);
		tally.firstSeconds = Math.min(tally.firstSeconds, scene.sums.first[flow]!);
		tally.lastSeconds = Math.max(tally.lastSeconds, scene.sums.last[flow]!);
	}
	return found;
}

function emptyTally(bucket: string): Tally {
	const times = { firstSeconds: Number.POSITIVE_INFINITY, lastSeconds: Number.NEGATIVE_INFINITY };
	const none = { requests: 0, usd: 0, reads: 0, lists: 0, writes: 0, website: 0, bytes: 0 };
	return { bucket, ...none, ...times, bySource: new Map() };
}

function finding(scene: Scene, tally: Tally): Omit<Finding, "id"> {
	const { bucket, requests, reads, lists, writes, bySource } = tally;
	const sources = [...bySource].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([ip]) => ip);
	const costUsdPerMonth = scene.monthly(tally.usd);
	const word = isSafe(bucket) ? shellWord(bucket) : "BUCKET";
	return {
		severity: severity(tally),
		title: `Anybody can ${writes > 0 ? "write to" : lists > 0 ? "list" : "read"} ${bucket}: ${plural(requests, "request")} without credentials succeeded`,
		why: `${listOf(sources)} read ${plural(reads, "object")}, listed ${count(lists)} times and wrote ${count(writes)} times without credentials, for ${dollars(costUsdPerMonth)} a month. You pay for what strangers download.`,
		evidence: {
			bucket,
			sourceIps: sources.slice(0, maxSources),
			sourceCount: sources.length,
			requests,
			reads,
			lists,
			writes,
			website: tally.website,
			bytes: tally.bytes,
			firstSeen: isoTime(tally.firstSeconds),
			lastSeen: isoTime(tally.lastSeconds),
		},
		requests,
		costUsdPerMonth,
		savingUsdPerMonth: costUsdPerMonth,
		next: [
			attribute(["source-ip", "operation", "user-agent"], { "iam-user": "anonymous" }),
			`aws s3api get-bucket-policy-status --bucket ${word}`,
			`aws s3api put-public-access-block --bucket ${word} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true # if nobody needs it`,
		],
	};
}

function severity({ writes, website, requests }: Tally): Severity {
	if (writes > 0) return "high";
	return website === requests ? "info" : "warn";
}
