/** One network path case as a row, and the check of a list of them. Used by the path tests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadClusters } from "../../src/network/clusters.ts";
import { parseIpRanges } from "../../src/network/ip-ranges.ts";
import { type NetworkKnowledge, networkPathLabel, networkPathOf } from "../../src/network/path.ts";
import { rangesText } from "./ip-ranges.ts";

export const ranges = parseIpRanges(rangesText, "ranges");
export const clusters = loadClusters(
	"ip,cluster,nat,region\n198.51.100.7,forgotten,true,\n198.51.100.8,far,true,eu-west-1\n198.51.100.9,office,false,\n10.0.0.0/8,inside,true,\n",
	"map.csv",
);
const host = "s3.us-east-1.amazonaws.com";
export const vpce = "charts.vpce-0a1b2c3d-4e5f.s3.us-east-1.vpce.amazonaws.com";

type Caller = Parameters<typeof networkPathOf>[0];
export const caller = (over: Partial<Caller>): Caller => ({
	remoteIp: "203.0.113.9",
	requester: "arn:aws:iam::111122223333:user/chartmuseum",
	userAgent: "aws-sdk-go/1.44.288",
	hostHeader: host,
	sourceRegion: undefined,
	...over,
});

export interface Row {
	says: string;
	flow: Partial<Caller>;
	known?: NetworkKnowledge;
	path: string;
	why: string;
	nat?: boolean;
	cluster?: string;
	endpoint?: string;
	assumes?: RegExp;
}

/** Declares a test per row, for a bucket in us-east-1. */
export function testRows(rows: readonly Row[]): void {
	for (const row of rows) test(row.says, () => check(row));
}

function check(row: Row): void {
	const place = networkPathOf(caller(row.flow), "us-east-1", row.known ?? {});
	assert.equal(networkPathLabel(place), row.path);
	assert.equal(place.why, row.why);
	assert.equal(place.viaNat, row.nat ?? false);
	assert.equal(place.cluster, row.cluster ?? "unmapped");
	assert.equal(place.endpoint, row.endpoint);
	if (row.assumes === undefined) assert.equal(place.assumption, undefined);
	else assert.match(place.assumption ?? "", row.assumes);
}
