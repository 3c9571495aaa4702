/** Settings from every place: what wins, what defaults are, and every mistake with the message that it gets. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChartcostError } from "../../../src/model/errors.ts";
import type { ServeConfig } from "../../../src/serve/config/config.ts";
import { parseGiven } from "../../../src/serve/config/file.ts";
import { read, type Said } from "./given.ts";

const bucket = { bucket: "acme-charts" };
const day = 86_400_000;

test("a bucket is all it takes: the rest is as in the set-up that is replaced", async () => {
	const { config, notes, profile } = await read({ flags: bucket });
	assert.deepEqual(notes, []);
	assert.equal(profile, undefined);
	assert.deepEqual(config.listen, { host: "0.0.0.0", port: 8080 });
	assert.deepEqual(config.admin, { host: "127.0.0.1", port: 8081 });
	assert.equal(config.cache.diskBytes, 2 * 2 ** 30);
	assert.equal(config.cache.memoryBytes, 256 * 2 ** 20);
	assert.equal(config.cache.maxObjectBytes, 2 ** 30);
	assert.equal(config.cache.dir, "/home/u/.cache/chartcost/serve");
	assert.equal(config.origin.connectTimeoutMs, 5000);
	const [repository] = config.repositories;
	assert.equal(repository?.name, "acme-charts");
	assert.equal(repository?.path, "");
	const times = repository?.rules.map((rule) => [
		rule.name,
		rule.match.join(),
		rule.ttlMs,
		rule.staleIfErrorMs,
		rule.notFoundTtlMs,
		rule.cacheControl,
	]);
	assert.deepEqual(times, [
		["index", "index.yaml", 0, day, 0, "no-cache"],
		["revalidate", "*-dev-*", 0, day / 24, 30_000, "no-cache"],
		["default", "**", day, 7 * day, 30_000, "max-age=86400"],
	]);
});

/** What a place says, and the values that come of it. */
const good: [name: string, said: Said, expected: (config: ServeConfig) => unknown[]][] = [
	[
		"flag > environment > --config > chartcost.yaml > AWS_*",
		{
			flags: { ...bucket, ttl: "1h" },
			environment: { CHARTCOST_TTL: "2h", CHARTCOST_MEMORY: "1MiB", AWS_REGION: "eu-north-1" },
			file: "ttl: 3h\nmemory: 2MiB\nmax-pending: 33",
			shared: "max-pending: 44\nworkers: 4\nregion: eu-west-2",
		},
		({ repositories: [first], cache, limits, workers }) => [
			[first?.rules.at(-1)?.ttlMs, 3_600_000],
			[cache.memoryBytes, 2 ** 20],
			[limits.pendingRequests, 33],
			[workers, 4],
			[first?.region, "eu-west-2"],
		],
	],
	[
		"an empty variable says nothing",
		{ flags: bucket, environment: { CHARTCOST_TTL: "" } },
		({ repositories: [first] }) => [[first?.rules.at(-1)?.ttlMs, day]],
	],
	[
		"AWS's variables",
		{
			flags: bucket,
			environment: {
				AWS_ENDPOINT_URL: "http://a:1",
				AWS_ENDPOINT_URL_S3: "http://b:2",
				AWS_DEFAULT_REGION: "x1",
			},
		},
		({ repositories: [first] }) => [
			[first?.endpointUrl, "http://b:2"],
			[first?.region, "x1"],
		],
	],
	[
		"AWS's variables can be switched off",
		{
			flags: bucket,
			environment: { AWS_ENDPOINT_URL_S3: "http://b:2", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
		},
		({ repositories: [first] }) => [[first?.endpointUrl, undefined]],
	],
	[
		"of AWS's variables neither is meant for the other: an endpoint of one's own has no FIPS hosts",
		{ flags: bucket, environment: { AWS_ENDPOINT_URL_S3: "http://b:2", AWS_USE_FIPS_ENDPOINT: "true" } },
		({ repositories: [first] }) => [
			[first?.endpointUrl, "http://b:2"],
			[first?.fips, false],
		],
	],
	[
		"addresses",
		{ flags: { ...bucket, listen: "[::1]:9090", admin: "none" } },
		({ listen, admin }) => [
			[listen, { host: "::1", port: 9090 }],
			[admin, undefined],
		],
	],
	[
		"a port alone",
		{ flags: { ...bucket, listen: ":90", admin: "91" } },
		({ listen, admin }) => [
			[listen, { host: "0.0.0.0", port: 90 }],
			[admin, { host: "0.0.0.0", port: 91 }],
		],
	],
	[
		"no disk tier by size, and what memory holds is the largest object",
		{ flags: { ...bucket, "cache-size": "0", memory: "80MiB" } },
		({ cache }) => [
			[cache.dir, undefined],
			[cache.maxObjectBytes, 10 * 2 ** 20],
		],
	],
	[
		"the largest object gives way to a small cache",
		{ flags: { ...bucket, "cache-size": "100MiB" } },
		({ cache }) => [[cache.maxObjectBytes, 100 * 2 ** 20]],
	],
	[
		"S-11: prefixes have one form",
		{ file: "repositories:\n- {bucket: abc, prefix: /team/a/}\n- {bucket: abc, path: b, prefix: ''}" },
		({ repositories: [a, b] }) => [
			[a?.prefix, "team/a/"],
			[a?.path, ""],
			[b?.prefix, ""],
			[b?.path, "/b"],
			[b?.name, "b"],
		],
	],
	[
		"an entry says more than what is said for all",
		{
			flags: { ttl: "9h", region: "eu-west-1" },
			file: "repositories:\n- {bucket: abc, ttl: 1h, region: eu-west-3}\n- {bucket: abc, path: /b}",
		},
		({ repositories: [a, b] }) => [
			[a?.rules.at(-1)?.ttlMs, 3_600_000],
			[a?.region, "eu-west-3"],
			[b?.rules.at(-1)?.ttlMs, 9 * 3_600_000],
			[b?.region, "eu-west-1"],
		],
	],
	[
		"the bucket of a file below is for other commands",
		{ file: "repositories:\n- {bucket: abc, path: /b}", shared: "bucket: for-analyze" },
		({ repositories }) => [[repositories.map((one) => one.bucket), ["abc"]]],
	],
	[
		"a name is unique though a path reads like the root's bucket",
		{ file: "repositories:\n- bucket: abc\n- {bucket: xyz, path: /abc}" },
		({ repositories }) => [[repositories.map((one) => one.name), ["/", "abc"]]],
	],
	[
		"--stale-if-error lowers the index's time and never raises it",
		{ flags: { ...bucket, "stale-if-error": "2h" } },
		({ repositories: [first] }) => [[first?.rules.map((rule) => rule.staleIfErrorMs / 3_600_000), [2, 1, 2]]],
	],
	[
		"--stale-if-error 30d",
		{ flags: { ...bucket, "stale-if-error": "30d" } },
		({ repositories: [first] }) => [
			[first?.rules.map((rule) => rule.staleIfErrorMs / 3_600_000), [24, 1, 720]],
		],
	],
	[
		"rules of a file: built-in ones by name, others between revalidate and default",
		{
			flags: { ...bucket, immutable: ["*.tgz"] },
			file: `rules:
- { name: index, stale-if-error: 3d }
- { match: "*-rc*", ttl: 1h }
- { name: nightly, match: ["nightly-*", "*-nightly-*"], ttl: 0s, origin: respect-origin }
- { name: default, ttl: 2d, cache-control: "max-age=60" }`,
		},
		({ repositories: [first] }) => [
			[
				first?.rules.map((rule) => [rule.name, rule.ttlMs / 3_600_000, rule.cacheControl]),
				[
					["index", 0, "no-cache"],
					["revalidate", 0, "no-cache"],
					["*-rc*", 1, "max-age=3600"],
					["nightly", 0, "no-cache"],
					["immutable", 87_600, "max-age=31536000, immutable"],
					["default", 48, "max-age=60"],
				],
			],
			[first?.rules[0]?.staleIfErrorMs, 3 * day],
			[first?.rules[3]?.origin, "respect-origin"],
		],
	],
	[
		"a repository's rules come before the file's and win by name",
		{
			file: `rules: [{ name: rc, match: "*-rc*", ttl: 1h }, { name: index, ttl: 5s }, { match: "x*" }]
repositories:
- { bucket: abc, rules: [{ name: rc, match: "*-rc1*", ttl: 2h }, { name: index, ttl: 9s }] }`,
		},
		({ repositories: [first] }) => [
			[first?.rules.map((rule) => rule.match.join()), ["index.yaml", "*-dev-*", "*-rc1*", "x*", "**"]],
			[first?.rules[0]?.ttlMs, 9000],
		],
	],
	[
		"no globs to revalidate",
		{ flags: bucket, file: "revalidate: []" },
		({ repositories: [first] }) => [[first?.rules.map((rule) => rule.name), ["index", "default"]]],
	],
	[
		"an index that is fresh for a while",
		{ flags: { ...bucket, "index-ttl": "30s" } },
		({ repositories: [first] }) => [
			[first?.rules[0]?.ttlMs, 30_000],
			[first?.rules[0]?.cacheControl, "no-cache"],
		],
	],
	[
		"JSON is a settings file, too",
		{ file: '{\n\t"bucket": "abc",\n\t"path-style": true,\n\t"workers": 2\n}' },
		({ repositories: [first], workers }) => [
			[first?.pathStyle, true],
			[workers, 2],
		],
	],
	[
		"relative paths start at their file",
		{ file: "bucket: abc\ncache-dir: cache", flags: { "auth-basic": "users" } },
		({ cache, auth }) => [
			[cache.dir, `${process.cwd()}/cache`],
			[auth?.basicFile, "users"],
		],
	],
	[
		"own hosts, however they were pasted",
		{ flags: { ...bucket, "own-host": ["https://Charts.Example.com/x", "old:8080"] } },
		({ repositories: [first] }) => [[first?.ownHosts, ["charts.example.com", "old:8080"]]],
	],
	[
		"access points",
		{ flags: { bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/charts" } },
		({ repositories: [first] }) => [[first?.bucket.startsWith("arn:"), true]],
	],
];

describe("what is said where", () => {
	for (const [name, said, expected] of good) {
		test(name, async () => {
			const { config } = await read(said);
			for (const pair of expected(config)) {
				const [actual, wanted] = pair as [unknown, unknown];
				assert.deepEqual(actual, wanted);
			}
		});
	}
});

const flag = (name: string, value: unknown): Said => ({ flags: { ...bucket, [name]: value } });

/** What is wrong, and the whole message. */
const bad: [said: Said, message: string][] = [
	[{}, "no bucket to serve"],
	[{ flags: { prefix: "a" } }, "no bucket to serve (--prefix alone names none)"],
	[flag("ttl", "5"), '--ttl: expected a duration such as 30s, 1h30m or 7d, got "5"; did you mean 5s?'],
	[flag("ttl", "soon"), '--ttl: expected a duration such as 30s, 1h30m or 7d, got "soon"'],
	[flag("ttl", "99999d"), '--ttl: at most 3650d, got "99999d"'],
	[flag("connect-timeout", "0s"), "--connect-timeout: expected more than 0s"],
	[flag("connect-timeout", "30d"), '--connect-timeout: at most 1d, got "30d"'],
	[flag("cache-size", "2 gigs"), '--cache-size: expected a size such as 2GiB or 256MiB, got "2 gigs"'],
	[flag("cache-size", ""), "--cache-size: expected one value"],
	[flag("listen", "8080x"), '--listen: expected HOST:PORT such as 0.0.0.0:8080 or [::1]:8080, got "8080x"'],
	[flag("listen", "::1:80"), '--listen: expected HOST:PORT such as 0.0.0.0:8080 or [::1]:8080, got "::1:80"'],
	[
		flag("listen", "a:70000"),
		'--listen: expected HOST:PORT such as 0.0.0.0:8080 or [::1]:8080, got "a:70000"',
	],
	[flag("listen", "0.0.0.0:8081"), "--listen: clients and administration cannot share port 8081"],
	[flag("admin", "0.0.0.0:8080"), "--admin: clients and administration cannot share port 8080"],
	[
		flag("access-log", "jsn"),
		'--access-log: expected json, envoy, combined or none, got "jsn"; did you mean json?',
	],
	[flag("query", "keep"), '--query: expected drop or reject, got "keep"'],
	[flag("workers", "0"), '--workers: expected a whole number of 1 or more, got "0"'],
	[flag("workers", "500"), "--workers: at most 64, got 500"],
	[
		flag("bucket", "Acme-Charts"),
		`--bucket: "Acme-Charts" cannot be a bucket's name; did you mean acme-charts?`,
	],
	[flag("bucket", "ab"), `--bucket: "ab" cannot be a bucket's name`],
	[flag("bucket", "a..b"), `--bucket: "a..b" cannot be a bucket's name`],
	[flag("bucket", "192.168.0.1"), `--bucket: "192.168.0.1" cannot be a bucket's name`],
	[flag("bucket", "a/b"), `--bucket: "a/b" cannot be a bucket's name`],
	[flag("bucket", "s3://acme/x"), '--bucket: expected the name alone, got "s3://acme/x"'],
	[flag("bucket", "arn:aws:s3:::acme"), '--bucket: "arn:aws:s3:::acme" is no ARN that serve understands'],
	[flag("prefix", "a/../b"), '--prefix: the prefix "a/../b" has a "." or ".." segment'],
	[flag("prefix", "a//b"), '--prefix: the prefix "a//b" has an empty segment (//)'],
	[flag("prefix", "a*"), '--prefix: the prefix "a*" has one of \\ ? # *'],
	[flag("prefix", "a\nb"), "--prefix: has a control character"],
	[flag("region", "eu west"), '--region: "eu west" is no AWS Region'],
	[
		flag("endpoint-url", "minio:9000"),
		'--endpoint-url: "minio:9000" is no http or https URL; did you mean https://minio:9000?',
	],
	[
		flag("endpoint-url", "http://u:secret@minio"),
		"--endpoint-url: the endpoint minio carries a user name or a password",
	],
	[flag("endpoint-url", "ftp://u:secret@minio"), '--endpoint-url: "ftp://…@minio" is no http or https URL'],
	[flag("endpoint-url", "http://s3.amazonaws.com"), "--endpoint-url: AWS is asked over https only"],
	[flag("endpoint-url", "http://a/?x"), "--endpoint-url: the endpoint a carries a query or a fragment"],
	[
		{ flags: { ...bucket, "endpoint-url": "http://a", fips: true } },
		"--fips and --endpoint-url exclude each other",
	],
	[
		flag("revalidate", ["*.{tgz,zip}"]),
		'--revalidate: the glob "*.{tgz" has "{": only *, ** and ? are understood',
	],
	[flag("immutable", ["[0-9]*"]), '--immutable: the glob "[0-9]*" has "[": only *, ** and ? are understood'],
	[flag("own-host", ["a b"]), '--own-host: "a b" is no host name'],
	[flag("tls-cert", "a.pem"), "--tls-cert: TLS needs both files, and tls-key is not given"],
	[flag("tls-key", "a.pem"), "--tls-key: TLS needs both files, and tls-cert is not given"],
	[flag("memory", "9GiB"), "--memory: 9GiB is all the memory there is (8GiB) or more"],
	[
		{ flags: bucket, machineMemoryBytes: 200 * 2 ** 20 },
		"--memory: 256MiB is all the memory there is (200MiB) or more",
	],
	[flag("max-object", "5GiB"), "--max-object: 5GiB is more than cache-size 2GiB holds"],
	[
		{ flags: { ...bucket, "cache-dir": "none", "max-object": "1GiB" } },
		"--max-object: 1GiB is more than memory 256MiB holds",
	],
	[flag("max-memory-object", "1GiB"), "--max-memory-object: 1GiB does not fit into memory 256MiB"],
	[
		{ flags: { ...bucket, "cache-dir": "none", "cache-size": "1GiB" } },
		"--cache-size: there is no disk tier (--cache-dir none)",
	],
	[
		{ flags: { ...bucket, "access-log": "none", "access-log-file": "a" } },
		"--access-log-file: no access log is written (--access-log none)",
	],
	[
		{ flags: bucket, environment: { CHARTCOST_AUTH_REALM: "x" } },
		"CHARTCOST_AUTH_REALM: says the realm, but nobody is asked to log in",
	],
	[
		{ flags: bucket, environment: { CHARTCOST_API: "maybe" } },
		'CHARTCOST_API: expected true or false, got "maybe"',
	],
	[
		{ flags: bucket, environment: { AWS_USE_FIPS_ENDPOINT: "x" } },
		'AWS_USE_FIPS_ENDPOINT: expected true or false, got "x"',
	],
	[
		{ flags: bucket, file: "headers-timeout: 2m" },
		"serve.yaml:1: headers-timeout: the header's time (2m) is longer than the request's (30s)",
	],
	[
		{ flags: bucket, file: "max-pending: 20000" },
		"serve.yaml:1: max-pending: 20000 requests cannot wait on 10000 connections",
	],
	[
		{ flags: bucket, file: "max-header-size: 3B" },
		"serve.yaml:1: max-header-size: from 1KiB to 1MiB, got 3B",
	],
	[{ flags: bucket, file: "retries: 50" }, "serve.yaml:1: retries: at most 10, got 50"],
	// A value that reads like the key of a later line.
	[
		{ flags: { ...bucket, "auth-basic": "u" }, file: "auth-realm: workers\nworkers: 99" },
		"serve.yaml:2: workers: at most 64, got 99",
	],
	[
		flag("endpoint-url", "http://secret@minio"),
		"--endpoint-url: the endpoint minio carries a user name or a password",
	],
	[{ flags: bucket, file: "\nmemory:\n  - 1\n" }, "serve.yaml:2: memory: expected one value"],
	[{ flags: bucket, file: "ttl:" }, "serve.yaml:1: ttl: expected one value"],
	[
		{ flags: bucket, file: "repositories: [{bucket: abc}]" },
		"--bucket and serve.yaml:1: repositories both say what to serve",
	],
	[
		{ file: "repositories: 7" },
		'serve.yaml:1: repositories: expected a list of repositories, each such as "- bucket: acme-charts"',
	],
	[
		{ file: "repositories: [a]" },
		"serve.yaml:1: repositories: expected a repository such as { path: /team-a, bucket: acme-charts }",
	],
	[{ file: "repositories:\n- path: /a\n" }, "serve.yaml:2: repositories: a repository needs a bucket"],
	[
		{ file: "repositories:\n- bucket: abc\n  path: /a\n  tll: 3d" },
		'serve.yaml:4: unknown key of a repository "tll"; did you mean ttl?',
	],
	[
		{ file: "repositories:\n- bucket: abc\n  path: /a\n- bucket: xyz\n  path: a/" },
		"serve.yaml:4: repositories: a second repository at the path /a (the first: serve.yaml:2: repositories)",
	],
	[
		{ file: "repositories:\n- bucket: abc\n- bucket: xyz\n  path: /charts" },
		"serve.yaml:3: repositories: /charts is also where the charts of / are (serve.yaml:2: repositories)",
	],
	[
		{ file: "repositories:\n- bucket: abc\n  path: /api/x" },
		"serve.yaml:3: path: /api is answered by serve itself",
	],
	[
		{ file: "repositories:\n- bucket: abc\n  path: /a/../b" },
		`serve.yaml:3: path: "/a/../b" cannot be a repository's path`,
	],
	[
		{ file: "repositories:\n- bucket: abc\n  path: /a%2fb" },
		`serve.yaml:3: path: "/a%2fb" cannot be a repository's path`,
	],
	[
		{ flags: bucket, file: "rules:\n- ttl: 1h" },
		"serve.yaml:2: rules: a rule needs match: the globs that it is for",
	],
	[
		{ flags: bucket, file: "rules:\n- {name: indx, ttl: 1h}" },
		"serve.yaml:2: rules: a rule needs match: the globs that it is for; did you mean index?",
	],
	[
		{ flags: bucket, file: "rules:\n- {name: index, match: x}" },
		'serve.yaml:2: rules: the rule "index" is built in',
	],
	[
		{ flags: bucket, file: "rules:\n- {match: x, immutable: true, ttl: 1h}" },
		"serve.yaml:2: rules: immutable and ttl exclude each other",
	],
	[{ flags: bucket, file: "rules:\n- {match: x}\n- {match: x}" }, 'serve.yaml:3: rules: a second rule "x"'],
	[{ flags: bucket, file: "rules:\n- match: []" }, "serve.yaml:2: rules: match has no globs"],
	[
		{ flags: bucket, file: "rules:\n- {match: x, max-age: 1h}" },
		'serve.yaml:2: unknown key of a rule "max-age"',
	],
];

describe("what is wrong is said with its place", () => {
	for (const [said, message] of bad) {
		test(message, async () => {
			await assert.rejects(read(said), (error: ChartcostError) => {
				assert.equal(error.message, message);
				assert.equal(error.exitCode, 2);
				assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
				return true;
			});
		});
	}
});

const notes: [said: Said, note: RegExp][] = [
	[flag("admin", "0.0.0.0:8081"), /^the admin port is open to other machines \(0\.0\.0\.0\)/],
	[flag("auth-basic", "users"), /^passwords and tokens come over plain HTTP/],
	[
		flag("not-found-ttl", "1h"),
		/^rule default: a chart that is asked for before it is published stays missing for up to 1h/,
	],
	[flag("memory", "6GiB"), /^memory 6GiB is more than 60 %/],
	[{ flags: { ...bucket, memory: "0", "cache-size": "0" } }, /^nothing is kept/],
	[{ flags: { ...bucket, "cache-optional": true, "cache-dir": "none" } }, /^cache-optional changes nothing/],
	[
		{ flags: bucket, file: "rules: [{ match: app-dev-*, ttl: 9d }]" },
		/^rule app-dev-\* \(app-dev-\*\) is never reached: revalidate comes first/,
	],
];

describe("what is allowed and probably not meant is noted", () => {
	for (const [said, note] of notes) {
		test(String(note), async () => {
			const found = await read(said);
			assert.ok(
				found.notes.some((one) => note.test(one)),
				found.notes.join("\n"),
			);
		});
	}
});

const broken: [text: string, message: string][] = [
	["a: b: c", "x.yaml:1: not valid YAML: bad indentation of a mapping entry"],
	["- a", 'x.yaml:1: expected settings such as "bucket: acme-charts", one per line'],
	["bucket", 'x.yaml:1: expected settings such as "bucket: acme-charts", one per line'],
	["a: 1\nb: 2\na: 3", "x.yaml:3: not valid YAML: duplicated mapping key"],
	["a: {b: {c: {d: {e: {f: {g: {h: {i: j}}}}}}}}", "x.yaml:1: i: is nested too deeply for a settings file"],
	["#".repeat(2 ** 20 + 1), "x.yaml: is larger than a settings file can be (1MiB)"],
];

describe("files that are none", () => {
	for (const [text, message] of broken) {
		test(message, () => assert.rejects(parseGiven(text, "x.yaml"), { message }));
	}
	test("an empty file says nothing", async () => {
		for (const text of ["", "# only a comment\n", "---\n", "{}"])
			assert.equal((await parseGiven(text, "x.yaml")).size, 0);
	});
	test("aliases cannot make a small file large", async () => {
		const bomb = [
			"a0: &a0 [x]",
			...Array.from({ length: 5 }, (_, i) => {
				const item = `*a${i}`;
				return `a${i + 1}: &a${i + 1} [${Array.from({ length: 30 }, () => item).join()}]`;
			}),
		].join("\n");
		await assert.rejects(parseGiven(bomb, "x.yaml"), { message: "x.yaml: has more than 50000 values" });
	});
});

test("S-47: names of the prototype are unknown settings, and change nothing", async () => {
	const hostile = ["__proto__", "constructor", "toString", "hasOwnProperty"];
	for (const name of hostile) {
		const { parseGiven: parse } = await import("../../../src/serve/config/file.ts");
		const { checkKeys } = await import("../../../src/serve/config/given.ts");
		for (const text of [`${name}: {listen: evil}`, `{"${name}": {"ttl": "1h"}}`]) {
			const file = await parse(text, "x.yaml");
			assert.throws(() => checkKeys(file, ["bucket"], "setting"), {
				message: `x.yaml:1: unknown setting "${name}"`,
			});
		}
		await assert.rejects(read({ file: `repositories: [{bucket: abc, ${name}: {ttl: 1h}}]` }), {
			message: `serve.yaml:1: unknown key of a repository "${name}"`,
		});
		await assert.rejects(read({ flags: bucket, file: `rules: [{match: x, ${name}: 1h}]` }), {
			message: `serve.yaml:1: unknown key of a rule "${name}"`,
		});
	}
	assert.equal(({} as Record<string, unknown>)["listen"], undefined);
	assert.equal(({} as Record<string, unknown>)["ttl"], undefined);
});
