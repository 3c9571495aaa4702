/** Requester forms: published log lines, partitions, and text that is none of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { principalOf } from "../../src/clients/principal.ts";

const canonicalId = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/** One character per byte, as the fields of a log line are. */
const latin1 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

test("requester forms", () => {
	const cases: [requester: string, iamUser: string, session: string, account: string][] = [
		["-", "anonymous", "-", "-"],
		["", "anonymous", "-", "-"],
		[canonicalId, `account/${canonicalId}`, "-", canonicalId],
		["arn:aws:iam::123456:user/test@elastic.co", "user/test@elastic.co", "-", "123456"],
		["arn:aws:iam::123456789012:user/a.b+c=d,e_f-g", "user/a.b+c=d,e_f-g", "-", "123456789012"],
		["arn:aws:iam::123456789012:user/division/team/ci", "user/ci", "-", "123456789012"],
		["arn:aws-cn:iam::123456789012:user/ci", "user/ci", "-", "123456789012"],
		["arn:aws-us-gov:iam::123456789012:user/ci", "user/ci", "-", "123456789012"],
		["arn:aws:iam::123456789012:root", "account/123456789012", "-", "123456789012"],
		["arn:aws:iam::123456789012:role/path/charts", "role/charts", "-", "123456789012"],
		["arn:aws:sts::123456789012:assumed-role/ROLE/SESSION", "role/ROLE", "SESSION", "123456789012"],
		["arn:aws-us-gov:sts::123456789012:assumed-role/r/i-0abc", "role/r", "i-0abc", "123456789012"],
		["arn:aws-cn:sts::123456789012:assumed-role/r/a@b.c", "role/r", "a@b.c", "123456789012"],
		["arn:aws:sts::123456789012:assumed-role/r/a/b", "role/r", "a/b", "123456789012"],
		["arn:aws:sts::123456789012:assumed-role/r", "role/r", "-", "123456789012"],
		["arn:aws:sts::123456789012:federated-user/ann", "federated-user/ann", "-", "123456789012"],
		["svc:delivery.logs.amazonaws.com", "service/delivery.logs.amazonaws.com", "-", "-"],
		["svc:s3.amazonaws.com", "service/s3.amazonaws.com", "-", "-"],
		["s3.amazonaws.com.cn", "service/s3.amazonaws.com.cn", "-", "-"],
		["AmazonS3", "service/AmazonS3", "-", "-"],
		["svc:cloudfront.amazonaws.com", "cloudfront/OAC", "-", "-"],
		[
			"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLEID",
			"cloudfront/E2EXAMPLEID",
			"-",
			"-",
		],
		["BucketOwner", "BucketOwner", "-", "-"],
		[canonicalId.slice(1), canonicalId.slice(1), "-", "-"],
		["arn:aws:iam", "arn:aws:iam", "-", "-"],
		["arn:aws:iam::1:user/", "user/", "-", "1"],
		["arn:aws:sts::1:something/new", "something/new", "-", "1"],
		["arn:aws:iam:::root", "root", "-", "-"],
	];
	for (const [requester, iamUser, session, account] of cases) {
		assert.deepEqual(principalOf(requester), { iamUser, session, account }, requester);
	}
});

test("sessions of one role are one principal", () => {
	const role = "arn:aws:sts::123456789012:assumed-role/charts";
	fc.assert(
		fc.property(fc.stringMatching(/^[\w+=,.@-]{2,64}$/), (session) => {
			assert.deepEqual(principalOf(`${role}/${session}`), {
				iamUser: "role/charts",
				session,
				account: "123456789012",
			});
		}),
	);
});

test("hostile text passes through unchanged and never fails", () => {
	assert.equal(principalOf("\x1b[31m<script>").iamUser, "\x1b[31m<script>");
	assert.equal(principalOf("arn:aws:iam::1:user/<b>\n").iamUser, "user/<b>\n");
	fc.assert(
		fc.property(latin1, fc.constantFrom("", "arn:", "arn:aws:iam::1:", "svc:"), (text, start) => {
			const { iamUser, session, account } = principalOf(start + text);
			assert.ok(iamUser.length > 0 && session.length > 0 && account.length > 0);
		}),
	);
});
