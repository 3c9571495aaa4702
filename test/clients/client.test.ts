/** User agents as they stand in logs and in the sources of the programs, and what they are read as. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clientOf } from "../../src/clients/client.ts";
import { goSdkReleases } from "../../src/clients/releases.ts";
import { type Software, softwareOf } from "../../src/clients/software.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
const chrome =
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/67.0.3396.99 Safari/537.36";

type Confidence = Software["confidence"];

const agents: [agent: string, client: string, software: string, confidence: Confidence][] = [
	["-", "-", "-", "unknown"],
	["", "-", "-", "unknown"],
	['"-"', "-", "-", "unknown"],
	["  ", "-", "-", "unknown"],

	// SDKs
	["aws-sdk-go/1.37.28 (go1.16; linux; amd64)", "aws-sdk-go/1.37.28", "ChartMuseum 0.13.1", "likely"],
	[
		"aws-sdk-go/1.44.288 (go1.20.5; linux; amd64) S3Manager",
		"aws-sdk-go/1.44.288",
		"ChartMuseum 0.16.1",
		"likely",
	],
	[
		"aws-sdk-go/1.47.11 (go1.25.8; linux; arm64)",
		"aws-sdk-go/1.47.11",
		"ChartMuseum 0.16.2-0.16.5",
		"likely",
	],
	["aws-sdk-go/1.55.7 (go1.25.3; linux; amd64) S3Manager", "aws-sdk-go/1.55.7", "helm-s3 0.17.x", "likely"],
	["aws-sdk-go/1.44.66 (go1.18; darwin; arm64)", "aws-sdk-go/1.44.66", "helm-s3 0.13.0-0.14.0", "likely"],
	["aws-sdk-go/1.44.67 (go1.18; linux; amd64)", "aws-sdk-go/1.44.67", "aws-sdk-go 1.44 program", "unknown"],
	[
		"aws-sdk-go/1.44.67 (go1.18; linux; amd64) exec-env/AWS_ECS_FARGATE S3Manager",
		"aws-sdk-go/1.44.67",
		"aws-sdk-go 1.44 program",
		"unknown",
	],
	[
		"aws-sdk-go/1.44.1 (go1.18; linux; amd64) exec-env/EC2",
		"aws-sdk-go/1.44.1",
		"aws-sdk-go 1.44 program",
		"unknown",
	],
	["aws-sdk-go/1.44.1 (go1.18; linux; amd64) velero/v1.9.1", "aws-sdk-go/1.44.1", "velero 1.9", "likely"],
	[
		"aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.2 md/GOOS#linux md/GOARCH#amd64 api/s3#1.53.1",
		"aws-sdk-go-v2/1.26.1",
		"aws-sdk-go-v2 1.26 program",
		"unknown",
	],
	[
		"m/E aws-sdk-go-v2/1.32.5 os/macos lang/go#1.22.0 md/GOOS#darwin md/GOARCH#arm64 api/s3#1.69.0",
		"aws-sdk-go-v2/1.32.5",
		"aws-sdk-go-v2 1.32 program",
		"unknown",
	],
	[
		"aws-sdk-go-v2/1.18.1 os/macos lang/go#1.19.5 md/GOOS#darwin md/GOARCH#arm64 api/s3#1.36.0 app/billing",
		"aws-sdk-go-v2/1.18.1",
		"billing",
		"likely",
	],
	[
		"Boto3/1.21.19 Python/3.9.10 Linux/4.4.0-1104-aws Botocore/1.24.19 Resource",
		"Boto3/1.21.19",
		"Boto3 1.21 program",
		"unknown",
	],
	[
		"Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython",
		"Boto3/1.34.84",
		"Boto3 1.34 program",
		"unknown",
	],
	["Botocore/1.29.76 Python/3.10.6 Linux/5.15", "Botocore/1.29.76", "Botocore 1.29 program", "unknown"],
	[
		"aiobotocore/2.5.0 md/Botocore#1.29.76 ua/2.0 os/linux",
		"aiobotocore/2.5.0",
		"aiobotocore 2.5 program",
		"unknown",
	],
	["Boto/2.49.0 Python/2.7.16 Linux/4.14", "Boto/2.49.0", "Boto 2.49 program", "unknown"],
	[
		"aws-sdk-java/1.11.590 Linux/4.9.137 OpenJDK_64-Bit_Server_VM/25.212-b03 java/1.8.0_212 vendor/Oracle_Corporation",
		"aws-sdk-java/1.11.590",
		"aws-sdk-java 1.11 program",
		"unknown",
	],
	[
		"aws-sdk-java/1.12.533 Linux/5.10 OpenJDK/17 java/17.0.8 vendor/x trino",
		"aws-sdk-java/1.12.533",
		"Trino",
		"likely",
	],
	[
		"aws-sdk-java/2.30.1 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#17.0.8 md/vendor#x app/Trino",
		"aws-sdk-java/2.30.1",
		"Trino",
		"likely",
	],
	[
		"aws-sdk-nodejs/2.1354.0 linux/v18.12.1 promise",
		"aws-sdk-nodejs/2.1354.0",
		"aws-sdk-nodejs 2.1354 program",
		"unknown",
	],
	[
		"aws-sdk-js/3.350.0 ua/2.0 os/linux#5.10 lang/js md/nodejs#18.16.0 api/s3#3.350.0",
		"aws-sdk-js/3.350.0",
		"aws-sdk-js 3.350 program",
		"unknown",
	],
	[
		"aws-sdk-dotnet-coreclr/3.7.9.21 aws-sdk-dotnet-core/3.7.12.11 .NET_Core/6.0.8 OS/Linux ClientAsync",
		"aws-sdk-dotnet-coreclr/3.7.9.21",
		"aws-sdk-dotnet-coreclr 3.7 program",
		"unknown",
	],
	[
		"aws-sdk-php/3.235.1 OS/Linux/5.10.0 lang/php/8.1.2 GuzzleHttp/7",
		"aws-sdk-php/3.235.1",
		"aws-sdk-php 3.235 program",
		"unknown",
	],
	[
		"aws-sdk-ruby3/3.130.0 ruby/2.7.5 x86_64-linux aws-sdk-s3/1.113.0",
		"aws-sdk-ruby3/3.130.0",
		"aws-sdk-ruby3 3.130 program",
		"unknown",
	],
	[
		"aws-sdk-rust/1.1.1 os/linux lang/rust/1.72.0",
		"aws-sdk-rust/1.1.1",
		"aws-sdk-rust 1.1 program",
		"unknown",
	],
	[
		"aws-sdk-cpp/1.11.100 ua/2.0 md/aws-crt#0.2 os/Linux",
		"aws-sdk-cpp/1.11.100",
		"aws-sdk-cpp 1.11 program",
		"unknown",
	],
	["Go-http-client/1.1", "Go-http-client/1.1", "Go-http-client 1.1 program", "unknown"],

	// programs that name themselves
	[
		"aws-cli/2.2.23 Python/3.8.8 Linux/5.4.0 exe/x86_64.ubuntu.20 prompt/off command/s3.sync",
		"aws-cli/2.2.23",
		"aws-cli 2.2",
		"verified",
	],
	[
		"aws-cli/2.27.56 md/awscrt#0.26.1 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.13.4 md/prompt#off md/command#s3.cp",
		"aws-cli/2.27.56",
		"aws-cli 2.27",
		"verified",
	],
	["aws-cli/1.18.69 Python/3.8.10 Linux/5.4 botocore/1.16.19", "aws-cli/1.18.69", "aws-cli 1.18", "verified"],
	[
		"APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.70.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.1 os/linux lang/go#1.22.4",
		"Terraform/1.9.8",
		"Terraform 1.9",
		"verified",
	],
	[
		"aws-sdk-go/1.37.28 (go1.15.6; linux; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.14.7 (+https://www.terraform.io)",
		"Terraform/0.14.7",
		"Terraform 0.14",
		"verified",
	],
	["APN/1.0 HashiCorp/1.0 Vault/1.15.2 aws-sdk-go/1.44.1", "Vault/1.15.2", "Vault 1.15", "unknown"],
	[
		"APN/1.0 OpenTofu/1.8.1 (+https://opentofu.org) aws-sdk-go-v2/1.30.1",
		"OpenTofu/1.8.1",
		"OpenTofu 1.8",
		"verified",
	],
	["S3Console/0.4", "S3Console/0.4", "S3 console 0.4", "verified"],
	[
		"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.590 Linux/4.9.137 vendor/Oracle_Corporation]",
		"S3Console/0.4",
		"S3 console 0.4",
		"verified",
	],
	[
		"AWS-Support-TrustedAdvisor, aws-internal/3 aws-sdk-java/1.11.590 Linux/4.9.137 vendor/Oracle_Corporation",
		"AWS-Support-TrustedAdvisor",
		"AWS-Support-TrustedAdvisor",
		"unknown",
	],
	["Amazon CloudFront", "Amazon CloudFront", "CloudFront", "verified"],
	["Hadoop 3.3.4, aws-sdk-java/1.12.262 Linux/5.10 java/1.8", "Hadoop/3.3.4", "Hadoop S3A 3.3", "verified"],
	["MyApp, Hadoop 2.8.0, aws-sdk-java/1.10.6", "MyApp", "MyApp", "unknown"],
	[
		"ElasticMapReduce/1.0.0 emrfs/s3n {}, aws-sdk-java/1.11.852",
		"ElasticMapReduce/1.0.0",
		"EMR 1.0",
		"verified",
	],
	["MinIO (linux; amd64) minio-go/v7.0.66", "minio-go/v7.0.66", "minio-go 7.0 program", "unknown"],
	["Minio (linux; amd64) minio-go/v6.0.14 restic/0.16.4", "restic/0.16.4", "restic 0.16", "verified"],
	[
		"MinIO (linux; amd64) minio-go/v7.0.50 thanos-sidecar/0.31.0 (go1.20)",
		"thanos-sidecar/0.31.0",
		"thanos-sidecar 0.31",
		"unknown",
	],
	["Helm/3.6.2", "Helm/3.6.2", "Helm 3.6", "verified"],
	["chartmuseum/0.15.0", "chartmuseum/0.15.0", "ChartMuseum 0.15", "verified"],
	["argocd-repo-server/v3.4.0 (linux/amd64)", "argocd-repo-server/v3.4.0", "Argo CD 3.4", "verified"],
	["source-controller/v1.2.3", "source-controller/v1.2.3", "Flux source-controller 1.2", "verified"],
	["chartcost/0.1.0", "chartcost/0.1.0", "chartcost 0.1", "verified"],
	["curl/7.38.0", "curl/7.38.0", "curl 7.38", "verified"],
	["Wget/1.20.3 (linux-gnu)", "Wget/1.20.3", "Wget 1.20", "verified"],
	["rclone/v1.60.1", "rclone/v1.60.1", "rclone 1.60", "verified"],
	["git-annex/10.20220222", "git-annex/10.20220222", "git-annex 10.20220222", "verified"],
	["Cyberduck/4.2.1 (Mac OS X/10.9.4) (i386)", "Cyberduck/4.2.1", "Cyberduck 4.2", "verified"],
	["s3fs/1.90 (commit hash unknown; OpenSSL)", "s3fs/1.90", "s3fs-fuse 1.90", "verified"],
	["mountpoint-s3/1.4.1 md/Linux ua/2.0", "mountpoint-s3/1.4.1", "Mountpoint for Amazon S3 1.4", "verified"],
	["Axis/1.3", "Axis/1.3", "Axis 1.3", "unknown"],
	["python-requests/2.31.0", "python-requests/2.31.0", "python-requests 2.31", "unknown"],

	// browsers and what pretends to be one
	[chrome, "browser", "browser", "verified"],
	[firefox, "browser", "browser", "verified"],
	[`"${chrome}`, "browser", "browser", "verified"],
	[`${firefox}"`, "browser", "browser", "verified"],
	["Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "browser", "browser", "verified"],
	["Mozilla/5.0", "browser", "browser", "verified"],
	[
		"Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
		"Baiduspider/2.0",
		"Baiduspider 2.0",
		"unknown",
	],
	[`${chrome} (compatible; Bytespider; spider-feedback@example.com)`, "Bytespider", "Bytespider", "unknown"],
	[
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://x)",
		"GPTBot/1.2",
		"GPTBot 1.2",
		"unknown",
	],
	["Mozilla/5.0 zgrab/0.x", "zgrab/0.x", "zgrab 0", "unknown"],
	[
		"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682",
		"WindowsPowerShell/5.1.19041.1682",
		"WindowsPowerShell 5.1",
		"unknown",
	],

	// free text
	["VLC media player - version 1.0.5 Goldeneye - (c) 1996-2010 the VideoLAN team", "VLC", "VLC", "unknown"],
	[
		'() { :;}; echo; echo "masked"',
		'() { :;}; echo; echo "masked',
		'() { :;}; echo; echo "masked',
		"unknown",
	],
	["constructor/1.0", "constructor/1.0", "constructor 1.0", "unknown"],
	["__proto__", "__proto__", "__proto__", "unknown"],
];

/** One character per byte, as the fields of a log line are. */
const latin1 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

