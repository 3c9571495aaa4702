/**
 * Real Helm 3 and 4, `serve` and a real S3 server: everything that a user does with a repository, from an empty cache, from
 * a warm one and with S3 switched off; at `/` and at `/charts`; with a password; over TLS.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Charts, charts } from "../support/peers/charts.ts";
import { type Helm, newHelm } from "../support/peers/helm.ts";
import { type Kubernetes, startKubernetes } from "../support/peers/kubernetes.ts";
import { withPeers } from "../support/peers/program.ts";
import { type S3Server, startS3Server } from "../support/peers/s3-server.ts";
import { type ServeProcess, startServeProcess } from "../support/peers/serve-process.ts";
import { newCertificate } from "../support/s3/certificate.ts";

const sha256 = (body: Buffer) => createHash("sha256").update(body).digest("hex");

for (const program of ["helm3", "helm4"] as const) {
	describe(program, withPeers(program, "helm3", "versitygw", "gpg"), () => {
		let made: Charts;
		let s3: S3Server;
		let kubernetes: Kubernetes;
		const helms: Helm[] = [];
		const serves: ServeProcess[] = [];

		before(async () => {
			made = await charts();
			kubernetes = await startKubernetes();
			s3 = await startS3Server();
			for (const [name, body] of made.files) await s3.put(name, body);
			await s3.put("index.yaml", made.index);
		});
		after(async () => {
			for (const helm of helms) helm.end();
			for (const serve of serves) await serve.end();
			await s3?.stop();
			await kubernetes?.stop();
		});

		function helmHome(env: Record<string, string> = {}): Helm {
			const helm = newHelm(program, env);
			helms.push(helm);
			return helm;
		}

		async function serveWith(...args: string[]): Promise<ServeProcess> {
			const serve = await startServeProcess(s3, args);
			serves.push(serve);
			return serve;
		}

		/** What `helm pull` left in the working folder is, byte for byte, what was published. */
		function assertPulled(helm: Helm, ...names: string[]): void {
			for (const name of names) {
				const file = path.join(helm.folder, name);
				assert.equal(sha256(readFileSync(file)), sha256(made.files.get(name)!), name);
				rmSync(file);
			}
		}

		/** Every way in which Helm reads a repository. */
		async function useRepository(helm: Helm): Promise<void> {
			await helm.ok("repo", "update");
			const found = await helm.ok("search", "repo", "charts/", "--versions", "--devel");
			assert.match(
				found,
				/charts\/app\s+1\.2\.0\+build\.5[\s\S]*charts\/app\s+1\.0\.0[\s\S]*charts\/web\s+0\.3\.1/,
			);
			const keyring = ["--keyring", made.keyring];
			const verified = await helm.ok("pull", "charts/app", "--version", "1.0.0", "--verify", ...keyring);
			assert.match(verified, /Chart Hash Verified: sha256:/);
			assertPulled(helm, "app-1.0.0.tgz");
			await helm.ok("pull", "charts/web", "--prov");
			assertPulled(helm, "web-0.3.1.tgz", "web-0.3.1.tgz.prov");
			await helm.ok("pull", "charts/app", "--version", "1.2.0+build.5");
			assertPulled(helm, "app-1.2.0+build.5.tgz");
			assert.match(await helm.ok("template", "release", "charts/web"), /helm\.sh\/chart: web-0\.3\.1/);
			const dryRun = ["--dry-run=client", "--disable-openapi-validation", "--kubeconfig", "kubeconfig"];
			kubernetes.writeConfig(path.join(helm.folder, "kubeconfig"));
			assert.match(await helm.ok("install", "release", "charts/app", ...dryRun), /app-1\.2\.0_build\.5/);
		}

		/** How often S3 was asked since then, by answer. */
		function asked(since: number): Record<string, number> {
			const counts: Record<string, number> = {};
			for (const { key, status } of s3.requests(since)) {
				const what = key === "index.yaml" ? `index ${status}` : `package ${status}`;
				counts[what] = (counts[what] ?? 0) + 1;
			}
			return counts;
		}

		for (const base of ["/", "/charts"]) {
			test(`a repository at ${base}: empty cache, warm, S3 switched off, restarted`, async () => {
				const serve = await serveWith();
				const helm = helmHome();
				const since = s3.requests().length;
				await helm.ok("repo", "add", "charts", serve.url + base);
				await useRepository(helm);
				const first = asked(since);
				assert.equal(first["package 200"], 5, "each file of the bucket that was asked for, once");

				const warm = s3.requests().length;
				const other = helmHome();
				await other.ok("repo", "add", "charts", serve.url + base);
				await useRepository(other);
				assert.deepEqual(Object.keys(asked(warm)), ["index 304"], "no package again, no index body");

				await s3.switchOff();
				try {
					const third = helmHome();
					await third.ok("repo", "add", "charts", serve.url + base);
					await useRepository(third);
					await serve.stop();
					await serve.start();
					const fourth = helmHome();
					await fourth.ok("repo", "add", "charts", serve.url + base);
					await useRepository(fourth);
				} finally {
					await s3.switchOn();
				}
			});
		}

		test("what is not there is said as Helm says it", async () => {
			const serve = await serveWith();
			const helm = helmHome();
			await helm.ok("repo", "add", "charts", serve.url);
			const unknown = await helm.run("pull", "charts/app", "--version", "9.9.9");
			assert.equal(unknown.status, 1);
			assert.match(unknown.output, /not found/);
			const unsigned = await helm.run("pull", "charts/app", "--version", "1.1.0", "--verify");
			assert.equal(unsigned.status, 1);
			assert.match(unsigned.output, /failed to fetch provenance/);
			const nothing = await helm.run("pull", `${serve.url}/nothing-1.0.0.tgz`);
			assert.match(nothing.output, /404 Not Found/);
		});

		test("a chart published later is there after `repo update`", async () => {
			const serve = await serveWith();
			const helm = helmHome();
			const author = helmHome();
			await helm.ok("repo", "add", "charts", serve.url);
			// Asked for before it is published: the 404 must not outlive the index that names it.
			assert.equal((await helm.run("pull", `${serve.url}/late-0.1.0.tgz`)).status, 1);
			await author.ok("create", "late");
			await author.ok("package", "late", "--version", "0.1.0");
			for (const [name, body] of made.files) writeFileSync(path.join(author.folder, name), body);
			await author.ok("repo", "index", ".");
			await s3.put("late-0.1.0.tgz", readFileSync(path.join(author.folder, "late-0.1.0.tgz")));
			await s3.put("index.yaml", readFileSync(path.join(author.folder, "index.yaml")));
			try {
				await helm.ok("repo", "update");
				await helm.ok("pull", "charts/late");
			} finally {
				await s3.put("index.yaml", made.index);
			}
		});

		test("a password: without it nothing, with it everything", async () => {
			const passwords = path.join(helmHome().folder, "passwords");
			writeFileSync(passwords, "reader:correct horse\n", { mode: 0o600 });
			const serve = await serveWith("--auth-basic", passwords);
			const helm = helmHome();
			const without = await helm.run("repo", "add", "charts", serve.url);
			assert.equal(without.status, 1);
			assert.match(without.output, /401 Unauthorized/);
			const login = (password: string) => ["--username", "reader", "--password", password];
			assert.equal((await helm.run("repo", "add", "charts", serve.url, ...login("wrong"))).status, 1);
			await helm.ok("repo", "add", "charts", serve.url, ...login("correct horse"));
			await useRepository(helm);
		});

		test("over TLS, with a certificate of one's own", async () => {
			const { certificatePem, keyPem } = newCertificate();
			const { folder } = helmHome();
			const [certificate, key] = [path.join(folder, "certificate.pem"), path.join(folder, "key.pem")];
			writeFileSync(certificate, certificatePem);
			writeFileSync(key, keyPem, { mode: 0o600 });
			const serve = await serveWith("--tls-cert", certificate, "--tls-key", key);
			const helm = helmHome();
			const distrusting = await helm.run("repo", "add", "charts", serve.url);
			assert.match(distrusting.output, /certificate/);
			await helm.ok("repo", "add", "charts", serve.url, "--ca-file", certificate);
			await useRepository(helm);
			// Go speaks HTTP/2 unless a program brings a TLS configuration of its own: Helm 3 for --ca-file, Helm 4 always.
			assert.doesNotMatch(serve.output(), /"http_version":"2/);
			const trusting = helmHome({ SSL_CERT_FILE: certificate });
			await trusting.ok("repo", "add", "charts", serve.url);
			await useRepository(trusting);
			assert.equal(/"http_version":"2/.test(serve.output()), program === "helm3");
		});
	});
}
