/** The fake STS, IMDS and container endpoint satisfy the AWS SDK's own providers, and fail as told. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { startFakeAws } from "./aws-fakes.ts";
import { startFakeS3 } from "./fake-s3.ts";
import { RawClient } from "./raw-client.ts";
import { signedHead } from "./signed-head.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-aws-"));
const tokenFile = path.join(folder, "token");
const s3 = await startFakeS3();
const aws = await startFakeAws({ onIssue: (pair) => s3.signers.push(pair) });
s3.put("charts", "a", "body");
after(async () => {
	await Promise.all([aws.close(), s3.close()]);
	rmSync(folder, { recursive: true });
});

const environments = {
	imds: { AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url },
	container: {
		AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container`,
		AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
		AWS_EC2_METADATA_DISABLED: "true",
	},
	sts: {
		AWS_ENDPOINT_URL_STS: aws.url,
		AWS_REGION: "eu-west-1",
		AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/chart-reader",
		AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
		AWS_EC2_METADATA_DISABLED: "true",
	},
};

beforeEach(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	// Nobody's own profile gets in.
	process.env["AWS_CONFIG_FILE"] = path.join(folder, "none");
	process.env["AWS_SHARED_CREDENTIALS_FILE"] = path.join(folder, "none");
	aws.outage = undefined;
});

function chainOf(service: keyof typeof environments) {
	Object.assign(process.env, environments[service]);
	return defaultProvider({ maxRetries: 0 });
}

for (const service of ["imds", "container", "sts"] as const) {
	test(`${service}: the SDK gets credentials that expire, and S3 takes them`, async () => {
		writeFileSync(tokenFile, service === "sts" ? aws.webIdentityToken : aws.bearerToken);
		aws.lifetimeMs = 3_600_000;
		const before = aws.count(service);
		const got = await chainOf(service)();
		const issued = aws.issued.at(-1);
		assert.ok(aws.count(service) > before);
		assert.equal(got.accessKeyId, issued?.accessKeyId);
		assert.equal(got.sessionToken, issued?.sessionToken);
		assert.equal(got.expiration?.getTime(), issued?.expiresAtMs);
		const client = await RawClient.connect(s3.port);
		await client.send(signedHead(s3, "/charts/a", { credentials: got }));
		assert.equal((await client.answer()).status, 200);
		client.close();
	});

	test(`${service}: an outage is an error, whatever its kind`, async () => {
		writeFileSync(tokenFile, service === "sts" ? aws.webIdentityToken : aws.bearerToken);
		for (const outage of ["error", "denied", "reset", "garbage"] as const) {
			aws.outage = outage;
			await assert.rejects(chainOf(service)(), `${service} ${outage}`);
		}
	});
}

test("tokens that are not the expected ones", async () => {
	writeFileSync(tokenFile, "old");
	await assert.rejects(chainOf("container")());
	await assert.rejects(chainOf("sts")(), /not the expected/);
	const withoutToken = await fetch(`${aws.url}/latest/meta-data/iam/security-credentials/`);
	assert.equal(withoutToken.status, 401);
});

test("what was issued for seconds is refused by S3 afterwards", async () => {
	let nowMs = Date.UTC(2026, 0, 1);
	const late = await startFakeS3({ nowMs: () => nowMs });
	const short = await startFakeAws({
		lifetimeMs: 2000,
		nowMs: () => nowMs,
		onIssue: (pair) => late.signers.push(pair),
	});
	late.put("charts", "a", "body");
	const issued = await fetch(`${short.url}/container`, { headers: { authorization: short.bearerToken } });
	assert.equal(((await issued.json()) as { Expiration: string }).Expiration, "2026-01-01T00:00:02Z");
	for (const [afterMs, status] of [
		[1000, 200],
		[2000, 400],
	] as const) {
		const client = await RawClient.connect(late.port);
		nowMs = Date.UTC(2026, 0, 1) + afterMs;
		await client.send(signedHead(late, "/charts/a", { credentials: short.issued[0]!, nowMs }));
		assert.equal((await client.answer()).status, status);
		client.close();
	}
	await Promise.all([late.close(), short.close()]);
});
