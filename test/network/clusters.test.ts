/** The cluster map: every file shape, and errors that name the place and the way out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChartcostError } from "../../src/model/errors.ts";
import { loadClusters } from "../../src/network/clusters.ts";

const prod = { cluster: "prod", nat: true, region: "us-east-1" };

const shapes: [string, string][] = [
	["map.csv", "ip,cluster,nat,region\n192.0.2.10,prod,true,us-east-1\n"],
	[
		"windows.csv",
		"\uFEFFcluster , nat , region , cidr\r\n# comment\r\n\r\nprod,YES,us-east-1,192.0.2.10\r\n",
	],
	["list.yaml", "- {ip: 192.0.2.10, cluster: prod, nat: true, region: us-east-1}\n"],
	["cidr.yml", "clusters:\n  - cidr: 192.0.2.10/32\n    name: prod\n    nat: yes\n    region: us-east-1\n"],
	["names.yaml", "prod:\n  ips: [192.0.2.10]\n  nat: true\n  region: us-east-1\n"],
	["list.json", '[{"ip":"192.0.2.10","cluster":"prod","nat":true,"region":"us-east-1","note":"blue"}]'],
	["bom.json", '\uFEFF{"192.0.2.10":{"cluster":"prod","nat":"true","region":"us-east-1"}}'],
	["names.json", '{"prod":{"cidrs":["192.0.2.10/31"],"nat":true,"region":"us-east-1"}}'],
	["addresses.json", '{"192.0.2.10":{"cluster":"prod","nat":true,"region":"us-east-1"}}'],
	["no-extension", "ip,cluster,nat,region\n192.0.2.10,prod,1,us-east-1\n"],
];
for (const [name, text] of shapes) {
	test(`reads ${name}`, () => assert.deepEqual(loadClusters(text, name).clusterOf("192.0.2.10"), prod));
}

test("the short form: address to name, with names that YAML would turn into something else", () => {
	const map = loadClusters("192.0.2.1: 2024\n2001:db8::/32: on\n'10.0.0.0/8': 1e3\n", "short.yaml");
	assert.deepEqual(map.clusterOf("192.0.2.1"), { cluster: "2024", nat: undefined });
	assert.deepEqual(map.clusterOf("2001:db8:9::1"), { cluster: "on", nat: undefined });
	assert.equal(map.clusterOf("::ffff:10.1.2.3")?.cluster, "1e3");
	assert.equal(map.clusterOf("192.0.2.2"), undefined);
	assert.equal(map.clusterOf("-"), undefined);
	assert.equal(map.entries.length, 3);
});

test("of overlapping CIDRs the most specific wins", () => {
	const map = loadClusters(
		"ip,cluster,nat\n10.0.0.0/8,all,false\n10.1.0.0/16,team,\n10.1.2.3,node,true\n",
		"map.csv",
	);
	assert.deepEqual(map.clusterOf("10.9.0.1"), { cluster: "all", nat: false });
	assert.deepEqual(map.clusterOf("10.1.0.1"), { cluster: "team", nat: undefined });
	assert.deepEqual(map.clusterOf("10.1.2.3"), { cluster: "node", nat: true });
});

test("a repeated line is one entry; the same CIDR with two names is an error that names both lines", () => {
	assert.equal(loadClusters("ip,cluster\n10.0.0.1,a\n10.0.0.1/32,a\n", "m.csv").entries.length, 1);
	fails(
		"ip,cluster\n10.0.0.1,a\n10.0.0.2,b\n10.0.0.1/32,c\n",
		"m.csv",
		/m\.csv: line 4: 10\.0\.0\.1\/32 is "c", but line 2 says "a"/,
	);
	fails(
		"ip,cluster,nat\n10.0.0.1,a,true\n10.0.0.1,a,false\n",
		"m.csv",
		/line 3: .*\(nat false\), but line 2 says "a" \(nat true\)/,
	);
});

const broken: [string, string, RegExp][] = [
	["10.0.0.1,prod,true\n", "m.csv", /m\.csv: line 1 is not a header with the columns ip and cluster/],
	["ip,cluster\n10.0.0.300,prod\n", "m.csv", /m\.csv: line 2: "10\.0\.0\.300" is no IP address/],
	["ip,cluster,nat\n10.0.0.1,prod,maybe\n", "m.csv", /line 2: nat is "maybe"/],
	["ip,cluster\n10.0.0.1,\n", "m.csv", /line 2 names no cluster for 10\.0\.0\.1/],
	["ip,cluster\n10.0.0.1,a,b,c\n", "m.csv", /line 2 has 4 fields, the header has 2/],
	["ip,cluster,natt\n10.0.0.1,a,true\n", "m.csv", /line 1 has the unknown field "natt"/],
	["ip,cluster,region\n10.0.0.1,a,Virginia\n", "m.csv", /line 2: "Virginia" is no AWS Region/],
	["ip,cluster\n", "m.csv", /m\.csv: holds no entry/],
	['ip,cluster\n"10.0.0.1,a\n', "m.csv", /m\.csv: not readable as csv: .*line 2/i],
	["- ip: 10.0.0.1\n   cluster: a\n", "m.yaml", /m\.yaml: not readable as YAML at line 2/],
	["- ip: 10.0.0.1\n", "m.yaml", /m\.yaml: entry 1 names no cluster/],
	["- {cluster: a}\n", "m.yaml", /m\.yaml: entry 1 \("a"\) names no address/],
	["- 10.0.0.1\n", "m.yaml", /entry 1 is not of the form/],
	["prod: {ip: [10.0.0.1], nats: true}\n", "m.yaml", /entry "prod" has the unknown field "nats"/],
	["prod: {nat: true}\n", "m.yaml", /entry "prod" names no address/],
	["prod: [web-1]\n", "m.yaml", /entry "prod": "web-1" is no IP address/],
	["hello", "m.yaml", /holds no list and no map/],
	["", "m.yaml", /holds no list and no map/],
	["{", "m.json", /m\.json: not readable as JSON/],
];
for (const [text, name, message] of broken)
	test(`refuses ${JSON.stringify(text)}`, () => fails(text, name, message));

function fails(text: string, name: string, message: RegExp): void {
	assert.throws(
		() => loadClusters(text, name),
		(error) => {
			assert.ok(error instanceof ChartcostError, String(error));
			assert.match(error.message, message);
			assert.equal(error.exitCode, 2);
			assert.ok(error.hint);
			return true;
		},
	);
}
