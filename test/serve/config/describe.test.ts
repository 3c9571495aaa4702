/** What is effective, said again: as a file that means the same, and as one line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
	changedForRestart,
	effectiveSettings,
	settingsYaml,
	startLine,
} from "../../../src/serve/config/describe.ts";
import { repositoryKinds, serverKinds } from "../../../src/serve/config/names.ts";
import { read, type Said } from "./given.ts";

const everything: Said = {
	flags: {
		...{ listen: "[::1]:9090", admin: "none", "tls-cert": "/c.pem", "tls-key": "/k.pem", workers: "3" },
		...{ "auth-basic": "/users", "auth-bearer": "/tokens", "auth-realm": "team charts", "admin-token": "/t" },
		...{ "cache-dir": "/var/cache/charts", "cache-size": "3GiB", "cache-optional": true, memory: "1000B" },
		...{ "max-object": "17B", "max-memory-object": "16B", fsync: "full", "access-log": "envoy" },
		...{ "access-log-file": "/a.log", query: "reject", "client-cache-control": true, api: false },
		...{ "saved-transfer": "nat", "drain-delay": "0s", "drain-timeout": "1h30m", profile: "p", prices: "/p" },
		...{ "stale-if-error": "2h", "stale-while-revalidate": "1m", "not-found-ttl": "0s", "ca-bundle": "/ca" },
		...{ immutable: ["*.tgz", "*.prov"], revalidate: ["*-dev-*", "*-pr?-*"], origin: "respect-origin" },
	},
	file: `
max-connections: 20000
connect-timeout: 250ms
ip-family: "6"
rules:
- { name: nightly, match: "nightly-*", ttl: 90s, cache-control: "public, max-age=5" }
- { name: frozen, match: "/v1-*", immutable: true }
- { name: index, ttl: 3s, stale-if-error: 30d }
repositories:
- { path: /, bucket: abc, prefix: team/a, region: eu-west-1, dual-stack: true, fips: true }
- path: /b
  bucket: xyz
  endpoint-url: http://minio:9000
  path-style: true
  own-host: [old.example.com, "b:8080"]
  rewrite-all-urls: true
  missing-403-as: 403
  revalidate: []
`,
};

test("what is written means the same when it is read again", async () => {
	for (const said of [
		everything,
		{ flags: { bucket: "abc" } },
		{ flags: { bucket: "abc", "cache-size": "0" } },
	]) {
		const settings = await read(said);
		const again = await read({ file: await settingsYaml(settings) });
		assert.deepEqual(again.config, settings.config);
		assert.deepEqual(again.files, settings.files);
		assert.equal(again.profile, settings.profile);
		const { config } = await read({ file: JSON.stringify(effectiveSettings(settings.config)) });
		assert.deepEqual(config, settings.config, "as JSON");
	}
});

test("no setting is forgotten", async () => {
	const text = await settingsYaml(await read(everything));
	const inRules = ["ttl", "index-ttl", "not-found-ttl", "stale-if-error", "stale-while-revalidate", "origin"];
	for (const name of [...Object.keys(serverKinds), ...Object.keys(repositoryKinds)]) {
		if (name === "index-ttl") continue;
		const pattern = new RegExp(`^(${inRules.includes(name) ? " {6,}" : " *-? *"})${name}:`, "m");
		assert.match(text, pattern, name);
	}
});

test("the start line", async () => {
	const { config } = await read(everything);
	assert.equal(
		startLine(config, { listen: { host: "::1", port: 41_000 } }),
		"listening on https://[::1]:41000, no admin port, / from s3://abc/team/a/ (eu-west-1), " +
			"/b from s3://xyz/ (http://minio:9000), disk 3GiB in /var/cache/charts (optional), memory 1000B, " +
			"objects to 17B, fresh: index 3s, *-dev-* *-pr?-* 0s, nightly 1m30s, frozen for ever, immutable for ever, " +
			"default 1d; 404 0s; stale if S3 fails 2h (others differ: --check shows all), access log envoy to /a.log, " +
			"log-in basic or bearer, 3 workers",
	);
	const many = Array.from({ length: 8 }, (_, i) => `{path: /r${i}, bucket: abc}`).join();
	const { config: other } = await read({ file: `repositories: [${many}]` });
	assert.match(
		startLine(other),
		/\/r4 from s3:\/\/abc\/ \(Region found out\), and 3 more repositories, disk/,
	);
});

test("what a reload cannot take over is named", async () => {
	const { config } = await read({ flags: { bucket: "abc" } });
	const changed = async (flags: Record<string, unknown>) =>
		changedForRestart(config, (await read({ flags: { bucket: "abc", ...flags } })).config);
	assert.deepEqual(await changed({}), []);
	assert.deepEqual(await changed({ ttl: "2d", query: "reject", prefix: "x", "drain-delay": "1s" }), []);
	assert.deepEqual(await changed({ memory: "64MiB", listen: "1.2.3.4:5", "tls-cert": "a", "tls-key": "b" }), [
		"listen",
		"memory",
		"max-memory-object",
		"tls-cert",
		"tls-key",
	]);
});
