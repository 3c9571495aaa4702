/**
 * Real Helm 3 and 4 and what else they do with repositories: charts that depend on charts, `--repo`, `show`, packages by
 * their URL; from several repositories of one `serve`, at addresses of every form, and from two workers.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Charts, charts } from "../support/peers/charts.ts";
import { newHelm } from "../support/peers/helm.ts";
import { withPeers } from "../support/peers/program.ts";
import { type S3Server, startS3Server } from "../support/peers/s3-server.ts";
import { type ServeProcess, startServeProcess } from "../support/peers/serve-process.ts";

const sha256 = (body: Buffer) => createHash("sha256").update(body).digest("hex");

/** Where a repository can be, below the server's URL, as people write it. */
const addresses = ["", "/", "/?team=a", "/charts", "/team-a", "/team-a/", "/team-a/charts"];

describe("repositories", withPeers("helm3", "helm4", "versitygw", "gpg"), () => {
	let made: Charts;
	let s3: S3Server;
	let serve: ServeProcess;
	let folder: string;

	before(async () => {
		made = await charts();
		s3 = await startS3Server();
		for (const [name, body] of made.files) {
			await s3.put(name, body);
			await s3.put(`team/a/${name}`, body);
		}
		await s3.put("index.yaml", made.index);
		// As ChartMuseum with --chart-url left it: absolute URLs of a server that is gone.
		const old = made.index.replace(/^( +- )(\S+\.tgz)$/gm, "$1https://charts.example.invalid/charts/$2");
		assert.notEqual(old, made.index);
		await s3.put("team/a/index.yaml", old);
		folder = mkdtempSync(path.join(tmpdir(), "chartcost-repositories-"));
		const config = path.join(folder, "serve.yaml");
		const place = { bucket: s3.bucket, region: s3.region, "endpoint-url": s3.url, "path-style": true };
		const repositories = [
			{ path: "/", ...place },
			{ path: "/team-a", ...place, prefix: "team/a", "own-host": ["charts.example.invalid"] },
		];
		writeFileSync(config, JSON.stringify({ repositories }));
		serve = await startServeProcess(s3, ["--config", config, "--workers", "2"]);
	});
	after(async () => {
		await serve?.end();
		await s3?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	for (const program of ["helm3", "helm4"] as const) {
		for (const address of addresses) {
			test(`${program} at "${address}"`, async () => {
				const helm = newHelm(program);
				try {
					const url = serve.url + address;
					const plain = url.replace(/\?.*/, "").replace(/\/$/, "");
					await helm.ok("repo", "add", "charts", url);
					await helm.ok("pull", "app", "--repo", url, "--version", "1.0.0");
					await helm.ok("pull", `${plain}/app-1.1.0.tgz`);
					await helm.ok("pull", `${plain}/app-1.2.0%2Bbuild.5.tgz`);
					for (const name of ["app-1.0.0.tgz", "app-1.1.0.tgz"]) {
						const pulled = readFileSync(path.join(helm.folder, name));
						assert.equal(sha256(pulled), sha256(made.files.get(name)!), name);
					}
					assert.match(await helm.ok("show", "values", "charts/web"), /replicaCount: 1/);
					const shown = await helm.ok("show", "chart", "charts/app", "--version", "1.2.0+build.5");
					assert.match(shown, /^version: 1\.2\.0\+build\.5$/m);
					await helm.ok("create", "umbrella");
					const dependencies = [
						`- {name: app, version: ~1.1, repository: "${url}"}`,
						`- {name: web, version: ">=0.1.0", repository: "@charts"}`,
					];
					const chart = path.join(helm.folder, "umbrella", "Chart.yaml");
					appendFileSync(chart, `dependencies:\n${dependencies.join("\n")}\n`);
					await helm.ok("dependency", "update", "umbrella");
					await helm.ok("dependency", "build", "umbrella");
					const rendered = await helm.ok("template", "release", "umbrella");
					assert.match(rendered, /helm\.sh\/chart: app-1\.1\.0$/m);
					assert.match(rendered, /helm\.sh\/chart: web-0\.3\.1$/m);
				} finally {
					helm.end();
				}
			});
		}
	}
});
