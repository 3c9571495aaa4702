/**
 * ChartMuseum and `serve` on one bucket, request by request. fixtures/chartmuseum/answers.json holds what ChartMuseum 0.16.5
 * answered: where ChartMuseum is installed it must still answer that, and `serve` must answer it everywhere, but for the
 * differences that are listed here with their reasons. CHARTCOST_RECORD=1 writes the file anew.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type AnswerShape, answerShape } from "../support/peers/answer-shape.ts";
import { startChartMuseum } from "../support/peers/chartmuseum.ts";
import { type Charts, charts } from "../support/peers/charts.ts";
import { newHelm } from "../support/peers/helm.ts";
import { withPeers } from "../support/peers/program.ts";
import { type S3Server, startS3Server } from "../support/peers/s3-server.ts";
import { startServeProcess } from "../support/peers/serve-process.ts";

const recording = fileURLToPath(new URL("../../fixtures/chartmuseum/answers.json", import.meta.url));

const requests = [
	...["GET /index.yaml", "HEAD /index.yaml", "GET /charts/app-1.0.0.tgz", "GET /charts/app-1.1.0.tgz"],
	...[
		"GET /charts/app-1.2.0+build.5.tgz",
		"GET /charts/app-1.2.0%2Bbuild.5.tgz",
		"GET /charts/web-0.3.1.tgz",
	],
	...["GET /charts/app-1.0.0.tgz.prov", "GET /charts/app-1.1.0.tgz.prov", "HEAD /charts/app-1.0.0.tgz"],
	...[
		"GET /charts/nope-1.0.0.tgz",
		"GET /charts/app.bad",
		"GET /charts/",
		"GET /nothing",
		"GET //index.yaml",
	],
	...["GET /index.yaml/", "PUT /index.yaml", "GET /", "GET /health", "GET /info", "GET /metrics", "GET /api"],
	...["GET /api/charts", "GET /api/charts?offset=1&limit=1", "GET /api/charts?offset=1"],
	...["GET /api/charts?offset=-1", "GET /api/charts?limit=0", "GET /api/charts?limit=x"],
	...["GET /api/charts/app", "HEAD /api/charts/app", "GET /api/charts/none", "HEAD /api/charts/none"],
	...["GET /api/charts/app/1.0.0", "HEAD /api/charts/app/1.0.0", "GET /api/charts/app/latest"],
	...["GET /api/charts/app/1.2.0+build.5", "GET /api/charts/app/~1.0", "GET /api/charts/app/%5E1"],
	...["GET /api/charts/app/9.9.9", "HEAD /api/charts/app/9.9.9", "GET /api/charts/app/%21%21"],
	...[
		"GET /api/charts/none/1.0.0",
		"GET /api/charts/app/1.0.0/values",
		"GET /api/charts/app/1.0.0/templates",
	],
	...["POST /api/charts", "POST /api/prov", "DELETE /api/charts/none/1.0.0"],
];

/** What `serve` answers otherwise, and why. The ids are those of the list of traps in the specification. */
const differences: { why: string; of: RegExp; is(theirs: AnswerShape, ours: AnswerShape): boolean }[] = [
	{
		why: "T24: packages are gzip, not tar",
		of: /^GET \/charts\/\S+\.tgz$/,
		is: (theirs, ours) =>
			same(theirs, { ...ours, type: "application/x-tar" }) && ours.type === "application/gzip",
	},
	{
		why: "T24: a HEAD says what the GET would",
		of: /^HEAD \/(index\.yaml|api\/.*)$/,
		is: (theirs, ours) => same({ ...theirs, type: ours.type }, ours) && ours.type !== "",
	},
	{
		why: "T27: HEAD of a package is 200, ChartMuseum has no such route",
		of: /^HEAD \/charts\//,
		is: (theirs, ours) => theirs.status === 404 && ours.status === 200 && ours.type === "application/gzip",
	},
	{
		why: "T29: what can be no chart is not there, rather than an error of the server",
		of: /^GET \/charts\/(app\.bad)?$/,
		is: (theirs, ours) => theirs.status === 500 && [400, 404].includes(ours.status),
	},
	{
		why: "a path that names no object is refused as a whole",
		of: /^GET (\/\/index\.yaml|\/index\.yaml\/)$/,
		is: (theirs, ours) => theirs.status === 404 && ours.status === 400,
	},
	{
		why: "no welcome page",
		of: /^GET \/$/,
		is: (theirs, ours) => theirs.type === "text/html" && ours.status === 404,
	},
	{
		why: "read-only: nothing is published or deleted here, nor are packages opened",
		of: /^(PUT|POST|DELETE) |\/(values|templates)$/,
		is: (_, ours) =>
			[404, 405].includes(ours.status) && typeof (ours.body as { error?: string }).error === "string",
	},
];

