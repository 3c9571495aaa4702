/** Items of the security list that only a whole process can show: S-20, S-40, S-41, S-46, S-49, S-50, TLS files. Needs dist/. */
import assert from "node:assert/strict";
import {
	chmodSync,
	chownSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { newCertificate } from "../../support/s3/certificate.ts";
import { startFakeS3 } from "../../support/s3/fake-s3.ts";
import * as faults from "../../support/s3/faults.ts";
import { ask, packages, publish } from "../running.ts";
import { H2Client } from "./h2-client.ts";
import { ports, run } from "./program.ts";
import { tlsFiles } from "./tls-files.ts";

const credentials = {
	accessKeyId: "ASIAFAKEFAKEFAKEFAKE",
	secretAccessKey: "Hush/secret+access+key/of+the+session",
	sessionToken: "Hush/session+token/of+the+session==",
};
const password = "Hush, correct horse";
const bearer = "Hush-bearer-token-0123456789";
const adminToken = "Hush-admin-token-0123456789";

let folder: string;
let s3: Awaited<ReturnType<typeof startFakeS3>>;
before(async () => {
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-process-"));
	s3 = await startFakeS3({ credentials: [credentials] });
	publish(s3);
});
after(async () => {
	await s3.close();
	rmSync(folder, { recursive: true, force: true });
});

const env = () => ({
	HOME: folder,
	AWS_ACCESS_KEY_ID: credentials.accessKeyId,
	AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
	AWS_SESSION_TOKEN: credentials.sessionToken,
});
const place = () => ["--bucket", "charts", "--endpoint-url", s3.url, "--region", "eu-west-1"];
const here = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });

test("S-40, S-20, S-41 a session with every secret there is: nobody gets in without, and none is written anywhere", async () => {
	const file = (name: string, text: string) => {
		writeFileSync(path.join(folder, name), text, { mode: 0o600 });
		return path.join(folder, name);
	};
	const tls = tlsFiles();
	const flags = [
		...[
			...place(),
			...here,
			"--cache-dir",
			path.join(folder, "cache"),
			"--access-log-file",
			path.join(folder, "access.log"),
		],
		...["--auth-basic", file("users", `alice:${password}\n`), "--auth-bearer", file("tokens", `${bearer}\n`)],
		...["--admin-token", file("admin", `${adminToken}\n`)],
		...["--tls-cert", tls.flags["tls-cert"], "--tls-key", tls.flags["tls-key"]],
	];
	const started = { cwd: folder, env: { ...env(), CHARTCOST_DEBUG: "1", NODE_DEBUG: "" } };
	const serve = run({ ...started, args: flags });
	const { data, admin } = await ports(serve);
	const seen: string[] = [];
	const client = await H2Client.connect(data, tls.certificate.certificatePem);
	const good = [
		basic(`alice:${password}`),
		{ authorization: `Bearer ${bearer}` },
		{ authorization: `bearer ${bearer}` },
	];
	for (const headers of good) {
		for (const target of ["/index.yaml", "/app-1.0.0.tgz", "/api/charts", "/none-1.0.0.tgz"]) {
			const { status, headers: fields, body } = await client.get(target, headers);
			assert.equal(status, target.startsWith("/none") ? 404 : 200);
			seen.push(JSON.stringify(fields), body.toString("latin1"));
		}
	}
	const { headers: known } = await client.get("/app-1.0.0.tgz", good[0], "HEAD");
	const bad = [
		{},
		basic(`alice:${password}x`),
		basic(`bob:${password}`),
		basic("alice:"),
		{ authorization: `Bearer ${bearer}x` },
		{ authorization: bearer },
		{ authorization: "Basic" },
	];
	for (const headers of bad) {
		for (const [target, method, more] of [
			["/index.yaml", "GET", {}],
			["/app-1.0.0.tgz", "GET", {}],
			["/app-1.0.0.tgz", "HEAD", {}],
			["/app-1.0.0.tgz", "GET", { range: "bytes=0-1" }],
			["/app-1.0.0.tgz", "GET", { "if-none-match": known.etag as string }],
			["/none-1.0.0.tgz", "GET", {}],
			["/nothing/at/all", "GET", {}],
			["/api/charts", "GET", {}],
		] as const) {
			const answer = await client.get(target, { ...headers, ...more }, method);
			assert.equal(answer.status, 401, `${JSON.stringify(headers)} ${method} ${target}`);
			assert.equal(answer.headers.etag, undefined);
			assert.match(String(answer.headers["www-authenticate"]), /Basic realm="charts"/);
			seen.push(JSON.stringify(answer.headers), answer.body.toString("latin1"));
		}
	}
	const refusals = [
		faults.accessDenied(),
		faults.expiredToken(400),
		faults.internalError(),
		faults.authorizationMalformed("eu-west-1"),
	];
	for (const [index, fault] of refusals.entries()) {
		s3.always({ key: `fails-1.0.${index}.tgz` }, fault);
		const answer = await client.get(`/fails-1.0.${index}.tgz?token=x`, good[0]);
		assert.ok(answer.status >= 400);
		seen.push(JSON.stringify(answer.headers), answer.body.toString());
	}
	await client.close();
	for (const target of ["/", "/stats", "/cache", "/metrics", "/healthz", "/readyz", "/nothing"]) {
		for (const headers of [
			{ authorization: `Bearer ${adminToken}` },
			basic(`x:${adminToken}`),
			{ authorization: "Bearer wrong" },
			{},
		]) {
			const answer = await ask(admin, target, headers as Record<string, string>);
			seen.push(JSON.stringify(answer.headers), answer.body.toString());
		}
	}
	assert.equal((await ask(admin, "/stats")).status, 401);
	writeFileSync(path.join(folder, "users"), `alice ${password}\n`);
	serve.child.kill("SIGHUP");
	await serve.says("The settings from before stay in force");
	serve.child.kill("SIGTERM");
	assert.equal(await serve.exit, 0);
	writeFileSync(path.join(folder, "users"), `alice:${password}\n`);
	seen.push(serve.output(), readFileSync(path.join(folder, "access.log"), "utf8"));
	const others = [["--check"], ["--explain", "/app-1.0.0.tgz"]].map((more) =>
		run({ ...started, args: [...flags, ...more] }),
	);
	for (const other of others) {
		assert.equal(await other.exit, 0, other.output());
		seen.push(other.output());
	}
	tls.remove();
	const everything = seen.join("\n");
	assert.match(everything, /app-1\.0\.0\.tgz/);
	const hidden = [
		"Hush",
		"Credential=",
		"Signature=",
		"PRIVATE KEY",
		Buffer.from(`alice:${password}`).toString("base64"),
		Buffer.from(`x:${adminToken}`).toString("base64"),
	];
	for (const secret of hidden) {
		const at = everything.indexOf(secret);
		assert.equal(at, -1, everything.slice(Math.max(0, at - 200), at + 100));
	}
});

test("S-46 a cache folder that others may write to, or that is no folder of ours, ends the start with 2", async () => {
	const make = (name: string, change: (dir: string) => void) => {
		const dir = path.join(folder, name);
		mkdirSync(dir, { mode: 0o700 });
		change(dir);
		return dir;
	};
	const cases: [string, RegExp][] = [
		[make("open", (dir) => chmodSync(dir, 0o777)), /everybody may write/],
		[make("foreign", (dir) => writeFileSync(path.join(dir, "thesis.doc"), "x")), /did not put there/],
		[make("linked", (dir) => symlinkSync("/etc", path.join(dir, "tmp"))), /did not put there/],
	];
	const runs = cases.map(([dir]) =>
		run({ args: [...place(), ...here, "--cache-dir", dir], cwd: folder, env: env() }),
	);
	for (const [index, [dir, pattern]] of cases.entries()) {
		const started = runs[index]!;
		assert.equal(await started.exit, 2, started.output());
		assert.match(started.output().replace(/\s+/g, " "), pattern);
		assert.ok(readdirSync(dir).length <= 1);
	}
});

