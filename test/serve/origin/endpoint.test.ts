/** Hosts and paths of buckets, and what can never work. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type BucketPlace,
	bucketIdOf,
	endpointOf,
	redirectedEndpoint,
	startRegion,
} from "../../../src/serve/origin/endpoint.ts";
import { isRegion, regionOfHost } from "../../../src/serve/origin/partitions.ts";

const place = (more: Partial<BucketPlace>): BucketPlace => ({
	...{ bucket: "charts", region: "eu-west-1", endpointUrl: undefined },
	...{ pathStyle: false, dualStack: false, fips: false },
	...more,
});
const at = (more: Partial<BucketPlace>) => {
	const where = place(more);
	const { url, basePath, host } = endpointOf(where, startRegion(where));
	assert.ok(url.endsWith(`//${host}`), "what is dialled is what is signed");
	return `${url}${basePath}`;
};
const arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/team";

test("hosts and paths by style, Region, partition and kind of endpoint", () => {
	const cases: [Partial<BucketPlace>, string][] = [
		[{}, "https://charts.s3.eu-west-1.amazonaws.com"],
		[{ region: undefined }, "https://charts.s3.us-east-1.amazonaws.com"],
		[{ pathStyle: true }, "https://s3.eu-west-1.amazonaws.com/charts"],
		[{ bucket: "my.charts" }, "https://s3.eu-west-1.amazonaws.com/my.charts"],
		[{ bucket: "Old_Bucket", region: "us-east-1" }, "https://s3.us-east-1.amazonaws.com/Old_Bucket"],
		[{ dualStack: true }, "https://charts.s3.dualstack.eu-west-1.amazonaws.com"],
		[{ fips: true, region: "us-east-1" }, "https://charts.s3-fips.us-east-1.amazonaws.com"],
		[
			{ fips: true, dualStack: true, region: "us-east-1" },
			"https://charts.s3-fips.dualstack.us-east-1.amazonaws.com",
		],
		[{ region: "cn-north-1" }, "https://charts.s3.cn-north-1.amazonaws.com.cn"],
		[{ region: "us-gov-west-1", fips: true }, "https://charts.s3-fips.us-gov-west-1.amazonaws.com"],
		[{ region: "eusc-de-east-1" }, "https://charts.s3.eusc-de-east-1.amazonaws.eu"],
		[{ region: "us-iso-east-1" }, "https://charts.s3.us-iso-east-1.c2s.ic.gov"],
		[{ bucket: arn, region: undefined }, "https://team-123456789012.s3-accesspoint.eu-west-1.amazonaws.com"],
		[
			{ bucket: arn, fips: true, dualStack: true },
			"https://team-123456789012.s3-accesspoint-fips.dualstack.eu-west-1.amazonaws.com",
		],
		[{ bucket: "team-abc123-s3alias" }, "https://team-abc123-s3alias.s3.eu-west-1.amazonaws.com"],
		[{ endpointUrl: "http://minio:9000" }, "http://minio:9000/charts"],
		[{ endpointUrl: "http://MinIO:80/" }, "http://minio/charts"],
		[{ endpointUrl: "https://minio.example:443" }, "https://minio.example/charts"],
		[{ endpointUrl: "https://host.example/base/s3/" }, "https://host.example/base/s3/charts"],
		[{ endpointUrl: "http://[::1]:9000" }, "http://[::1]:9000/charts"],
		[
			{ endpointUrl: "https://bucket.vpce-0a-1b.s3.eu-west-1.vpce.amazonaws.com" },
			"https://bucket.vpce-0a-1b.s3.eu-west-1.vpce.amazonaws.com/charts",
		],
	];
	for (const [more, expected] of cases) assert.equal(at(more), expected);
});

test("the Region: said, of the access point, of the endpoint's host, or the first one", () => {
	const region = (more: Partial<BucketPlace>) => startRegion(place({ region: undefined, ...more }));
	assert.equal(region({}), "us-east-1");
	assert.equal(region({ bucket: arn }), "eu-west-1");
	assert.equal(
		region({ endpointUrl: "https://bucket.vpce-0a.s3.eu-north-1.vpce.amazonaws.com" }),
		"eu-north-1",
	);
	assert.equal(region({ endpointUrl: "https://s3.eu-central-1.example" }), "us-east-1");
	assert.equal(region({ endpointUrl: "http://garage:3900", region: "garage" }), "garage");
	assert.equal(regionOfHost("charts.s3-us-west-2.amazonaws.com"), "us-west-2");
	assert.equal(regionOfHost("charts.s3.amazonaws.com"), undefined);
	assert.equal(regionOfHost("us-west-2.s3.us-east-1.amazonaws.com"), "us-east-1");
	for (const name of ["eu-west-1", "us-gov-east-1", "ap-southeast-10", "eusc-de-east-1"])
		assert.ok(isRegion(name));
	for (const name of ["", "eu-west", "eu-west-1.evil", "EU-WEST-1", "eu_west_1", "eu-west-1/"])
		assert.ok(!isRegion(name));
});

test("the name of the bucket in the cache is the same in all Regions and styles", () => {
	for (const more of [
		{},
		{ region: undefined },
		{ region: "us-west-2" },
		{ dualStack: true },
		{ pathStyle: true },
		{ fips: true },
	])
		assert.equal(bucketIdOf(place(more)), "s3.amazonaws.com/charts");
	assert.equal(bucketIdOf(place({ region: "cn-north-1" })), "s3.amazonaws.com.cn/charts");
	assert.equal(bucketIdOf(place({ region: "us-gov-west-1" })), "s3.us-gov.amazonaws.com/charts");
	assert.equal(bucketIdOf(place({ bucket: arn })), `s3.amazonaws.com/${arn}`);
	for (const region of [undefined, "garage", "eu-west-1"])
		assert.equal(
			bucketIdOf(place({ region, endpointUrl: "http://minio:9000/base" })),
			"minio:9000/base/charts",
		);
});

test("what can never work is refused with what to do, and never shows a password", () => {
	for (const more of [
		{ bucket: "" },
		{ bucket: ".." },
		{ bucket: "a/b" },
		{ bucket: "charts?x" },
		{ bucket: "arn:aws:s3::123456789012:accesspoint/global.mrap" },
		{ bucket: arn, endpointUrl: "https://minio.example" },
		{ region: "Ireland" },
		{ region: "eu-west-1.evil.example/" },
		{ endpointUrl: "minio:9000" },
		{ endpointUrl: "ftp://minio" },
		{ endpointUrl: "http://s3.eu-west-1.amazonaws.com" },
		{ endpointUrl: "http://s3.cn-north-1.amazonaws.com.cn" },
		{ endpointUrl: "https://user:hunter2@minio.example" },
		{ endpointUrl: "user:hunter2//x@minio" },
		{ endpointUrl: "https://minio.example/?x=hunter2" },
		{ endpointUrl: "https://minio.example/a%20b" },
		{ endpointUrl: "https://mi!nio.example" },
		{ region: "a\nb", endpointUrl: "http://minio:9000" },
	])
		assert.throws(
			() => at(more),
			(error: Error & { exitCode?: number; hint?: string }) => {
				assert.equal(error.exitCode, 2, JSON.stringify(more));
				assert.ok(error.hint);
				assert.ok(!/hunter2/.test(error.message + error.hint), error.message);
				return true;
			},
			JSON.stringify(more),
		);
});

test("redirects are followed to S3's hosts of the bucket alone", () => {
	const from = endpointOf(place({}), "eu-west-1");
	const to = (location: string, more = {}) => redirectedEndpoint(place(more), from, location);
	assert.deepEqual(to("https://charts.s3.us-west-2.amazonaws.com/x"), {
		...{ url: "https://charts.s3.us-west-2.amazonaws.com", host: "charts.s3.us-west-2.amazonaws.com" },
		...{ basePath: "", region: "us-west-2", custom: false },
	});
	assert.equal(to("https://charts.s3.amazonaws.com/x")?.region, "eu-west-1");
	assert.equal(to("https://s3-us-west-2.amazonaws.com/charts/x")?.basePath, "/charts");
	assert.equal(to("https://charts.s3.dualstack.us-west-2.amazonaws.com/x")?.region, "us-west-2");
	assert.equal(
		redirectedEndpoint(place({}), { ...from, custom: true }, "https://charts.s3.us-west-2.amazonaws.com/x"),
		undefined,
	);
});
