/**
 * The admin port over real HTTP: each route, strict queries, and who may use it (S-42): a foreign Host or Origin, the
 * token beyond loopback. S-21: no text of a request in an answer. S-40: no secret in any of them.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type AdminOptions, createAdmin } from "../../../src/serve/admin/admin.ts";
import { type AdminServer, startAdmin } from "../../../src/serve/admin/admin-server.ts";
import type { Clock } from "../../../src/serve/clock.ts";
import { parseExposition, seriesOf } from "../observe/exposition-check.ts";
import { hostileKey, natPrices, nowMs, startedAtMs, world } from "./world.ts";

interface Got {
	status: number;
	headers: IncomingHttpHeaders;
	body: string;
}

const token = "s3cr3t-admin-token";
const tokenSha256 = createHash("sha256").update(token).digest("hex");
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => {}, random: () => 0 };
const bounded = { timeout: 30_000 };

/** A test that fails must not leave its server behind: the run would never end. */
const opened: AdminServer[] = [];
after(() => Promise.all(opened.map(({ close }) => close())));

async function running(changes: Partial<AdminOptions> = {}) {
	const made = world();
	const said: string[] = [];
	const server = await startAdmin(
		createAdmin({
			...{ operated: made.operated, metrics: made.metrics, pricesOf: () => natPrices, clock, startedAtMs },
			...{ logLinesDropped: () => 5, version: "0.1.0", boundHost: "127.0.0.1", tokenSha256: undefined },
			said: (_, message) => said.push(message),
			...changes,
		}),
		{ host: "127.0.0.1", port: 0 },
	);
	opened.push(server);
	return { ...made, server, said };
}

function ask(
	{ port }: AdminServer,
	method: string,
	path: string,
	headers: Record<string, string> = {},
	body?: string,
): Promise<Got> {
	return new Promise((resolve, reject) => {
		const options = { host: "127.0.0.1", port, method, path, headers, agent: false, timeout: 5000 };
		const sent = request(options, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk: string) => {
				text += chunk;
			});
			response.on("end", () =>
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
			);
		});
		sent.on("timeout", () => sent.destroy(new Error("no answer")));
		sent.on("error", reject);
		sent.end(body);
	});
}

