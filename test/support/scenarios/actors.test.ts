/** The actors behave as chart-repositories.md 1.4, 2.4 and 5.1 say that the programs do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../log-line.ts";
import { makeBase } from "./base.ts";
import { chartmuseum, type Deployment, type Release } from "./chartmuseum.ts";
import {
	amazon,
	chartmuseumUploads,
	continuousIntegration,
	helmDelete,
	helmReindex,
	nightlySync,
	pulls,
	terraformPlans,
} from "./people.ts";
import { arrivals } from "./rhythm.ts";
import { World } from "./world.ts";

const world = () => new World({ seed: 5, days: 3, charts: 12, pushesPerDay: 2 });

function deployment(of: World, release: Release, more: Partial<Deployment> = {}): Deployment {
	const source = of.natAddress();
	return { release, source, requester: () => of.user("charts"), intervalSeconds: 1800, ...more };
}

const isList = ({ operation }: Draft) => operation === "REST.GET.BUCKET";
const isGet = ({ operation }: Draft) => operation === "REST.GET.OBJECT";
const keysOf = (drafts: readonly Draft[]) => drafts.map(({ rawKey }) => rawKey);
const isAscending = (values: readonly (string | number)[]) =>
	values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value);

/** The requests of each pass: from one listing to before the next. */
function passesOf(drafts: readonly Draft[]): Draft[][] {
	const passes: Draft[][] = [];
	for (const draft of drafts) {
		if (isList(draft)) passes.push([]);
		passes.at(-1)?.push(draft);
	}
	return passes;
}