test("S-49, S-46 as somebody without rights, with nothing to write to but the cache folder", {
	skip: process.platform === "win32",
}, async () => {
	const uid = process.getuid?.() === 0 ? 65_534 : undefined;
	chmodSync(folder, 0o755);
	const fixed = path.join(folder, "fixed");
	mkdirSync(fixed);
	const cache = path.join(folder, "own-cache");
	mkdirSync(cache, { mode: 0o700 });
	if (uid !== undefined) chownSync(cache, uid, uid);
	chmodSync(fixed, 0o555);
	const args = [...place(), ...here, "--cache-dir", cache];
	const serve = run({ args, cwd: fixed, env: { ...env(), HOME: fixed, TMPDIR: fixed }, uid });
	const { data, admin } = await ports(serve);
	for (let round = 0; round < 2; round++) {
		assert.ok((await ask(data, "/app-1.0.0.tgz")).body.equals(packages["app-1.0.0.tgz"]));
		assert.equal((await ask(data, "/index.yaml")).status, 200);
	}
	assert.equal((await ask(admin, "/readyz")).status, 200);
	serve.child.kill("SIGTERM");
	assert.equal(await serve.exit, 0, serve.output());
	assert.deepEqual(readdirSync(fixed), []);
	assert.doesNotMatch(serve.output(), /EACCES|EROFS|error/i);
	const stored = readdirSync(cache, { recursive: true, encoding: "utf8" });
	assert.ok(stored.length > 3);
	for (const name of stored) {
		const state = statSync(path.join(cache, name));
		assert.equal(state.mode & 0o777, state.isDirectory() ? 0o700 : 0o600, name);
		assert.doesNotMatch(name, /app|index/, "names of files are hashes");
	}
});

test("S-50 S3's certificate is verified, whatever the environment says; --ca-bundle names who is trusted", async () => {
	const secure = await startFakeS3({ credentials: [credentials], tls: true });
	publish(secure);
	const bundle = path.join(folder, "ca.pem");
	writeFileSync(bundle, secure.certificate!);
	const args = [
		"--bucket",
		"charts",
		"--endpoint-url",
		secure.url,
		"--region",
		"eu-west-1",
		...here,
		"--cache-dir",
		"none",
	];
	const careless = run({ args, cwd: folder, env: { ...env(), NODE_TLS_REJECT_UNAUTHORIZED: "0" } });
	const trusting = run({ args: [...args, "--ca-bundle", bundle], cwd: folder, env: env() });
	const { data } = await ports(trusting);
	assert.equal((await ask(data, "/app-1.0.0.tgz")).status, 200);
	trusting.child.kill("SIGTERM");
	assert.equal(await trusting.exit, 0);
	secure.forget();
	// It may refuse to start, or start and reach nothing.
	const ended = await Promise.race([careless.exit, ports(careless).catch(() => null)]);
	if (ended !== null && typeof ended === "object")
		assert.equal((await ask(ended.data, "/app-1.0.0.tgz")).status, 502);
	careless.child.kill("SIGTERM");
	await careless.exit;
	assert.equal(secure.count(), 0);
	await secure.close();
});

test("TLS files that cannot work end the start with a sentence and the right exit code", async () => {
	const good = tlsFiles();
	const other = tlsFiles(newCertificate("other"));
	const broken = path.join(good.folder, "broken.pem");
	writeFileSync(broken, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
	const cases: [string, string, RegExp][] = [
		[path.join(good.folder, "none.pem"), good.flags["tls-key"], /none\.pem: cannot be read \(ENOENT\)/],
		[broken, good.flags["tls-key"], /broken\.pem: holds no certificate/],
		[good.flags["tls-cert"], broken, /broken\.pem: holds no private key/],
		[good.flags["tls-cert"], other.flags["tls-key"], /is not the key of the certificate/],
	];
	const runs = cases.map(([cert, key]) =>
		run({
			args: [...place(), ...here, "--cache-dir", "none", "--tls-cert", cert, "--tls-key", key],
			cwd: folder,
			env: env(),
		}),
	);
	for (const [index, [, , pattern]] of cases.entries()) {
		assert.equal(await runs[index]!.exit, 2);
		assert.match(runs[index]!.output().replace(/\s+/g, " "), pattern);
		assert.doesNotMatch(runs[index]!.output(), /nonsense|PRIVATE KEY-----\n?M/);
	}
	good.remove();
	other.remove();
});
