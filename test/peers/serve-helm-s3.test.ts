/**
 * A bucket as helm-s3 leaves it, read through `serve` by a Helm that has no plugin: published by the real plugin, and (where
 * it is not installed) in its object layout, with s3:// URLs and with relative ones.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { type Charts, charts } from "../support/peers/charts.ts";
import { addHelmS3, type Helm, newHelm } from "../support/peers/helm.ts";
import { withPeers } from "../support/peers/program.ts";
import { type S3Server, startS3Server } from "../support/peers/s3-server.ts";
import { type ServeProcess, startServeProcess } from "../support/peers/serve-process.ts";

const sha256 = (body: Buffer) => createHash("sha256").update(body).digest("hex");
const repository = "s3://charts/stable";

const ends: (() => unknown)[] = [];
after(async () => {
	for (const end of ends.reverse()) await end();
});

async function emptyS3(): Promise<S3Server> {
	const s3 = await startS3Server();
	ends.push(() => s3.stop());
	return s3;
}

async function serveStable(s3: S3Server): Promise<ServeProcess> {
	const serve = await startServeProcess(s3, ["--prefix", "stable"]);
	ends.push(() => serve.end());
	return serve;
}

function helmHome(program: "helm3" | "helm4", env: Record<string, string> = {}): Helm {
	const helm = newHelm(program, env);
	ends.push(() => helm.end());
	return helm;
}

/** A Helm with the plugin and the repository, and the packages of `made` in its folder. */
async function publisher(s3: S3Server, made: Charts): Promise<Helm> {
	const helm = helmHome("helm3", {
		...{ ...s3.env, AWS_ENDPOINT: s3.url, AWS_DISABLE_SSL: "true" },
		// The plugin first asks AWS for the bucket's Region: a proxy that is not there keeps that on this machine.
		HTTPS_PROXY: "http://127.0.0.1:9",
	});
	addHelmS3(helm);
	for (const [name, body] of made.files) writeFileSync(path.join(helm.folder, name), body);
	await helm.ok("s3", "init", repository);
	await helm.ok("repo", "add", "stable", repository);
	return helm;
}

const packagesOf = (made: Charts) => [...made.files.keys()].filter((name) => name.endsWith(".tgz"));

/** What every Helm gets of the repository at `url`, without knowing of S3. */
async function assertReadable(url: string, made: Charts): Promise<void> {
	const index = await (await fetch(`${url}/index.yaml`)).text();
	assert.doesNotMatch(index, /s3:\/\//);
	for (const program of ["helm3", "helm4"] as const) {
		const helm = helmHome(program);
		await helm.ok("repo", "add", "charts", url);
		await helm.ok("repo", "update");
		for (const name of packagesOf(made)) {
			const [, chart, version] = /^(.+?)-(\d.*)\.tgz$/.exec(name)!;
			const isSigned = made.files.has(`${name}.prov`);
			const verify = isSigned ? ["--verify", "--keyring", made.keyring] : [];
			await helm.ok("pull", `charts/${chart}`, "--version", version!, ...verify);
			assert.equal(sha256(readFileSync(path.join(helm.folder, name))), sha256(made.files.get(name)!));
		}
	}
}

describe("published by helm-s3 itself", withPeers("helm-s3", "helm3", "helm4", "versitygw", "gpg"), () => {
	for (const relative of [[], ["--relative"]]) {
		const how = relative.length === 0 ? "s3:// URLs" : "relative URLs";
		test(`push and reindex, ${how}`, async () => {
			const [made, s3] = [await charts(), await emptyS3()];
			const helm = await publisher(s3, made);
			for (const name of packagesOf(made)) await helm.ok("s3", "push", name, "stable", ...relative);
			const pushed = String(await s3.get("stable/index.yaml"));
			assert.equal(/s3:\/\//.test(pushed), relative.length === 0, "what the plugin wrote");
			const serve = await serveStable(s3);
			await assertReadable(serve.url, made);
			await helm.ok("s3", "reindex", "stable", ...relative);
			assert.notEqual(String(await s3.get("stable/index.yaml")), pushed);
			await assertReadable(serve.url, made);
			await helm.ok("s3", "delete", "web", "--version", "0.3.1", "stable");
			const reader = helmHome("helm4");
			await reader.ok("repo", "add", "charts", serve.url);
			assert.equal((await reader.run("pull", "charts/web")).status, 1);
		});
	}
});

describe("in the layout of helm-s3", withPeers("helm3", "helm4", "versitygw", "gpg"), () => {
	for (const base of [`${repository}/`, ""]) {
		test(base === "" ? "relative URLs" : "s3:// URLs", async () => {
			const [made, s3] = [await charts(), await emptyS3()];
			for (const [name, body] of made.files) {
				const metadata = { "x-amz-meta-chart-digest": sha256(body), "content-type": "application/gzip" };
				await s3.put(`stable/${name}`, body, name.endsWith(".tgz") ? metadata : {});
			}
			// A relative URL is escaped, an absolute one is not.
			const written = (name: string) => (base === "" ? name.replaceAll("+", "%2B") : name);
			const index = made.index.replace(
				/^( +- )(\S+\.tgz)$/gm,
				(_, dash, name) => dash + base + written(name),
			);
			assert.equal(index.includes("s3://"), base !== "");
			await s3.put("stable/index.yaml", index);
			await assertReadable((await serveStable(s3)).url, made);
		});
	}
});
