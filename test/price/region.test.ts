/** The bucket's Region: every host form of S3, log paths, and what is assumed when nothing says it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketRegionOf, regionOfHost, regionOfLogPath } from "../../src/price/region.ts";

const hosts: [string, string | undefined][] = [
	["s3.us-west-2.amazonaws.com", "us-west-2"],
	["charts.s3.eu-central-1.amazonaws.com", "eu-central-1"],
	["my.dotted.bucket.s3.eu-central-1.amazonaws.com", "eu-central-1"],
	["Charts.S3.EU-West-1.AmazonAWS.com:443", "eu-west-1"],
	["charts.s3.eu-west-1.amazonaws.com.", "eu-west-1"],
	["s3-us-west-2.amazonaws.com", "us-west-2"],
	["charts.s3-eu-west-1.amazonaws.com", "eu-west-1"],
	["s3.dualstack.ap-south-1.amazonaws.com", "ap-south-1"],
	["charts.s3.dualstack.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
	["charts.s3-fips.us-east-1.amazonaws.com", "us-east-1"],
	["charts.s3-fips.dualstack.us-east-2.amazonaws.com", "us-east-2"],
	["s3-fips-us-gov-west-1.amazonaws.com", "us-gov-west-1"],
	["charts.s3-website-us-east-1.amazonaws.com", "us-east-1"],
	["charts.s3-website.eu-central-1.amazonaws.com", "eu-central-1"],
	["s3-external-1.amazonaws.com", "us-east-1"],
	["charts.vpce-0a1b2c3d-4e5f.s3.us-east-1.vpce.amazonaws.com", "us-east-1"],
	["ap-111122223333.accesspoint.vpce-0a1b-c.s3.eu-north-1.vpce.amazonaws.com", "eu-north-1"],
	["ap-111122223333.s3-accesspoint.eu-west-2.amazonaws.com", "eu-west-2"],
	["ap-111122223333.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com", "us-east-1"],
	["olap-111122223333.s3-object-lambda.us-east-1.amazonaws.com", "us-east-1"],
	["charts--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "us-east-1"],
	["charts.s3.cn-north-1.amazonaws.com.cn", "cn-north-1"],
	["s3.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"],
	["charts.s3.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"],
	["s3.amazonaws.com", undefined],
	["charts.s3.amazonaws.com", undefined],
	["s3.eu-west-1.s3.amazonaws.com", undefined],
	["charts.s3-accelerate.amazonaws.com", undefined],
	["charts.s3-accelerate.dualstack.amazonaws.com", undefined],
	["mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", undefined],
	["ec2.us-east-1.amazonaws.com", undefined],
	["s3.us-east-1.amazonaws.com.evil.example", undefined],
	["s3.us-east-1.example.com", undefined],
	["minio:9000", undefined],
	["s3.<b>.amazonaws.com", undefined],
	["-", undefined],
	["", undefined],
];
for (const [host, region] of hosts)
	test(`${host || "no host"} is ${region}`, () => assert.equal(regionOfHost(host), region));

const paths: [string, string | undefined][] = [
	["logs/111122223333/us-east-1/charts/2026/10/12/2026-10-12-00-00-00-4F0C7A6B2D1E9A83", "us-east-1"],
	["/data/logs111122223333/eu-west-1/charts/2026/10/12/x.gz", "eu-west-1"],
	["C:\\logs\\111122223333\\eu-west-1\\charts\\2026\\10\\12\\x", "eu-west-1"],
	["s3://bucket/111122223333/ap-southeast-1/charts/2026/10/12/", "ap-southeast-1"],
	["logs/2026-10-12-00-00-00-4F0C7A6B2D1E9A83", undefined],
	["logs/11112222333/us-east-1/charts/2026/10/12/x", undefined],
	["logs/111122223333/somewhere/charts/2026/10/12/x", undefined],
];
for (const [path, region] of paths)
	test(`${path} is ${region}`, () => assert.equal(regionOfLogPath(path), region));

test("flag before host before path before assumption", () => {
	const hints = {
		flag: "eu-west-3",
		hostHeader: ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"],
		logPath: ["x", "111122223333/eu-west-2/b/2026/10/12/x"],
		sourceRegions: ["-", "eu-north-1"],
	};
	assert.deepEqual(bucketRegionOf(hints), { region: "eu-west-3", source: "flag" });
	assert.deepEqual(bucketRegionOf({ ...hints, flag: undefined }), { region: "eu-west-1", source: "host" });
	assert.deepEqual(bucketRegionOf({ ...hints, flag: undefined, hostHeader: "-" }), {
		region: "eu-west-2",
		source: "path",
	});
	const assumed = bucketRegionOf({ sourceRegions: hints.sourceRegions });
	assert.deepEqual([assumed.region, assumed.source], ["eu-north-1", "assumed"]);
	assert.match(assumed.assumption ?? "", /most requests come from: priced as eu-north-1.*--region/);
});

test("nothing known is us-east-1, said so", () => {
	const assumed = bucketRegionOf({});
	assert.deepEqual([assumed.region, assumed.source], ["us-east-1", "assumed"]);
	assert.match(assumed.assumption ?? "", /priced as us-east-1.*--region/);
});