test("0.13.1 lists with version 1, then gets every package, one after the other, in key order", () => {
	const of = world();
	const passes = passesOf(chartmuseum(of, deployment(of, "0.13.1")));
	assert.equal(passes.length, 3 * 48);
	let seconds = 0;
	for (const [list, ...gets] of passes) {
		assert.ok(list);
		assert.match(list.requestUri, /^"GET \/\?prefix= HTTP/);
		const present = of.chartsAt(list.timeSeconds);
		assert.deepEqual(
			keysOf(gets.slice(0, present.length)),
			present.map(({ key }) => key.replace("+", "%252B")),
		);
		assert.ok(isAscending(gets.map(({ timeSeconds }) => timeSeconds)));
		assert.ok(
			gets.every(({ timeSeconds }) => timeSeconds > list.timeSeconds && timeSeconds < list.timeSeconds + 60),
		);
		assert.ok(gets.every((draft) => isGet(draft) && draft.bytesSent === draft.objectSizeBytes));
		// A package that is new to the index is downloaded again, once.
		seconds += gets.length - present.length;
	}
	assert.equal(seconds, of.charts.length - of.chartsAt(of.from).length);
});

test("0.16.1 lists on its timer, by path, and gets only what is new", () => {
	const of = world();
	const drafts = chartmuseum(of, deployment(of, "0.16.1", { intervalSeconds: 300 }));
	const lists = drafts.filter(isList);
	assert.equal(lists.length, 3 * 288);
	assert.ok(lists.every(({ requestUri }) => requestUri === `"GET /${of.bucket.name}?prefix= HTTP/1.1"`));
	const pushed = of.charts.filter(({ sinceSeconds }) => sinceSeconds > of.from);
	assert.deepEqual(
		keysOf(drafts.filter(isGet)).sort(),
		pushed.map(({ key }) => key.replace("+", "%252B")).sort(),
	);
});

test("a broken package costs a GET and a PUT of the state on every pass", () => {
	const of = world();
	const broken = [{ key: "bad-1.tgz", sizeBytes: 7, sinceSeconds: 0 }];
	const drafts = chartmuseum(of, deployment(of, "0.16.1", { broken, hasState: true }));
	const passes = passesOf(drafts);
	assert.ok(passes.length > 100);
	for (const pass of passes) {
		assert.equal(keysOf(pass).filter((key) => key === "bad-1.tgz").length, 1);
		assert.equal(pass.filter(({ operation }) => operation === "REST.PUT.OBJECT").length, 1);
	}
});

test("a restart without a state file gets everything at once, in no order; with one, nothing", () => {
	const of = world();
	const at = of.from + 86_400;
	const burst = (hasState: boolean) => {
		const wanted = deployment(of, "0.16.1", { hasState, restarts: [at], intervalSeconds: 300 });
		return chartmuseum(of, wanted).filter(({ timeSeconds }) => timeSeconds >= at && timeSeconds < at + 10);
	};
	const [start, list, ...gets] = burst(false);
	assert.deepEqual([start?.rawKey, start?.status], ["index-cache.yaml", "404"]);
	assert.ok(list && isList(list));
	assert.equal(gets.length, of.chartsAt(at).length);
	assert.ok(!isAscending(gets.map(({ timeSeconds }) => timeSeconds)));
	assert.deepEqual(keysOf(burst(true)), ["index-cache.yaml"]);
});

test("0.12 lists once for each request for the index, and at no other time", () => {
	const of = world();
	const indexRequests = arrivals(of, { perDay: 40, rhythm: "office" });
	const lists = chartmuseum(of, deployment(of, "0.12.0", { indexRequests })).filter(isList);
	assert.deepEqual(
		lists.map(({ timeSeconds }) => timeSeconds),
		indexRequests,
	);
});

test("replicas work on their own, and pods of a role have sessions of their own", () => {
	const of = world();
	const requester = (pod: number) => of.role("charts", `pod-${pod}`);
	const drafts = chartmuseum(of, deployment(of, "0.16.1", { replicas: 3, requester }));
	assert.equal(new Set(drafts.map((draft) => draft.requester)).size, 3);
	assert.equal(drafts.filter(isList).length, 3 * 3 * 48);
});

test("helm-s3 push and reindex send what helm-s3 sends, in its order", () => {
	const of = world();
	const pushes = continuousIntegration(of);
	assert.equal(pushes.length, 5 * of.charts.filter(({ sinceSeconds }) => sinceSeconds > 0).length);
	assert.deepEqual(
		pushes.slice(0, 5).map(({ operation, status }) => `${operation} ${status}`),
		[
			"REST.HEAD.BUCKET 403",
			"REST.HEAD.OBJECT 404",
			"REST.PUT.OBJECT 200",
			"REST.GET.OBJECT 206",
			"REST.PUT.OBJECT 200",
		],
	);
	assert.ok(isAscending(pushes.slice(0, 5).map(({ timeSeconds }) => timeSeconds)));
	const asker = { ...of.natAddress(), requester: of.role("ci", "1"), userAgent: "aws-sdk-go/1.55.7" };
	const reindex = helmReindex(of, asker, of.to);
	assert.match(reindex[0]?.requestUri ?? "", /list-type=2/);
	assert.ok(isAscending(keysOf(reindex.slice(1, -1))));
	assert.equal(reindex.length, of.charts.length + 2);
	assert.match(reindex.at(-1)?.userAgent ?? "", / S3Manager$/);
});

test("helm-s3 delete writes batch lines, and an upload through ChartMuseum looks first", () => {
	const of = world();
	const asker = { ...of.natAddress(), requester: of.role("ci", "1"), userAgent: "aws-sdk-go/1.55.7" };
	const removed = helmDelete(of, asker, of.from + 9, "a-1.0.0+b.tgz");
	assert.deepEqual(
		removed.map(({ operation, rawKey }) => `${operation} ${rawKey}`),
		[
			"REST.GET.OBJECT index.yaml",
			"REST.POST.MULTI_OBJECT_DELETE -",
			"BATCH.DELETE.OBJECT a-1.0.0%2Bb.tgz",
			"BATCH.DELETE.OBJECT a-1.0.0%2Bb.tgz.prov",
			"REST.PUT.OBJECT index.yaml",
		],
	);
	assert.ok(isAscending(removed.map(({ timeSeconds }) => timeSeconds)));
	const uploads = chartmuseumUploads(of, asker, { perDay: 9, rhythm: "flat" });
	assert.deepEqual(
		uploads.slice(0, 3).map(({ operation, status }) => `${operation} ${status}`),
		["REST.GET.OBJECT 404", "REST.PUT.OBJECT 200", "REST.PUT.OBJECT 200"],
	);
});

test("people follow the day and the week, and like some packages more than others", () => {
	const of = new World({ seed: 3, days: 28 });
	const asker = { ...of.natAddress(), requester: of.user("charts"), userAgent: "aws-sdk-go/1.44.288" };
	const drafts = pulls(of, asker, { perDay: 200, rhythm: "office" });
	const local = drafts.map(({ timeSeconds }) => new Date((timeSeconds + of.officeOffset * 3600) * 1000));
	const weekend = local.filter((date) => date.getUTCDay() % 6 === 0).length;
	const night = local.filter((date) => date.getUTCHours() < 5).length;
	assert.ok(drafts.length > 3000 && drafts.length < 4800, `${drafts.length}`);
	assert.ok(weekend < drafts.length / 20 && night === 0);
	const counts = new Map<string, number>();
	for (const { rawKey } of drafts) counts.set(rawKey, (counts.get(rawKey) ?? 0) + 1);
	const most = Math.max(...counts.values());
	assert.ok(most > drafts.length / 8, `${most} of ${drafts.length}`);
});

test("AWS has no address, Terraform asks for configurations, the sync gets each package once", () => {
	const of = world();
	assert.ok(amazon(of, 50).every(({ remoteIp }) => remoteIp === "-"));
	assert.ok(
		terraformPlans(of, 5).every(
			({ userAgent, rawKey }) => userAgent.includes("Terraform/") && rawKey === "-",
		),
	);
	const synced = keysOf(nightlySync(of).filter(isGet));
	assert.equal(new Set(synced).size, synced.length);
	assert.ok(makeBase(of).drafts.length > 2 * 3 * 288);
});
