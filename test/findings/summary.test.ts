/** The diagnosis in sentences: the committed story with and without a cluster map, and silence when nothing is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { diagnosisOf } from "../support/diagnosis-of.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

test("the story, without a cluster map", async () => {
	const { summary, findings } = await diagnosisOf(fixture("logs"));
	assert.equal(
		summary,
		"user/chartmuseum causes 98% of the cost. In the cluster behind 192.0.2.10 aws-sdk-go/1.37.28 (ChartMuseum " +
			"0.13.1) was replaced by aws-sdk-go/1.44.288 (ChartMuseum 0.16.1) on 2026-10-13 at 15:42 UTC, and its " +
			"requests fell by 91%. 198.51.100.7, left behind by that roll-out, runs aws-sdk-go/1.37.28 (ChartMuseum " +
			"0.13.1) and downloads every package 48 times a day: $0.01 a month. Find out whose address that is, and " +
			"put `chartcost serve` in front of the bucket.",
	);
	const [stray] = findings;
	assert.equal(stray?.id, "stray-cluster");
	assert.match(String(stray?.evidence["reason"]), /^left behind by the roll-out of aws-sdk-go\/1\.44\.288/);
});

test("the story, with a cluster map", async () => {
	const { summary, findings } = await diagnosisOf(fixture("logs"), fixture("clusters.yaml"));
	assert.match(
		summary,
		/^user\/chartmuseum causes over 99% of the cost\. In cluster production \(192\.0\.2\.10\) .* 198\.51\.100\.7, which is not in the cluster map, runs /,
	);
	const byId = new Map(findings.map((finding) => [finding.id, finding]));
	const sweep = byId.get("chartmuseum-sweep")?.evidence;
	assert.deepEqual(sweep?.["sourceIps"], ["192.0.2.10", "198.51.100.7"]);
	assert.deepEqual(sweep?.["stillRunning"], ["198.51.100.7"]);
	// 26 downloads a day went through production's old version until the upgrade; the rest nobody asked for.
	assert.equal(Number(sweep?.["userRequests"]) + Number(sweep?.["wastedRequests"]), sweep?.["totalRequests"]);
	assert.ok(Number(sweep?.["userRequests"]) > 35 && Number(sweep?.["userRequests"]) < 55);
	const sources = byId.get("client-rollout")?.evidence["sources"] ?? [];
	const [source] = sources as { switchedAt: string; cluster: string }[];
	assert.equal(source?.cluster, "production");
	assert.match(String(source?.switchedAt), /^2026-10-13T15:42/);
});

test("nothing wrong, nothing said", async () => {
	assert.equal((await diagnosisOf(fixture("findings/chartmuseum-sweep/no.log"))).summary, "");
	assert.equal((await diagnosisOf(fixture("findings/client-rollout/yes.log"))).summary, "");
});