function same(one: AnswerShape, other: AnswerShape): boolean {
	try {
		assert.deepEqual(one, other);
		return true;
	} catch {
		return false;
	}
}

describe("ChartMuseum and serve", withPeers("helm3", "versitygw", "gpg"), () => {
	let made: Charts;
	let s3: S3Server;
	before(async () => {
		made = await charts();
		s3 = await startS3Server();
		for (const [name, body] of made.files) await s3.put(name, body);
		await s3.put("index.yaml", made.index);
	});
	after(() => s3?.stop());

	async function answersAt(port: number): Promise<Record<string, AnswerShape>> {
		const answers: Record<string, AnswerShape> = {};
		for (const request of requests) answers[request] = await answerShape(port, request, made.files);
		return answers;
	}

	test("ChartMuseum answers as recorded", withPeers("chartmuseum"), async () => {
		const museum = await startChartMuseum(s3);
		try {
			const answers = await answersAt(museum.port);
			if (process.env["CHARTCOST_RECORD"] === "1")
				writeFileSync(recording, `${JSON.stringify(answers, null, "\t")}\n`);
			assert.deepEqual(answers, recorded());
		} finally {
			await museum.stop();
		}
	});

	test("serve answers as ChartMuseum did, but for the listed differences", async () => {
		const serve = await startServeProcess(s3);
		try {
			const ours = await answersAt(serve.port);
			const used = new Set<string>();
			for (const [request, theirs] of Object.entries(recorded())) {
				if (same(theirs, ours[request]!)) continue;
				const difference = differences.find(({ of }) => of.test(request));
				if (difference === undefined) assert.deepEqual({ [request]: ours[request] }, { [request]: theirs });
				const shown = JSON.stringify([theirs, ours[request]]);
				assert.ok(difference!.is(theirs, ours[request]!), `${request}: ${difference!.why}? ${shown}`);
				used.add(difference!.why);
			}
			const unused = differences.filter(({ why }) => !used.has(why));
			assert.deepEqual(unused, [], "a difference that is none any more");
		} finally {
			await serve.end();
		}
	});
	/** The way from ChartMuseum to `serve`: its charts stay where they are, its last index becomes the bucket's. */
	test(
		"with ChartMuseum's own index in the bucket nothing changes for Helm",
		withPeers("chartmuseum", "helm4"),
		async () => {
			const museum = await startChartMuseum(s3);
			let theirs = "";
			try {
				theirs = await (await fetch(`${museum.url}/index.yaml`)).text();
			} finally {
				await museum.stop();
			}
			assert.match(theirs, /^serverInfo: /m);
			await s3.put("index.yaml", theirs);
			const serve = await startServeProcess(s3);
			try {
				assert.equal(await (await fetch(`${serve.url}/index.yaml`)).text(), theirs, "byte for byte");
				for (const program of ["helm3", "helm4"] as const) {
					const helm = newHelm(program);
					await helm.ok("repo", "add", "charts", serve.url);
					await helm.ok("pull", "charts/app", "--version", "1.0.0", "--verify", "--keyring", made.keyring);
					await helm.ok("pull", "charts/app", "--version", "1.2.0+build.5");
					helm.end();
				}
			} finally {
				await serve.end();
				await s3.put("index.yaml", made.index);
			}
		},
	);
});

function recorded(): Record<string, AnswerShape> {
	const answers = JSON.parse(readFileSync(recording, "utf8")) as Record<string, AnswerShape>;
	assert.deepEqual(Object.keys(answers), requests, "recorded with other requests: CHARTCOST_RECORD=1");
	return answers;
}
