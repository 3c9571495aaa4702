/** Network paths from the log alone: one row per rule and per collision of two rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkPathOf } from "../../src/network/path.ts";
import { caller, clusters, testRows, vpce } from "../support/network-path.ts";

testRows([
	{
		says: "a client of serve is in a cluster, and its way to S3 is not known",
		flow: { remoteIp: "198.51.100.7", requester: "chartcost-serve" },
		known: { clusters },
		path: "unknown",
		why: "serve-log",
		cluster: "forgotten",
	},
	{
		says: "a private client of serve comes through no endpoint",
		flow: { remoteIp: "10.1.2.3", requester: "chartcost-serve" },
		path: "unknown",
		why: "serve-log",
	},
	{
		says: "field, same Region",
		flow: { sourceRegion: "us-east-1" },
		path: "same-region",
		why: "source-region-field",
	},
	{
		says: "field, other Region",
		flow: { sourceRegion: "eu-west-1" },
		path: "cross-region:eu-west-1",
		why: "source-region-field",
	},
	{
		says: "field with markup is no Region",
		flow: { sourceRegion: "<b>-1" },
		path: "unknown",
		why: "no-ip-ranges",
	},
	{ says: "no address", flow: { remoteIp: "-", requester: "AmazonS3" }, path: "aws-service", why: "service" },
	{
		says: "service principal",
		flow: { remoteIp: "10.1.2.3", requester: "svc:delivery.logs.amazonaws.com" },
		path: "aws-service",
		why: "service",
	},
	{
		says: "CloudFront OAC",
		flow: { remoteIp: "-", requester: "svc:cloudfront.amazonaws.com", sourceRegion: "eu-west-1" },
		path: "cloudfront",
		why: "cloudfront-identity",
	},
	{
		says: "CloudFront OAI",
		flow: { requester: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLEID" },
		path: "cloudfront",
		why: "cloudfront-identity",
	},
	{
		says: "private address",
		flow: { remoteIp: "10.1.2.3" },
		path: "vpc-endpoint",
		why: "private-address",
		endpoint: "gateway",
		assumes: /gateway endpoint/,
	},
	{
		says: "carrier-grade NAT space",
		flow: { remoteIp: "100.64.0.1" },
		path: "vpc-endpoint",
		why: "private-address",
		endpoint: "gateway",
		assumes: /gateway endpoint/,
	},
	{
		says: "unique local IPv6",
		flow: { remoteIp: "fd00::1" },
		path: "vpc-endpoint",
		why: "private-address",
		endpoint: "gateway",
		assumes: /gateway endpoint/,
	},
	{
		says: "private, but the field names another Region",
		flow: { remoteIp: "10.1.2.3", sourceRegion: "eu-west-1" },
		path: "cross-region:eu-west-1",
		why: "source-region-field",
	},
	{
		says: "interface endpoint",
		flow: { remoteIp: "10.1.2.3", hostHeader: vpce },
		path: "vpc-endpoint",
		why: "vpce-host",
		endpoint: "interface",
	},
	{
		says: "interface endpoint with field",
		flow: { remoteIp: "10.1.2.3", hostHeader: vpce, sourceRegion: "us-east-1" },
		path: "vpc-endpoint",
		why: "vpce-host",
		endpoint: "interface",
	},
	{
		says: "a bucket called vpce-…",
		flow: { hostHeader: "vpce-logs.s3.us-east-1.amazonaws.com" },
		path: "unknown",
		why: "no-ip-ranges",
	},
	{
		says: "CloudFront agent without ranges",
		flow: { userAgent: "Amazon CloudFront" },
		path: "cloudfront",
		why: "cloudfront-agent",
		assumes: /believed/,
	},
	{
		says: "field says no AWS address",
		flow: { sourceRegion: "-" },
		path: "internet",
		why: "not-an-aws-address",
		assumes: /Direct Connect/,
	},
	{ says: "nothing known", flow: {}, path: "unknown", why: "no-ip-ranges" },
]);

test("without the bucket's Region a source Region settles nothing", () => {
	const place = networkPathOf(caller({ sourceRegion: "us-east-1" }), undefined, {});
	assert.equal(place.path, "unknown");
	assert.equal(place.why, "bucket-region-unknown");
});

test("Transfer Acceleration is known by its host name", () => {
	const accelerated = (hostHeader: string | undefined) =>
		networkPathOf(caller({ hostHeader }), "us-east-1", {}).accelerated;
	assert.equal(accelerated("charts.s3-accelerate.amazonaws.com"), true);
	assert.equal(accelerated("charts.s3-accelerate.dualstack.amazonaws.com:443"), true);
	assert.equal(accelerated("s3-accelerate.s3.amazonaws.com"), false);
	assert.equal(accelerated(undefined), false);
});