describe("on loopback, without a token", bounded, () => {
	let on: Awaited<ReturnType<typeof running>>;
	before(async () => {
		on = await running();
	});
	const get = (path: string, headers?: Record<string, string>) => ask(on.server, "GET", path, headers);

	test("health and readiness", async () => {
		assert.equal((await get("/healthz")).body, "ok\n");
		assert.deepEqual([(await get("/readyz")).status, (await get("/readyz")).body], [200, "ready\n"]);
		on.state.ready = { ready: false, reasons: ["draining"], degraded: ["no disk"] };
		const { status, body } = await get("/readyz");
		assert.deepEqual([status, body], [503, "not ready\n- draining\n- degraded: no disk\n"]);
		assert.equal((await get("/healthz")).status, 200);
		on.state.ready = { ready: true, reasons: [], degraded: [] };
	});

	test("metrics in the Prometheus format", async () => {
		const { headers, body } = await get("/metrics");
		assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
		const series = seriesOf(parseExposition(body));
		assert.equal(series.get("chartcost_access_log_dropped_total"), 5);
		assert.doesNotMatch(body, /<script|alert/);
	});

	test("stats agree with themselves and with the metrics", async () => {
		const { headers, body } = await get("/stats");
		assert.equal(headers["content-type"], "application/json; charset=utf-8");
		const stats = JSON.parse(body);
		assert.equal(stats.schema, "chartcost/serve-stats@1");
		assert.equal(stats.uptimeS, 8400);
		const sum = (numbers: Record<string, number>) => Object.values(numbers).reduce((a, b) => a + b, 0);
		assert.equal(sum(stats.requests.byCache), stats.requests.total);
		assert.equal(sum(stats.requests.byStatus), stats.requests.total);
		assert.equal(
			stats.saved.requests + stats.upstream.requests + stats.requests.byCache["-"],
			stats.requests.total,
		);
		const series = seriesOf(parseExposition((await get("/metrics")).body));
		const usd = [...series].filter(([name]) => name.startsWith("chartcost_saved_usd_total"));
		assert.ok(Math.abs(stats.saved.usd - usd.reduce((total, [, value]) => total + value, 0)) < 1e-9);
		assert.equal(stats.topCharts[0].key, "index.yaml");
		assert.equal(stats.topCharts[0].saved.requests, 400);
		assert.ok(stats.topCharts.some(({ key }: { key: string }) => key === hostileKey));
		assert.equal(stats.repositories[1].region, null);
		assert.equal(stats.repositories[1].index, null);
		assert.equal(stats.repositories[0].index.validatedAt, "2026-11-25T07:19:48.000Z");
		assert.equal(stats.credentialsExpireAt, "2026-11-25T08:20:00.000Z");
	});

	test("the list of what is stored: pages, repository, prefix", async () => {
		const keys: string[] = [];
		let next: number | null = 0;
		while (next !== null) {
			const page = JSON.parse((await get(`/cache?limit=60&offset=${next}`)).body);
			keys.push(...page.entries.map(({ key }: { key: string }) => key));
			next = page.next;
		}
		assert.deepEqual(
			keys,
			on.state.entries.map(({ key }) => key),
		);
		assert.equal(JSON.parse((await get("/cache")).body).entries.length, 100);
		const team = JSON.parse((await get("/cache?repository=team-a&prefix=stable%2Fapp-1.1&limit=1000")).body);
		assert.equal(team.next, null);
		assert.deepEqual(team.entries[0], {
			...{ repository: "team-a", key: "stable/app-1.1.0+build.tgz", sizeBytes: 1001, tiers: ["mem", "disk"] },
			...{ etag: '"1"', storedAt: "2026-11-25T05:00:00.000Z", validatedAt: "2026-11-25T07:19:59.000Z" },
		});
		assert.equal(team.entries.length, 56);
	});

	test("a purge says what it removed, and a plus is a plus", async () => {
		const purged = async (query: string) => {
			const { status, body } = await ask(on.server, "DELETE", `/cache?${query}`);
			assert.deepEqual([status, JSON.parse(body)], [200, { removed: 7 }], query);
			return on.state.purges.pop();
		};
		const app = "stable/app-1.2.3+b é.tgz";
		const none = { repository: undefined };
		assert.deepEqual(await purged("key=stable/app-1.2.3+b%20%C3%A9.tgz"), { ...none, key: app });
		assert.deepEqual(await purged(`key=${encodeURIComponent(app)}`), { ...none, key: app });
		assert.deepEqual(await purged("key=/index.yaml&repository=charts"), {
			repository: "charts",
			key: "index.yaml",
		});
		assert.deepEqual(await purged("prefix=stable/"), { ...none, prefix: "stable/" });
		assert.deepEqual(await purged("prefix=sta"), { ...none, prefix: "sta" });
		assert.deepEqual(await purged("all=1&repository=team-a"), { repository: "team-a", all: true });
	});

	test("a purge that is not clear purges nothing", async () => {
		const wrong = [
			...["", "key=", "prefix=", "prefix=/", "all=0", "all", "key=a&all=1", "key=a&prefix=b", "key=a&key=b"],
			...[
				"keys=a",
				"all=1&repositry=charts",
				"key=../x",
				"key=a//b",
				"key=%zz",
				"key=%00",
				"key=a%5Cb",
				"key=%ff",
			],
			...["key=a%252Fb%2F..%2Fc", "all=1&repository=%zz", "prefix=..%2F"],
		];
		for (const query of wrong)
			assert.equal((await ask(on.server, "DELETE", `/cache?${query}`)).status, 400, query);
		assert.equal((await ask(on.server, "DELETE", "/cache?all=1&repository=nope")).status, 404);
		for (const query of [
			"limit=0",
			"limit=1001",
			"limit=x",
			"offset=-1",
			"page=2",
			"prefix=../",
			"repository=%zz",
		])
			assert.equal((await get(`/cache?${query}`)).status, 400, query);
		assert.deepEqual(on.state.purges, []);
	});

	test("a purge that fails is said and answered without its reason", async () => {
		const failing = await running();
		failing.operated.purge = () => Promise.reject(new Error("disk at /var/secret"));
		const { status, body } = await ask(failing.server, "DELETE", "/cache?all=1");
		assert.deepEqual([status, body], [500, "internal error\n"]);
		assert.match(failing.said[0] ?? "", /disk at/);
	});

	test("the status page: hostile names are text, the policy allows its one style, nothing is loaded", async () => {
		on.state.ready = { ready: true, reasons: [], degraded: ["<b>'\"&\u202e"] };
		const { headers, body } = await get("/");
		on.state.ready = { ready: true, reasons: [], degraded: [] };
		assert.equal(headers["content-type"], "text/html; charset=utf-8");
		assert.doesNotMatch(body, /<script|[\u202e\x1b]|<b>'/);
		assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;\\u\{202e}\\u\{a}\\u\{1b}/);
		assert.match(body, /&lt;b&gt;&#39;&quot;&amp;\\u\{202e}/);
		const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? "";
		const hash = createHash("sha256").update(style).digest("base64");
		assert.equal(
			headers["content-security-policy"],
			`default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
		);
		assert.doesNotMatch(body.replace(/href="data:[^"]*"/, ""), /https?:|url\(|@import| on\w+=|javascript:/);
	});

	test("methods: HEAD for GET, anything else 405 with Allow", async () => {
		for (const path of ["/", "/stats", "/metrics", "/healthz", "/readyz", "/cache"]) {
			const [whole, head] = [await get(path), await ask(on.server, "HEAD", path)];
			assert.deepEqual([head.status, head.body], [200, ""], path);
			if (path === "/healthz") assert.equal(head.headers["content-length"], whole.headers["content-length"]);
			const { status, headers } = await ask(on.server, "POST", path);
			assert.deepEqual(
				[status, headers.allow],
				[405, path === "/cache" ? "GET, HEAD, DELETE" : "GET, HEAD"],
				path,
			);
		}
	});

	test("S-21 what is not there is 404, and nothing of a request is in an answer", async () => {
		const marker = "zq-marker<script>";
		for (const path of [
			`/${marker}`,
			`/cache?key=${marker}`,
			`/cache?${marker}=1`,
			"/admin",
			"//healthz",
			"/healthz/",
		]) {
			const { status, body, headers } = await get(path.replaceAll("<", "%3C"), {
				"X-Test": marker,
				"User-Agent": marker,
			});
			assert.ok(status === 404 || status === 400, `${path} ${status}`);
			assert.doesNotMatch(body + JSON.stringify(headers), /zq-marker/);
		}
	});

	test("every answer forbids caching, framing, sniffing and reading from elsewhere", async () => {
		for (const path of ["/", "/stats", "/metrics", "/healthz", "/nope"]) {
			const { headers } = await get(path);
			assert.deepEqual(
				["cache-control", "x-frame-options", "x-content-type-options", "cross-origin-resource-policy"].map(
					(name) => headers[name],
				),
				["no-store", "DENY", "nosniff", "same-origin"],
			);
			assert.equal(headers["access-control-allow-origin"], undefined);
			assert.match(String(headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
		}
	});

	test("S-42 a name of elsewhere is refused: DNS rebinding", async () => {
		const foreign = [
			"evil.example",
			"evil.example:8081",
			"localhost.evil.example",
			"127.0.0.1.evil.example",
			"10.0.0.1",
		];
		for (const host of [...foreign, "127.evil", "[::2]:80", "localhost:x", "@localhost", "evil:1@localhost"])
			for (const path of ["/", "/metrics", "/healthz"])
				assert.equal((await get(path, { Host: host })).status, 421, `host ${JSON.stringify(host)}`);
		for (const host of ["localhost", "LOCALHOST:8081", "127.0.0.1:9", "127.8.9.1", "[::1]:8081", "[::1]"])
			assert.equal((await get("/stats", { Host: host })).status, 200, host);
	});

	test("S-42 a purge by a web page from elsewhere is refused: CSRF", async () => {
		const port = on.server.port;
		const purge = (headers: Record<string, string>) => ask(on.server, "DELETE", "/cache?all=1", headers);
		const foreign = [
			{ Origin: "https://evil.example" },
			{ Origin: "null" },
			{ Origin: `http://localhost:${port + 1}` },
			{ Origin: `http://127.0.0.1:${port}.evil.example` },
			{ "Sec-Fetch-Site": "cross-site" },
			{ "Sec-Fetch-Site": "same-site" },
		];
		for (const headers of foreign) assert.equal((await purge(headers as Record<string, string>)).status, 403);
		assert.deepEqual(on.state.purges, []);
		assert.equal(
			(await purge({ Origin: `http://127.0.0.1:${port}`, "Sec-Fetch-Site": "same-origin" })).status,
			200,
		);
		on.state.purges.pop();
		// The preflight of such a page is not answered with a permission either.
		const preflight = await ask(on.server, "OPTIONS", "/cache", { Origin: "https://evil.example" });
		assert.equal(preflight.status, 403);
	});

	test("a body is refused", async () => {
		assert.equal(
			(await ask(on.server, "DELETE", "/cache?all=1", { "Content-Length": "1" }, "x")).status,
			413,
		);
		assert.deepEqual(on.state.purges, []);
	});

	test("a client that says nothing, or half a head, is cut", { timeout: 20_000 }, async () => {
		const socket = connect(on.server.port, "127.0.0.1");
		const closed = new Promise<string>((resolve) => {
			let text = "";
			socket.on("data", (chunk) => {
				text += chunk.toString();
			});
			socket.on("close", () => resolve(text));
		});
		socket.write("GET /healthz HTTP/1.1\r\nHost: local");
		assert.match(await closed, /^(HTTP\/1\.1 408|$)/);
	});
});

describe("beyond loopback", bounded, () => {
	const privatePaths = ["/", "/stats", "/cache"];
	const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

	test("without a token only health, readiness and metrics are there", async () => {
		const { server, state } = await running({ boundHost: "0.0.0.0" });
		for (const path of ["/healthz", "/readyz", "/metrics"])
			assert.equal((await ask(server, "GET", path, { Host: "10.1.2.3:8081" })).status, 200, path);
		for (const path of privatePaths) assert.equal((await ask(server, "GET", path)).status, 403, path);
		const purge = await ask(server, "DELETE", "/cache?all=1", { Authorization: "Bearer " });
		assert.equal(purge.status, 403);
		assert.deepEqual(state.purges, []);
	});

	test("with a token: bearer, or basic with any user, and nothing else", async () => {
		const { server, state } = await running({ boundHost: "::", tokenSha256 });
		const get = (authorization?: string) =>
			ask(server, "GET", "/stats", authorization === undefined ? {} : { Authorization: authorization });
		for (const good of [`Bearer ${token}`, `bearer  ${token}`, basic(`admin:${token}`), basic(`:${token}`)])
			assert.equal((await get(good)).status, 200, good);
		const wrong = [
			undefined,
			"",
			"Bearer",
			"Bearer x",
			`Bearer ${token}x`,
			token,
			basic(token.slice(1)),
			basic("admin:"),
		];
		for (const bad of [...wrong, `Bearer ${tokenSha256}`, `Digest ${token}`, basic(`${token}:`)]) {
			const { status, headers } = await get(bad);
			assert.equal(status, 401, bad);
			assert.match(headers["www-authenticate"] ?? "", /^Basic realm=/);
		}
		assert.equal((await ask(server, "DELETE", "/cache?all=1")).status, 401);
		assert.deepEqual(state.purges, []);
		const authorization = { Authorization: `Bearer ${token}` };
		assert.equal((await ask(server, "DELETE", "/cache?all=1", authorization)).status, 200);
		// A browser that knows the password sends it for every page that asks.
		const csrf = { ...authorization, Origin: "https://evil.example" };
		assert.equal((await ask(server, "DELETE", "/cache?all=1", csrf)).status, 403);
		assert.equal(state.purges.length, 1);
	});

	test("S-40 the token and its hash are in no answer and no message", async () => {
		const { server, said } = await running({ boundHost: "0.0.0.0", tokenSha256 });
		let all = "";
		for (const path of [...privatePaths, "/metrics", "/readyz", "/nope", `/cache?key=${token}`])
			for (const headers of [
				{},
				{ Authorization: `Bearer ${token}` },
				{ Authorization: basic(`x:${token}`) },
			]) {
				const got = await ask(server, "GET", path, headers as Record<string, string>);
				all += got.body + JSON.stringify(got.headers);
			}
		all += said.join("\n");
		for (const secret of [token, tokenSha256, Buffer.from(token).toString("base64")])
			assert.ok(!all.includes(secret));
	});

	test("a token that was set is needed on loopback too", async () => {
		const { server } = await running({ tokenSha256 });
		assert.equal((await ask(server, "GET", "/stats")).status, 401);
		assert.equal((await ask(server, "GET", "/metrics")).status, 200);
	});
});

test("a port in use is the system's error", async () => {
	const { server } = await running();
	await assert.rejects(
		startAdmin(() => {}, { host: "127.0.0.1", port: server.port }),
		{ code: "EADDRINUSE" },
	);
});
