/**
 * R-17 from one end to the other: the SDK's chain against a fake instance, container and token service, the wrapper
 * that renews, and S3 requests signed with what comes of it, while the service is down for a quarter of an hour.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { credentialChain } from "../../../src/aws/credential-chain.ts";
import { createCredentials } from "../../../src/serve/origin/credentials.ts";
import { startFakeAws } from "../../support/s3/aws-fakes.ts";
import { HandClock } from "../../support/s3/hand-clock.ts";
import { bodyOf, listening, originAt, s3At } from "./origin-at.ts";

const minute = 60_000;
const folder = mkdtempSync(path.join(tmpdir(), "chartcost-outage-"));
const tokenFile = path.join(folder, "token");
after(() => rmSync(folder, { recursive: true }));

const environments: Record<string, (url: string) => Record<string, string>> = {
	imds: (url) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
	container: (url) => ({
		AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container`,
		AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
		AWS_EC2_METADATA_DISABLED: "true",
	}),
	sts: (url) => ({
		AWS_ENDPOINT_URL_STS: url,
		AWS_REGION: "eu-west-1",
		AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/chart-reader",
		AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
		AWS_EC2_METADATA_DISABLED: "true",
	}),
};

beforeEach(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
	process.env["AWS_CONFIG_FILE"] = path.join(folder, "none");
	process.env["AWS_SHARED_CREDENTIALS_FILE"] = path.join(folder, "none");
	process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
});

for (const service of ["imds", "container", "sts"] as const)
	test(`R-17 ${service}: an outage over the time of renewal, then recovery with a token file that has changed`, async (t) => {
		// The SDK looks at the real clock to tell old ones from new ones.
		const clock = new HandClock(Date.now());
		const s3 = await s3At({ clock });
		s3.signers = [];
		const aws = await startFakeAws({ nowMs: () => clock.nowMs(), onIssue: (pair) => s3.signers.push(pair) });
		Object.assign(process.env, environments[service]!(aws.url));
		const writeToken = () =>
			writeFileSync(tokenFile, service === "sts" ? aws.webIdentityToken : aws.bearerToken);
		writeToken();
		const { observer, said } = listening();
		const credentials = createCredentials(credentialChain(), { clock, observer });
		const { origin } = originAt(s3.port, { clock, credentials });
		t.after(async () => {
			credentials.close();
			await Promise.all([origin.close(), s3.close(), aws.close()]);
		});
		const get = async () => bodyOf(await origin.request({ method: "GET", key: "k" }));
		/** Moves on in steps in which the service can answer. */
		async function pass(minutes: number): Promise<void> {
			for (let i = 0; i < minutes * 4; i++) {
				await clock.advance(minute / 4);
				await new Promise((resolve) => setTimeout(resolve, 4));
			}
		}
		assert.equal(await get(), "hello");
		await pass(44);
		assert.equal(aws.issued.length, 1);
		aws.outage = "error";
		await pass(14);
		assert.equal(await get(), "hello");
		assert.equal(credentials.state().failing, true);
		assert.equal(said.length, 1, said.join("\n"));
		aws.outage = undefined;
		aws.bearerToken = "another-token";
		aws.webIdentityToken = "another.identity.token";
		writeToken();
		for (let i = 0; i < 400 && credentials.state().failing; i++) {
			await clock.advance(500);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		assert.equal(credentials.state().failing, false);
		await pass(20);
		assert.equal(await get(), "hello");
		assert.ok(aws.issued.length >= 2);
		assert.equal(said.length, 2, said.join("\n"));
		assert.ok(s3.requests.every(({ status }) => status === 200));
	});