test("user agents: client, software and how sure it is", () => {
	assert.ok(agents.length >= 60);
	for (const [agent, client, software, confidence] of agents) {
		const found = clientOf(agent);
		assert.equal(found.client, client, agent);
		assert.deepEqual(softwareOf(found, agent), { software, confidence }, agent);
	}
});

test("product and version are what the client is joined from", () => {
	assert.deepEqual(clientOf("curl/7.38.0"), { client: "curl/7.38.0", product: "curl", version: "7.38.0" });
	assert.deepEqual(clientOf(chrome), { client: "browser", product: "browser", version: "" });
});

test("long products and versions are cut, and say so", () => {
	const { client, product, version } = clientOf(`${"p".repeat(100)}/${"1".repeat(100)}`);
	assert.equal(product, `${"p".repeat(79)}…`);
	assert.equal(version, `${"1".repeat(79)}…`);
	assert.equal(client, product);
	assert.equal(clientOf("w".repeat(100_000)).client, `${"w".repeat(79)}…`);
});

test("no two releases claim one SDK version, and every row cites a tag", () => {
	const versions = goSdkReleases.map((release) => release.sdkVersion);
	assert.equal(new Set(versions).size, versions.length);
	for (const { sdkVersion, source } of goSdkReleases) {
		assert.match(sdkVersion, /^1\.\d+\.\d+$/);
		assert.match(source, /^[\w-]+\/[\w-]+@v0\.\d+\.\d+ go\.mod$/);
	}
});

test("any text is read, within the length limit and in no time", () => {
	fc.assert(
		fc.property(latin1, fc.nat(), (text, pick) => {
			const agent = (agents[pick % agents.length]?.[0] ?? "") + text;
			const found = clientOf(agent);
			assert.ok(found.client.length > 0 && found.client.length <= 80);
			const { software } = softwareOf(found, agent);
			assert.ok(software.length > 0 && software.length <= 100, software);
		}),
	);
	const started = performance.now();
	for (const piece of ["(", "a/", "Mozilla/5.0 (compatible; a", ") a/b ", "APN/", "bot", '"', "app/ "]) {
		for (const start of ["", "Mozilla/5.0 ", "aws-sdk-go/1.0.0 (", "aws-sdk-java/1 ", "MinIO ("]) {
			const agent = start + piece.repeat(100_000 / piece.length);
			softwareOf(clientOf(agent), agent);
		}
	}
	assert.ok(performance.now() - started < 1000, `${performance.now() - started} ms`);
});
