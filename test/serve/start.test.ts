/** What is wrong at the start is said at the start: what, where, what to do, and the exit code of the contract. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { ChartcostError } from "../../src/model/errors.ts";
import { type FakeS3, startFakeS3 } from "../support/s3/fake-s3.ts";
import * as faults from "../support/s3/faults.ts";
import { publish, startServeOn, type TestServeOptions } from "./running.ts";

let s3: FakeS3;
let folder: string;
before(async () => {
	s3 = await startFakeS3();
	publish(s3);
	folder = mkdtempSync(path.join(tmpdir(), "chartcost-start-"));
});
after(async () => {
	await s3.close();
	rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => s3.healthy());

async function failure(options: Partial<TestServeOptions> = {}): Promise<ChartcostError> {
	const started = await startServeOn({ s3, ...options }).catch((error: unknown) => error);
	if (started instanceof ChartcostError) return started;
	if (started instanceof Error) throw started;
	await (started as Awaited<ReturnType<typeof startServeOn>>).stop();
	throw new Error("it started");
}

const keys = (accessKeyId: string, secretAccessKey: string) => async () => ({
	...{ accessKeyId, secretAccessKey },
	...{ sessionToken: undefined, expiresAtMs: undefined },
});

test("a bucket that does not exist", async () => {
	const { message, hint, exitCode } = await failure({ flags: { bucket: "chatrs" } });
	assert.match(message, /^bucket chatrs: there is no such bucket/);
	assert.match(hint ?? "", /--bucket/);
	assert.equal(exitCode, 2);
});

test("a wrong secret, an unknown key, no credentials: exit code 5, and no secret in the message", async () => {
	const { accessKeyId } = s3.credentials;
	const wrongSecret = await failure({ credentials: keys(accessKeyId, "wrong-secret-wrong-secret") });
	assert.match(wrongSecret.message, /signature is wrong/);
	const unknownKey = await failure({ credentials: keys("AKIAUNKNOWN", "wrong-secret-wrong-secret") });
	assert.match(unknownKey.message, /does not accept the credentials/);
	const none = await failure({
		credentials: async () => {
			throw new ChartcostError("No AWS credentials were found.", { exitCode: 5 });
		},
	});
	assert.match(none.message, /No AWS credentials were found/);
	for (const { exitCode, message, hint } of [wrongSecret, unknownKey, none]) {
		assert.equal(exitCode, 5);
		assert.doesNotMatch(`${message} ${hint}`, /wrong-secret/);
	}
});

test("an identity that may not read", async () => {
	s3.always({ key: "index.yaml" }, faults.accessDenied());
	const { message, hint, exitCode } = await failure();
	assert.match(message, /S3 denies reading index\.yaml/);
	assert.match(hint ?? "", /s3:GetObject.*s3:ListBucket/);
	assert.equal(exitCode, 5);
});

test("a wrong Region is corrected, not complained about", async () => {
	const serve = await startServeOn({ s3, flags: { region: "us-west-2" } });
	assert.equal((await serve.get("/app-1.0.0.tgz")).status, 200);
	await serve.stop();
});

test("no index.yaml, a broken one, S3 out of reach: said, and started", async () => {
	const cases: [Partial<TestServeOptions>, () => void, RegExp][] = [
		[{ flags: { prefix: "empty" } }, () => {}, /there is no index\.yaml/],
		[{}, () => s3.put("charts", "index.yaml", "<html>"), /index\.yaml is not kept/],
		[{}, () => s3.always({}, faults.serviceUnavailable()), /cannot be reached now/],
	];
	for (const [options, prepare, expected] of cases) {
		prepare();
		const serve = await startServeOn({ s3, ...options });
		assert.ok(
			serve.said.some(({ message }) => expected.test(message)),
			JSON.stringify(serve.said),
		);
		await serve.stop();
		await s3.healthy();
		publish(s3);
	}
});

test("a port that is in use, an address of elsewhere, a data port and an admin port", async () => {
	const taken = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => taken.once("listening", resolve));
	const { port } = taken.address() as { port: number };
	for (const which of ["listen", "admin"]) {
		const { message, hint, exitCode } = await failure({ flags: { [which]: `127.0.0.1:${port}` } });
		assert.equal(message, `--${which} 127.0.0.1:${port}: the port is in use`);
		assert.match(hint ?? "", /another port/);
		assert.equal(exitCode, 1);
	}
	taken.close();
	const elsewhere = await failure({ flags: { listen: "192.0.2.1:8080" } });
	assert.match(elsewhere.message, /this machine has no such address/);
	assert.equal(elsewhere.exitCode, 2);
});

test("a cache folder that cannot be used; with --cache-optional memory serves alone", async () => {
	const file = path.join(folder, "a-file");
	writeFileSync(file, "");
	const foreign = path.join(folder, "foreign");
	mkdirSync(foreign, { mode: 0o700 });
	writeFileSync(path.join(foreign, "thesis.doc"), "years of work");
	const open = path.join(folder, "open");
	mkdirSync(open);
	chmodSync(open, 0o777);
	for (const dir of [file, foreign, open]) {
		const { message, hint, exitCode } = await failure({ flags: { "cache-dir": dir } });
		assert.ok(message.includes(dir), message);
		assert.ok(hint !== undefined, message);
		assert.equal(exitCode, 2);
		const serve = await startServeOn({ s3, flags: { "cache-dir": dir, "cache-optional": true } });
		assert.ok(serve.said.some(({ message: said }) => /going on with memory alone/.test(said)));
		assert.equal((await serve.get("/app-1.0.0.tgz")).status, 200);
		await serve.stop();
	}
});

test("whatever failed, nothing is left behind that would disturb the next start", async () => {
	const dir = path.join(folder, "cache");
	const taken = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => taken.once("listening", resolve));
	const { port } = taken.address() as { port: number };
	for (const flags of [
		{ bucket: "chatrs" },
		{ listen: `127.0.0.1:${port}` },
		{ admin: `127.0.0.1:${port}` },
	]) {
		await failure({ flags: { ...flags, "cache-dir": dir } });
	}
	taken.close();
	const serve = await startServeOn({ s3, flags: { "cache-dir": dir } });
	assert.equal((await serve.get("/app-1.0.0.tgz")).status, 200);
	await serve.stop();
});
