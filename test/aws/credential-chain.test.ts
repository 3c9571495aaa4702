/** AWS's chain: the real SDK on environment and files, and its errors in words that help and show no secret. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { credentialChain } from "../../src/aws/credential-chain.ts";

/** Runs the chain in a process of its own: the SDK reads the environment. */
function found(environment: Record<string, string>, options = {}): unknown {
	const code = `
		import { credentialChain } from ${JSON.stringify(new URL("../../src/aws/credential-chain.ts", import.meta.url).href)};
		const show = ({ message, hint, exitCode }) => ({ message, hint, exitCode });
		const ask = credentialChain(${JSON.stringify(options)});
		console.log(JSON.stringify(await ask().catch(show)));`;
	const { PATH = "" } = process.env;
	const text = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
		env: { PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...environment },
		...{ encoding: "utf8" as const, timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] as const },
	} as const);
	return JSON.parse(text);
}

test("environment, profile and process, through the SDK itself", (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-aws-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const AWS_SHARED_CREDENTIALS_FILE = path.join(folder, "credentials");
	const AWS_CONFIG_FILE = path.join(folder, "config");
	writeFileSync(
		AWS_SHARED_CREDENTIALS_FILE,
		"[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = s3cret\n",
	);
	const expiry = "2030-01-01T00:00:00Z";
	const made = {
		Version: 1,
		AccessKeyId: "ASIAMADE",
		SecretAccessKey: "s",
		SessionToken: "t",
		Expiration: expiry,
	};
	writeFileSync(path.join(folder, "made.json"), JSON.stringify(made));
	writeFileSync(
		AWS_CONFIG_FILE,
		`[profile made]\ncredential_process = cat ${path.join(folder, "made.json")}\n`,
	);
	const files = { AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE };
	assert.deepEqual(
		found({ AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "x", AWS_SESSION_TOKEN: "y" }),
		{
			...{ accessKeyId: "AKIAENV", secretAccessKey: "x", sessionToken: "y" },
		},
	);
	assert.deepEqual(found(files, { profile: "team" }), { accessKeyId: "AKIATEAM", secretAccessKey: "s3cret" });
	assert.deepEqual(found({ ...files, AWS_PROFILE: "made" }), {
		...{ accessKeyId: "ASIAMADE", secretAccessKey: "s", sessionToken: "t", expiresAtMs: Date.parse(expiry) },
	});
	assert.match(
		JSON.stringify(found(files, { profile: "none" })),
		/for profile \\"none\\".*list-profiles.*"exitCode":5/,
	);
});

test("no credentials anywhere: exit code 5, and what to do", () => {
	const { message, hint, exitCode } = found({}) as Record<string, unknown>;
	assert.equal(exitCode, 5);
	assert.match(String(message), /^AWS credentials: /);
	assert.match(String(hint), /AWS_ACCESS_KEY_ID/);
});

test("a profile's file and the provider's answer are read anew each time", async () => {
	let asked = 0;
	const ask = credentialChain({ ask: async () => ({ accessKeyId: `AKIA${++asked}`, secretAccessKey: "x" }) });
	assert.deepEqual([(await ask()).accessKeyId, (await ask()).accessKeyId], ["AKIA1", "AKIA2"]);
});

test("S-40 the SDK's errors are shown without secrets, on one line, with the hint that fits", async () => {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
	for (const [message, hint] of [
		[`Command failed: get-keys --secret ${secret}\nstderr line`, /AWS_ACCESS_KEY_ID/],
		[`Profile x failed with AKIAIOSFODNN7EXAMPLE`, /list-profiles/],
		[
			"The SSO session token associated with profile=x was not found or is invalid. Run aws sso login",
			/aws sso login/,
		],
		[
			"User: arn:aws:sts::1:assumed-role/a is not authorized to perform: sts:AssumeRole on resource: b",
			/trust policy/,
		],
		["Not authorized to perform sts:AssumeRoleWithWebIdentity", /AWS_WEB_IDENTITY_TOKEN_FILE/],
		["", /AWS_ACCESS_KEY_ID/],
	] as const) {
		const ask = credentialChain({ ask: () => Promise.reject(new Error(message)) });
		await assert.rejects(ask(), (error: Error & { hint: string; exitCode: number }) => {
			assert.match(error.hint, hint);
			assert.equal(error.exitCode, 5);
			assert.ok(!/wJalrX|IOSFODNN7|\n/.test(error.message), error.message);
			assert.equal(error.cause, undefined);
			return true;
		});
	}
});

test("garbled keys are refused before they come near a header", async () => {
	for (const bad of [
		{ accessKeyId: "", secretAccessKey: "x" },
		{ accessKeyId: "AKIA\r\nX: y", secretAccessKey: "x" },
		{ accessKeyId: "AKIA", secretAccessKey: "" },
		{ accessKeyId: "AKIA", secretAccessKey: "x", sessionToken: "a\nb" },
	])
		await assert.rejects(credentialChain({ ask: async () => bad })(), { exitCode: 5 });
});
